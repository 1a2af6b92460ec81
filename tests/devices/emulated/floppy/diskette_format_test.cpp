// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/emulated/floppy/diskette_format.h"

#include <QTest>
#include <array>

using namespace devices::floppy;

class DisketteFormatTest : public QObject {
    Q_OBJECT

  private slots:
    void imagesHaveTheFormatOfTheirSize() {
        struct Expected {
            std::uint64_t kibibytes;
            DisketteFormat format;
        };
        for (const auto& [kibibytes, format] : std::array{
                 Expected{360, {40, 9, DriveKind::Kb360}}, Expected{720, {80, 9, DriveKind::Kb720}},
                 Expected{1200, {80, 15, DriveKind::Mb12}},
                 Expected{1440, {80, 18, DriveKind::Mb144}},
                 Expected{1680, {80, 21, DriveKind::Mb144}},
                 Expected{2880, {80, 36, DriveKind::Mb288}}})
            QVERIFY(formatOf(kibibytes * 1024) == format);
    }

    void theBeginningOfADisketteIsOneOf144() {
        const auto usual = formatOf(1440 * 1024);
        QVERIFY(formatOf(512) == usual);
        QVERIFY(formatOf(1296384) == usual);
        QVERIFY(!formatOf(0));
        QVERIFY(!formatOf(1440 * 1024 + 512));
        QVERIFY(!formatOf(~std::uint64_t{0}));
    }

    void machinesGetTheDriveOfTheirDiskette() {
        QCOMPARE(driveFor(std::nullopt), DriveKind::Mb144);
        QCOMPARE(driveFor(formatOf(720 * 1024)), DriveKind::Mb144);
        QCOMPARE(driveFor(formatOf(360 * 1024)), DriveKind::Kb360);
        QCOMPARE(driveFor(formatOf(1200 * 1024)), DriveKind::Mb12);
        QCOMPARE(driveFor(formatOf(2880 * 1024)), DriveKind::Mb288);
    }

    void drivesReadWhatFitsAtItsRate() {
        const auto rate = [](DriveKind kind, std::uint64_t kibibytes) {
            return rateIn(kind, *formatOf(kibibytes * 1024));
        };
        QVERIFY(rate(DriveKind::Kb360, 360) == DataRate::Kb250);
        QVERIFY(rate(DriveKind::Mb12, 360) == DataRate::Kb300);
        QVERIFY(rate(DriveKind::Mb12, 1200) == DataRate::Kb500);
        QVERIFY(rate(DriveKind::Mb144, 720) == DataRate::Kb250);
        QVERIFY(rate(DriveKind::Mb144, 1440) == DataRate::Kb500);
        QVERIFY(rate(DriveKind::Mb288, 1440) == DataRate::Kb500);
        QVERIFY(rate(DriveKind::Mb288, 2880) == DataRate::Mb1);
        QVERIFY(!rate(DriveKind::Mb144, 2880));
        QVERIFY(!rate(DriveKind::Mb144, 1200));
        QVERIFY(!rate(DriveKind::Mb12, 720));
        QVERIFY(!rate(DriveKind::Kb360, 1200));
    }
};

QTEST_APPLESS_MAIN(DisketteFormatTest)
#include "diskette_format_test.moc"
