// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pci_function.h"
#include "pci_interrupts.h"

namespace devices {

/// The PIIX4's first function, the bridge to ISA: its registers route PCI's interrupts. It comes up
/// as a PC's firmware leaves it, with all links routed. Source: 82371AB data sheet, section 4.1.
///
/// Thread safety: as PciFunction.
class IsaBridge final : public PciFunction {
  public:
    static constexpr unsigned kDevice = 7;
    static constexpr unsigned kFunction = 0;

    /// `interrupts` must outlive it.
    explicit IsaBridge(PciInterrupts& interrupts);

  private:
    void configured() override;

    PciInterrupts& interrupts_;
};

}  // namespace devices
