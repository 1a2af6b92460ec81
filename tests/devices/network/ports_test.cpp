// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QTest>
#include <cstring>

#include "devices/network/checksum.h"
#include "devices/network/offload_request.h"
#include "devices/network/socket_port.h"
#include "devices/network/tap_port.h"
#include "frames.h"

using namespace devices::network;
using frames::Bytes;
using frames::guestMac;
using frames::otherMac;
using hypervisor::FileDescriptor;

namespace {

class Recorder : public FrameSink {
  public:
    void received(const ReceivedFrame& frame) override {
        frames.emplace_back(frame.bytes.begin(), frame.bytes.end());
    }
    std::vector<Bytes> frames;
};

iovec piece(std::span<const std::byte> bytes) {
    return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

SendOutcome send(SwitchPort& port, const Bytes& frame, const FrameOffload& offload = {}) {
    // In two pieces, cut inside the Ethernet header.
    const std::array pieces{piece(std::span(frame).first(5)), piece(std::span(frame).subspan(5))};
    return port.send(pieces, offload);
}

struct Pair {
    Pair() {
        auto sockets = SocketPort::createSockets().value();
        port = SocketPort::create(std::move(sockets.first)).value();
        other = std::move(sockets.second);
    }
    std::unique_ptr<SocketPort> port;
    FileDescriptor other;
};

/// A tap interface that is up, and goes with its descriptor.
FileDescriptor makeTap(int flags) {
    FileDescriptor tap(::open("/dev/net/tun", O_RDWR | O_CLOEXEC));
    ifreq request{};
    request.ifr_flags = static_cast<short>(flags);
    std::strcpy(request.ifr_name, "vireotest%d");
    if (!tap || ::ioctl(tap.get(), TUNSETIFF, &request) != 0)
        return {};
    const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0)
        return {};
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0)
        return {};
    return tap;
}

}  // namespace

class PortsTest : public QObject {
    Q_OBJECT
  private slots:
    void initTestCase() {
        // Where that is allowed, interfaces are made where nobody sees them.
        static_cast<void>(::unshare(CLONE_NEWNET));
    }

    void socketCarriesFramesBothWays() {
        Pair pair;
        const Bytes frame = frames::plain(1'500, otherMac(), guestMac());
        QCOMPARE(send(*pair.port, frame), SendOutcome::Sent);
        Bytes got(4096);
        const ssize_t size = ::recv(pair.other.get(), got.data(), got.size(), 0);
        QCOMPARE(size, static_cast<ssize_t>(frame.size()));
        got.resize(frame.size());
        QVERIFY(got == frame);

        Recorder recorder;
        QCOMPARE(pair.port->receive(recorder, 8), ReceiveOutcome::Empty);
        for (std::size_t length = 60; length < 70; ++length) {
            const Bytes back = frames::plain(length, guestMac(), otherMac());
            QCOMPARE(::send(pair.other.get(), back.data(), back.size(), 0),
                     static_cast<ssize_t>(back.size()));
        }
        QCOMPARE(pair.port->receive(recorder, 8), ReceiveOutcome::More);
        QCOMPARE(recorder.frames.size(), 8U);
        QCOMPARE(pair.port->receive(recorder, 8), ReceiveOutcome::Empty);
        QCOMPARE(recorder.frames.size(), 10U);
        for (std::size_t i = 0; i < 10; ++i)
            QVERIFY(recorder.frames[i] == frames::plain(60 + i, guestMac(), otherMac()));
    }

    void socketLeavesOutWhatIsNoFrame() {
        Pair pair;
        const Bytes shortOne(13);
        const Bytes longOne(kLongestFrame + 1);
        const Bytes good = frames::plain(46, guestMac(), otherMac());
        QCOMPARE(send(*pair.port, shortOne), SendOutcome::Refused);
        QCOMPARE(send(*pair.port, longOne), SendOutcome::Refused);
        QCOMPARE(send(*pair.port, good, {.checksumStart = 34, .checksumOffset = 16}),
                 SendOutcome::Refused);
        for (const Bytes& bytes : {shortOne, longOne, good})
            QCOMPARE(::send(pair.other.get(), bytes.data(), bytes.size(), 0),
                     static_cast<ssize_t>(bytes.size()));
        Recorder recorder;
        QCOMPARE(pair.port->receive(recorder, 8), ReceiveOutcome::Empty);
        QCOMPARE(recorder.frames.size(), 1U);
        QVERIFY(recorder.frames[0] == good);
        QVERIFY(pair.port->isUp());
    }

    void socketTellsWhenItIsFullAndWhenTheOtherEndHasGone() {
        Pair pair;
        const Bytes frame = frames::plain(1'500, otherMac(), guestMac());
        int sent = 0;
        SendOutcome outcome = SendOutcome::Sent;
        for (; sent < 100'000 && outcome == SendOutcome::Sent; ++sent)
            outcome = send(*pair.port, frame);
        QCOMPARE(outcome, SendOutcome::Full);
        QVERIFY(sent > 10);
        QVERIFY(pair.port->isUp());
        pair.other = {};
        pollfd polled{pair.port->descriptor(), POLLIN, 0};
        QCOMPARE(::poll(&polled, 1, 10'000), 1);
        Recorder recorder;
        QCOMPARE(pair.port->receive(recorder, 8), ReceiveOutcome::Closed);
        QVERIFY(!pair.port->isUp());
        QCOMPARE(send(*pair.port, frame), SendOutcome::Refused);
    }

    void socketPortTakesNothingElse() {
        QVERIFY(!SocketPort::create(FileDescriptor(::open("/dev/null", O_RDWR | O_CLOEXEC))));
        QVERIFY(
            !SocketPort::create(FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))));
    }

    void tapPortTakesNothingElse() {
        QVERIFY(!TapPort::create(FileDescriptor(::open("/dev/null", O_RDWR | O_CLOEXEC))));
        FileDescriptor plain = makeTap(IFF_TAP | IFF_NO_PI);
        if (!plain)
            QSKIP("no tap interface can be made here");
        QVERIFY(!TapPort::create(std::move(plain)));
    }

    void tapCarriesFramesAndItsKernelCutsSegments() {
        FileDescriptor first = makeTap(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR);
        if (!first)
            QSKIP("no tap interface can be made here");
        auto port = TapPort::create(std::move(first)).value();
        QVERIFY(port->capabilities().checksum && port->capabilities().segmentation);
        QCOMPARE(send(*port, frames::plain(100, otherMac(), guestMac())), SendOutcome::Sent);
        Bytes segment = frames::tcp4(otherMac(), guestMac(), 5'000, frames::Lengths::Zero);
        const auto offload = prepareOffload(segment, segment.size(), {false, false, 1000});
        QVERIFY(offload && offload->segmentation());
        QCOMPARE(send(*port, segment, *offload), SendOutcome::Sent);
        // A header length beyond the frame is the kernel's to refuse.
        FrameOffload wrong = *offload;
        wrong.checksumStart = 60'000;
        QCOMPARE(send(*port, segment, wrong), SendOutcome::Refused);
        // The kernel announces itself on an interface that is up (IPv6, where there is any).
        Recorder recorder;
        QVERIFY(port->receive(recorder, 8) != ReceiveOutcome::Closed);
        QVERIFY(port->isUp());
    }
};

QTEST_APPLESS_MAIN(PortsTest)
#include "ports_test.moc"
