// SPDX-License-Identifier: GPL-3.0-or-later
#include "nat_guest.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <random>

#include "devices/network/checksum.h"
#include "devices/network/offload_request.h"

using frames::Bytes;
using frames::guestMac;

namespace {

constexpr std::chrono::seconds kLimit{10};

constexpr int kSyn = 2;
constexpr int kRst = 4;
constexpr int kAck = 16;

void putNumber(Bytes& to, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
        to.push_back(static_cast<std::byte>(value >> shift));
}

void putWord(Bytes& to, std::size_t value) {
    to.push_back(static_cast<std::byte>(value >> 8));
    to.push_back(static_cast<std::byte>(value));
}

/// Ethernet and IPv4 around a transport's bytes, with checksums.
Bytes packet(const Bytes& mac, int protocol, std::uint32_t from, std::uint32_t to,
             const Bytes& transport) {
    Bytes frame = frames::ethernet(mac, guestMac(), 0x0800);
    frames::put(frame, {0x45, 0});
    putWord(frame, 20 + transport.size());
    frames::put(frame, {0, 1, 0, 0, 64, protocol, 0, 0});
    putNumber(frame, from);
    putNumber(frame, to);
    frame.insert(frame.end(), transport.begin(), transport.end());
    const auto offload = devices::network::prepareOffload(frame, frame.size(), {true, true, 0});
    static_cast<void>(offload && devices::network::fillTransportChecksum(frame, *offload));
    return frame;
}

unsigned tcpHeader(std::span<const std::byte> frame) {
    return std::to_integer<unsigned>(frame[46]) / 16 * 4;
}

bool isIpv4(std::span<const std::byte> frame, unsigned protocol) {
    return frame.size() >= 54 && frames::word(frame, 12) == 0x0800 &&
           std::to_integer<unsigned>(frame[23]) == protocol;
}

/// ICMP: the destination can't be reached.
bool isUnreachable(std::span<const std::byte> frame) {
    return isIpv4(frame, 1) && std::to_integer<unsigned>(frame[34]) == 3;
}

}  // namespace

void NatGuest::sendFrame(const Bytes& frame) {
    static_cast<void>(::send(wire_.get(), frame.data(), frame.size(), MSG_NOSIGNAL));
}

Bytes NatGuest::next(const Wanted& wanted) {
    const auto end = std::chrono::steady_clock::now() + kLimit;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        pollfd polled{wire_.get(), POLLIN, 0};
        if (left.count() <= 0 || ::poll(&polled, 1, static_cast<int>(left.count())) != 1)
            return {};
        Bytes frame(70'000);
        const ssize_t size = ::recv(wire_.get(), frame.data(), frame.size(), 0);
        if (size < 14)
            return {};
        frame.resize(static_cast<std::size_t>(size));
        if (isIpv4(frame, 6) && !frames::isSound4(frame))
            sawUnsound_ = true;
        if (wanted(frame))
            return frame;
        if (frames::word(frame, 12) == 0x0806)
            answerArp(frame);
    }
}

void NatGuest::sendNonsense(int count) {
    std::mt19937 random(11);
    for (int i = 0; i < count; ++i) {
        Bytes transport(random() % 200 + 20);
        for (std::byte& byte : transport)
            byte = static_cast<std::byte>(random());
        constexpr std::array kProtocols{1, 6, 17};
        Bytes frame = packet(frames::broadcast(), kProtocols[random() % kProtocols.size()],
                             address_, random() % 2 == 0 ? 0x0A00'0202U : 0x0A00'0203U, transport);
        frame[14 + random() % (frame.size() - 14)] = static_cast<std::byte>(random());
        frame.resize(frame.size() - random() % 30);
        sendFrame(frame);
    }
}

void NatGuest::answerArp(std::span<const std::byte> request) {
    if (request.size() < 42 || frames::word(request, 20) != 1 ||
        frames::number(request, 38) != address_)
        return;
    const Bytes asker(request.begin() + 22, request.begin() + 28);
    Bytes frame = frames::ethernet(asker, guestMac(), 0x0806);
    frames::put(frame, {0, 1, 8, 0, 6, 4, 0, 2});
    frame.insert(frame.end(), guestMac().begin(), guestMac().end());
    putNumber(frame, address_);
    frame.insert(frame.end(), asker.begin(), asker.end());
    putNumber(frame, frames::number(request, 28));
    sendFrame(frame);
}

Bytes NatGuest::resolve(std::uint32_t address) {
    Bytes frame = frames::ethernet(frames::broadcast(), guestMac(), 0x0806);
    frames::put(frame, {0, 1, 8, 0, 6, 4, 0, 1});
    frame.insert(frame.end(), guestMac().begin(), guestMac().end());
    putNumber(frame, address_);
    frames::put(frame, {0, 0, 0, 0, 0, 0});
    putNumber(frame, address);
    sendFrame(frame);
    const Bytes answer = next([address](std::span<const std::byte> each) {
        return each.size() >= 42 && frames::word(each, 12) == 0x0806 &&
               frames::word(each, 20) == 2 && frames::number(each, 28) == address;
    });
    if (answer.empty())
        return {};
    gatewayMac_.assign(answer.begin() + 22, answer.begin() + 28);
    return gatewayMac_;
}

std::uint32_t NatGuest::dhcp(int type, std::uint32_t requested, int expected) {
    constexpr std::uint32_t kTransaction = 0x1234'5678;
    Bytes message;
    frames::put(message, {1, 1, 6, 0});
    putNumber(message, kTransaction);
    message.resize(28);
    message.insert(message.end(), guestMac().begin(), guestMac().end());
    message.resize(236);
    frames::put(message, {99, 130, 83, 99, 53, 1, type});
    if (requested != 0) {
        frames::put(message, {50, 4});
        putNumber(message, requested);
    }
    frames::put(message, {255});
    message.resize(300);
    Bytes transport;
    putWord(transport, 68);
    putWord(transport, 67);
    putWord(transport, 8 + message.size());
    putWord(transport, 0);
    transport.insert(transport.end(), message.begin(), message.end());
    sendFrame(packet(frames::broadcast(), 17, 0, 0xFFFF'FFFF, transport));
    const Bytes answer = next([&](std::span<const std::byte> each) {
        // BOOTP behind the headers; its options begin with the message's type.
        constexpr std::size_t kStart = 42;
        return isIpv4(each, 17) && each.size() >= kStart + 243 && frames::word(each, 36) == 68 &&
               frames::number(each, kStart + 4) == kTransaction &&
               std::to_integer<int>(each[kStart + 240]) == 53 &&
               std::to_integer<int>(each[kStart + 242]) == expected;
    });
    return answer.empty() ? 0 : frames::number(answer, 42 + 16);
}

std::uint32_t NatGuest::getAddress() {
    const std::uint32_t offered = dhcp(1, 0, 2);
    address_ = offered == 0 ? 0 : dhcp(3, offered, 5);
    return address_;
}

std::string NatGuest::fetch(std::uint32_t server, const std::string& name) {
    Bytes transport;
    putWord(transport, fetchPort_);
    putWord(transport, 69);
    const std::string request = name + '\0' + "octet" + '\0';
    putWord(transport, 8 + 2 + request.size());
    putWord(transport, 0);
    putWord(transport, 1);
    for (const char letter : request)
        transport.push_back(static_cast<std::byte>(letter));
    sendFrame(packet(gatewayMac_, 17, address_, server, transport));
    const Bytes answer = next([this](std::span<const std::byte> each) {
        return isIpv4(each, 17) && frames::word(each, 36) == fetchPort_;
    });
    ++fetchPort_;
    // A kind, a number, and content; Ethernet's shortest frame may be longer.
    constexpr std::size_t kStart = 42;
    if (answer.size() < kStart + 4)
        return {};
    if (frames::word(answer, kStart) != 3)
        return "error " + std::to_string(frames::word(answer, kStart + 2));
    const std::size_t end = std::min<std::size_t>(answer.size(), 34 + frames::word(answer, 38));
    std::string text;
    for (std::size_t i = kStart + 4; i < end; ++i)
        text.push_back(static_cast<char>(answer[i]));
    return text;
}

void NatGuest::sendTcp(const Connection& connection, int flags, const std::string& text) {
    Bytes transport;
    putWord(transport, connection.port);
    putWord(transport, connection.peerPort);
    putNumber(transport, connection.sequence);
    putNumber(transport, connection.acknowledged);
    frames::put(transport, {0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0});
    for (const char letter : text)
        transport.push_back(static_cast<std::byte>(letter));
    sendFrame(packet(gatewayMac_, 6, address_, connection.peer, transport));
}

Bytes NatGuest::nextTcp(const Connection& connection, unsigned flags) {
    return next([&](std::span<const std::byte> frame) {
        if (!isIpv4(frame, 6) || frames::word(frame, 34) != connection.peerPort ||
            frames::word(frame, 36) != connection.port)
            return false;
        const bool text = frame.size() > 34 + tcpHeader(frame);
        return flags == 0 ? text : (std::to_integer<unsigned>(frame[47]) & flags) != 0;
    });
}

NatGuest::Connected NatGuest::connect(Connection& connection, std::uint32_t peer,
                                      std::uint16_t peerPort) {
    connection.peer = peer;
    connection.peerPort = peerPort;
    if (connection.port == 0)
        connection.port = 40'000;
    sendTcp(connection, kSyn);
    const Bytes answer = next([&](std::span<const std::byte> frame) {
        if (isUnreachable(frame))
            return true;
        return isIpv4(frame, 6) && frames::word(frame, 34) == connection.peerPort &&
               frames::word(frame, 36) == connection.port &&
               (std::to_integer<unsigned>(frame[47]) & (kSyn | kRst)) != 0;
    });
    if (answer.empty())
        return Connected::Silence;
    if (isUnreachable(answer) || (std::to_integer<unsigned>(answer[47]) & kRst) != 0)
        return Connected::Refused;
    ++connection.sequence;
    connection.acknowledged = frames::number(answer, 38) + 1;
    sendTcp(connection, kAck);
    return Connected::Yes;
}

std::optional<NatGuest::Connection> NatGuest::accept(std::uint16_t port) {
    const Bytes request = next([port](std::span<const std::byte> frame) {
        return isIpv4(frame, 6) && frames::word(frame, 36) == port &&
               (std::to_integer<unsigned>(frame[47]) & (kSyn | kAck)) == kSyn;
    });
    if (request.empty())
        return std::nullopt;
    gatewayMac_.assign(request.begin() + 6, request.begin() + 12);
    Connection connection;
    connection.peer = frames::number(request, 26);
    connection.peerPort = static_cast<std::uint16_t>(frames::word(request, 34));
    connection.port = port;
    connection.acknowledged = frames::number(request, 38) + 1;
    sendTcp(connection, kSyn | kAck);
    ++connection.sequence;
    return nextTcp(connection, kAck).empty() ? std::nullopt : std::optional(connection);
}

void NatGuest::send(Connection& connection, const std::string& text) {
    sendTcp(connection, kAck, text);
    connection.sequence += static_cast<std::uint32_t>(text.size());
}

std::string NatGuest::receive(Connection& connection) {
    const Bytes segment = nextTcp(connection, 0);
    if (segment.empty() || frames::number(segment, 38) != connection.acknowledged)
        return {};
    std::string text;
    for (std::size_t i = 34 + tcpHeader(segment); i < segment.size(); ++i)
        text.push_back(static_cast<char>(segment[i]));
    connection.acknowledged += static_cast<std::uint32_t>(text.size());
    sendTcp(connection, kAck);
    return text;
}
