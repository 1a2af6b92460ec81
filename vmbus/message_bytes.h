// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

#include "bus_effects.h"

namespace vmbus {

/// The message at the begin of `bytes`, which may go on behind it; nothing when they are too few.
template <class Message>
requires std::is_trivially_copyable_v<Message>
[[nodiscard]] std::optional<Message> messageFrom(std::span<const std::byte> bytes) {
    if (bytes.size() < sizeof(Message))
        return std::nullopt;
    Message message;
    std::memcpy(&message, bytes.data(), sizeof(message));
    return message;
}

template <class Message>
requires std::is_trivially_copyable_v<Message>
[[nodiscard]] SendMessage messageTo(VpIndex vp, unsigned sint, const Message& message) {
    SendMessage sent{.vp = vp, .sint = sint, .length = sizeof(Message)};
    static_assert(sizeof(Message) <= sizeof(sent.bytes));
    std::memcpy(sent.bytes.data(), &message, sizeof(message));
    return sent;
}

}  // namespace vmbus
