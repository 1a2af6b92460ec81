// SPDX-License-Identifier: GPL-3.0-or-later
#include "kvm_partition.h"

#include <x86intrin.h>

#include <algorithm>
#include <array>

#include "cpuid_policy.h"
#include "hypervisor/interrupts/local_apic_timer.h"
#include "ioctl.h"

namespace hypervisor::kvm {

namespace {

// Intel processors without "unrestricted guest" need four pages for real mode; here nothing of
// a PC is, and no RAM.
constexpr std::uint64_t kIdentityMapAddress = 0xFEFF'C000;
constexpr std::uint64_t kTaskStateAddress = kIdentityMapAddress + kPageSize;

/// Real mode reaches no further, and the gate of address line 20 acts no further here.
constexpr Gpa kGateEnd = 2 * kAddressLine20;

/// RAM of the first MiB, of the second, and of the first one where the second is while line 20 is
/// held at zero: two slots each, as something may be left out. Then RAM behind them.
constexpr std::uint32_t kFirstMibSlot = 0;
constexpr std::uint32_t kSecondMibSlot = 2;
constexpr std::uint32_t kMirrorSlot = 4;
constexpr std::uint32_t kOtherRamSlot = 6;
constexpr std::uint32_t kDeviceMemorySlot = 9;
constexpr std::uint32_t kFirstGrowthSlot = 10;
/// Takes a slot away.
constexpr RamRegion kNothing{0, 0, nullptr};

/// What of `region` lies in [start, end).
RamRegion within(const RamRegion& region, Gpa start, Gpa end) {
    const Gpa first = std::max(region.start, start);
    const Gpa last = std::min(region.start + region.size, end);
    if (first >= last)
        return kNothing;
    return {first, last - first, region.host + (first - region.start)};
}

constexpr std::uint32_t kFirstGuestInterfaceMsr = 0x4000'0000;
constexpr std::uint32_t kGuestInterfaceMsrCount = 0x1000;

constexpr std::uint32_t kTscMsr = 0x10;

GuestInterfaceSettings guestInterfaceSettings(const PartitionSettings& settings,
                                              const PartitionLimits& limits) {
    GuestInterfaceSettings result;
    result.processors = settings.processors;
    result.physicalAddressBits = limits.physicalAddressBits;
    // KVM keeps VMCALL to itself; a port it knows nothing of comes out to us.
    result.hypercallEntry = HypercallEntry::PortWrite;
    // KVM's local APIC timer has the rate of ours, in the host's time.
    result.apicFrequency = kLocalApicFrequency * settings.timeDivisor;
    return result;
}

Result<void> enable(int machine, std::uint32_t capability, std::uint64_t argument,
                    const char* what) {
    kvm_enable_cap enable{};
    enable.cap = capability;
    enable.args[0] = argument;
    const auto result = request(machine, KVM_ENABLE_CAP, &enable, what);
    if (!result)
        return std::unexpected(result.error());
    return {};
}

/// What the guest's TSC is ahead of the host's, or nothing where KVM does not say.
std::optional<std::uint64_t> tscOffset(int processor) {
    std::uint64_t offset = 0;
    kvm_device_attr attribute{};
    attribute.group = KVM_VCPU_TSC_CTRL;
    attribute.attr = KVM_VCPU_TSC_OFFSET;
    attribute.addr = reinterpret_cast<std::uint64_t>(&offset);
    if (::ioctl(processor, KVM_GET_DEVICE_ATTR, &attribute) == 0)
        return offset;
    return std::nullopt;
}

/// The same by reading both, exact to the time that takes.
Result<std::uint64_t> measuredTscOffset(int processor) {
    Variable<kvm_msrs, kvm_msr_entry> list(1);
    list->nmsrs = 1;
    list->entries[0] = {kTscMsr, 0, 0};
    const std::uint64_t before = __rdtsc();
    const auto count = request(processor, KVM_GET_MSRS, list.get(), "give the TSC");
    const std::uint64_t after = __rdtsc();
    if (!count)
        return std::unexpected(count.error());
    return list->entries[0].data - (before + (after - before) / 2);
}

}  // namespace

Result<std::unique_ptr<KvmPartition>> KvmPartition::create(Parts parts,
                                                           std::unique_ptr<GuestMemory> memory,
                                                           InterceptHandler& handler) {
    std::unique_ptr<KvmPartition> partition(new KvmPartition(
        std::move(parts.machine), parts.settings, parts.limits, std::move(memory), handler));
    if (auto result = partition->setUpMachine(); !result)
        return std::unexpected(result.error());
    if (auto result = partition->mapMemory(); !result)
        return std::unexpected(result.error());
    if (auto result = partition->filterMsrs(parts.virtualizes); !result)
        return std::unexpected(result.error());
    if (auto result = partition->createProcessors(parts); !result)
        return std::unexpected(result.error());
    return partition;
}

KvmPartition::KvmPartition(FileDescriptor machine, const PartitionSettings& settings,
                           const PartitionLimits& limits, std::unique_ptr<GuestMemory> memory,
                           InterceptHandler& handler)
    : machine_(std::move(machine)),
      memory_(std::move(memory)),
      handler_(handler),
      guestInterfaceSettings_(guestInterfaceSettings(settings, limits)),
      messages_(machine_.get()),
      clock_(settings.timeDivisor),
      timeDivisor_(settings.timeDivisor) {}

Result<void> KvmPartition::setUpMachine() {
    const int machine = machine_.get();
    std::uint64_t identityMap = kIdentityMapAddress;
    for (const auto& result :
         {request(machine, KVM_SET_IDENTITY_MAP_ADDR, &identityMap, "place its identity map"),
          request(machine, KVM_SET_TSS_ADDR, kTaskStateAddress, "place its task state")})
        if (!result)
            return std::unexpected(result.error());
    if (auto result = enable(machine, KVM_CAP_SPLIT_IRQCHIP, MessageInterrupts::kReservedRoutes,
                             "give local APICs alone");
        !result)
        return result;
    if (auto result =
            enable(machine, KVM_CAP_X86_USER_SPACE_MSR,
                   KVM_MSR_EXIT_REASON_FILTER | KVM_MSR_EXIT_REASON_UNKNOWN, "hand MSRs over");
        !result)
        return result;
    // Else KVM makes an invalid opcode of what it can't emulate in user mode.
    return enable(machine, KVM_CAP_EXIT_ON_EMULATION_FAILURE, 1, "report failed emulation");
}

Result<void> KvmPartition::mapMemory() {
    if (auto mapped = mapRam(kFirstMibSlot, 0, kAddressLine20); !mapped)
        return mapped;
    if (auto mapped = mapRam(kSecondMibSlot, kAddressLine20, kGateEnd); !mapped)
        return mapped;
    return mapRam(kOtherRamSlot, kGateEnd, ~Gpa{0});
}

Result<void> KvmPartition::mapRam(std::uint32_t slot, Gpa start, Gpa end, std::uint64_t moved) {
    for (const RamRegion& region : memory_->regions()) {
        RamRegion piece = within(region, start, end);
        if (piece.size == 0)
            continue;
        piece.start += moved;
        if (auto mapped = map(slot++, piece); !mapped)
            return mapped;
    }
    return {};
}

void KvmPartition::setAddressLine20(bool open) {
    const std::scoped_lock lock(addressLine20Mutex_);
    if (!memory_->setAddressLine20(open, kGateEnd))
        return;
    // Taking away a slot that is not there fails, and is as good. What fails otherwise is a kernel
    // without memory: where something is not mapped, the guest reads ones.
    for (std::uint32_t slot = kSecondMibSlot; slot < kOtherRamSlot; ++slot)
        static_cast<void>(map(slot, kNothing).has_value());
    static_cast<void>((open ? mapRam(kSecondMibSlot, kAddressLine20, kGateEnd)
                            : mapRam(kMirrorSlot, 0, kAddressLine20, kAddressLine20))
                          .has_value());
}

Result<void> KvmPartition::growMemory(std::uint64_t bytes) {
    const auto region = memory_->nextGrowth(bytes);
    if (!region)
        return failure("there is no address space for more guest memory");
    // A slot can't grow while VPs may be using it.
    if (auto mapped = map(kFirstGrowthSlot + growthSlots_, *region); !mapped)
        return mapped;
    ++growthSlots_;
    memory_->grow(bytes);
    return {};
}

Result<void> KvmPartition::shrinkMemory() {
    while (growthSlots_ != 0) {
        // A slot without a size is taken away.
        if (auto taken = map(kFirstGrowthSlot + growthSlots_ - 1, {0, 0, nullptr}); !taken)
            return taken;
        --growthSlots_;
    }
    memory_->shrink();
    return {};
}

Result<void> KvmPartition::map(std::uint32_t slot, const RamRegion& region) {
    kvm_userspace_memory_region mapping{};
    mapping.slot = slot;
    mapping.guest_phys_addr = region.start;
    mapping.memory_size = region.size;
    mapping.userspace_addr = reinterpret_cast<std::uint64_t>(region.host);
    if (const auto result =
            request(machine_.get(), KVM_SET_USER_MEMORY_REGION, &mapping, "map guest memory");
        !result)
        return std::unexpected(result.error());
    return {};
}

Result<void> KvmPartition::placeDeviceMemory(Gpa gpa, const DeviceMemory& memory) {
    if (auto placed = memory_->placeDeviceMemory(gpa, memory); !placed)
        return placed;
    auto mapped = map(kDeviceMemorySlot, *memory_->deviceMemory());
    if (!mapped)
        memory_->removeDeviceMemory();
    return mapped;
}

void KvmPartition::removeDeviceMemory() {
    auto region = memory_->deviceMemory();
    if (!region)
        return;
    memory_->removeDeviceMemory();
    // A slot without a size is taken away, which fails for none that is there.
    region->size = 0;
    static_cast<void>(map(kDeviceMemorySlot, *region).has_value());
}

Result<void> KvmPartition::filterMsrs(bool virtualizes) {
    // A zero in the bitmap denies KVM the register, which sends it to us.
    std::array<std::uint8_t, kGuestInterfaceMsrCount / 8> denied{};
    kvm_msr_filter filter{};
    filter.flags = KVM_MSR_FILTER_DEFAULT_ALLOW;
    filter.ranges[0].flags = KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE;
    filter.ranges[0].base = kFirstGuestInterfaceMsr;
    filter.ranges[0].nmsrs = kGuestInterfaceMsrCount;
    filter.ranges[0].bitmap = denied.data();
    // See KvmProcessor::handlePageFaultBreakpoint().
    if (!virtualizes) {
        filter.ranges[1] = filter.ranges[0];
        filter.ranges[1].base = kLstarMsr;
        filter.ranges[1].nmsrs = 1;
    }
    const auto result = request(machine_.get(), KVM_X86_SET_MSR_FILTER, &filter, "filter MSRs");
    if (!result)
        return std::unexpected(result.error());
    return {};
}

Result<void> KvmPartition::createProcessors(const Parts& parts) {
    std::vector<FileDescriptor> descriptors;
    for (VpIndex index = 0; index < parts.settings.processors; ++index) {
        auto descriptor =
            request(machine_.get(), KVM_CREATE_VCPU, std::uint64_t{index}, "make a VP");
        if (!descriptor)
            return std::unexpected(descriptor.error());
        descriptors.emplace_back(*descriptor);
    }

    const int first = descriptors.front().get();
    if (const auto offset = tscOffset(first)) {
        clock_.setOffset(*offset);
    } else {
        const auto measured = measuredTscOffset(first);
        if (!measured)
            return std::unexpected(measured.error());
        clock_.setOffset(*measured);
    }
    GuestInterfaceHost& host = *this;
    guestInterface_ =
        std::make_unique<GuestInterface>(guestInterfaceSettings_, *memory_, clock_, handler_, host);

    std::vector<kvm_cpuid_entry2> supported = parts.supportedCpuid;
    if (!parts.virtualizes && parts.emulators)
        restrictTo(supported, *parts.emulators(0));
    const ProcessorSurroundings surroundings{*memory_,           handler_,
                                             *guestInterface_,   messages_,
                                             externalInterrupt_, parts.settings.stats,
                                             parts.sharesState,  !parts.virtualizes};
    for (VpIndex index = 0; index < parts.settings.processors; ++index) {
        auto processor =
            KvmProcessor::create(index, std::move(descriptors[index]), parts.runSize, surroundings,
                                 parts.emulators ? parts.emulators(index) : nullptr);
        if (!processor)
            return std::unexpected(processor.error());
        const auto cpuid =
            guestCpuid(supported, index, parts.settings.processors, *guestInterface_);
        if (auto result = (*processor)->prepare(cpuid); !result)
            return result;
        processors_.push_back(std::move(*processor));
    }
    return {};
}

void KvmPartition::setExternalInterrupt(bool asserted) {
    const bool before = externalInterrupt_.exchange(asserted);
    if (asserted && !before)
        processors_.front()->externalInterruptRaised();
}

void KvmPartition::requestInterrupt(VpIndex target, std::uint8_t vector, InterruptEnd end) {
    if (end == InterruptEnd::Automatic)
        processors_[target]->requestEndingItself(vector);
    else
        messages_.signalTo(target, vector);
}

void KvmPartition::setTimer(VpIndex vp, std::optional<std::chrono::nanoseconds> after) {
    ThreadAlarm& alarm = processors_[vp]->syntheticAlarm();
    if (after)
        alarm.set(ThreadAlarm::Clock::now() + *after * timeDivisor_);
    else
        alarm.cancel();
}

Result<void> KvmPartition::reset() {
    if (auto result = shrinkMemory(); !result)
        return result;
    setAddressLine20(true);
    guestInterface_->reset();
    for (const auto& processor : processors_)
        if (auto result = processor->reset(); !result)
            return result;
    return {};
}

Result<void> KvmPartition::setTimeFrozen(bool frozen) {
    if (frozen) {
        clock_.freeze();
        for (const auto& processor : processors_)
            if (auto result = processor->freeze(); !result)
                return result;
        return {};
    }
    const std::uint64_t offset = clock_.thaw();
    for (const auto& processor : processors_)
        if (auto result = processor->thaw(offset); !result)
            return result;
    return {};
}

CountedStats KvmPartition::countedStats() const {
    // HLT, CPUID and the local APICs stay in the kernel, with their interrupts.
    return CountedStats{}
        .with(VpCounter::HypervisorTime)
        .with(VpCounter::LongSpinWaits)
        .with(Intercept::IoInstruction)
        .with(Intercept::Memory)
        .with(Intercept::Msr)
        .with(Intercept::Hypercall)
        .with(Intercept::ExternalInterrupt)
        .with(Intercept::Emulated)
        .with(Intercept::Other);
}

}  // namespace hypervisor::kvm
