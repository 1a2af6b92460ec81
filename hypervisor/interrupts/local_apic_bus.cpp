// SPDX-License-Identifier: GPL-3.0-or-later
#include "local_apic_bus.h"

#include <algorithm>

#include "local_apic.h"

namespace hypervisor {

void LocalApicBus::deliver(const InterruptMessage& message) {
    if (message.delivery != DeliveryMode::LowestPriority) {
        for (LocalApic* apic : apics_)
            if (apic->isAddressedBy(message))
                apic->accept(message);
        return;
    }
    // Which of several is not specified beyond "lowest priority", and priorities change while
    // one looks; taking turns spreads the load.
    const auto accepts = [&message](const LocalApic* apic) {
        return apic->isAddressedBy(message) && apic->isSoftwareEnabled();
    };
    const auto candidates = std::count_if(apics_.begin(), apics_.end(), accepts);
    if (candidates == 0)
        return;
    auto turn = candidates == 1 ? 0
                                : arbitration_.fetch_add(1, std::memory_order_relaxed) %
                                      static_cast<std::uint32_t>(candidates);
    for (LocalApic* apic : apics_) {
        if (accepts(apic) && turn-- == 0) {
            apic->accept(message);
            return;
        }
    }
}

void LocalApicBus::deliverToAll(const InterruptMessage& message, const LocalApic* excluded) {
    for (LocalApic* apic : apics_)
        if (apic != excluded)
            apic->accept(message);
}

void LocalApicBus::setExternalInterrupt(bool asserted) {
    const bool before = externalInterrupt_.exchange(asserted, std::memory_order_acq_rel);
    if (asserted && !before)
        for (LocalApic* apic : apics_)
            apic->externalInterruptRaised();
}

}  // namespace hypervisor
