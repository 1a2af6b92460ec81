// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/emulated/ps2/key_bytes.h"

#include <QTest>
#include <set>

#include "devices/chipset/scan_code_translation.h"
#include "played_host.h"

using namespace devices;
using display::KeyAction;
using display::ScanCode;
using display::ScanPrefix;

namespace {

/// What comes out of a controller that translates.
Bytes translated(const Bytes& bytes) {
    Bytes result;
    bool isRelease = false;
    for (const std::uint8_t byte : bytes) {
        if (byte == kReleasePrefix) {
            isRelease = true;
            continue;
        }
        result.push_back(
            static_cast<std::uint8_t>(toFirstScanSet(byte) | (isRelease ? 0x80U : 0U)));
        isRelease = false;
    }
    return result;
}

}  // namespace

class KeyBytesTest : public QObject {
    Q_OBJECT

  private slots:
    void keysHaveTheirCodesInEachSet_data() {
        QTest::addColumn<int>("code");
        QTest::addColumn<bool>("isExtended");
        QTest::addColumn<int>("second");
        QTest::addColumn<int>("third");
        QTest::newRow("A") << 0x1E << false << 0x1C << 0x1C;
        QTest::newRow("Escape") << 0x01 << false << 0x76 << 0x08;
        QTest::newRow("1") << 0x02 << false << 0x16 << 0x16;
        QTest::newRow("Enter") << 0x1C << false << 0x5A << 0x5A;
        QTest::newRow("keypad Enter") << 0x1C << true << 0x5A << 0x79;
        QTest::newRow("left Control") << 0x1D << false << 0x14 << 0x11;
        QTest::newRow("right Control") << 0x1D << true << 0x14 << 0x58;
        QTest::newRow("F1") << 0x3B << false << 0x05 << 0x07;
        QTest::newRow("F7") << 0x41 << false << 0x83 << 0x37;
        QTest::newRow("F12") << 0x58 << false << 0x07 << 0x5E;
        QTest::newRow("System Request") << 0x54 << false << 0x84 << 0x57;
        QTest::newRow("Delete") << 0x53 << true << 0x71 << 0x64;
        QTest::newRow("keypad .") << 0x53 << false << 0x71 << 0x71;
        QTest::newRow("Up") << 0x48 << true << 0x75 << 0x63;
        QTest::newRow("Menu") << 0x5D << true << 0x2F << 0x8D;
        QTest::newRow("Num Lock") << 0x45 << false << 0x77 << 0x76;
    }
    void keysHaveTheirCodesInEachSet() {
        QFETCH(int, code);
        QFETCH(bool, isExtended);
        QFETCH(int, second);
        QFETCH(int, third);
        const ScanCode key{static_cast<std::uint8_t>(code),
                           isExtended ? ScanPrefix::E0 : ScanPrefix::None};
        const auto with = [isExtended](Bytes bytes) {
            if (isExtended)
                bytes.insert(bytes.begin(), 0xE0);
            return bytes;
        };
        const auto byte = [](int value) { return static_cast<std::uint8_t>(value); };
        QCOMPARE(bytesOfKey(ScanSet::First, key, KeyAction::Down), with({byte(code)}));
        QCOMPARE(bytesOfKey(ScanSet::First, key, KeyAction::Up), with({byte(code | 0x80)}));
        QCOMPARE(bytesOfKey(ScanSet::Second, key, KeyAction::Down), with({byte(second)}));
        QCOMPARE(bytesOfKey(ScanSet::Second, key, KeyAction::Up), with({0xF0, byte(second)}));
        QCOMPARE(bytesOfKey(ScanSet::Third, key, KeyAction::Down), (Bytes{byte(third)}));
        QCOMPARE(bytesOfKey(ScanSet::Third, key, KeyAction::Up), (Bytes{0xF0, byte(third)}));
    }

    void setTwoTranslatedIsSetOne() {
        for (unsigned code = 1; code <= 0x7F; ++code)
            for (const ScanPrefix prefix : {ScanPrefix::None, ScanPrefix::E0})
                for (const KeyAction action : {KeyAction::Down, KeyAction::Up}) {
                    const ScanCode key{static_cast<std::uint8_t>(code), prefix};
                    QCOMPARE(translated(bytesOfKey(ScanSet::Second, key, action)),
                             bytesOfKey(ScanSet::First, key, action));
                }
        QCOMPARE(translated(bytesOfPause(ScanSet::Second, KeyAction::Down)),
                 bytesOfPause(ScanSet::First, KeyAction::Down));
    }

    void answersAreNotTranslated() {
        for (const std::uint8_t byte : Bytes{0xAA, 0xAB, 0xE0, 0xE1, 0xEE, 0xFA, 0xFC, 0xFE, 0xFF})
            QCOMPARE(toFirstScanSet(byte), byte);
        // But for the second byte of the identity, and the code of an overrun.
        QCOMPARE(toFirstScanSet(0x83), std::uint8_t{0x41});
        QCOMPARE(toFirstScanSet(0x00), std::uint8_t{0xFF});
    }

    void keysOfSetThreeDiffer() {
        // One code for each key of a keyboard of 104 keys.
        std::set<Bytes> seen;
        int keys = 0;
        const auto add = [&](unsigned first, unsigned last, ScanPrefix prefix) {
            for (unsigned code = first; code <= last; ++code, ++keys)
                seen.insert(bytesOfKey(ScanSet::Third, {static_cast<std::uint8_t>(code), prefix},
                                       KeyAction::Down));
        };
        add(0x01, 0x53, ScanPrefix::None);
        add(0x56, 0x58, ScanPrefix::None);
        for (const unsigned code : {0x1C, 0x1D, 0x35, 0x37, 0x38})
            add(code, code, ScanPrefix::E0);
        add(0x46, 0x49, ScanPrefix::E0);
        for (const unsigned code : {0x4B, 0x4D})
            add(code, code, ScanPrefix::E0);
        add(0x4F, 0x53, ScanPrefix::E0);
        add(0x5B, 0x5D, ScanPrefix::E0);
        QCOMPARE(static_cast<int>(seen.size()), keys);
        QVERIFY(!seen.contains(Bytes{}));
    }

    void pauseComesAtOnce() {
        QCOMPARE(bytesOfPause(ScanSet::First, KeyAction::Down),
                 (Bytes{0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5}));
        QCOMPARE(bytesOfPause(ScanSet::Second, KeyAction::Up), Bytes());
        QCOMPARE(bytesOfPause(ScanSet::Third, KeyAction::Up), (Bytes{0xF0, 0x62}));
    }
};

QTEST_APPLESS_MAIN(KeyBytesTest)
#include "key_bytes_test.moc"
