// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>

#include "hypervisor/tsc_clock.h"

namespace hypervisor::kvm {

/// The TSC that the guest sees: the host's with KVM's offset for this partition. KVM scales it
/// only when asked to, which nobody does.
class GuestTscClock final : public TscClock {
  public:
    /// Before any VP exists; setOffset() comes before the first read.
    GuestTscClock() = default;
    void setOffset(std::uint64_t offset) { offset_ = offset; }

    [[nodiscard]] std::uint64_t frequency() const override { return host_.frequency(); }
    [[nodiscard]] std::uint64_t read() const override {
        const std::uint64_t frozen = frozenAt_.load(std::memory_order_relaxed);
        return frozen != 0 ? frozen : host_.read() + offset_.load(std::memory_order_relaxed);
    }

    /// While no VP runs; not twice the same.
    void freeze() { frozenAt_ = read(); }
    /// The offset with which the guest's TSC goes on where it stopped.
    [[nodiscard]] std::uint64_t thaw() {
        offset_ = frozenAt_ - host_.read();
        frozenAt_ = 0;
        return offset_;
    }

  private:
    const HostTscClock host_;
    std::atomic<std::uint64_t> offset_ = 0;
    // 0: it runs.
    std::atomic<std::uint64_t> frozenAt_ = 0;
};

}  // namespace hypervisor::kvm
