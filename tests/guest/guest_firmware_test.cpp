// SPDX-License-Identifier: GPL-3.0-or-later
//
// Debian's unmodified boot loader, started by the firmware from drives, in `vireo run`.
#include <QDeadlineTimer>
#include <QFileInfo>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include "guest_machine.h"

using namespace std::chrono_literals;
using tests::GuestMachine;
using tests::GuestSettings;

namespace {

const QString kRescue = QStringLiteral(VIREO_GUEST_IMAGES "/grub/usr/lib/grub-rescue/");
constexpr std::chrono::milliseconds kSilence = 120s;

/// What a terminal would show, one after the other: the firmware moves the cursor within words.
QByteArray plain(const QByteArray& output) {
    static const QRegularExpression kMoves(QStringLiteral("\x1b\\[[0-9;?]*[A-Za-z]"));
    return QString::fromLatin1(output).remove(kMoves).toLatin1();
}

}  // namespace

class GuestFirmwareTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void aBootLoaderIsStarted_data();
    void aBootLoaderIsStarted();
    void withoutASystemItIsSaid();

  private:
    QTemporaryDir folder_;
};

void GuestFirmwareTest::initTestCase() {
    if (!QFileInfo::exists(kRescue))
        QSKIP(qPrintable(kRescue + " is missing: run installer/guest-images.sh"));
}

void GuestFirmwareTest::aBootLoaderIsStarted_data() {
    QTest::addColumn<QString>("image");
    QTest::addColumn<QString>("drive");
    QTest::addColumn<int>("processors");
    QTest::addColumn<QByteArray>("device");
    QTest::newRow("disc") << "grub-rescue-cdrom.iso"
                          << "disc" << 1 << QByteArray("(cd)");
    QTest::newRow("disk") << "grub-rescue-usb.img"
                          << "disk" << 2 << QByteArray("(hd0)");
    QTest::newRow("floppy") << "grub-rescue-floppy.img"
                            << "floppy" << 1 << QByteArray("(fd0)");
}

void GuestFirmwareTest::aBootLoaderIsStarted() {
    QFETCH(QString, image);
    QFETCH(QString, drive);
    QFETCH(int, processors);
    QFETCH(QByteArray, device);
    // The machine may write to its disk.
    const QString copy = folder_.filePath(image);
    QVERIFY(QFile::copy(kRescue + image, copy));
    QVERIFY(QFile::setPermissions(
        copy, QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther | QFile::WriteOther));
    GuestSettings settings;
    if (drive == "floppy")
        settings.diskette = copy;
    else
        (drive == "disc" ? settings.ideDiscs : settings.ideDisks) << copy;
    settings.processors = processors;
    GuestMachine machine(settings);
    qsizetype seen = 0;
    const auto waitFor = [&](const QByteArray& text) {
        for (QDeadlineTimer patience(kSilence); !patience.hasExpired();) {
            const qsizetype at = plain(machine.output()).indexOf(text, seen);
            if (at >= 0) {
                seen = at + text.size();
                return true;
            }
            // Whatever it shows next, or nothing for a moment.
            if (machine.waitFor("\x1b[", 200ms) == GuestMachine::Seen::end)
                break;
        }
        qWarning("no %s\n%s\n%s", text.constData(), plain(machine.output()).constData(),
                 machine.complaints().constData());
        return false;
    };
    // Without a screen the firmware's is the serial port, and the boot loader's with it.
    QVERIFY(waitFor("SeaBIOS"));
    QVERIFY(waitFor("GNU GRUB"));
    machine.type("c");
    QVERIFY(waitFor("grub>"));
    machine.type("ls\r");
    QVERIFY(waitFor(device));
    QVERIFY(waitFor("grub>"));
    // By ACPI, whose tables it finds by itself.
    machine.type("halt\r");
    QVERIFY(machine.waitForEnd(60s));
    QCOMPARE(machine.exitStatus(), 0);
}

void GuestFirmwareTest::withoutASystemItIsSaid() {
    const QString empty = folder_.filePath(QStringLiteral("empty.img"));
    QFile file(empty);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.resize(1 << 20));
    GuestSettings settings;
    settings.ideDisks << empty;
    GuestMachine machine(settings);
    QCOMPARE(machine.waitFor("No bootable device", kSilence), GuestMachine::Seen::text);
}

QTEST_GUILESS_MAIN(GuestFirmwareTest)
#include "guest_firmware_test.moc"
