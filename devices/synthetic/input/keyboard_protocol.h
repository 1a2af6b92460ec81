// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

/// What host and guest say to each other of a keyboard. Linux:
/// drivers/input/serio/hyperv-keyboard.c.
namespace devices::synthetic::keyboard {

enum class MessageType : std::uint32_t {
    ProtocolRequest = 1,
    ProtocolResponse = 2,
    Event = 3,
    Indicators = 4,
};

struct ProtocolRequest {
    std::uint32_t type;
    /// Major in the upper half.
    std::uint32_t version;
};
static_assert(sizeof(ProtocolRequest) == 8);
inline constexpr std::uint32_t kVersion = 0x1'0000;

struct ProtocolResponse {
    std::uint32_t type;
    std::uint32_t status;
};
static_assert(sizeof(ProtocolResponse) == 8);
inline constexpr std::uint32_t kAccepted = 1;

struct Event {
    std::uint32_t type;
    /// Scan code set 1, without 0x80.
    std::uint16_t makeCode;
    std::uint16_t reserved;
    std::uint32_t flags;
};
static_assert(sizeof(Event) == 12);
static_assert(offsetof(Event, flags) == 8);
inline constexpr std::uint32_t kBreakFlag = 2;
inline constexpr std::uint32_t kE0Flag = 4;
inline constexpr std::uint32_t kE1Flag = 8;

}  // namespace devices::synthetic::keyboard
