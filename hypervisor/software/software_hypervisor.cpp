// SPDX-License-Identifier: GPL-3.0-or-later
#include "software_hypervisor.h"

#include <string>

#include "cpuid.h"
#include "host_instructions.h"
#include "software_partition.h"

namespace hypervisor::software {

namespace {

/// As Hyper-V; what a local APIC's logical addressing and CPUID can say is more.
constexpr VpIndex kMaximumProcessors = 64;

class SoftwareProtoPartition final : public ProtoPartition {
  public:
    explicit SoftwareProtoPartition(const PartitionSettings& settings) : settings_(settings) {}

    [[nodiscard]] PartitionLimits limits() const override {
        return {kMaximumProcessors, kPhysicalAddressBits};
    }

    [[nodiscard]] Result<std::unique_ptr<Partition>>
        build(std::unique_ptr<GuestMemory> memory, InterceptHandler& handler) && override {
        return std::make_unique<SoftwarePartition>(settings_, std::move(memory), handler);
    }

  private:
    const PartitionSettings settings_;
};

class SoftwareHypervisor final : public Hypervisor {
  public:
    [[nodiscard]] Backend backend() const override { return Backend::Software; }

    [[nodiscard]] Result<std::unique_ptr<ProtoPartition>> createPartition(
        const PartitionSettings& settings) override {
        if (settings.processors == 0 || settings.processors > kMaximumProcessors)
            return failure("cannot make a machine with " + std::to_string(settings.processors) +
                           " virtual processors: choose 1 to " +
                           std::to_string(kMaximumProcessors));
        return std::make_unique<SoftwareProtoPartition>(settings);
    }
};

}  // namespace

Result<std::unique_ptr<Hypervisor>> createSoftwareHypervisor() {
    if (const auto checked = checkHostInstructions(); !checked)
        return std::unexpected(checked.error());
    return std::make_unique<SoftwareHypervisor>();
}

}  // namespace hypervisor::software
