// SPDX-License-Identifier: GPL-3.0-or-later
#include "software_partition.h"

#include "cpuid.h"

namespace hypervisor::software {

GuestInterfaceSettings SoftwarePartition::guestInterfaceSettings(
    const PartitionSettings& settings) {
    GuestInterfaceSettings result;
    result.processors = settings.processors;
    result.physicalAddressBits = kPhysicalAddressBits;
    result.hypercallEntry = HypercallEntry::Vmcall;
    result.apicFrequency = kLocalApicFrequency;
    result.apicMsrs = true;
    result.guestIdle = true;
    result.clusterIpi = true;
    return result;
}

SoftwarePartition::SoftwarePartition(const PartitionSettings& settings,
                                     std::unique_ptr<GuestMemory> memory, InterceptHandler& handler)
    : settings_(settings),
      memory_(std::move(memory)),
      handler_(handler),
      clock_(settings.timeDivisor),
      codePages_(*memory_),
      apicBus_(handler),
      guestInterface_(guestInterfaceSettings(settings), *memory_, clock_, handler, *this),
      time_(settings.timeDivisor) {
    for (VpIndex index = 0; index < settings.processors; ++index) {
        processors_.push_back(std::make_unique<SoftwareVirtualProcessor>(
            *this, index, settings.stats.empty() ? nullptr : &settings.stats[index]));
        codePages_.join(processors_.back()->participant());
    }
    memory_->observe(&codePages_);
}

SoftwarePartition::~SoftwarePartition() {
    memory_->observe(nullptr);
}

Result<void> SoftwarePartition::growMemory(std::uint64_t bytes) {
    if (!memory_->nextGrowth(bytes))
        return failure("there is no address space for more guest memory");
    memory_->grow(bytes);
    return {};
}

Result<void> SoftwarePartition::reset() {
    memory_->shrink();
    setAddressLine20(true);
    guestInterface_.reset();
    for (const auto& processor : processors_)
        processor->reset();
    return {};
}

void SoftwarePartition::removeDeviceMemory() {
    const auto region = memory_->deviceMemory();
    if (!region)
        return;
    // No block is made of it any more, nor does a translation lead there.
    codePages_.written(region->start, region->size);
    memory_->removeDeviceMemory();
    forgetTranslations();
}

void SoftwarePartition::setAddressLine20(bool open) {
    if (memory_->setAddressLine20(open, ~Gpa{0}))
        forgetTranslations();
}

void SoftwarePartition::forgetTranslations() {
    for (const auto& processor : processors_)
        processor->forgetTranslations();
}

Result<void> SoftwarePartition::setTimeFrozen(bool frozen) {
    if (frozen) {
        time_.freeze();
        clock_.freeze();
    } else {
        clock_.thaw();
        time_.thaw();
    }
    return {};
}

CountedStats SoftwarePartition::countedStats() const {
    return CountedStats{}
        .with(VpCounter::HypervisorTime)
        .with(VpCounter::VirtualInterrupts)
        .with(VpCounter::LongSpinWaits)
        .with(VpCounter::SpinYields)
        .with(Intercept::IoInstruction)
        .with(Intercept::Memory)
        .with(Intercept::Msr)
        .with(Intercept::Halt)
        .with(Intercept::Cpuid)
        .with(Intercept::Hypercall);
}

void SoftwarePartition::longSpinWait(VpIndex vp) {
    processors_.at(vp)->countLongSpinWait();
}

void SoftwarePartition::requestInterrupt(VpIndex target, std::uint8_t vector, InterruptEnd end) {
    LocalApic& apic = processors_[target]->localApic();
    if (end == InterruptEnd::Automatic)
        apic.requestEndingItself(vector);
    else
        apic.request(vector, TriggerMode::Edge);
}

void SoftwarePartition::setTimer(VpIndex vp, std::optional<std::chrono::nanoseconds> after) {
    ThreadAlarm& alarm = processors_[vp]->syntheticAlarm();
    if (after)
        alarm.set(ThreadAlarm::Clock::now() + *after * settings_.timeDivisor);
    else
        alarm.cancel();
}

void SoftwarePartition::sendInterrupt(VpIndex /*vp*/, ProcessorMask targets, std::uint8_t vector) {
    for (const auto& processor : processors_)
        if ((targets >> processor->index() & 1) != 0)
            processor->localApic().request(vector, TriggerMode::Edge);
}

void SoftwarePartition::idle(VpIndex vp) {
    processors_.at(vp)->idle();
}

void SoftwarePartition::flushTranslations(VpIndex /*vp*/, ProcessorMask /*targets*/,
                                          std::span<const GvaRange> /*ranges*/) {
    // Not offered: GuestInterfaceSettings::tlbFlush is off.
}

LocalApic* SoftwarePartition::localApic(VpIndex vp) {
    return &processors_.at(vp)->localApic();
}

}  // namespace hypervisor::software
