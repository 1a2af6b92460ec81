// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "devices/chipset/address_line_20.h"
#include "devices/chipset/machine_control.h"
#include "hypervisor/interrupts/interrupt_line.h"

/// The far end of an interrupt line.
struct RecordedLine {
    [[nodiscard]] hypervisor::InterruptLine line() {
        return hypervisor::InterruptLine([this](bool level) {
            if (level && !asserted)
                ++edges;
            asserted = level;
        });
    }
    bool asserted = false;
    int edges = 0;
};

/// Counts what a guest asks of its machine.
struct RecordedMachine : public devices::MachineControl {
    void powerOff() override { ++powerOffs; }
    void reset() override { ++resets; }
    void debugExit(std::uint32_t value) override { debugExits.push_back(value); }

    int powerOffs = 0;
    int resets = 0;
    std::vector<std::uint32_t> debugExits;
    /// How the gate has been moved.
    std::vector<bool> gateMoves;
    devices::AddressLine20 addressLine20{[this](bool open) { gateMoves.push_back(open); }};
};
