// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

namespace devices {

/// What is plugged into a port of the KeyboardController: a keyboard or a mouse, which speaks with
/// its host in single bytes. The controller calls with its own lock held, from several threads but
/// not at a time; a device does not call it from here.
class Ps2Device {
  public:
    virtual ~Ps2Device() = default;

    /// The host sends a byte: a command, or what belongs to one.
    virtual void receive(std::uint8_t byte) = 0;
    /// The next byte for the host, which takes it; nothing when there is none. Something that comes
    /// later is told by KeyboardController::fetch().
    [[nodiscard]] virtual std::optional<std::uint8_t> send() = 0;
    /// Into the state after power-on, with what its self-test says read by the firmware.
    virtual void powerOn() = 0;
};

}  // namespace devices
