// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>

#include "hypervisor/guest_interface/guest_interface.h"
#include "hypervisor/hypervisor.h"
#include "hypervisor/interrupts/local_apic.h"
#include "hypervisor/thread_alarm.h"
#include "hypervisor/tsc_clock.h"
#include "processor.h"
#include "processor_environment.h"

namespace hypervisor::software {

class SoftwarePartition;

/// A VP of the software backend: a Processor with its local APIC, and the loop that brings them
/// together with what other threads ask of it.
///
/// Thread safety: as VirtualProcessor says. LocalApicClient's methods may be called by any
/// thread: they note what is wanted in atomics and set Processor::attention, on which a VP that
/// has nothing to do sleeps.
class SoftwareVirtualProcessor final : public VirtualProcessor,
                                       public LocalApicClient,
                                       private ProcessorEnvironment {
  public:
    /// `stats` may be null: then nobody sees what is counted.
    SoftwareVirtualProcessor(SoftwarePartition& partition, VpIndex index, VpStats* stats);
    ~SoftwareVirtualProcessor() override;

    [[nodiscard]] VpIndex index() const override { return processor_.index; }
    [[nodiscard]] Result<void> bind() override;
    [[nodiscard]] ExitReason run() override;
    void requestStop() override;
    /// Soon; any thread.
    void forgetTranslations();
    [[nodiscard]] ProcessorState state() const override;
    [[nodiscard]] Result<void> setState(const ProcessorState& state) override;
    [[nodiscard]] std::string report() const override;

    void wake() override;
    void init() override;
    void startup(std::uint8_t vector) override;
    void nmi() override;

    [[nodiscard]] LocalApic& localApic() { return apic_; }
    /// Blocks until there is something to attend to. On the VP's thread, from within an
    /// instruction.
    void idle();
    /// The guest has told that it waits long for a lock. On the VP's thread.
    void countLongSpinWait() { stats_[VpCounter::LongSpinWaits].add(); }
    /// What the synthetic timers wait for. On the VP's thread, or while it does not run.
    [[nodiscard]] ThreadAlarm& syntheticAlarm() { return syntheticAlarm_; }
    /// The state after RESET. The VP must not be running.
    void reset();
    [[nodiscard]] CodePages::Participant& participant() { return processor_.participant; }

  private:
    class InterceptScope;

    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;
    [[nodiscard]] std::uint64_t readMmio(Gpa gpa, unsigned size) override;
    void writeMmio(Gpa gpa, unsigned size, std::uint64_t value) override;
    void beginDeviceAccesses() override;
    void endDeviceAccesses() override;
    [[nodiscard]] std::optional<std::uint64_t> readMsr(std::uint32_t msr) override;
    [[nodiscard]] bool writeMsr(std::uint32_t msr, std::uint64_t value) override;
    [[nodiscard]] CpuidResult cpuid(const Processor& processor, std::uint32_t leaf,
                                    std::uint32_t subleaf) override;
    [[nodiscard]] std::uint64_t readTsc() override;
    [[nodiscard]] std::uint64_t readCr8() override;
    void writeCr8(std::uint64_t value) override;
    [[nodiscard]] bool hypercall(Processor& processor) override;
    void pause() override;

    [[nodiscard]] ExitReason runUntilExit();
    /// Sets a bit of `attention` and ends a sleep.
    void attract(std::uint32_t bit);
    void sleep();
    void takeSignals();
    /// True if the VP has been interrupted.
    bool takeInterrupt();

    // What lies between the two counts as the hypervisor's time.
    void enterHypervisor();
    void leaveHypervisor();
    // The same, with the host's floating point control in between.
    void enterDevices();
    void leaveDevices();

    SoftwarePartition& partition_;
    Processor processor_;
    ThreadAlarm alarm_;
    ThreadAlarm syntheticAlarm_;
    LocalApic apic_;

    // Written by any thread, taken by the VP's.
    static constexpr std::uint32_t kNoStartup = 0x100;
    std::atomic<std::uint32_t> startup_{kNoStartup};
    std::atomic<bool> init_{false};
    std::atomic<bool> nmi_{false};

    // The VP's thread alone.
    bool waitsForStartup_ = false;
    VpStats ownStats_{};
    VpStats& stats_;
    std::uint64_t hypervisorSince_ = 0;
    /// Between beginDeviceAccesses() and endDeviceAccesses().
    bool accessesDevices_ = false;
    unsigned pauses_ = 0;
    std::uint64_t tscOffset_ = 0;
    std::uint64_t tscAdjust_ = 0;
};

}  // namespace hypervisor::software
