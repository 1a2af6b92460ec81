// SPDX-License-Identifier: GPL-3.0-or-later
#include "software_virtual_processor.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>
#include <x86intrin.h>

#include <iterator>

#include "attention.h"
#include "block_cache.h"
#include "cpuid.h"
#include "exceptions.h"
#include "mxcsr.h"
#include "run_loop.h"
#include "software_partition.h"

namespace hypervisor::software {

namespace {

constexpr std::uint32_t kTscMsr = 0x10;
constexpr std::uint32_t kTscAdjustMsr = 0x3B;

/// PAUSEs in a row after which the thread lets others run: a spinning VP may be waiting for one
/// that has been preempted.
constexpr unsigned kPausesBeforeYield = 64;

}  // namespace

/// Around what an instruction makes the hypervisor do: counts it, and the time that it takes. The
/// floating point control is the host's meanwhile. Of many accesses to devices in a row the time
/// and the control are those of all together.
class SoftwareVirtualProcessor::InterceptScope {
  public:
    InterceptScope(SoftwareVirtualProcessor& owner, Intercept kind)
        : owner_(owner), isAlone_(!owner.accessesDevices_) {
        owner_.stats_[kind].add();
        if (isAlone_)
            owner_.enterDevices();
    }
    ~InterceptScope() {
        if (isAlone_)
            owner_.leaveDevices();
    }
    InterceptScope(const InterceptScope&) = delete;
    InterceptScope& operator=(const InterceptScope&) = delete;

  private:
    SoftwareVirtualProcessor& owner_;
    const bool isAlone_;
};

SoftwareVirtualProcessor::SoftwareVirtualProcessor(SoftwarePartition& partition, VpIndex index,
                                                   VpStats* stats)
    : partition_(partition),
      processor_(partition.memory(), partition.codePages(), *this, index),
      alarm_(processor_.attention, attention::kTimer),
      syntheticAlarm_(processor_.attention, attention::kSyntheticTimers),
      apic_(partition.apicBus(), index, *this, partition.time(), alarm_, partition.clock()),
      stats_(stats != nullptr ? *stats : ownStats_) {
    reset();
}

SoftwareVirtualProcessor::~SoftwareVirtualProcessor() = default;

Result<void> SoftwareVirtualProcessor::bind() {
    stats_.thread.set(static_cast<std::uint64_t>(::gettid()));
    if (auto bound = alarm_.bind(); !bound)
        return bound;
    return syntheticAlarm_.bind();
}

void SoftwareVirtualProcessor::enterHypervisor() {
    hypervisorSince_ = __rdtsc();
}

void SoftwareVirtualProcessor::leaveHypervisor() {
    stats_[VpCounter::HypervisorTime].add(__rdtsc() - hypervisorSince_);
}

void SoftwareVirtualProcessor::enterDevices() {
    leaveGuestFloatingPoint(processor_);
    enterHypervisor();
}

void SoftwareVirtualProcessor::leaveDevices() {
    leaveHypervisor();
    enterGuestFloatingPoint(processor_);
}

void SoftwareVirtualProcessor::beginDeviceAccesses() {
    enterDevices();
    accessesDevices_ = true;
}

void SoftwareVirtualProcessor::endDeviceAccesses() {
    accessesDevices_ = false;
    leaveDevices();
}

void SoftwareVirtualProcessor::reset() {
    processor_.load(ProcessorState{});
    processor_.miscellaneous = {};
    processor_[Register::Rdx] = 0x0005'0657;
    apic_.reset();
    startup_.store(kNoStartup);
    init_.store(false);
    nmi_.store(false);
    waitsForStartup_ = processor_.index != 0;
    tscOffset_ = 0;
    tscAdjust_ = 0;
    apic_.setTscOffset(0);
}

ExitReason SoftwareVirtualProcessor::run() {
    enterHypervisor();
    const ExitReason reason = runUntilExit();
    leaveHypervisor();
    return reason;
}

ExitReason SoftwareVirtualProcessor::runUntilExit() {
    Processor& p = processor_;
    for (;;) {
        const std::uint32_t wanted =
            p.attention.fetch_and(attention::kCodePages, std::memory_order_acq_rel);
        if ((wanted & attention::kSignals) != 0)
            takeSignals();
        if ((wanted & attention::kTranslations) != 0)
            p.flushTlb();
        if ((wanted & attention::kTimer) != 0)
            apic_.serveTimer();
        if ((wanted & attention::kSyntheticTimers) != 0)
            partition_.guestInterface().serveTimers(processor_.index);
        if ((wanted & attention::kStop) != 0)
            return ExitReason::Stopped;
        if (waitsForStartup_) {
            sleep();
            continue;
        }
        static_cast<void>(takeInterrupt());
        if (p.halted) {
            sleep();
            continue;
        }
        if (p.tripleFaulted)
            return ExitReason::TripleFault;
        leaveHypervisor();
        const Pause pause = runProcessor(p);
        enterHypervisor();
        if (pause == Pause::TripleFault)
            return ExitReason::TripleFault;
        if (pause == Pause::Halted)
            stats_[Intercept::Halt].add();
    }
}

bool SoftwareVirtualProcessor::takeInterrupt() {
    Processor& p = processor_;
    if (p.nmiPending && !p.nmiBlocked && !p.interruptShadow) {
        p.nmiPending = false;
        deliverNmi(p);
        return true;
    }
    p.interruptWaiting = false;
    if (!apic_.pendingInterrupt())
        return false;
    if ((p.systemFlags & rflags::kInterrupt) == 0 || p.interruptShadow) {
        p.interruptWaiting = true;
        return false;
    }
    deliverInterrupt(p, apic_.acknowledge());
    stats_[VpCounter::VirtualInterrupts].add();
    // There may be more: looked at once IF is set again.
    p.interruptWaiting = true;
    return true;
}

void SoftwareVirtualProcessor::takeSignals() {
    if (init_.exchange(false, std::memory_order_acq_rel)) {
        ProcessorState state;
        // INIT leaves the caches' and floating point state alone; CR0 keeps its cache bits.
        const ProcessorState before = processor_.save();
        state.fpu = before.fpu;
        state.xcr0 = before.xcr0;
        state.cr0 = 0x10 | (before.cr0 & (cr0::kCacheDisable | cr0::kNotWriteThrough));
        processor_.load(state);
        processor_[Register::Rdx] = 0x0005'0657;
        apic_.resetByInit();
        waitsForStartup_ = processor_.index != 0;
    }
    const std::uint32_t vector = startup_.exchange(kNoStartup, std::memory_order_acq_rel);
    if (vector != kNoStartup && waitsForStartup_) {
        ProcessorState state = processor_.save();
        state[SegmentName::Cs].selector = static_cast<std::uint16_t>(vector << 8);
        state[SegmentName::Cs].base = std::uint64_t{vector} << 12;
        state.rip = 0;
        state.activity = Activity::Running;
        processor_.load(state);
        waitsForStartup_ = false;
    }
    if (nmi_.exchange(false, std::memory_order_acq_rel))
        processor_.nmiPending = true;
}

void SoftwareVirtualProcessor::attract(std::uint32_t bit) {
    processor_.attention.fetch_or(bit, std::memory_order_acq_rel);
    processor_.attention.notify_all();
}

void SoftwareVirtualProcessor::sleep() {
    // A sleeping VP runs no guest code: what changes in code pages waits until it does.
    for (;;) {
        const std::uint32_t bits = processor_.attention.load(std::memory_order_acquire);
        if ((bits & ~attention::kCodePages) != 0)
            return;
        leaveHypervisor();
        processor_.attention.wait(bits, std::memory_order_acquire);
        enterHypervisor();
    }
}

void SoftwareVirtualProcessor::idle() {
    // Within an instruction: the participant counts as outside, so that nobody waits for it.
    stats_[Intercept::Halt].add();
    if (apic_.pendingInterrupt() || processor_.nmiPending)
        return;
    processor_.participant.leave();
    sleep();
    processor_.participant.enter();
    attract(attention::kCodePages);
}

void SoftwareVirtualProcessor::requestStop() {
    attract(attention::kStop);
}

void SoftwareVirtualProcessor::forgetTranslations() {
    attract(attention::kTranslations);
}

void SoftwareVirtualProcessor::wake() {
    attract(attention::kInterrupt);
}

void SoftwareVirtualProcessor::init() {
    init_.store(true, std::memory_order_release);
    attract(attention::kSignals);
}

void SoftwareVirtualProcessor::startup(std::uint8_t vector) {
    startup_.store(vector, std::memory_order_release);
    attract(attention::kSignals);
}

void SoftwareVirtualProcessor::nmi() {
    nmi_.store(true, std::memory_order_release);
    attract(attention::kSignals);
}

ProcessorState SoftwareVirtualProcessor::state() const {
    ProcessorState state = processor_.save();
    state.cr8 = apic_.cr8();
    state.apicBase = apic_.base();
    if (waitsForStartup_)
        state.activity = Activity::WaitForSipi;
    return state;
}

Result<void> SoftwareVirtualProcessor::setState(const ProcessorState& state) {
    processor_.load(state);
    waitsForStartup_ = state.activity == Activity::WaitForSipi;
    apic_.restoreBase(state.apicBase);
    apic_.setCr8(static_cast<std::uint8_t>(state.cr8));
    return {};
}

std::string SoftwareVirtualProcessor::report() const {
    std::string text = fmt::format("VP {}\n", processor_.index);
    auto out = std::back_inserter(text);
    const unsigned kept = std::min<unsigned>(processor_.historyCount,
                                             static_cast<unsigned>(processor_.history.size()));
    for (unsigned i = processor_.historyCount - kept; i < processor_.historyCount; ++i) {
        const Processor::DeliveredFault& one = processor_.history[i % processor_.history.size()];
        fmt::format_to(out, "exception {} at {:016x}", static_cast<unsigned>(one.fault.vector),
                       one.rip);
        if (one.fault.hasErrorCode)
            fmt::format_to(out, " error {:x}", one.fault.errorCode);
        if (one.fault.vector == Exception::PageFault)
            fmt::format_to(out, " address {:016x}", one.cr2);
        text += '\n';
    }
    return text + describe(state());
}

std::uint32_t SoftwareVirtualProcessor::readPort(std::uint16_t port, unsigned size) {
    const InterceptScope intercept(*this, Intercept::IoInstruction);
    return partition_.handler().readPort(processor_.index, port, size);
}

void SoftwareVirtualProcessor::writePort(std::uint16_t port, unsigned size, std::uint32_t value) {
    const InterceptScope intercept(*this, Intercept::IoInstruction);
    partition_.handler().writePort(processor_.index, port, size, value);
}

std::uint64_t SoftwareVirtualProcessor::readMmio(Gpa gpa, unsigned size) {
    const InterceptScope intercept(*this, Intercept::Memory);
    if (apic_.isInMmio(gpa))
        return apic_.readMmio(static_cast<std::uint32_t>(gpa & ~kPageMask), size);
    return partition_.handler().readMmio(processor_.index, gpa, size);
}

void SoftwareVirtualProcessor::writeMmio(Gpa gpa, unsigned size, std::uint64_t value) {
    const InterceptScope intercept(*this, Intercept::Memory);
    if (apic_.isInMmio(gpa)) {
        apic_.writeMmio(static_cast<std::uint32_t>(gpa & ~kPageMask), size, value);
        attract(attention::kInterrupt);
        return;
    }
    partition_.handler().writeMmio(processor_.index, gpa, size, value);
}

std::optional<std::uint64_t> SoftwareVirtualProcessor::readMsr(std::uint32_t msr) {
    const InterceptScope intercept(*this, Intercept::Msr);
    if (LocalApic::ownsMsr(msr))
        return apic_.readMsr(msr);
    if (GuestInterface::ownsMsr(msr))
        return partition_.guestInterface().readMsr(processor_.index, msr);
    switch (msr) {
        case kTscMsr:
            return readTsc();
        case kTscAdjustMsr:
            return tscAdjust_;
        default:
            return partition_.handler().readMsr(processor_.index, msr);
    }
}

bool SoftwareVirtualProcessor::writeMsr(std::uint32_t msr, std::uint64_t value) {
    const InterceptScope intercept(*this, Intercept::Msr);
    if (LocalApic::ownsMsr(msr)) {
        const bool done = apic_.writeMsr(msr, value);
        attract(attention::kInterrupt);
        return done;
    }
    if (GuestInterface::ownsMsr(msr)) {
        const bool done = partition_.guestInterface().writeMsr(processor_.index, msr, value);
        attract(attention::kInterrupt);
        return done;
    }
    switch (msr) {
        case kTscMsr: {
            // The adjustment takes part in every change (Intel SDM volume 3, section 18.17.3).
            const std::uint64_t change = value - readTsc();
            tscOffset_ += change;
            tscAdjust_ += change;
            apic_.setTscOffset(tscOffset_);
            return true;
        }
        case kTscAdjustMsr:
            tscOffset_ += value - tscAdjust_;
            tscAdjust_ = value;
            apic_.setTscOffset(tscOffset_);
            return true;
        default:
            return partition_.handler().writeMsr(processor_.index, msr, value);
    }
}

CpuidResult SoftwareVirtualProcessor::cpuid(const Processor& processor, std::uint32_t leaf,
                                            std::uint32_t subleaf) {
    const InterceptScope intercept(*this, Intercept::Cpuid);
    if (const auto hyperv = partition_.guestInterface().cpuid(leaf, subleaf))
        return *hyperv;
    constexpr std::uint64_t kApicEnable = 1U << 11;
    const CpuidContext context{processor.index, partition_.settledProcessorCount(),
                               (processor.cr4 & cr4::kOsXsave) != 0, processor.xcr0,
                               (apic_.base() & kApicEnable) != 0};
    return software::cpuid(leaf, subleaf, context);
}

std::uint64_t SoftwareVirtualProcessor::readTsc() {
    return partition_.clock().read() + tscOffset_;
}

std::uint64_t SoftwareVirtualProcessor::readCr8() {
    return apic_.cr8();
}

void SoftwareVirtualProcessor::writeCr8(std::uint64_t value) {
    apic_.setCr8(static_cast<std::uint8_t>(value));
    attract(attention::kInterrupt);
}

bool SoftwareVirtualProcessor::hypercall(Processor& processor) {
    const InterceptScope intercept(*this, Intercept::Hypercall);
    std::array<std::uint64_t, 16> registers;
    std::copy_n(processor.registers.begin(), registers.size(), registers.begin());
    const HypercallCaller caller{registers,
                                 processor.inProtectedMode() && !processor.inVirtual8086Mode(),
                                 processor.in64BitMode(), processor.cpl};
    if (!partition_.guestInterface().hypercall(processor.index, caller))
        return false;
    std::copy(registers.begin(), registers.end(), processor.registers.begin());
    return true;
}

void SoftwareVirtualProcessor::pause() {
    if (++pauses_ % kPausesBeforeYield != 0)
        return;
    stats_[VpCounter::SpinYields].add();
    ::sched_yield();
}

}  // namespace hypervisor::software
