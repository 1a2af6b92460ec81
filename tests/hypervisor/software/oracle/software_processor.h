// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "hypervisor/error.h"
#include "machine_state.h"

namespace oracle {

/// Runs cases in the software processor: 64-bit long mode at CPL 3, with page tables that show
/// it the windows at the addresses that they have natively, and an interrupt descriptor table
/// whose handlers halt.
class SoftwareProcessor {
  public:
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<SoftwareProcessor>> create(
        const TestMemory& background);
    ~SoftwareProcessor();
    SoftwareProcessor(const SoftwareProcessor&) = delete;
    SoftwareProcessor& operator=(const SoftwareProcessor&) = delete;

    [[nodiscard]] Outcome run(const Case& test);

  private:
    struct Machine;
    explicit SoftwareProcessor(std::unique_ptr<Machine> machine);

    [[nodiscard]] Outcome runOnce(const Case& test);

    std::unique_ptr<Machine> machine_;
};

}  // namespace oracle
