// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/cli/memory_size.h"

#include <QtTest>

#include "service/ipc/machine_limits.h"

using service::cli::parseMemorySize;

class MemorySizeTest : public QObject {
    Q_OBJECT

    static constexpr std::uint64_t kHost = 16ULL << 30;

  private slots:
    void sizesAreMiBUnlessALetterFollows_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<std::uint64_t>("bytes");
        QTest::newRow("plain") << QByteArray("512") << (std::uint64_t{512} << 20);
        QTest::newRow("M") << QByteArray("512M") << (std::uint64_t{512} << 20);
        QTest::newRow("g") << QByteArray("2g") << (std::uint64_t{2} << 30);
        QTest::newRow("GiB") << QByteArray("2GiB") << (std::uint64_t{2} << 30);
        QTest::newRow("least") << QByteArray("8") << service::kMinimumMemory;
        QTest::newRow("all of the host") << QByteArray("16G") << kHost;
    }
    void sizesAreMiBUnlessALetterFollows() {
        QFETCH(QByteArray, text);
        QFETCH(std::uint64_t, bytes);
        const auto size = parseMemorySize(text.constData(), kHost);
        QVERIFY2(size, size ? "" : size.error().message.c_str());
        QCOMPARE(*size, bytes);
    }

    void impossibleSizesAreRefusedWithAReason_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("part");
        QTest::newRow("empty") << QByteArray("") << QByteArray("not a number");
        QTest::newRow("word") << QByteArray("much") << QByteArray("not a number");
        QTest::newRow("negative") << QByteArray("-1") << QByteArray("not a number");
        QTest::newRow("kilobytes") << QByteArray("1024K") << QByteArray("not understood");
        QTest::newRow("fraction") << QByteArray("1.5G") << QByteArray("not understood");
        QTest::newRow("zero") << QByteArray("0") << QByteArray("too small");
        QTest::newRow("small") << QByteArray("7M") << QByteArray("too small");
        QTest::newRow("above the bound") << QByteArray("2T") << QByteArray("too large");
        QTest::newRow("wraps") << QByteArray("17179869185G") << QByteArray("too large");
        QTest::newRow("more digits than fit")
            << QByteArray("99999999999999999999999") << QByteArray("too large");
        QTest::newRow("above the host") << QByteArray("17G") << QByteArray("this host");
    }
    void impossibleSizesAreRefusedWithAReason() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, part);
        const auto size = parseMemorySize(text.constData(), kHost);
        QVERIFY(!size);
        QVERIFY2(size.error().message.find(part.constData()) != std::string::npos,
                 size.error().message.c_str());
    }
};

QTEST_APPLESS_MAIN(MemorySizeTest)
#include "memory_size_test.moc"
