// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/cli/quantities.h"

#include <QtTest>

using namespace service::cli;

class QuantitiesTest : public QObject {
    Q_OBJECT

  private slots:
    void percentagesAreExact_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<unsigned>("thousandths");
        QTest::newRow("whole") << QByteArray("10") << 10'000U;
        QTest::newRow("sign") << QByteArray("10%") << 10'000U;
        QTest::newRow("sign and blank") << QByteArray("12.5 %") << 12'500U;
        QTest::newRow("three places") << QByteArray("33.333") << 33'333U;
        QTest::newRow("no whole part") << QByteArray(".5") << 500U;
        QTest::newRow("zero") << QByteArray("0") << 0U;
        QTest::newRow("all") << QByteArray("100") << 100'000U;
        QTest::newRow("zeroes in front") << QByteArray("0000000000000000000010") << 10'000U;
    }
    void percentagesAreExact() {
        QFETCH(QByteArray, text);
        QFETCH(unsigned, thousandths);
        const auto percent = parsePercent(text.toStdString(), "--reserve", 0, 100'000);
        QVERIFY2(percent, percent ? "" : percent.error().message.c_str());
        QCOMPARE(*percent, thousandths);
    }

    void otherPercentagesAreRefusedWithTheRange_data() {
        QTest::addColumn<QByteArray>("text");
        for (const char* const text :
             {"", "%", "ten", "-1", "+1", "1,5", "1.2345", "1.", ".", "1.2.3", "100.001", "101",
              "0.5", "1e1", "0x10", "10 x", "nan", "4294967.296", "99999999999999999999999999"})
            QTest::newRow(text[0] ? text : "empty") << QByteArray(text);
    }
    void otherPercentagesAreRefusedWithTheRange() {
        QFETCH(QByteArray, text);
        const auto percent = parsePercent(text.toStdString(), "--limit", 1'000, 100'000);
        QVERIFY(!percent);
        QVERIFY2(percent.error().message.starts_with("--limit"), percent.error().message.c_str());
        QVERIFY2(percent.error().message.find("1 % to 100 %") != std::string::npos,
                 percent.error().message.c_str());
    }

    void numbersKeepTheirRange() {
        QCOMPARE(parseNumber("1", "--weight", 1, 10'000).value(), 1U);
        QCOMPARE(parseNumber("10000", "--weight", 1, 10'000).value(), 10'000U);
        for (const char* const text :
             {"", "0", "10001", "-1", "1x", " 1", "4294967297", "1.5", "99999999999999999999"}) {
            const auto number = parseNumber(text, "--weight", 1, 10'000);
            QVERIFY2(!number, text);
            QVERIFY2(number.error().message.find("1 to 10000") != std::string::npos, text);
        }
    }

    void figuresAreShownAsPeopleReadThem() {
        QCOMPARE(percentText(0), "0 %");
        QCOMPARE(percentText(12'500), "12.5 %");
        QCOMPARE(percentText(33'333), "33.333 %");
        QCOMPARE(percentText(100'000), "100 %");
        QCOMPARE(percentText(10), "0.01 %");
        QCOMPARE(measuredPercentText(12.345), "12.3 %");
        QCOMPARE(sizeText(0), "0 B");
        QCOMPARE(sizeText(512ULL << 20), "512 MiB");
        QCOMPARE(sizeText(1536ULL << 20), "1.5 GiB");
        QCOMPARE(sizeText(1023ULL << 20), "1023 MiB");
        QCOMPARE(sizeText(UINT64_MAX), "16 EiB");
        QCOMPARE(uptimeText(0), "00:00:00");
        QCOMPARE(uptimeText(86'399), "23:59:59");
        QCOMPARE(uptimeText(3 * 86'400 + 3'600 + 61), "3.01:01:01");
    }

    void timesAreShownInTheHostsZone() {
        qputenv("TZ", "UTC");
        ::tzset();
        QCOMPARE(timeText(0), "1970-01-01 00:00:00");
        QCOMPARE(timeText(1'700'000'000), "2023-11-14 22:13:20");
    }
};

QTEST_APPLESS_MAIN(QuantitiesTest)
#include "quantities_test.moc"
