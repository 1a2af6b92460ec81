// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>

#include "tsc_clock.h"

namespace hypervisor {

/// The TSC that a partition's guest sees: the host's with an offset, without the times when it was
/// frozen. Slower time is a higher frequency that the guest is told: more ticks make its second.
class GuestTscClock final : public TscClock {
  public:
    /// From zero; the guest's time runs `timeDivisor` times slower than the host's.
    explicit GuestTscClock(std::uint32_t timeDivisor) : timeDivisor_(timeDivisor) {}
    /// What the guest has ahead of the host, modulo 2^64; before anyone reads.
    void setOffset(std::uint64_t offset) { offset_ = offset; }

    /// In the guest's time.
    [[nodiscard]] std::uint64_t frequency() const override {
        return host_.frequency() * timeDivisor_;
    }
    /// In the host's time.
    [[nodiscard]] std::uint64_t hostFrequency() const { return host_.frequency(); }
    [[nodiscard]] std::uint64_t read() const override {
        const std::uint64_t frozen = frozenAt_.load(std::memory_order_relaxed);
        return frozen != 0 ? frozen : host_.read() + offset_.load(std::memory_order_relaxed);
    }

    /// While no VP runs; not twice the same.
    void freeze() { frozenAt_ = read(); }
    /// Goes on where it stopped; gives the offset from now on.
    std::uint64_t thaw() {
        offset_ = frozenAt_ - host_.read();
        frozenAt_ = 0;
        return offset_;
    }

  private:
    const HostTscClock host_;
    const std::uint64_t timeDivisor_;
    std::atomic<std::uint64_t> offset_ = 0 - host_.read();
    // 0: it runs.
    std::atomic<std::uint64_t> frozenAt_ = 0;
};

}  // namespace hypervisor
