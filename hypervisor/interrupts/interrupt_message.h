// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace hypervisor {

/// Delivery modes of interrupt commands, messages and local vectors (Intel SDM volume 3,
/// section 11.6.1).
enum class DeliveryMode : std::uint8_t {
    Fixed = 0,
    LowestPriority = 1,
    Smi = 2,
    RemoteRead = 3,
    Nmi = 4,
    Init = 5,
    Startup = 6,
    ExternalInterrupt = 7,
};

enum class DestinationMode : std::uint8_t { Physical, Logical };
enum class TriggerMode : std::uint8_t { Edge, Level };

/// What travels between IOAPICs, devices and local APICs.
struct InterruptMessage {
    std::uint8_t vector = 0;
    DeliveryMode delivery = DeliveryMode::Fixed;
    TriggerMode trigger = TriggerMode::Edge;
    DestinationMode destinationMode = DestinationMode::Physical;
    /// An APIC ID or a logical address, in the sender's width.
    std::uint32_t destination = 0;
    /// The sender's "all processors": 0xFF of a message or in xAPIC mode, 0xFFFFFFFF in x2APIC
    /// mode.
    bool broadcast = false;
};

/// A write of `data` to `address` in the MSI window (Intel SDM volume 3, section 11.11).
[[nodiscard]] constexpr InterruptMessage decodeMessage(std::uint64_t address, std::uint32_t data) {
    InterruptMessage message;
    message.vector = static_cast<std::uint8_t>(data);
    message.delivery = static_cast<DeliveryMode>((data >> 8) & 7);
    message.trigger = (data & (1U << 15)) != 0 ? TriggerMode::Level : TriggerMode::Edge;
    message.destinationMode =
        (address & (1U << 2)) != 0 ? DestinationMode::Logical : DestinationMode::Physical;
    message.destination = static_cast<std::uint32_t>(address >> 12) & 0xFF;
    message.broadcast = message.destination == 0xFF;
    return message;
}

}  // namespace hypervisor
