// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/network/receive_scaling.h"

#include <QTest>
#include <array>
#include <cstring>
#include <vector>

using devices::synthetic::ReceiveScaling;
namespace rndis = devices::synthetic::rndis;

namespace {

std::vector<std::byte> bytes(std::initializer_list<int> values) {
    std::vector<std::byte> result;
    for (const int value : values)
        result.push_back(static_cast<std::byte>(value));
    return result;
}

/// The key of Microsoft's examples ("Verifying the RSS Hash Calculation").
std::vector<std::byte> exampleKey() {
    return bytes({0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                  0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                  0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                  0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa});
}

std::vector<std::byte> parameters(std::uint16_t tableSize, std::uint32_t queue) {
    rndis::ScaleParameters wanted{};
    wanted.header = {rndis::kScaleParametersType, 2, 40};
    wanted.hashInfo = rndis::kToeplitz | rndis::kHashTcpIpv4;
    wanted.tableSize = tableSize;
    wanted.tableOffset = 40;
    wanted.keySize = 40;
    wanted.keyOffset = 40U + tableSize;
    std::vector<std::byte> result(40U + tableSize);
    std::memcpy(result.data(), &wanted, sizeof wanted);
    for (std::size_t i = 0; i + 4 <= tableSize; i += 4)
        std::memcpy(result.data() + 40 + i, &queue, sizeof queue);
    const auto key = exampleKey();
    result.insert(result.end(), key.begin(), key.end());
    return result;
}

}  // namespace

class ReceiveScalingTest : public QObject {
    Q_OBJECT
  private slots:
    void hashesAsMicrosoftsExamples() {
        ReceiveScaling scaling;
        QVERIFY(scaling.set(parameters(512, 1), 4));
        // 66.9.149.187:2794 to 161.142.100.80:1766, with and without ports.
        const auto input = bytes(
            {66, 9, 149, 187, 161, 142, 100, 80, 2794 >> 8, 2794 & 0xFF, 1766 >> 8, 1766 & 0xFF});
        QCOMPARE(scaling.toeplitz(input), 0x51cc'c178U);
        QCOMPARE(scaling.toeplitz(std::span(input).first(8)), 0x323e'8fc2U);
        QCOMPARE(scaling.queueOf(0x51cc'c178U), 1U);
    }

    void refusesWhatMakesNoSense() {
        ReceiveScaling scaling;
        QVERIFY(!scaling.set({}, 4));
        QVERIFY(!scaling.set(parameters(512, 4), 4));
        QVERIFY(!scaling.set(parameters(0, 0), 4));
        QVERIFY(!scaling.set(parameters(516, 0), 4));
        auto cut = parameters(512, 1);
        cut.pop_back();
        QVERIFY(!scaling.set(cut, 4));
        auto beyond = parameters(512, 1);
        const std::uint32_t far = 0xFFFF'FFF0;
        std::memcpy(beyond.data() + 16, &far, sizeof far);
        QVERIFY(!scaling.set(beyond, 4));
        QVERIFY(!scaling.isEnabled());
        QVERIFY(scaling.set(parameters(512, 1), 4));
        QVERIFY(scaling.isEnabled());
    }
};

QTEST_APPLESS_MAIN(ReceiveScalingTest)
#include "receive_scaling_test.moc"
