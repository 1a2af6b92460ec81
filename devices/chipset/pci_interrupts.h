// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>

#include "hypervisor/interrupts/interrupt_line.h"
#include "hypervisor/interrupts/isa_interrupts.h"
#include "pci_function.h"

namespace devices {

/// The way of PCI's interrupts: from the four pins of each slot over four links, PIRQA# to PIRQD#,
/// to ISA interrupts, which those of a link share with all that are routed there. Slots are wired
/// as on boards with the 440BX: from slot to slot a pin has the next link, and INTA# of device 1
/// has PIRQA#. Source: 82371AB data sheet, sections 4.1.10 and 8.7.2; devices/firmware/
/// pci_interrupts.asl tells guests the same.
///
/// Thread safety: line() while the machine is built; route() and the lines from any thread.
class PciInterrupts {
  public:
    static constexpr unsigned kLinks = 4;
    /// Where a PC's firmware routes the links.
    static constexpr std::array<std::uint8_t, kLinks> kFirmwareRoutes{10, 10, 11, 11};

    [[nodiscard]] static constexpr unsigned linkOf(unsigned device, PciPin pin) {
        // One more than the number of links, so that device 0 counts back to the last.
        return (device + static_cast<unsigned>(pin) + kLinks - 2) % kLinks;
    }
    [[nodiscard]] static constexpr std::uint8_t firmwareRouteOf(unsigned device, PciPin pin) {
        return kFirmwareRoutes.at(linkOf(device, pin));
    }
    /// A link can't have the interrupts of the timer, the keyboard, the clock and the coprocessor.
    [[nodiscard]] static constexpr bool isRoutable(unsigned irq) {
        constexpr unsigned kRoutable = 0xDEF8;
        return irq < hypervisor::IsaInterrupts::kLines && (kRoutable >> irq & 1) != 0;
    }

    /// `isa` must outlive this, and this the lines that it gives out. No link is routed yet.
    explicit PciInterrupts(hypervisor::IsaInterrupts& isa);
    PciInterrupts(const PciInterrupts&) = delete;
    PciInterrupts& operator=(const PciInterrupts&) = delete;

    /// A function's end of the link that a pin of its slot leads to, not asserted.
    [[nodiscard]] hypervisor::InterruptLine line(unsigned device, PciPin pin);

    /// Leads a link to an interrupt that isRoutable(), or nowhere.
    void route(unsigned link, std::optional<unsigned> irq);

  private:
    struct Link {
        std::optional<unsigned> irq;
        /// One bit for each function on the link.
        std::uint64_t asserting = 0;
        unsigned functions = 0;
    };
    void drive(unsigned link, std::uint64_t function, bool asserted);
    /// Drives the interrupts as the links are now. With the lock held.
    void update();

    std::array<hypervisor::InterruptLine, hypervisor::IsaInterrupts::kLines> lines_;
    std::mutex mutex_;
    // Guarded by mutex_.
    std::array<Link, kLinks> links_{};
    /// One bit for each ISA interrupt.
    unsigned asserted_ = 0;
};

}  // namespace devices
