// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <mutex>

#include "hypervisor/intercept_handler.h"

namespace hypervisor::kvm {

/// Delivers message-signalled interrupts to the local APICs in the kernel.
///
/// With the IOAPIC outside of the kernel, KVM reports the end of a level-triggered interrupt
/// only for messages that stand in its routing table, at the places that were reserved for the
/// IOAPIC's pins; and a VP takes the table over when it next enters the guest. So a pin's message
/// has to be there before it is signalled.
///
/// Thread safety: any thread. signal() takes no lock.
class MessageInterrupts {
  public:
    /// As many as KVM_CAP_SPLIT_IRQCHIP is told: the pins of the machine's IOAPIC.
    static constexpr std::uint32_t kReservedRoutes = 24;

    /// `machine` is KVM's descriptor of the partition and must outlive this.
    explicit MessageInterrupts(int machine) : machine_(machine) {}

    void signal(std::uint64_t address, std::uint32_t data);
    /// An edge-triggered interrupt of one VP.
    void signalTo(VpIndex target, std::uint8_t vector);
    void announceLevel(unsigned pin, std::uint64_t address, std::uint32_t data);

  private:
    struct Route {
        std::uint64_t address = 0;
        std::uint32_t data = 0;
        bool operator==(const Route&) const = default;
    };

    void publish();

    const int machine_;
    std::mutex mutex_;
    std::array<Route, kReservedRoutes> routes_{};  // guarded by mutex_; address 0: none
};

}  // namespace hypervisor::kvm
