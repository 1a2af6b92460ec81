// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "hypervisor/guest_memory.h"
#include "hypervisor/intercept_handler.h"

namespace hypervisor {

class LocalApic;

/// A set of VPs: bit n is VP n. A machine has at most 64.
using ProcessorMask = std::uint64_t;

/// A run of guest virtual pages: the address of the first, and in its low 12 bits how many more.
using GvaRange = std::uint64_t;

/// Who ends an interrupt that a local APIC has delivered: a write of its EOI register, or nobody
/// has to (TLFS, "AutoEOI").
enum class InterruptEnd : std::uint8_t { ByGuest, Automatic };

/// What the guest interface needs of a backend. Called on the thread of the VP `vp`, of several
/// VPs at a time. What belongs to a part of the interface that a backend does not offer in its
/// GuestInterfaceSettings is never called there.
class GuestInterfaceHost {
  public:
    virtual ~GuestInterfaceHost() = default;

    /// The host has written to [gpa, gpa + kPageSize): code decoded from there is stale.
    virtual void pageWritten(Gpa gpa) = 0;

    /// Raises the edge-triggered interrupt `vector` on `target`. Any thread.
    virtual void requestInterrupt(VpIndex target, std::uint8_t vector, InterruptEnd end) = 0;

    /// Has GuestInterface::serveTimers() called on the VP's thread once when that much of the
    /// guest's time has passed, or earlier; replaces what was wanted before. Nothing: never. At
    /// most an hour. On the VP's thread, or while no VP runs.
    virtual void setTimer(VpIndex vp, std::optional<std::chrono::nanoseconds> after) = 0;

    /// clusterIpi: raises the edge-triggered interrupt `vector` on each of `targets`.
    virtual void sendInterrupt(VpIndex /*vp*/, ProcessorMask /*targets*/, std::uint8_t /*vector*/) {
    }

    /// guestIdle: blocks the VP until it has an interrupt or another reason to run, whatever
    /// RFLAGS.IF is.
    virtual void idle(VpIndex /*vp*/) {}

    /// The guest has told that it waits long for a lock: to be counted.
    virtual void longSpinWait(VpIndex /*vp*/) {}

    /// tlbFlush: drops what the translation caches of `targets` hold for `ranges`, for
    /// everything when there are none; has happened, or surely happens before they run guest
    /// code again, on return.
    virtual void flushTranslations(VpIndex /*vp*/, ProcessorMask /*targets*/,
                                   std::span<const GvaRange> /*ranges*/) {}

    /// apicMsrs: the local APIC behind the Hyper-V EOI, ICR and TPR MSRs.
    [[nodiscard]] virtual LocalApic* localApic(VpIndex /*vp*/) { return nullptr; }
};

}  // namespace hypervisor
