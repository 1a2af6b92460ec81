// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "code_pages.h"
#include "hypervisor/guest_interface/guest_interface.h"
#include "hypervisor/guest_tsc_clock.h"
#include "hypervisor/hypervisor.h"
#include "hypervisor/interrupts/local_apic_bus.h"
#include "hypervisor/machine_time.h"
#include "software_virtual_processor.h"

namespace hypervisor::software {

/// A partition of the software backend.
class SoftwarePartition final : public Partition, private GuestInterfaceHost {
  public:
    SoftwarePartition(const PartitionSettings& settings, std::unique_ptr<GuestMemory> memory,
                      InterceptHandler& handler);
    ~SoftwarePartition() override;

    [[nodiscard]] GuestMemory& memory() override { return *memory_; }
    [[nodiscard]] Result<void> growMemory(std::uint64_t bytes) override;
    [[nodiscard]] VpIndex processorCount() const override {
        return static_cast<VpIndex>(processors_.size());
    }
    [[nodiscard]] VirtualProcessor& processor(VpIndex index) override {
        return *processors_.at(index);
    }
    void signalMessageInterrupt(std::uint64_t address, std::uint32_t data) override {
        apicBus_.deliverMessage(address, data);
    }
    // The local APICs here keep each interrupt's trigger mode and report every level's end.
    void announceLevelInterrupt(unsigned /*pin*/, std::uint64_t /*address*/,
                                std::uint32_t /*data*/) override {}
    void setExternalInterrupt(bool asserted) override { apicBus_.setExternalInterrupt(asserted); }
    [[nodiscard]] Result<void> placeDeviceMemory(Gpa gpa, const DeviceMemory& memory) override {
        return memory_->placeDeviceMemory(gpa, memory);
    }
    void removeDeviceMemory() override;
    void setAddressLine20(bool open) override;
    [[nodiscard]] Result<void> reset() override;
    [[nodiscard]] Result<void> setTimeFrozen(bool frozen) override;
    [[nodiscard]] std::uint64_t tscFrequency() const override { return clock_.hostFrequency(); }
    [[nodiscard]] SyntheticInterrupts& synic() override { return guestInterface_.synic(); }
    [[nodiscard]] std::uint64_t referenceTime() const override {
        return guestInterface_.referenceTime().now();
    }
    [[nodiscard]] CountedStats countedStats() const override;

    // For its VPs.
    [[nodiscard]] InterceptHandler& handler() { return handler_; }
    [[nodiscard]] CodePages& codePages() { return codePages_; }
    [[nodiscard]] LocalApicBus& apicBus() { return apicBus_; }
    [[nodiscard]] const MachineTime& time() const { return time_; }
    [[nodiscard]] const TscClock& clock() const { return clock_; }
    [[nodiscard]] GuestInterface& guestInterface() { return guestInterface_; }
    [[nodiscard]] VpIndex settledProcessorCount() const { return settings_.processors; }

  private:
    void forgetTranslations();
    void pageWritten(Gpa gpa) override { codePages_.written(gpa, kPageSize); }
    void requestInterrupt(VpIndex target, std::uint8_t vector, InterruptEnd end) override;
    void setTimer(VpIndex vp, std::optional<std::chrono::nanoseconds> after) override;
    void sendInterrupt(VpIndex vp, ProcessorMask targets, std::uint8_t vector) override;
    void idle(VpIndex vp) override;
    void longSpinWait(VpIndex vp) override;
    void flushTranslations(VpIndex vp, ProcessorMask targets,
                           std::span<const GvaRange> ranges) override;
    [[nodiscard]] LocalApic* localApic(VpIndex vp) override;

    [[nodiscard]] static GuestInterfaceSettings guestInterfaceSettings(
        const PartitionSettings& settings);

    const PartitionSettings settings_;
    const std::unique_ptr<GuestMemory> memory_;
    InterceptHandler& handler_;
    GuestTscClock clock_;
    CodePages codePages_;
    LocalApicBus apicBus_;
    GuestInterface guestInterface_;
    MachineTime time_;
    std::vector<std::unique_ptr<SoftwareVirtualProcessor>> processors_;
};

}  // namespace hypervisor::software
