// SPDX-License-Identifier: GPL-3.0-or-later
#include "isa_interrupts.h"

#include "io_apic.h"
#include "pic.h"

namespace hypervisor {

InterruptLine IsaInterrupts::line(unsigned irq) {
    if (irq >= kLines || irq == Pic::kCascadeInput)
        return {};
    Wire& wire = wires_[irq];
    const std::scoped_lock lock(wire.mutex);
    const std::uint32_t device = 1U << (wire.devices % 32);
    ++wire.devices;
    return InterruptLine([this, irq, device](bool asserted) { drive(irq, device, asserted); });
}

void IsaInterrupts::drive(unsigned irq, std::uint32_t device, bool asserted) {
    Wire& wire = wires_[irq];
    // Held while the controllers are told, so that they see the levels in their order.
    const std::scoped_lock lock(wire.mutex);
    const bool was = wire.asserting != 0;
    wire.asserting = asserted ? wire.asserting | device : wire.asserting & ~device;
    const bool is = wire.asserting != 0;
    if (is == was)
        return;
    pic_.setInput(irq, is);
    ioApic_.setPin(irq == 0 ? kTimerPin : irq, is);
}

}  // namespace hypervisor
