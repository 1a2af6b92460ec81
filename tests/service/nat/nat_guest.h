// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "frames.h"
#include "hypervisor/file_descriptor.h"

/// A guest's network stack on one end of a switch port's socket, as far as tests need it. All waits
/// have a limit.
class NatGuest {
  public:
    explicit NatGuest(hypervisor::FileDescriptor wire) : wire_(std::move(wire)) {}

    /// An address by DHCP, discovered, requested and acknowledged; 0 when there was none.
    [[nodiscard]] std::uint32_t getAddress();
    /// The hardware address behind one of IPv4; empty when nobody answered.
    [[nodiscard]] frames::Bytes resolve(std::uint32_t address);

    struct Connection {
        std::uint32_t peer = 0;
        std::uint16_t peerPort = 0;
        std::uint16_t port = 0;
        std::uint32_t sequence = 1'000;
        std::uint32_t acknowledged = 0;
    };
    enum class Connected : std::uint8_t { Yes, Refused, Silence };
    [[nodiscard]] Connected connect(Connection& connection, std::uint32_t peer,
                                    std::uint16_t peerPort);
    /// Waits for somebody to connect to a port of the guest.
    [[nodiscard]] std::optional<Connection> accept(std::uint16_t port);
    void send(Connection& connection, const std::string& text);
    /// The next text that comes; empty when none did.
    [[nodiscard]] std::string receive(Connection& connection);

    /// The first 512 bytes of a file by TFTP, "error N" where the server refuses it, or nothing.
    [[nodiscard]] std::string fetch(std::uint32_t server, const std::string& name);

    /// So many frames that are sound up to some byte, the same each time.
    void sendNonsense(int count);
    void close() { wire_ = {}; }
    /// A frame came whose length or checksums were wrong.
    [[nodiscard]] bool sawUnsound() const { return sawUnsound_; }

  private:
    using Wanted = std::function<bool(std::span<const std::byte>)>;
    void sendFrame(const frames::Bytes& frame);
    /// The next frame that is wanted; answers ARP for its own address meanwhile.
    [[nodiscard]] frames::Bytes next(const Wanted& wanted);
    void answerArp(std::span<const std::byte> request);
    void sendTcp(const Connection& connection, int flags, const std::string& text = {});
    /// A segment of the connection with one of the flags, or with text; empty when none came.
    [[nodiscard]] frames::Bytes nextTcp(const Connection& connection, unsigned flags);
    [[nodiscard]] std::uint32_t dhcp(int type, std::uint32_t requested, int expected);

    hypervisor::FileDescriptor wire_;
    std::uint32_t address_ = 0;
    frames::Bytes gatewayMac_;
    std::uint16_t fetchPort_ = 50'000;
    bool sawUnsound_ = false;
};
