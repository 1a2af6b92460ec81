// SPDX-License-Identifier: GPL-3.0-or-later
#include "kvm_hypervisor.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "hypervisor/guest_interface/guest_interface_host.h"
#include "ioctl.h"
#include "kvm_partition.h"
#include "state_transfer.h"

namespace hypervisor::kvm {

namespace {

constexpr int kInterfaceVersion = 12;
constexpr VpIndex kMaximumProcessors = 64;
static_assert(kMaximumProcessors == sizeof(ProcessorMask) * 8);
// The most that KVM takes.
constexpr std::uint32_t kCpuidRoom = 256;
constexpr std::uint8_t kDefaultAddressBits = 36;
constexpr std::uint32_t kAddressSizeLeaf = 0x8000'0008;

struct Needed {
    unsigned long capability;
    const char* what;
};
constexpr std::array<Needed, 7> kNeeded{{
    {KVM_CAP_SPLIT_IRQCHIP, "split interrupt controllers"},
    {KVM_CAP_X86_USER_SPACE_MSR, "MSRs in user space"},
    {KVM_CAP_X86_MSR_FILTER, "MSR filters"},
    {KVM_CAP_IMMEDIATE_EXIT, "immediate exit"},
    {KVM_CAP_SIGNAL_MSI, "message interrupts"},
    {KVM_CAP_XSAVE, "XSAVE"},
    {KVM_CAP_EXIT_ON_EMULATION_FAILURE, "reports of failed emulation"},
}};

Result<std::vector<kvm_cpuid_entry2>> supportedCpuid(int device) {
    Variable<kvm_cpuid2, kvm_cpuid_entry2> table(kCpuidRoom);
    table->nent = kCpuidRoom;
    const auto result =
        request(device, KVM_GET_SUPPORTED_CPUID, table.get(), "say which CPUID leaves it has");
    if (!result)
        return std::unexpected(result.error());
    return std::vector(table->entries, table->entries + table->nent);
}

class KvmProtoPartition final : public ProtoPartition {
  public:
    explicit KvmProtoPartition(KvmPartition::Parts parts) : parts_(std::move(parts)) {}

    [[nodiscard]] PartitionLimits limits() const override { return parts_.limits; }

    [[nodiscard]] Result<std::unique_ptr<Partition>>
        build(std::unique_ptr<GuestMemory> memory, InterceptHandler& handler) && override {
        return KvmPartition::create(std::move(parts_), std::move(memory), handler);
    }

  private:
    KvmPartition::Parts parts_;
};

class KvmHypervisor final : public Hypervisor {
  public:
    KvmHypervisor(FileDescriptor device, bool virtualizes, InstructionEmulatorFactory emulators)
        : device_(std::move(device)), virtualizes_(virtualizes), emulators_(std::move(emulators)) {}

    [[nodiscard]] Backend backend() const override { return Backend::Kvm; }

    [[nodiscard]] Result<std::unique_ptr<ProtoPartition>> createPartition(
        const PartitionSettings& settings) override {
        const int device = device_.get();
        auto cpuid = supportedCpuid(device);
        if (!cpuid)
            return std::unexpected(cpuid.error());
        PartitionLimits limits{};
        limits.maximumProcessors = std::min(
            kMaximumProcessors, static_cast<VpIndex>(extension(device, KVM_CAP_MAX_VCPUS)));
        limits.physicalAddressBits = kDefaultAddressBits;
        for (const kvm_cpuid_entry2& entry : *cpuid)
            if (entry.function == kAddressSizeLeaf)
                limits.physicalAddressBits = static_cast<std::uint8_t>(entry.eax);
        if (settings.processors < 1 || settings.processors > limits.maximumProcessors)
            return failure("cannot make a machine of " + std::to_string(settings.processors) +
                           " virtual processors: KVM here takes 1 to " +
                           std::to_string(limits.maximumProcessors));
        auto machine = request(device, KVM_CREATE_VM, 0, "make a virtual machine");
        if (!machine)
            return std::unexpected(machine.error());
        auto runSize = request(device, KVM_GET_VCPU_MMAP_SIZE, 0, "say how large a VP's page is");
        FileDescriptor descriptor(*machine);
        if (!runSize)
            return std::unexpected(runSize.error());
        return std::make_unique<KvmProtoPartition>(KvmPartition::Parts{
            std::move(descriptor), static_cast<std::size_t>(*runSize), std::move(*cpuid), settings,
            limits, emulators_,
            (static_cast<std::uint64_t>(extension(device, KVM_CAP_SYNC_REGS)) & kSharedState) ==
                kSharedState,
            virtualizes_});
    }

  private:
    const FileDescriptor device_;
    const bool virtualizes_;
    const InstructionEmulatorFactory emulators_;
};

}  // namespace

Result<std::unique_ptr<Hypervisor>> createHypervisor(FileDescriptor device, bool virtualizes,
                                                     InstructionEmulatorFactory emulators) {
    const auto version = request(device.get(), KVM_GET_API_VERSION, 0, "say its version");
    if (!version)
        return failure("/dev/kvm is not KVM's device (" + version.error().message +
                       "); use the software backend");
    if (*version != kInterfaceVersion)
        return failure("this kernel's KVM has interface version " + std::to_string(*version) +
                       " instead of 12; use the software backend");
    for (const Needed& needed : kNeeded)
        if (extension(device.get(), needed.capability) == 0)
            return failure(std::string("this kernel's KVM lacks ") + needed.what +
                           "; use a kernel from 5.14 on, or the software backend");
    return std::make_unique<KvmHypervisor>(std::move(device), virtualizes, std::move(emulators));
}

}  // namespace hypervisor::kvm
