// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hypervisor/file_descriptor.h"
#include "hypervisor/guest_interface/guest_interface.h"
#include "hypervisor/hypervisor.h"
#include "hypervisor/instruction_emulator.h"
#include "hypervisor/thread_alarm.h"
#include "kernel_interface.h"
#include "message_interrupts.h"

namespace hypervisor::kvm {

/// What a VP reaches of its partition; all of it outlives the VP.
struct ProcessorSurroundings {
    GuestMemory& memory;
    InterceptHandler& handler;
    GuestInterface& guestInterface;
    MessageInterrupts& messages;
    /// The level of the 8259s' INTR output.
    const std::atomic<bool>& externalInterrupt;
    /// One for each VP, or none: then nobody sees what is counted.
    std::span<VpStats> stats;
    /// KVM has kSharedState in the VP's shared page.
    bool sharesState;
    /// KVM does not virtualize: SYSCALL is completed here, see handlePageFaultBreakpoint().
    bool completesSystemCalls;
};

/// IA32_LSTAR, where SYSCALL leads.
inline constexpr std::uint32_t kLstarMsr = 0xC000'0082;

/// One VP on KVM. What may be called on which thread: VirtualProcessor says.
class KvmProcessor final : public VirtualProcessor {
  public:
    /// `descriptor` is KVM's of this VP, `runSize` the size of its shared page. `emulator` may be
    /// null: then an instruction that KVM can't execute ends run().
    [[nodiscard]] static Result<std::unique_ptr<KvmProcessor>> create(
        VpIndex index, FileDescriptor descriptor, std::size_t runSize,
        const ProcessorSurroundings& surroundings, std::unique_ptr<InstructionEmulator> emulator);
    ~KvmProcessor() override;
    KvmProcessor(const KvmProcessor&) = delete;
    KvmProcessor& operator=(const KvmProcessor&) = delete;

    /// CPUID, then the local APIC's state as reset() restores it. Once, before anything runs.
    [[nodiscard]] Result<void> prepare(std::span<const kvm_cpuid_entry2> cpuid);
    /// The state after RESET; not while any VP is in run().
    [[nodiscard]] Result<void> reset();
    /// Stops the timer of the local APIC, or lets it go on where it stopped with the TSC `offset`
    /// ahead of the host's; not while any VP is in run().
    [[nodiscard]] Result<void> freeze();
    [[nodiscard]] Result<void> thaw(std::uint64_t offset);
    /// The guest has told that it waits long for a lock. On the VP's thread.
    void countLongSpinWait() { stats_[VpCounter::LongSpinWaits].add(); }
    /// What the synthetic timers wait for. On the VP's thread, or while it does not run.
    [[nodiscard]] ThreadAlarm& syntheticAlarm() { return syntheticAlarm_; }
    /// Makes the VP look at `externalInterrupt`, from any thread.
    void externalInterruptRaised();
    /// Raises an interrupt that is over as it is delivered, from any thread.
    void requestEndingItself(std::uint8_t vector);

    [[nodiscard]] VpIndex index() const override { return index_; }
    [[nodiscard]] Result<void> bind() override;
    [[nodiscard]] ExitReason run() override;
    void requestStop() override;
    [[nodiscard]] ProcessorState state() const override;
    [[nodiscard]] Result<void> setState(const ProcessorState& state) override;
    [[nodiscard]] std::string report() const override;

  private:
    KvmProcessor(VpIndex index, FileDescriptor descriptor, kvm_run* run, std::size_t runSize,
                 const ProcessorSurroundings& surroundings,
                 std::unique_ptr<InstructionEmulator> emulator);

    /// As run(), but for the hypervisor's time.
    [[nodiscard]] ExitReason runUntilExit();
    /// KVM_RUN; what lies between two of them is the hypervisor's time.
    [[nodiscard]] int enterGuest();

    /// Nothing: go on.
    using Exit = std::optional<ExitReason>;
    [[nodiscard]] Exit handleExit();
    void handlePort();
    void handleMmio();
    void handleMsrRead();
    void handleMsrWrite();
    [[nodiscard]] Exit handleHypercall();
    [[nodiscard]] Exit handleUndefinedHypercall();
    [[nodiscard]] Exit handleInternalError();
    /// Lends the software processor the instruction that KVM can't execute. `code` is its bytes and
    /// some that follow, or nothing where KVM doesn't say.
    [[nodiscard]] Exit lendInstruction(std::span<const std::uint8_t> code);
    /// A KVM that only emulates has been seen to execute ring 3 on the host's processor, to lead
    /// SYSCALL to the address in LSTAR, and to stay in ring 3 there. So its LSTAR holds an address
    /// where no guest has code, the guest's own value is kept in lstar_, and each page fault's
    /// handler begins with a breakpoint, which finds out whether it was such a SYSCALL.
    [[nodiscard]] Exit handlePageFaultBreakpoint();
    /// Moves the breakpoint to where the guest's IDT leads page faults now.
    [[nodiscard]] Result<void> watchPageFaults();
    /// From the guest's memory, with ring 0's rights.
    template <class T>
    [[nodiscard]] std::optional<T> readLinear(std::uint64_t address) const;
    /// All state, with the guest's own LSTAR.
    [[nodiscard]] Result<ProcessorState> readGuestState() const;
    [[nodiscard]] Result<void> writeGuestState(const ProcessorState& state);
    [[nodiscard]] Exit fail(std::string why);
    void offerExternalInterrupt();
    /// The 8259s ask for an interrupt.
    [[nodiscard]] bool externalInterruptWaits() const;
    /// KVM's local APIC can't end interrupts by itself. As long as it takes those of 8259s, which
    /// it does not have in service either, they are delivered like them; otherwise they are its
    /// own, and stay in service until the guest ends them.
    void passThoseEndingThemselves();
    /// Of those, the first in line.
    [[nodiscard]] std::optional<std::uint8_t> endingItself() const;
    void kick();
    void setImmediateExit(bool value);

    const VpIndex index_;
    const FileDescriptor descriptor_;
    kvm_run* const run_;
    const std::size_t runSize_;
    const ProcessorSurroundings surroundings_;
    const std::unique_ptr<InstructionEmulator> emulator_;

    VpStats ownStats_{};
    VpStats& stats_;
    std::uint64_t hypervisorSince_ = 0;

    // What is left of the local APIC's timer, and its deadline, while it is frozen.
    std::uint32_t frozenTimerCount_ = 0;
    std::uint64_t frozenDeadline_ = 0;

    std::vector<std::byte> resetApic_;
    std::vector<std::byte> resetFloatingPoint_;
    std::uint32_t signature_ = 0;

    // Written by any thread.
    std::atomic<bool> stop_ = false;
    // The bound thread's kernel ID, 0 before bind().
    std::atomic<int> thread_ = 0;

    // Vectors of interrupts that end themselves and are still to be delivered. Written by any
    // thread.
    std::array<std::atomic<std::uint64_t>, 4> endingThemselves_{};

    // Set by the alarm of the synthetic timers, with KVM's immediate exit.
    std::atomic<std::uint32_t> timersWait_ = 0;
    ThreadAlarm syntheticAlarm_;

    // KVM_RUNs for which KVM goes on sharing the state.
    unsigned sharedRuns_ = 0;

    // What the guest has in LSTAR, where system calls are completed here.
    std::uint64_t lstar_ = 0;
    // Where page faults are watched, 0: nowhere.
    std::uint64_t pageFaultHandler_ = 0;

    // Why run() came back with a failure, for report().
    std::string failure_;
};

}  // namespace hypervisor::kvm
