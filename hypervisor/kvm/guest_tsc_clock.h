// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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
    [[nodiscard]] std::uint64_t read() const override { return host_.read() + offset_; }

  private:
    const HostTscClock host_;
    std::uint64_t offset_ = 0;
};

}  // namespace hypervisor::kvm
