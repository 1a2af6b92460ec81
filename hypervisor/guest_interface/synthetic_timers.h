// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "guest_interface_host.h"
#include "reference_time.h"
#include "synic.h"

namespace hypervisor {

/// The synthetic timers of a partition's VPs (TLFS, chapter "timers"): four each, one-shot at a
/// reference time or periodic, whose end is an interrupt in direct mode and else a message.
///
/// Thread safety: all of a VP's is its thread's.
class SyntheticTimers {
  public:
    SyntheticTimers(VpIndex processors, const ReferenceTime& time, Synic& synic,
                    GuestInterfaceHost& host);

    [[nodiscard]] static constexpr bool ownsMsr(std::uint32_t msr) {
        return msr >= kFirstMsr && msr < kFirstMsr + 2 * kTimers;
    }
    [[nodiscard]] std::uint64_t readMsr(VpIndex vp, std::uint32_t msr) const;
    void writeMsr(VpIndex vp, std::uint32_t msr, std::uint64_t value);

    /// Ends what is due, and has the host call again when the next one is.
    void serve(VpIndex vp);
    /// No VP may be running.
    void reset();

  private:
    static constexpr std::uint32_t kFirstMsr = 0x4000'00B0;
    static constexpr unsigned kTimers = 4;

    struct Timer {
        std::uint64_t configuration = 0;
        std::uint64_t count = 0;
        /// In reference time; nothing while it stands.
        std::optional<std::uint64_t> due;
    };
    using Timers = std::array<Timer, kTimers>;

    void start(Timer& timer) const;
    void expire(VpIndex vp, unsigned number);

    const ReferenceTime& time_;
    Synic& synic_;
    GuestInterfaceHost& host_;
    std::vector<Timers> processors_;
};

}  // namespace hypervisor
