// SPDX-License-Identifier: GPL-3.0-or-later
#include "message_interrupts.h"

#include "ioctl.h"

namespace hypervisor::kvm {

namespace {

// A message to one local APIC, fixed and edge-triggered (Intel SDM volume 3, section 11.11).
constexpr Gpa kMessageAddress = 0xFEE0'0000;
constexpr unsigned kMessageDestinationShift = 12;

}  // namespace

void MessageInterrupts::signal(std::uint64_t address, std::uint32_t data) {
    kvm_msi message{};
    message.address_lo = static_cast<std::uint32_t>(address);
    message.address_hi = static_cast<std::uint32_t>(address >> 32);
    message.data = data;
    // Fails when no local APIC takes the message, which is then lost as on hardware.
    (void)request(machine_, KVM_SIGNAL_MSI, &message, "deliver a message");
}

void MessageInterrupts::signalTo(VpIndex target, std::uint8_t vector) {
    // A local APIC's ID is its VP's index, which KVM does not let a guest change.
    signal(kMessageAddress | Gpa{target} << kMessageDestinationShift, vector);
}

void MessageInterrupts::announceLevel(unsigned pin, std::uint64_t address, std::uint32_t data) {
    if (pin >= routes_.size())
        return;
    const std::scoped_lock lock(mutex_);
    const Route route{address, data};
    // Systems mask and unmask their entries at every interrupt; that changes no route.
    if (routes_[pin] == route)
        return;
    routes_[pin] = route;
    publish();
}

void MessageInterrupts::publish() {
    Variable<kvm_irq_routing, kvm_irq_routing_entry> table(kReservedRoutes);
    for (std::uint32_t pin = 0; pin < kReservedRoutes; ++pin) {
        const Route& route = routes_[pin];
        if (route.address == 0)
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
