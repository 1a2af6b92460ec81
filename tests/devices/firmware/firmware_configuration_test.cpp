// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/firmware/firmware_configuration.h"

#include <QTest>
#include <algorithm>

using namespace devices;

namespace {

std::vector<std::byte> bytesOf(const QByteArray& text) {
    const auto bytes = std::as_bytes(std::span(text.constData(), static_cast<size_t>(text.size())));
    return {bytes.begin(), bytes.end()};
}

struct Machine {
    explicit Machine(std::vector<FirmwareFile> files = {})
        : configuration(3, 5ULL << 30, std::move(files)) {
        if (!configuration.claimPorts(ports))
            qFatal("no ports");
    }
    QByteArray read(std::uint16_t item, int size) {
        ports.write(0x510, 2, item);
        QByteArray bytes;
        while (bytes.size() < size)
            bytes += static_cast<char>(ports.read(0x511, 1));
        return bytes;
    }

    FirmwareConfiguration configuration;
    PortBus ports;
};

}  // namespace

class FirmwareConfigurationTest : public QObject {
    Q_OBJECT

  private slots:
    void itemsAreReadByteByByte() {
        Machine machine;
        QCOMPARE(machine.read(0x00, 4), QByteArray("QEMU"));
        QCOMPARE(machine.read(0x01, 6), QByteArray("\1\0\0\0\0\0", 6));
        QCOMPARE(machine.read(0x03, 8), QByteArray("\0\0\0\x40\1\0\0\0", 8));
        QCOMPARE(machine.read(0x05, 3), QByteArray("\3\0\0", 3));
        QCOMPARE(machine.read(0x0F, 2), QByteArray("\3\0", 2));
        // Behind an item, and where there is none, are zeros.
        QCOMPARE(machine.read(0x7777, 3), QByteArray(3, '\0'));
    }

    void filesAreFoundByTheirNames() {
        Machine machine({{"etc/one", bytesOf("first")}, {"two", bytesOf("second one")}});
        const QByteArray directory = machine.read(0x19, 4 + 2 * 64);
        QCOMPARE(directory.left(4), QByteArray("\0\0\0\2", 4));
        QCOMPARE(directory.mid(4, 8), QByteArray("\0\0\0\5\0\x20\0\0", 8));
        QCOMPARE(directory.mid(12, 8), QByteArray("etc/one\0", 8));
        QCOMPARE(directory.mid(68, 8), QByteArray("\0\0\0\xA\0\x21\0\0", 8));
        QCOMPARE(directory.mid(76, 4), QByteArray("two\0", 4));
        QCOMPARE(machine.read(0x20, 6), QByteArray("first\0", 6));
        QCOMPARE(machine.read(0x21, 10), QByteArray("second one"));
    }

    void aNameIsCutAtItsRoom() {
        Machine machine({{std::string(80, 'n'), bytesOf("x")}});
        const QByteArray directory = machine.read(0x19, 68);
        QCOMPARE(directory.mid(12), QByteArray(55, 'n') + '\0');
    }

    void widerReadsTakeSeveralBytes() {
        Machine machine({{"file", bytesOf("abcde")}});
        machine.ports.write(0x510, 2, 0x20);
        // At the data port there is one byte to a read; the selector has nothing to say.
        QCOMPARE(machine.ports.read(0x511, 1), std::uint32_t{'a'});
        QCOMPARE(machine.ports.read(0x510, 2), 0U);
        QCOMPARE(machine.ports.read(0x511, 1), std::uint32_t{'b'});
        machine.ports.write(0x510, 1, 0x20);
        QCOMPARE(machine.ports.read(0x511, 1), std::uint32_t{'c'});
        machine.configuration.reset();
        QCOMPARE(machine.ports.read(0x511, 1), std::uint32_t{'Q'});
    }
};

QTEST_APPLESS_MAIN(FirmwareConfigurationTest)
#include "firmware_configuration_test.moc"
