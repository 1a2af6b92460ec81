// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/network/offload_request.h"

#include <QTest>
#include <random>

#include "devices/network/checksum.h"
#include "devices/network/frame_headers.h"
#include "devices/network/tcp_segmenter.h"
#include "frames.h"

using namespace devices::network;
using frames::Bytes;
using frames::guestMac;
using frames::Lengths;
using frames::otherMac;

namespace {

Bytes joined(const TcpSegmenter::Segment& segment) {
    Bytes bytes(segment.header.begin(), segment.header.end());
    bytes.insert(bytes.end(), segment.payload.begin(), segment.payload.end());
    return bytes;
}

/// The frame's offload, done in software.
std::vector<Bytes> finish(Bytes frame, const OffloadRequest& request) {
    const auto offload = prepareOffload(frame, frame.size(), request);
    if (!offload)
        return {};
    if (!offload->segmentation()) {
        if (offload->checksum() && !fillTransportChecksum(frame, *offload))
            return {};
        return {frame};
    }
    std::vector<Bytes> segments;
    auto segmenter = TcpSegmenter::create(frame, *offload);
    if (segmenter)
        while (const auto segment = segmenter->next())
            segments.push_back(joined(*segment));
    return segments;
}

}  // namespace

class OffloadsTest : public QObject {
    Q_OBJECT
  private slots:
    void sumsAsRfc1071Does() {
        // The example of its section 3.
        Bytes bytes;
        frames::put(bytes, {0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7});
        QCOMPARE(internetSum(bytes), std::uint16_t{0xDDF2});
    }

    void sumsAnyLengthAndContentLikeThePlainWay() {
        std::mt19937 random(7);
        for (std::size_t length = 0; length < 300; ++length) {
            Bytes bytes(length);
            for (std::byte& byte : bytes)
                byte = static_cast<std::byte>(random());
            const auto start = static_cast<std::uint16_t>(random());
            // Both zeroes of one's complement are the same number.
            QCOMPARE(internetSum(bytes, start) % 0xFFFF, frames::plainSum(bytes, start) % 0xFFFF);
        }
    }

    void findsTheHeadersOfEachProtocol() {
        const auto four = parseHeaders(frames::tcp4(otherMac(), guestMac(), 5, Lengths::Right));
        QCOMPARE(four.network, NetworkProtocol::Ipv4);
        QCOMPARE(four.transport, TransportProtocol::Tcp);
        QCOMPARE(four.networkOffset, std::uint16_t{14});
        QCOMPARE(four.transportOffset, std::uint16_t{34});
        QCOMPARE(four.payloadOffset, std::uint16_t{66});
        const auto six = parseHeaders(frames::tcp6(otherMac(), guestMac(), 5, Lengths::Right));
        QCOMPARE(six.network, NetworkProtocol::Ipv6);
        QCOMPARE(six.transportOffset, std::uint16_t{62});
        QCOMPARE(six.payloadOffset, std::uint16_t{82});
        const auto other = parseHeaders(frames::plain(100, otherMac(), guestMac()));
        QCOMPARE(other.network, NetworkProtocol::Other);
    }

    void looksBehindVlanTagsAndNotIntoFragments() {
        Bytes tagged = frames::tcp4(otherMac(), guestMac(), 5, Lengths::Right);
        Bytes fragment = tagged;
        fragment[20] = std::byte{0x20};  // more fragments
        QCOMPARE(parseHeaders(fragment).network, NetworkProtocol::Ipv4);
        QCOMPARE(parseHeaders(fragment).transport, TransportProtocol::Other);
        Bytes tag;
        frames::put(tag, {0x81, 0, 0, 5});
        tagged.insert(tagged.begin() + 12, tag.begin(), tag.end());
        QCOMPARE(parseHeaders(tagged).transportOffset, std::uint16_t{38});
    }

    void takesNoHeaderThatIsCutShort() {
        const Bytes frame = frames::tcp4(otherMac(), guestMac(), 0, Lengths::Right);
        for (std::size_t length = 0; length < frame.size(); ++length) {
            const auto headers = parseHeaders(std::span(frame).first(length));
            QCOMPARE(headers.transport, TransportProtocol::Other);
        }
        // A TCP header that claims to be longer than it is there.
        Bytes longer = frame;
        longer[34 + 12] = std::byte{0xF0};
        QCOMPARE(parseHeaders(longer).transport, TransportProtocol::Other);
    }

    void fillsInChecksums() {
        Bytes frame = frames::tcp4(otherMac(), guestMac(), 333, Lengths::Right);
        QVERIFY(!frames::isSound4(frame));
        const auto finished = finish(frame, {true, true, 0});
        QCOMPARE(finished.size(), 1U);
        QVERIFY(frames::isSound4(finished[0]));
        const auto six =
            finish(frames::tcp6(otherMac(), guestMac(), 333, Lengths::Right), {false, true, 0});
        QCOMPARE(six.size(), 1U);
        QVERIFY(frames::isSound6(six[0]));
    }

    void cutsSegmentsForEveryLength() {
        for (const std::size_t payload : {1000U, 1001U, 4999U, 5000U, 5001U, 60'000U}) {
            const Bytes frame = frames::tcp4(otherMac(), guestMac(), payload, Lengths::Zero, 0x99);
            const auto segments = finish(frame, {false, false, 1000});
            QCOMPARE(segments.size(), (payload + 999) / 1000);
            Bytes together;
            for (std::size_t i = 0; i < segments.size(); ++i) {
                const Bytes& segment = segments[i];
                QVERIFY(frames::isSound4(segment));
                QCOMPARE(frames::number(segment, 38),
                         0xFFFF'FF00U + static_cast<std::uint32_t>(together.size()));
                const bool last = i + 1 == segments.size();
                const unsigned flags = std::to_integer<unsigned>(segment[47]);
                // FIN and PSH are the last one's, CWR the first one's, ACK everybody's.
                QCOMPARE(flags & 0x09, last ? 0x09U : 0U);
                QCOMPARE(flags & 0x80, i == 0 ? 0x80U : 0U);
                QCOMPARE(flags & 0x10, 0x10U);
                if (segments.size() > 1)
                    QCOMPARE(frames::word(segment, 18), 0x1234U + i);
                together.insert(together.end(), segment.begin() + 66, segment.end());
            }
            QVERIFY(together == frames::pattern(payload));
        }
    }

    void cutsIpv6BehindExtensionHeaders() {
        const auto segments =
            finish(frames::tcp6(otherMac(), guestMac(), 3500, Lengths::Zero), {false, false, 1400});
        QCOMPARE(segments.size(), 3U);
        Bytes together;
        for (const Bytes& segment : segments) {
            QVERIFY(frames::isSound6(segment));
            together.insert(together.end(), segment.begin() + 82, segment.end());
        }
        QVERIFY(together == frames::pattern(3500));
    }

    void refusesRequestsThatDontFit() {
        Bytes other = frames::plain(100, otherMac(), guestMac());
        QVERIFY(!prepareOffload(other, other.size(), {false, true, 0}));
        QVERIFY(!prepareOffload(other, other.size(), {false, false, 1000}));
        QVERIFY(prepareOffload(other, other.size(), {}));
        // No payload, segments of next to nothing, a packet longer than IPv4 can be.
        Bytes empty = frames::tcp4(otherMac(), guestMac(), 0, Lengths::Zero);
        QVERIFY(!prepareOffload(empty, empty.size(), {false, false, 1000}));
        Bytes some = frames::tcp4(otherMac(), guestMac(), 5000, Lengths::Zero);
        QVERIFY(!prepareOffload(some, some.size(), {false, false, 1}));
        QVERIFY(!prepareOffload(some, 70'000, {false, false, 1000}));
        // The IP header promises more than there is.
        Bytes lying = frames::tcp4(otherMac(), guestMac(), 50, Lengths::Right);
        lying[17] = std::byte{0xFF};
        QVERIFY(!prepareOffload(lying, lying.size(), {false, true, 0}));
    }
};

QTEST_APPLESS_MAIN(OffloadsTest)
#include "offloads_test.moc"
