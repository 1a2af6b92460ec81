// SPDX-License-Identifier: GPL-3.0-or-later
#include "pci_interrupts.h"

namespace devices {

using hypervisor::InterruptLine;
using hypervisor::IsaInterrupts;

PciInterrupts::PciInterrupts(IsaInterrupts& isa) {
    for (unsigned irq = 0; irq < lines_.size(); ++irq)
        if (isRoutable(irq))
            lines_[irq] = isa.line(irq);
}

InterruptLine PciInterrupts::line(unsigned device, PciPin pin) {
    const unsigned number = linkOf(device, pin);
    const std::scoped_lock lock(mutex_);
    Link& link = links_.at(number);
    // A bus has a quarter of its functions on each link: 64 at most.
    const std::uint64_t function = std::uint64_t{1} << (link.functions % 64);
    ++link.functions;
    return InterruptLine(
        [this, number, function](bool asserted) { drive(number, function, asserted); });
}

void PciInterrupts::route(unsigned link, std::optional<unsigned> irq) {
    const std::scoped_lock lock(mutex_);
    links_.at(link).irq = irq && isRoutable(*irq) ? irq : std::nullopt;
    update();
}

void PciInterrupts::drive(unsigned link, std::uint64_t function, bool asserted) {
    const std::scoped_lock lock(mutex_);
    std::uint64_t& asserting = links_.at(link).asserting;
    asserting = asserted ? asserting | function : asserting & ~function;
    update();
}

void PciInterrupts::update() {
    unsigned asserted = 0;
    for (const Link& link : links_)
        if (link.irq && link.asserting != 0)
            asserted |= 1U << *link.irq;
    const unsigned changed = asserted ^ asserted_;
    asserted_ = asserted;
    for (unsigned irq = 0; irq < lines_.size(); ++irq)
        if ((changed >> irq & 1) != 0)
            lines_[irq].set((asserted >> irq & 1) != 0);
}

}  // namespace devices
