// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace devices {

/// What is at the other end of a serial port's cable. Bytes are never lost for want of room: who
/// has none says so, and tells when there is some again.
class SerialBackend {
  public:
    /// The serial port, as its back end sees it. Called on a thread of the back end's own, with
    /// no lock held that the back end's methods take.
    class Port {
      public:
        virtual ~Port() = default;
        /// Bytes for the guest. Gives how many were taken; inputRoom() follows if not all.
        [[nodiscard]] virtual std::size_t receive(std::span<const std::uint8_t> bytes) = 0;
        /// After a refused send(): there is room again.
        virtual void outputRoom() = 0;
    };

    virtual ~SerialBackend() = default;

    /// Whom to call, or nobody. When it returns, no call to the former port is under way; so it is
    /// called with no lock held.
    virtual void attach(Port* port) = 0;

    /// A byte from the guest; never blocks. False: no room, the byte was not taken, and
    /// outputRoom() follows.
    [[nodiscard]] virtual bool send(std::uint8_t byte) = 0;

    /// After receive() took less than it was given: there is room again. Never blocks.
    virtual void inputRoom() = 0;
};

}  // namespace devices
