// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "hypervisor/file_descriptor.h"
#include "hypervisor/guest_interface/guest_interface.h"
#include "hypervisor/guest_tsc_clock.h"
#include "hypervisor/hypervisor.h"
#include "hypervisor/instruction_emulator.h"
#include "kernel_interface.h"
#include "kvm_processor.h"
#include "message_interrupts.h"

namespace hypervisor::kvm {

/// A partition on KVM: local APICs in the kernel, all other interrupt hardware outside.
class KvmPartition final : public Partition, private GuestInterfaceHost {
  public:
    struct Parts {
        /// KVM's descriptor of a new, empty machine.
        FileDescriptor machine;
        std::size_t runSize;
        std::vector<kvm_cpuid_entry2> supportedCpuid;
        PartitionSettings settings;
        PartitionLimits limits;
        InstructionEmulatorFactory emulators;
        /// KVM has kSharedState in VPs' shared pages.
        bool sharesState;
        /// The host's processor virtualizes; else this KVM only emulates instructions.
        bool virtualizes;
    };

    [[nodiscard]] static Result<std::unique_ptr<KvmPartition>> create(
        Parts parts, std::unique_ptr<GuestMemory> memory, InterceptHandler& handler);

    [[nodiscard]] GuestMemory& memory() override { return *memory_; }
    [[nodiscard]] Result<void> growMemory(std::uint64_t bytes) override;
    [[nodiscard]] VpIndex processorCount() const override {
        return static_cast<VpIndex>(processors_.size());
    }
    [[nodiscard]] VirtualProcessor& processor(VpIndex index) override {
        return *processors_.at(index);
    }
    void signalMessageInterrupt(std::uint64_t address, std::uint32_t data) override {
        messages_.signal(address, data);
    }
    void announceLevelInterrupt(unsigned pin, std::uint64_t address, std::uint32_t data) override {
        messages_.announceLevel(pin, address, data);
    }
    void setExternalInterrupt(bool asserted) override;
    [[nodiscard]] Result<void> placeDeviceMemory(Gpa gpa, const DeviceMemory& memory) override;
    void removeDeviceMemory() override;
    void setAddressLine20(bool open) override;
    [[nodiscard]] Result<void> reset() override;
    [[nodiscard]] Result<void> setTimeFrozen(bool frozen) override;
    [[nodiscard]] std::uint64_t tscFrequency() const override { return clock_.hostFrequency(); }
    [[nodiscard]] SyntheticInterrupts& synic() override { return guestInterface_->synic(); }
    [[nodiscard]] std::uint64_t referenceTime() const override {
        return guestInterface_->referenceTime().now();
    }
    [[nodiscard]] CountedStats countedStats() const override;

  private:
    KvmPartition(FileDescriptor machine, const PartitionSettings& settings,
                 const PartitionLimits& limits, std::unique_ptr<GuestMemory> memory,
                 InterceptHandler& handler);

    [[nodiscard]] Result<void> setUpMachine();
    [[nodiscard]] Result<void> mapMemory();
    /// The RAM of [start, end), from `slot` on, that much further up than it is.
    [[nodiscard]] Result<void> mapRam(std::uint32_t slot, Gpa start, Gpa end,
                                      std::uint64_t moved = 0);
    [[nodiscard]] Result<void> map(std::uint32_t slot, const RamRegion& region);
    [[nodiscard]] Result<void> shrinkMemory();
    [[nodiscard]] Result<void> filterMsrs(bool virtualizes);
    [[nodiscard]] Result<void> createProcessors(const Parts& parts);

    // KVM sees every write of the host.
    void pageWritten(Gpa /*gpa*/) override {}
    void requestInterrupt(VpIndex target, std::uint8_t vector, InterruptEnd end) override;
    void setTimer(VpIndex vp, std::optional<std::chrono::nanoseconds> after) override;
    void longSpinWait(VpIndex vp) override { processors_.at(vp)->countLongSpinWait(); }

    const FileDescriptor machine_;
    const std::unique_ptr<GuestMemory> memory_;
    std::mutex addressLine20Mutex_;
    /// Of KVM's slots those of memory that came later.
    std::uint32_t growthSlots_ = 0;
    InterceptHandler& handler_;
    const GuestInterfaceSettings guestInterfaceSettings_;
    MessageInterrupts messages_;
    std::atomic<bool> externalInterrupt_ = false;
    GuestTscClock clock_;
    const std::uint32_t timeDivisor_;
    std::unique_ptr<GuestInterface> guestInterface_;
    std::vector<std::unique_ptr<KvmProcessor>> processors_;
};

}  // namespace hypervisor::kvm
