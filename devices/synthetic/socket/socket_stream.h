// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "vmbus/channel.h"
#include "vmbus/received_packet.h"

namespace devices::synthetic {

/// The host's end of a connection between a program of the host and one of the guest: a stream of
/// bytes each way over an open channel.
///
/// Thread safety: one thread at a time.
class SocketStream {
  public:
    explicit SocketStream(std::unique_ptr<vmbus::OpenChannel> channel)
        : channel_(std::move(channel)) {}

    enum class Received : std::uint8_t {
        /// bytes() has some.
        Bytes,
        /// None now; the guest rings when there are.
        Nothing,
        /// The guest sends no more.
        End,
        /// The guest has broken the protocol; the bus has been told, and takes the channel away.
        Broken,
    };
    [[nodiscard]] Received receive();
    /// What receive() has got; valid until it is called again.
    [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

    /// How many of `bytes` the guest gets now. When they are not all, it rings when there is room.
    [[nodiscard]] std::size_t send(std::span<const std::byte> bytes);
    /// Tells the guest that no more comes. False: there is no room for that now; it rings.
    [[nodiscard]] bool finish();

  private:
    /// False: there is no room now.
    [[nodiscard]] bool sendPacket(std::span<const std::byte> bytes);
    [[nodiscard]] Received broken(std::string why);

    const std::unique_ptr<vmbus::OpenChannel> channel_;
    vmbus::ReceivedPacket packet_;
    std::span<const std::byte> bytes_;
    bool guestEnded_ = false;
    bool broken_ = false;
};

}  // namespace devices::synthetic
