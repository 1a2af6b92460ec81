// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "../message/played_channel.h"
#include "devices/synthetic/integration/ic_protocol.h"

/// A guest's driver of one integration component, as Linux has them: one packet per signal, the
/// answer in the packet's own bytes and of its length.
class PlayedIcDriver {
  public:
    using Version = devices::synthetic::ic::Version;
    using Header = devices::synthetic::ic::Header;

    /// Versions: what the driver takes, newest first.
    PlayedIcDriver(PlayedChannel& channel, std::vector<Version> frameworks,
                   std::vector<Version> messages);

    /// What the host asks other than for versions: changes header and body in place. False: the
    /// answer comes later, by answer().
    std::function<bool(Header&, std::span<std::byte> body)> onRequest;
    /// Changes what is sent, after all else: for guests that do wrong.
    std::function<void(std::vector<std::byte>&)> spoil;

    /// Sends the oldest answer that was to come later.
    void answer(std::uint32_t status);
    [[nodiscard]] std::size_t unanswered() const { return later_.size(); }
    /// The daemon is not there: packets are left in the ring.
    void stopReading() { channel_.driver = nullptr; }
    void startReading();
    void poll();

    unsigned negotiations = 0;
    /// The headers of all requests.
    std::vector<Header> requests;

  private:
    struct Message {
        std::uint64_t transactionId;
        std::vector<std::byte> bytes;
    };
    void received(const vmbus::ReceivedPacket& packet);
    void negotiate(std::vector<std::byte>& message);
    void send(Message message);

    PlayedChannel& channel_;
    const std::vector<Version> frameworks_;
    const std::vector<Version> messages_;
    std::deque<Message> later_;
};

template <class Body>
[[nodiscard]] Body bodyFrom(std::span<const std::byte> bytes) {
    Body body{};
    std::memcpy(&body, bytes.data(), std::min(sizeof body, bytes.size()));
    return body;
}

template <class Body>
void putBody(std::span<std::byte> bytes, const Body& body) {
    std::memcpy(bytes.data(), &body, std::min(sizeof body, bytes.size()));
}
