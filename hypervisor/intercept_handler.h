// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "guest_memory.h"

namespace hypervisor {

using VpIndex = std::uint32_t;

/// What a guest tells of its own crash through the Hyper-V crash MSRs.
struct GuestCrash {
    /// Of the guest's choice. Linux without a message: error code, guest OS identity, RIP, RAX
    /// and RSP.
    std::array<std::uint64_t, 5> parameters{};
    /// The end of the guest's log if it gives one, at most a page: its bytes, not checked.
    std::string message;
};

/// What a backend calls when a VP does something that devices answer. Called on the thread of
/// the VP that did it, from several VPs at a time; an implementation returns fast and hands slow
/// work to a thread of its own.
///
/// `size` is 1, 2 or 4 for ports and 1, 2, 4 or 8 for memory. A read where no device answers
/// gives all ones, a write there is dropped, as on a PC.
class InterceptHandler {
  public:
    virtual ~InterceptHandler() = default;

    [[nodiscard]] virtual std::uint32_t readPort(VpIndex vp, std::uint16_t port, unsigned size) = 0;
    virtual void writePort(VpIndex vp, std::uint16_t port, unsigned size, std::uint32_t value) = 0;

    [[nodiscard]] virtual std::uint64_t readMmio(VpIndex vp, Gpa gpa, unsigned size) = 0;
    virtual void writeMmio(VpIndex vp, Gpa gpa, unsigned size, std::uint64_t value) = 0;

    /// MSRs that neither the processor nor the guest interface knows. Nothing or false: #GP.
    [[nodiscard]] virtual std::optional<std::uint64_t> readMsr(VpIndex vp, std::uint32_t msr) = 0;
    [[nodiscard]] virtual bool writeMsr(VpIndex vp, std::uint32_t msr, std::uint64_t value) = 0;

    /// The interrupt acknowledge cycle of the 8259s: the vector, spurious if need be.
    [[nodiscard]] virtual std::uint8_t acknowledgeExternalInterrupt() = 0;
    /// A local APIC has ended a level-triggered interrupt: the message that IOAPICs wait for.
    virtual void endOfInterrupt(std::uint8_t vector) = 0;

    /// The guest has told that it crashed; it goes on running. For the machine's event log.
    virtual void guestCrashed(VpIndex /*vp*/, const GuestCrash& /*crash*/) {}
    /// The guest asks for a reset of the machine, as by port 0xCF9.
    virtual void resetRequested(VpIndex /*vp*/) {}
};

}  // namespace hypervisor
