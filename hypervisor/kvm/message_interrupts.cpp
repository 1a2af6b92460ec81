// SPDX-License-Identifier: GPL-3.0-or-later
#include "message_interrupts.h"

#include <algorithm>

#include "ioctl.h"

namespace hypervisor::kvm {

namespace {

constexpr std::uint32_t kLevelTriggered = 1U << 15;

}  // namespace

void MessageInterrupts::signal(std::uint64_t address, std::uint32_t data) {
    if ((data & kLevelTriggered) != 0)
        ensureRoute(address, data);
    kvm_msi message{};
    message.address_lo = static_cast<std::uint32_t>(address);
    message.address_hi = static_cast<std::uint32_t>(address >> 32);
    message.data = data;
    // Fails when no local APIC takes the message, which is then lost as on hardware.
    (void)request(machine_, KVM_SIGNAL_MSI, &message, "deliver a message");
}

void MessageInterrupts::ensureRoute(std::uint64_t address, std::uint32_t data) {
    const std::scoped_lock lock(mutex_);
    ++uses_;
    const auto known =
        std::find_if(routes_.begin(), routes_.end(), [address, data](const Route& route) {
            return route.lastUse != 0 && route.address == address && route.data == data;
        });
    if (known != routes_.end()) {
        known->lastUse = uses_;
        return;
    }
    const auto oldest =
        std::min_element(routes_.begin(), routes_.end(),
                         [](const Route& a, const Route& b) { return a.lastUse < b.lastUse; });
    *oldest = {address, data, uses_};
    publish();
}

void MessageInterrupts::publish() {
    Variable<kvm_irq_routing, kvm_irq_routing_entry> table(kReservedRoutes);
    for (std::uint32_t pin = 0; pin < kReservedRoutes; ++pin) {
        const Route& route = routes_[pin];
        if (route.lastUse == 0)
            continue;
        kvm_irq_routing_entry& entry = table->entries[table->nr++];
        entry.gsi = pin;
        entry.type = KVM_IRQ_ROUTING_MSI;
        entry.u.msi.address_lo = static_cast<std::uint32_t>(route.address);
        entry.u.msi.address_hi = static_cast<std::uint32_t>(route.address >> 32);
        entry.u.msi.data = route.data;
    }
    // The table is well-formed and within the reserved range, which is all that KVM checks.
    (void)request(machine_, KVM_SET_GSI_ROUTING, table.get(), "take interrupt routes");
}

}  // namespace hypervisor::kvm
