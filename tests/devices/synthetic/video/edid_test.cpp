// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/video/edid.h"

#include <QTest>
#include <numeric>

using namespace devices::synthetic;

class EdidTest : public QObject {
    Q_OBJECT

  private slots:
    void thePreferredModeIsTheFirstTiming_data() {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::newRow("small") << 640 << 480;
        QTest::newRow("usual") << 1024 << 768;
        QTest::newRow("wide") << 1920 << 1080;
        QTest::newRow("4K") << 3840 << 2160;
    }
    void thePreferredModeIsTheFirstTiming() {
        QFETCH(int, width);
        QFETCH(int, height);
        const auto edid = monitorIdentification(
            {static_cast<std::uint16_t>(width), static_cast<std::uint16_t>(height)});
        QCOMPARE(std::accumulate(edid.begin(), edid.end(), 0U) & 0xFF, 0U);
        QCOMPARE(edid[0], std::uint8_t{0});
        QCOMPARE(edid[1], std::uint8_t{0xFF});
        QCOMPARE(edid[126], std::uint8_t{0});
        const auto* timing = &edid[54];
        QCOMPARE(timing[2] | (timing[4] & 0xF0) << 4, width);
        QCOMPARE(timing[5] | (timing[7] & 0xF0) << 4, height);
        const int across = width + (timing[3] | (timing[4] & 0xF) << 8);
        const int down = height + (timing[6] | (timing[7] & 0xF) << 8);
        const double hertz = (timing[0] | timing[1] << 8) * 10'000.0 / across / down;
        QVERIFY(hertz > 59 && hertz < 60.5);
    }
};

QTEST_APPLESS_MAIN(EdidTest)
#include "edid_test.moc"
