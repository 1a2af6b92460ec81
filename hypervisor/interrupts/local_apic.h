// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "hypervisor/intercept_handler.h"
#include "interrupt_message.h"
#include "local_apic_bus.h"
#include "local_apic_timer.h"

namespace hypervisor {

/// What a local APIC asks of its VP. Called from any thread, that of the VP itself included: an
/// implementation notes the event where the VP's run loop looks, wakes its thread and returns.
class LocalApicClient {
  public:
    virtual ~LocalApicClient() = default;

    /// pendingInterrupt() may have an answer now.
    virtual void wake() = 0;
    /// The VP, on its own thread, resets itself, calls LocalApic::resetByInit() and waits for
    /// startup().
    virtual void init() = 0;
    /// Ignored unless the VP waits for it: it goes on at vector << 12.
    virtual void startup(std::uint8_t vector) = 0;
    virtual void nmi() = 0;
};

/// The local APIC of one VP in xAPIC and x2APIC mode (Intel SDM volume 3, chapter 11), for
/// backends whose processor has none of its own.
///
/// Thread safety: request(), requestEndingItself(), accept(), isAddressedBy(), isSoftwareEnabled()
/// and externalInterruptRaised() may be called from any thread. All else belongs to the VP's
/// thread. Nothing here takes a lock.
///
/// After a write of any register the VP looks at pendingInterrupt() again: a write may raise the
/// processor's priority or lower it.
class LocalApic {
  public:
    struct PendingInterrupt {
        /// From the 8259s: the vector is known once it is acknowledged.
        bool external;
        std::uint8_t vector;
    };

    /// `alarm` is the VP's thread's, and this APIC's alone.
    LocalApic(LocalApicBus& bus, VpIndex index, LocalApicClient& client, const MachineTime& time,
              ThreadAlarm& alarm, const TscClock& clock);
    LocalApic(const LocalApic&) = delete;
    LocalApic& operator=(const LocalApic&) = delete;

    // From any thread.

    /// Makes `vector` pending and wakes the VP. Dropped while the APIC is disabled.
    void request(std::uint8_t vector, TriggerMode trigger);
    /// The same for one that is triggered by its edge and never in service: it is over as it is
    /// delivered (Hyper-V's AutoEOI).
    void requestEndingItself(std::uint8_t vector);
    void accept(const InterruptMessage& message);
    [[nodiscard]] bool isAddressedBy(const InterruptMessage& message) const;
    [[nodiscard]] bool isSoftwareEnabled() const;
    /// The 8259s' INTR went from low to high.
    void externalInterruptRaised();

    // From the VP's thread.

    /// The interrupt to deliver now if RFLAGS.IF allows it.
    [[nodiscard]] std::optional<PendingInterrupt> pendingInterrupt() const;
    /// The interrupt acknowledge cycle for what pendingInterrupt() found: its vector, or the
    /// spurious one when there is nothing to deliver any more.
    [[nodiscard]] std::uint8_t acknowledge();

    [[nodiscard]] std::uint8_t cr8() const { return static_cast<std::uint8_t>(tpr_ >> 4); }
    void setCr8(std::uint8_t value) { tpr_ = static_cast<std::uint8_t>((value & 0xF) << 4); }
    /// The task priority register, all of it.
    [[nodiscard]] std::uint8_t taskPriority() const { return tpr_; }
    void setTaskPriority(std::uint8_t value) { tpr_ = value; }

    /// Where the register page is, or nothing when the APIC is off or in x2APIC mode.
    [[nodiscard]] std::optional<Gpa> mmioBase() const;
    /// Whether that address is in it.
    [[nodiscard]] bool isInMmio(Gpa gpa) const;
    /// `offset` into the register page. Registers are 4 bytes at multiples of 16; the rest of
    /// the page reads as zero, and only aligned writes of 4 bytes or more have an effect.
    [[nodiscard]] std::uint64_t readMmio(std::uint32_t offset, unsigned size);
    void writeMmio(std::uint32_t offset, unsigned size, std::uint64_t value);

    /// IA32_APIC_BASE, IA32_TSC_DEADLINE and the x2APIC's registers.
    [[nodiscard]] static constexpr bool ownsMsr(std::uint32_t msr) {
        return msr == kBaseMsr || msr == kDeadlineMsr || (msr >= 0x800 && msr <= 0x8FF);
    }
    /// Nothing or false: #GP.
    [[nodiscard]] std::optional<std::uint64_t> readMsr(std::uint32_t msr);
    [[nodiscard]] bool writeMsr(std::uint32_t msr, std::uint64_t value);

    /// The interrupt command register, as the Hyper-V ICR MSR shows it: destination in the upper
    /// half in the format of the present mode.
    [[nodiscard]] std::uint64_t interruptCommand() const { return icr_; }
    void sendInterruptCommand(std::uint64_t value);
    void endOfInterrupt();

    /// IA32_APIC_BASE for ProcessorState. The setter is not the guest's: it checks nothing.
    [[nodiscard]] std::uint64_t base() const { return base_.load(std::memory_order_relaxed); }
    void restoreBase(std::uint64_t value);
    /// To be called when the alarm has rung.
    void serveTimer() { timer_.serve(); }
    /// What this VP's TSC is ahead of the clock's, for the deadline timer.
    void setTscOffset(std::uint64_t offset) { timer_.setTscOffset(offset); }

    /// The APIC's ID and base survive INIT, nothing survives RESET.
    void resetByInit();
    void reset();

  private:
    static constexpr std::uint32_t kBaseMsr = 0x1B;
    static constexpr std::uint32_t kDeadlineMsr = 0x6E0;

    enum Lvt : std::uint8_t { Timer, Thermal, Performance, Lint0, Lint1, ErrorEntry, LvtCount };

    enum class Mode : std::uint8_t { Disabled, XApic, X2Apic };
    [[nodiscard]] Mode mode() const;

    [[nodiscard]] std::optional<std::uint32_t> readRegister(std::uint32_t number);
    [[nodiscard]] bool writeRegister(std::uint32_t number, std::uint32_t value);
    [[nodiscard]] bool writeX2ApicRegister(std::uint32_t number, std::uint64_t value);
    [[nodiscard]] bool writeBase(std::uint64_t value);
    void writeSpurious(std::uint32_t value);
    void writeLvt(Lvt entry, std::uint32_t value);
    void triggerLvt(Lvt entry);
    void raiseError(std::uint32_t bit);
    [[nodiscard]] bool takesExternalInterrupt() const;
    [[nodiscard]] std::uint8_t processorPriority() const;
    [[nodiscard]] std::uint32_t logicalId() const;

    LocalApicBus& bus_;
    const VpIndex index_;
    LocalApicClient& client_;

    // Written by the VP's thread, read by any.
    std::atomic<std::uint64_t> base_;
    std::atomic<std::uint32_t> logicalDestination_ = 0;
    std::atomic<std::uint32_t> destinationFormat_ = 0;
    std::atomic<std::uint32_t> spurious_ = 0;
    std::array<std::atomic<std::uint32_t>, LvtCount> lvt_{};

    // Written by any thread. A trigger mode bit is set before its request bit, and so is one of
    // those that end themselves.
    std::array<std::atomic<std::uint64_t>, 4> requested_{};
    std::array<std::atomic<std::uint64_t>, 4> levelTriggered_{};
    std::array<std::atomic<std::uint64_t>, 4> endsItself_{};
    std::atomic<bool> externalMessage_ = false;
    std::atomic<std::uint32_t> pendingErrors_ = 0;

    // The VP's thread alone.
    std::array<std::uint64_t, 4> inService_{};
    std::uint64_t icr_ = 0;
    std::uint32_t errorStatus_ = 0;
    std::uint8_t tpr_ = 0;

    LocalApicTimer timer_;
};

}  // namespace hypervisor
