// SPDX-License-Identifier: GPL-3.0-or-later
#include "kvm_processor.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#include <algorithm>
#include <bit>
#include <csignal>
#include <cstring>
#include <utility>

#include "ioctl.h"
#include "state_transfer.h"

namespace hypervisor::kvm {

namespace {

constexpr std::uint8_t kUndefinedOpcode = 6;
constexpr std::uint64_t kCr0ProtectionEnable = 1;
constexpr std::uint64_t kEferLongModeActive = 1U << 10;
constexpr std::uint64_t kRflagsVirtual8086 = 1U << 17;
constexpr std::uint64_t kRflagsResume = 1U << 16;
constexpr std::uint64_t kPageFault = 14;
constexpr std::uint64_t kGateSize = 16;
// In the last page of the lower half of the address space, which no system gives to programs,
// because a SYSCALL at its end would return to an address that is none.
constexpr std::uint64_t kSystemCallTrap = 0x7FFF'FFFF'F000;
// What SYSCALL loads: flat, of ring 0, 64-bit code and data.
constexpr std::uint16_t kSystemCallCode = 0xA09B;
constexpr std::uint16_t kSystemCallStack = 0xC093;
// DR7: an instruction breakpoint at DR0, in all tasks.
constexpr std::uint64_t kBreakpointAtDr0 = 0x402;
// OUT imm8, EAX as the hypercall page has it.
constexpr std::array<std::uint8_t, 2> kHypercallInstruction{0xE7, kHypercallPort};

constexpr std::uint32_t kTscMsr = 0x10;
constexpr std::uint32_t kTscDeadlineMsr = 0x6E0;
// In the local APIC's page (Intel SDM volume 3, section 11.4.1).
constexpr std::size_t kApicTimerInitialCount = 0x380;
constexpr std::size_t kApicTimerCurrentCount = 0x390;
constexpr std::size_t kApicLint0 = 0x350;
constexpr std::uint32_t kLvtMaskAndMode = 0x1'0700;
constexpr std::uint32_t kLvtExternalInterrupt = 0x700;

// KVM_RUNs after a lent instruction for which KVM shares the state at each exit.
constexpr unsigned kSharedRuns = 4096;

/// What a handler of page faults finds on its stack in 64-bit mode.
struct PageFaultFrame {
    std::uint64_t errorCode;
    std::uint64_t rip;
    std::uint64_t cs;
    std::uint64_t rflags;
    std::uint64_t rsp;
};

/// Interrupts KVM_RUN; its handler does nothing.
int kickSignal() {
    return SIGRTMIN;
}

/// Calls `access(offset, size)` for naturally sized pieces of `length` bytes: KVM splits what
/// crosses a page into any sizes.
template <class Access>
void inPieces(unsigned length, Access access) {
    for (unsigned offset = 0; offset < length;) {
        const unsigned size = std::bit_floor(std::min(length - offset, 8U));
        access(offset, size);
        offset += size;
    }
}

bool isCanonical(std::uint64_t address) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(address << 16) >> 16) == address;
}

}  // namespace

Result<std::unique_ptr<KvmProcessor>> KvmProcessor::create(
    VpIndex index, FileDescriptor descriptor, std::size_t runSize,
    const ProcessorSurroundings& surroundings, std::unique_ptr<InstructionEmulator> emulator) {
    void* const run =
        ::mmap(nullptr, runSize, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.get(), 0);
    if (run == MAP_FAILED)
        return systemFailure("cannot map KVM's page of VP " + std::to_string(index), errno);
    return std::unique_ptr<KvmProcessor>(new KvmProcessor(index, std::move(descriptor),
                                                          static_cast<kvm_run*>(run), runSize,
                                                          surroundings, std::move(emulator)));
}

KvmProcessor::KvmProcessor(VpIndex index, FileDescriptor descriptor, kvm_run* run,
                           std::size_t runSize, const ProcessorSurroundings& surroundings,
                           std::unique_ptr<InstructionEmulator> emulator)
    : index_(index),
      descriptor_(std::move(descriptor)),
      run_(run),
      runSize_(runSize),
      surroundings_(surroundings),
      emulator_(std::move(emulator)),
      stats_(surroundings.stats.empty() ? ownStats_ : surroundings.stats[index]),
      syntheticAlarm_(timersWait_, 1, &run->immediate_exit) {}

KvmProcessor::~KvmProcessor() {
    ::munmap(run_, runSize_);
}

Result<void> KvmProcessor::prepare(std::span<const kvm_cpuid_entry2> cpuid) {
    Variable<kvm_cpuid2, kvm_cpuid_entry2> table(cpuid.size());
    table->nent = static_cast<std::uint32_t>(cpuid.size());
    std::copy(cpuid.begin(), cpuid.end(), table->entries);
    for (const kvm_cpuid_entry2& entry : cpuid)
        if (entry.function == 1)
            signature_ = entry.eax;
    resetApic_.resize(sizeof(kvm_lapic_state));
    resetFloatingPoint_.resize(sizeof(kvm_xsave));
    for (const auto& result :
         {request(descriptor_.get(), KVM_SET_CPUID2, table.get(), "take the CPUID leaves"),
          request(descriptor_.get(), KVM_GET_LAPIC, resetApic_.data(), "give the local APIC"),
          request(descriptor_.get(), KVM_GET_XSAVE, resetFloatingPoint_.data(),
                  "give the floating-point state")})
        if (!result)
            return std::unexpected(result.error());
    return reset();
}

Result<void> KvmProcessor::reset() {
    frozenTimerCount_ = 0;
    frozenDeadline_ = 0;
    for (auto& vectors : endingThemselves_)
        vectors = 0;
    ProcessorState state;
    state[Register::Rdx] = signature_;
    if (index_ != 0) {
        state.apicBase &= ~std::uint64_t{0x100};
        state.activity = Activity::WaitForSipi;
    }
    const auto floatingPoint = request(descriptor_.get(), KVM_SET_XSAVE, resetFloatingPoint_.data(),
                                       "take the floating-point state");
    if (!floatingPoint)
        return std::unexpected(floatingPoint.error());
    if (auto result = writeGuestState(state); !result)
        return result;
    const auto apic =
        request(descriptor_.get(), KVM_SET_LAPIC, resetApic_.data(), "take the local APIC");
    if (!apic)
        return std::unexpected(apic.error());
    return {};
}

Result<void> KvmProcessor::bind() {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    sigemptyset(&action.sa_mask);
    if (::sigaction(kickSignal(), &action, nullptr) != 0)
        return systemFailure("cannot set the signal up that interrupts a VP", errno);
    thread_ = ::gettid();
    stats_.thread.set(static_cast<std::uint64_t>(thread_.load()));
    return syntheticAlarm_.bind();
}

// --- Time ---

Result<void> KvmProcessor::freeze() {
    const int processor = descriptor_.get();
    kvm_lapic_state apic{};
    Variable<kvm_msrs, kvm_msr_entry> deadline(1);
    deadline->nmsrs = 1;
    deadline->entries[0] = {kTscDeadlineMsr, 0, 0};
    for (const auto& result :
         {request(processor, KVM_GET_LAPIC, &apic, "give the local APIC"),
          request(processor, KVM_GET_MSRS, deadline.get(), "give the timer's deadline")})
        if (!result)
            return std::unexpected(result.error());
    std::memcpy(&frozenTimerCount_, apic.regs + kApicTimerCurrentCount, sizeof frozenTimerCount_);
    frozenDeadline_ = deadline->entries[0].data;
    return {};
}

Result<void> KvmProcessor::thaw(std::uint64_t offset) {
    const int processor = descriptor_.get();
    kvm_device_attr attribute{};
    attribute.group = KVM_VCPU_TSC_CTRL;
    attribute.attr = KVM_VCPU_TSC_OFFSET;
    attribute.addr = reinterpret_cast<std::uint64_t>(&offset);
    if (::ioctl(processor, KVM_SET_DEVICE_ATTR, &attribute) != 0) {
        Variable<kvm_msrs, kvm_msr_entry> tsc(1);
        tsc->nmsrs = 1;
        tsc->entries[0] = {kTscMsr, 0, __rdtsc() + offset};
        if (const auto result = request(processor, KVM_SET_MSRS, tsc.get(), "take the TSC");
            !result)
            return std::unexpected(result.error());
    }
    // Interrupts may have come in meanwhile: all but the timer is as it is now.
    kvm_lapic_state apic{};
    if (const auto result = request(processor, KVM_GET_LAPIC, &apic, "give the local APIC");
        !result)
        return std::unexpected(result.error());
    std::uint32_t initialCount = 0;
    std::memcpy(&initialCount, apic.regs + kApicTimerInitialCount, sizeof initialCount);
    if (initialCount != 0 && frozenTimerCount_ != 0) {
        std::memcpy(apic.regs + kApicTimerCurrentCount, &frozenTimerCount_,
                    sizeof frozenTimerCount_);
        if (const auto result = request(processor, KVM_SET_LAPIC, &apic, "take the local APIC");
            !result)
            return std::unexpected(result.error());
    }
    if (frozenDeadline_ == 0)
        return {};
    Variable<kvm_msrs, kvm_msr_entry> deadline(1);
    deadline->nmsrs = 1;
    deadline->entries[0] = {kTscDeadlineMsr, 0, frozenDeadline_};
    const auto result = request(processor, KVM_SET_MSRS, deadline.get(), "take a deadline");
    if (!result)
        return std::unexpected(result.error());
    return {};
}

// --- Being woken ---

void KvmProcessor::setImmediateExit(bool value) {
    std::atomic_ref(run_->immediate_exit).store(value ? 1 : 0);
}

void KvmProcessor::kick() {
    // The flag catches a thread on its way into KVM_RUN, the signal one that is inside.
    setImmediateExit(true);
    if (const int thread = thread_.load(); thread != 0)
        ::syscall(SYS_tgkill, ::getpid(), thread, kickSignal());
}

void KvmProcessor::requestStop() {
    stop_ = true;
    kick();
}

void KvmProcessor::externalInterruptRaised() {
    kick();
}

void KvmProcessor::requestEndingItself(std::uint8_t vector) {
    endingThemselves_[vector / 64].fetch_or(std::uint64_t{1} << vector % 64);
    kick();
}

// --- Running ---

bool KvmProcessor::externalInterruptWaits() const {
    // The 8259s are wired to the bootstrap processor's LINT0 alone.
    return index_ == 0 && surroundings_.externalInterrupt.load();
}

std::optional<std::uint8_t> KvmProcessor::endingItself() const {
    for (std::size_t word = endingThemselves_.size(); word-- > 0;)
        if (const std::uint64_t vectors = endingThemselves_[word].load(); vectors != 0)
            return static_cast<std::uint8_t>(word * 64 +
                                             static_cast<std::size_t>(std::bit_width(vectors)) - 1);
    return std::nullopt;
}

void KvmProcessor::passThoseEndingThemselves() {
    if (!endingItself())
        return;
    kvm_lapic_state apic{};
    std::uint32_t lint0 = 0;
    if (!request(descriptor_.get(), KVM_GET_LAPIC, &apic, "give the local APIC"))
        return;
    std::memcpy(&lint0, apic.regs + kApicLint0, sizeof lint0);
    if ((lint0 & kLvtMaskAndMode) == kLvtExternalInterrupt)
        return;
    while (const auto vector = endingItself()) {
        endingThemselves_[*vector / 64].fetch_and(~(std::uint64_t{1} << *vector % 64));
        surroundings_.messages.signalTo(index_, *vector);
    }
}

void KvmProcessor::offerExternalInterrupt() {
    run_->request_interrupt_window = 0;
    passThoseEndingThemselves();
    const auto vector = endingItself();
    if (!vector && !externalInterruptWaits())
        return;
    if (run_->ready_for_interrupt_injection == 0) {
        run_->request_interrupt_window = 1;
        return;
    }
    run_->ready_for_interrupt_injection = 0;
    kvm_interrupt interrupt{};
    if (vector) {
        endingThemselves_[*vector / 64].fetch_and(~(std::uint64_t{1} << *vector % 64));
        interrupt.irq = *vector;
    } else {
        interrupt.irq = surroundings_.handler.acknowledgeExternalInterrupt();
    }
    (void)request(descriptor_.get(), KVM_INTERRUPT, &interrupt, "take an interrupt");
    if (endingItself() || externalInterruptWaits())
        run_->request_interrupt_window = 1;
}

int KvmProcessor::enterGuest() {
    stats_[VpCounter::HypervisorTime].add(__rdtsc() - hypervisorSince_);
    const int result = ::ioctl(descriptor_.get(), KVM_RUN, 0);
    hypervisorSince_ = __rdtsc();
    return result;
}

ExitReason KvmProcessor::run() {
    hypervisorSince_ = __rdtsc();
    const ExitReason reason = runUntilExit();
    stats_[VpCounter::HypervisorTime].add(__rdtsc() - hypervisorSince_);
    return reason;
}

ExitReason KvmProcessor::runUntilExit() {
    for (;;) {
        const bool stopping = stop_.load();
        // Even then KVM_RUN is called: it finishes an instruction whose access was answered.
        if (stopping)
            setImmediateExit(true);
        else
            offerExternalInterrupt();
        if (sharedRuns_ != 0 && --sharedRuns_ == 0)
            run_->kvm_valid_regs = 0;
        const int result = enterGuest();
        const int number = errno;
        setImmediateExit(false);
        // Only now: an alarm from here on ends the next KVM_RUN.
        if (timersWait_.exchange(0) != 0)
            surroundings_.guestInterface.serveTimers(index_);
        if (result < 0) {
            if (number != EINTR && number != EAGAIN)
                return *fail(fmt::format("KVM cannot run the VP: {}", std::strerror(number)));
            stats_[Intercept::ExternalInterrupt].add();
            if (stopping) {
                stop_ = false;
                return ExitReason::Stopped;
            }
            continue;
        }
        if (const Exit exit = handleExit())
            return *exit;
    }
}

KvmProcessor::Exit KvmProcessor::handleExit() {
    switch (run_->exit_reason) {
        case KVM_EXIT_IO:
            if (run_->io.port == kHypercallPort && run_->io.size == 4 &&
                run_->io.direction == KVM_EXIT_IO_OUT && run_->io.count == 1)
                return handleHypercall();
            stats_[Intercept::IoInstruction].add();
            handlePort();
            return {};
        case KVM_EXIT_MMIO:
            stats_[Intercept::Memory].add();
            handleMmio();
            return {};
        case KVM_EXIT_X86_RDMSR:
            stats_[Intercept::Msr].add();
            handleMsrRead();
            return {};
        case KVM_EXIT_X86_WRMSR:
            stats_[Intercept::Msr].add();
            handleMsrWrite();
            return {};
        case KVM_EXIT_IOAPIC_EOI:
            stats_[Intercept::Other].add();
            surroundings_.handler.endOfInterrupt(run_->eoi.vector);
            return {};
        case KVM_EXIT_INTR:
            stats_[Intercept::ExternalInterrupt].add();
            return {};
        case KVM_EXIT_IRQ_WINDOW_OPEN:
        case KVM_EXIT_HLT:
        case KVM_EXIT_SET_TPR:
            return {};
        case KVM_EXIT_DEBUG:
            return handlePageFaultBreakpoint();
        case KVM_EXIT_SHUTDOWN:
            failure_ = "the guest could not take a fault of its double-fault handler";
            return ExitReason::TripleFault;
        case KVM_EXIT_INTERNAL_ERROR:
            return handleInternalError();
        case KVM_EXIT_FAIL_ENTRY:
            return fail(fmt::format("the processor refuses the VP's state, reason {:#x}",
                                    run_->fail_entry.hardware_entry_failure_reason));
        default:
            return fail(fmt::format("KVM gave the unknown exit {}", run_->exit_reason));
    }
}

KvmProcessor::Exit KvmProcessor::fail(std::string why) {
    failure_ = std::move(why);
    return ExitReason::EmulationFailure;
}

void KvmProcessor::handlePort() {
    std::byte* data = reinterpret_cast<std::byte*>(run_) + run_->io.data_offset;
    const unsigned size = run_->io.size;
    for (std::uint32_t i = 0; i < run_->io.count; ++i, data += size) {
        std::uint32_t value = 0;
        if (run_->io.direction == KVM_EXIT_IO_OUT) {
            std::memcpy(&value, data, size);
            surroundings_.handler.writePort(index_, run_->io.port, size, value);
        } else {
            value = surroundings_.handler.readPort(index_, run_->io.port, size);
            std::memcpy(data, &value, size);
        }
    }
}

void KvmProcessor::handleMmio() {
    inPieces(run_->mmio.len, [this](unsigned offset, unsigned size) {
        std::uint8_t* const data = run_->mmio.data + offset;
        const Gpa gpa = surroundings_.memory.processorAddress(run_->mmio.phys_addr + offset);
        std::uint64_t value = 0;
        if (run_->mmio.is_write != 0) {
            std::memcpy(&value, data, size);
            surroundings_.handler.writeMmio(index_, gpa, size, value);
        } else {
            value = surroundings_.handler.readMmio(index_, gpa, size);
            std::memcpy(data, &value, size);
        }
    });
}

void KvmProcessor::handleMsrRead() {
    const std::uint32_t msr = run_->msr.index;
    if (surroundings_.completesSystemCalls && msr == kLstarMsr) {
        run_->msr.error = 0;
        run_->msr.data = lstar_;
        return;
    }
    const auto value = GuestInterface::ownsMsr(msr)
                           ? surroundings_.guestInterface.readMsr(index_, msr)
                           : surroundings_.handler.readMsr(index_, msr);
    run_->msr.error = value ? 0 : 1;
    run_->msr.data = value.value_or(0);
}

void KvmProcessor::handleMsrWrite() {
    const std::uint32_t msr = run_->msr.index;
    if (surroundings_.completesSystemCalls && msr == kLstarMsr) {
        run_->msr.error = isCanonical(run_->msr.data) ? 0 : 1;
        if (run_->msr.error == 0) {
            lstar_ = run_->msr.data;
            run_->msr.error = watchPageFaults() ? 0 : 1;
        }
        return;
    }
    const bool done = GuestInterface::ownsMsr(msr)
                          ? surroundings_.guestInterface.writeMsr(index_, msr, run_->msr.data)
                          : surroundings_.handler.writeMsr(index_, msr, run_->msr.data);
    run_->msr.error = done ? 0 : 1;
}

template <class T>
std::optional<T> KvmProcessor::readLinear(std::uint64_t address) const {
    T value{};
    std::span<std::byte> to = std::as_writable_bytes(std::span(&value, 1));
    // Each page lies somewhere else.
    while (!to.empty()) {
        kvm_translation translation{};
        translation.linear_address = address;
        if (!request(descriptor_.get(), KVM_TRANSLATE, &translation, "translate an address") ||
            translation.valid == 0)
            return std::nullopt;
        const std::size_t size = std::min<std::size_t>(to.size(), kPageSize - address % kPageSize);
        if (!surroundings_.memory.read(
                surroundings_.memory.processorAddress(translation.physical_address),
                to.first(size)))
            return std::nullopt;
        to = to.subspan(size);
        address += size;
    }
    return value;
}

KvmProcessor::Exit KvmProcessor::handleHypercall() {
    stats_[Intercept::Hypercall].add();
    kvm_regs regs{};
    kvm_sregs sregs{};
    for (const auto& result :
         {request(descriptor_.get(), KVM_GET_REGS, &regs, "give the registers"),
          request(descriptor_.get(), KVM_GET_SREGS, &sregs, "give the system registers")})
        if (!result)
            return fail(result.error().message);
    auto registers = generalRegisters(regs);
    const bool longMode = (sregs.efer & kEferLongModeActive) != 0 && sregs.cs.l != 0;
    const bool protectedMode =
        (sregs.cr0 & kCr0ProtectionEnable) != 0 && (regs.rflags & kRflagsVirtual8086) == 0;
    if (!surroundings_.guestInterface.hypercall(index_,
                                                {registers, protectedMode, longMode, sregs.ss.dpl}))
        return handleUndefinedHypercall();
    setGeneralRegisters(regs, registers);
    const auto result = request(descriptor_.get(), KVM_SET_REGS, &regs, "take the registers");
    return result ? Exit{} : fail(result.error().message);
}

KvmProcessor::Exit KvmProcessor::handleUndefinedHypercall() {
    // Depending on how KVM executed it, RIP is at the OUT or behind it: let KVM finish.
    setImmediateExit(true);
    (void)::ioctl(descriptor_.get(), KVM_RUN, 0);
    setImmediateExit(stop_.load() || timersWait_.load() != 0);
    auto state = readGuestState();
    if (!state)
        return fail(state.error().message);
    // Only the hypercall page's own instruction stands for VMCALL; elsewhere the port is a
    // port where nothing is.
    const std::uint64_t start = state->rip - kHypercallInstruction.size();
    const auto code = readLinear<std::array<std::uint8_t, kHypercallInstruction.size()>>(
        (*state)[SegmentName::Cs].base + start);
    if (code != kHypercallInstruction)
        return {};
    state->rip = start;
    state->pendingEvent =
        PendingEvent{PendingEvent::Kind::Exception, kUndefinedOpcode, std::nullopt};
    const auto result = writeGuestState(*state);
    return result ? Exit{} : fail(result.error().message);
}

KvmProcessor::Exit KvmProcessor::handleInternalError() {
    stats_[Intercept::Emulated].add();
    if (run_->internal.suberror != KVM_INTERNAL_ERROR_EMULATION)
        return fail(fmt::format("KVM reports the internal error {}", run_->internal.suberror));
    const auto& failed = run_->emulation_failure;
    std::span<const std::uint8_t> code;
    if ((failed.flags & KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES) != 0)
        code = std::span(failed.insn_bytes)
                   .first(std::min<std::size_t>(failed.insn_size, sizeof(failed.insn_bytes)));
    return lendInstruction(code);
}

KvmProcessor::Exit KvmProcessor::lendInstruction(std::span<const std::uint8_t> code) {
    if (!emulator_)
        return fail("KVM cannot execute an instruction, and nothing else is there to");
    const bool basic = (run_->kvm_valid_regs & kSharedState) == kSharedState &&
                       run_->s.regs.sregs.cs.l != 0 && emulator_->isBasic(code);
    const auto before = basic ? readBasicState(descriptor_.get(), *run_) : readGuestState();
    if (!before)
        return fail(before.error().message);
    ProcessorState state = *before;
    switch (emulator_->executeOne(index_, state, surroundings_.memory, surroundings_.handler)) {
        case InstructionEmulator::Outcome::Executed:
            break;
        case InstructionEmulator::Outcome::TripleFault:
            failure_ = "the guest could not take a fault of its double-fault handler";
            return ExitReason::TripleFault;
        case InstructionEmulator::Outcome::Unknown:
            return fail(fmt::format("KVM cannot execute the instruction at {:#x}", state.rip));
    }
    const auto result =
        basic ? writeBasicState(descriptor_.get(), *run_, *before, state) : writeGuestState(state);
    // A KVM that has given up once does so often, and each call that transfers state costs as
    // much as hundreds of instructions.
    if (surroundings_.sharesState) {
        run_->kvm_valid_regs = kSharedState;
        sharedRuns_ = kSharedRuns;
    }
    return result ? Exit{} : fail(result.error().message);
}

// --- System calls ---

Result<void> KvmProcessor::watchPageFaults() {
    kvm_sregs sregs{};
    if (const auto got = request(descriptor_.get(), KVM_GET_SREGS, &sregs, "give system registers");
        !got)
        return std::unexpected(got.error());
    const std::uint64_t gate = sregs.idt.base + kPageFault * kGateSize;
    const auto words = readLinear<std::array<std::uint64_t, kGateSize / 8>>(gate);
    std::uint64_t handler = 0;
    if ((sregs.efer & kEferLongModeActive) != 0 && words)
        handler = ((*words)[0] & 0xFFFF) | ((*words)[0] >> 48) << 16 | (*words)[1] << 32;
    if (handler == pageFaultHandler_)
        return {};
    pageFaultHandler_ = handler;
    kvm_guest_debug debug{};
    if (handler != 0) {
        debug.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP;
        debug.arch.debugreg[0] = handler;
        debug.arch.debugreg[7] = kBreakpointAtDr0;
    }
    const auto result =
        request(descriptor_.get(), KVM_SET_GUEST_DEBUG, &debug, "stop at page faults");
    if (!result)
        return std::unexpected(result.error());
    return {};
}

KvmProcessor::Exit KvmProcessor::handlePageFaultBreakpoint() {
    kvm_sregs sregs{};
    if (const auto got = request(descriptor_.get(), KVM_GET_SREGS, &sregs, "give system registers");
        !got)
        return fail(got.error().message);
    if (sregs.cr2 != kSystemCallTrap)
        return lendInstruction({});
    auto state = readGuestState();
    if (!state)
        return fail(state.error().message);
    const auto frame = readLinear<PageFaultFrame>((*state)[Register::Rsp]);
    if (!frame || frame->rip != kSystemCallTrap)
        return lendInstruction({});
    // RCX, R11 and RFLAGS are as SYSCALL leaves them (Intel SDM volume 2B).
    const auto selector = static_cast<std::uint16_t>(state->star >> 32 & 0xFFFC);
    (*state)[SegmentName::Cs] = {0, 0xFFFF'FFFF, selector, kSystemCallCode};
    (*state)[SegmentName::Ss] = {0, 0xFFFF'FFFF, static_cast<std::uint16_t>(selector + 8),
                                 kSystemCallStack};
    (*state)[Register::Rsp] = frame->rsp;
    state->rflags = frame->rflags & ~kRflagsResume;
    state->rip = lstar_;
    const auto result = writeGuestState(*state);
    return result ? Exit{} : fail(result.error().message);
}

// --- State ---

Result<ProcessorState> KvmProcessor::readGuestState() const {
    auto state = readState(descriptor_.get());
    if (state && surroundings_.completesSystemCalls)
        state->lstar = lstar_;
    return state;
}

Result<void> KvmProcessor::writeGuestState(const ProcessorState& state) {
    if (!surroundings_.completesSystemCalls)
        return writeState(descriptor_.get(), state);
    lstar_ = state.lstar;
    ProcessorState shown = state;
    shown.lstar = kSystemCallTrap;
    return writeState(descriptor_.get(), shown);
}

ProcessorState KvmProcessor::state() const {
    return readGuestState().value_or(ProcessorState{});
}

Result<void> KvmProcessor::setState(const ProcessorState& state) {
    return writeGuestState(state);
}

std::string KvmProcessor::report() const {
    std::string report = failure_.empty() ? fmt::format("VP {}\n", index_)
                                          : fmt::format("VP {}: {}\n", index_, failure_);
    if (const auto state = readGuestState())
        report += describe(*state);
    else
        report += state.error().message + "\n";
    return report;
}

}  // namespace hypervisor::kvm
