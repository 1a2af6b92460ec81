// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/firmware/firmware_log.h"

#include <QtTest>
#include <string_view>

using devices::FirmwareLog;

class FirmwareLogTest : public QObject {
    Q_OBJECT

    std::vector<std::string> told_;
    FirmwareLog log_{[this](const std::string& why) { told_.push_back(why); }};

    void write(std::string_view text) {
        for (const char character : text)
            log_.writePort(FirmwareLog::kPort, 1, static_cast<unsigned char>(character));
    }

  private slots:
    void init() {
        told_.clear();
        log_.reset();
    }

    void firmwareSeesThatSomebodyListens() {
        QCOMPARE(log_.readPort(FirmwareLog::kPort, 1), 0xE9U);
    }

    void nothingToBootIsToldWithItsReasons() {
        write(
            "SeaBIOS (version 1.16.2)\n"
            "Booting from DVD/CD...\n"
            "Boot failed: Could not read from CDROM (code 0003)\n"
            "enter handle_18:\n  NULL\n"
            "Booting from Hard Disk...\n"
            "Boot failed: not a bootable disk\n\n");
        QVERIFY(told_.empty());
        write("No bootable device.\n");
        QCOMPARE(told_.size(), std::size_t{1});
        QCOMPARE(told_.front(), std::string("DVD/CD: Could not read from CDROM (code 0003); "
                                            "Hard Disk: not a bootable disk"));
    }

    void aNetworkAdapterHasNoReasonsOfItsOwn() {
        write(
            "Booting from ROM...\n"
            "Booting from Floppy...\n"
            "Boot failed: could not read the boot disk\n"
            "Booting from ROM...\n"
            "No bootable device.\n");
        QCOMPARE(told_, std::vector<std::string>{"Network Adapter: it has found nothing to boot; "
                                                 "Floppy: could not read the boot disk; "
                                                 "Network Adapter: it has found nothing to boot"});
    }

    void itIsToldOnceUntilAReset() {
        write("No bootable device.  Retrying in 60 seconds.\n");
        write("No bootable device.\n");
        QCOMPARE(told_, std::vector<std::string>{""});
        log_.reset();
        write("No bootable device.\n");
        QCOMPARE(told_.size(), std::size_t{2});
    }

    void whatAGuestWritesStaysSmallAndPrintable() {
        write(std::string(100'000, 'x'));
        write("\n");
        for (int line = 0; line < 1000; ++line) {
            write("Boot failed: \x1b[31m\x80\xff");
            write(std::string(1000, 'y'));
            write("\n");
        }
        write("No bootable device.\n");
        QCOMPARE(told_.size(), std::size_t{1});
        QVERIFY(told_.front().size() < 1000);
        for (const char character : told_.front())
            QVERIFY(character >= ' ' && character <= '~');
    }
};

QTEST_GUILESS_MAIN(FirmwareLogTest)
#include "firmware_log_test.moc"
