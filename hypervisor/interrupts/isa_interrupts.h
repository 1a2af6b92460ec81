// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <mutex>

#include "interrupt_line.h"

namespace hypervisor {

class IoApic;
class Pic;

/// The 16 interrupt wires of the ISA bus, each led to an input of the 8259s and to a pin of the
/// IOAPIC: the pin of the same number, IRQ 0 to pin 2 (what the MADT's override tells). Several
/// devices may share a wire, which is asserted as long as one of them asserts it.
///
/// Thread safety: line() while the machine is built; the lines from any thread.
class IsaInterrupts {
  public:
    static constexpr unsigned kLines = 16;
    static constexpr unsigned kTimerPin = 2;

    /// Both must outlive this, and this the lines that it gives out.
    IsaInterrupts(Pic& pic, IoApic& ioApic) : pic_(pic), ioApic_(ioApic) {}
    IsaInterrupts(const IsaInterrupts&) = delete;
    IsaInterrupts& operator=(const IsaInterrupts&) = delete;

    /// A new device's end of wire `irq`, not asserted. IRQ 2 leads nowhere: it joins the 8259s.
    [[nodiscard]] InterruptLine line(unsigned irq);

  private:
    struct Wire {
        std::mutex mutex;
        // Guarded by mutex: one bit for each device on the wire.
        std::uint32_t asserting = 0;
        std::uint32_t devices = 0;
    };
    void drive(unsigned irq, std::uint32_t device, bool asserted);

    Pic& pic_;
    IoApic& ioApic_;
    std::array<Wire, kLines> wires_;
};

}  // namespace hypervisor
