// SPDX-License-Identifier: GPL-3.0-or-later
#include "state_transfer.h"

#include <sys/ioctl.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <tuple>

#include "ioctl.h"

namespace hypervisor::kvm {

namespace {

// kvm_regs has the registers in the order of their names.
constexpr std::array<__u64 kvm_regs::*, 16> kRegisters{
    &kvm_regs::rax, &kvm_regs::rcx, &kvm_regs::rdx, &kvm_regs::rbx, &kvm_regs::rsp, &kvm_regs::rbp,
    &kvm_regs::rsi, &kvm_regs::rdi, &kvm_regs::r8,  &kvm_regs::r9,  &kvm_regs::r10, &kvm_regs::r11,
    &kvm_regs::r12, &kvm_regs::r13, &kvm_regs::r14, &kvm_regs::r15};

constexpr std::array<kvm_segment kvm_sregs::*, kSegmentCount> kSegments{
    &kvm_sregs::es, &kvm_sregs::cs, &kvm_sregs::ss, &kvm_sregs::ds, &kvm_sregs::fs, &kvm_sregs::gs};

struct ModelSpecificRegister {
    std::uint32_t index;
    std::uint64_t ProcessorState::*member;
};
constexpr std::array<ModelSpecificRegister, 10> kMsrs{{
    {0xC000'0081, &ProcessorState::star},
    {0xC000'0082, &ProcessorState::lstar},
    {0xC000'0083, &ProcessorState::cstar},
    {0xC000'0084, &ProcessorState::syscallMask},
    {0xC000'0102, &ProcessorState::kernelGsBase},
    {0x174, &ProcessorState::sysenterCs},
    {0x175, &ProcessorState::sysenterEsp},
    {0x176, &ProcessorState::sysenterEip},
    {0x277, &ProcessorState::pat},
    {0xC000'0103, &ProcessorState::tscAux},
}};

// Where XSAVE's header starts with the mask of components that are not in their initial state.
constexpr std::size_t kXsaveHeader = 512;
constexpr std::uint64_t kX87AndSse = 3;

using MsrList = Variable<kvm_msrs, kvm_msr_entry>;

Segment fromKvm(const kvm_segment& from) {
    Segment to;
    to.base = from.base;
    to.limit = from.limit;
    to.selector = from.selector;
    const bool present = from.present != 0 && from.unusable == 0;
    to.attributes = static_cast<std::uint16_t>(
        (from.type & 0xF) | (from.s & 1) << 4 | (from.dpl & 3) << 5 | (present ? 1 << 7 : 0) |
        (from.avl & 1) << 12 | (from.l & 1) << 13 | (from.db & 1) << 14 | (from.g & 1) << 15);
    return to;
}

kvm_segment toKvm(const Segment& from) {
    kvm_segment to{};
    to.base = from.base;
    to.limit = from.limit;
    to.selector = from.selector;
    const auto bit = [&from](unsigned n) {
        return static_cast<std::uint8_t>((from.attributes >> n) & 1);
    };
    to.type = from.type();
    to.s = bit(4);
    to.dpl = from.dpl();
    to.present = bit(7);
    to.avl = bit(12);
    to.l = bit(13);
    to.db = bit(14);
    to.g = bit(15);
    to.unusable = from.present() ? 0 : 1;
    return to;
}

DescriptorTable fromKvm(const kvm_dtable& from) {
    return {from.base, from.limit};
}

kvm_dtable toKvm(const DescriptorTable& from) {
    kvm_dtable to{};
    to.base = from.base;
    to.limit = from.limit;
    return to;
}

Activity activityFrom(const kvm_mp_state& state) {
    switch (state.mp_state) {
        case KVM_MP_STATE_UNINITIALIZED:
        case KVM_MP_STATE_INIT_RECEIVED:
            return Activity::WaitForSipi;
        case KVM_MP_STATE_HALTED:
            return Activity::Halted;
        default:
            return Activity::Running;
    }
}

std::uint32_t toKvm(Activity activity) {
    switch (activity) {
        case Activity::Running:
            return KVM_MP_STATE_RUNNABLE;
        case Activity::Halted:
            return KVM_MP_STATE_HALTED;
        case Activity::WaitForSipi:
            return KVM_MP_STATE_INIT_RECEIVED;
    }
    return KVM_MP_STATE_RUNNABLE;
}

Result<void> readMsrs(int processor, ProcessorState& state) {
    // One by one: KVM stops at the first that the guest's CPUID does not have.
    MsrList list(1);
    for (const auto& [index, member] : kMsrs) {
        list->nmsrs = 1;
        list->entries[0] = {index, 0, 0};
        const auto count = request(processor, KVM_GET_MSRS, list.get(), "give an MSR");
        if (!count)
            return std::unexpected(count.error());
        state.*member = *count == 1 ? list->entries[0].data : 0;
    }
    return {};
}

Result<void> writeMsrs(int processor, const ProcessorState& state) {
    MsrList list(1);
    for (const auto& [index, member] : kMsrs) {
        list->nmsrs = 1;
        list->entries[0] = {index, 0, state.*member};
        const auto count = request(processor, KVM_SET_MSRS, list.get(), "take an MSR");
        if (!count)
            return std::unexpected(count.error());
        if (*count != 1 && state.*member != 0)
            return failure("KVM refuses the value of MSR " + std::to_string(index));
    }
    return {};
}

void readEvents(const kvm_vcpu_events& events, ProcessorState& state) {
    state.interruptShadow = events.interrupt.shadow != 0;
    state.nmiBlocked = events.nmi.masked != 0;
    if (events.exception.injected != 0 || events.exception.pending != 0) {
        state.pendingEvent =
            PendingEvent{PendingEvent::Kind::Exception, events.exception.nr, std::nullopt};
        if (events.exception.has_error_code != 0)
            state.pendingEvent->errorCode = events.exception.error_code;
    } else if (events.nmi.injected != 0) {
        state.pendingEvent = PendingEvent{PendingEvent::Kind::Nmi, 2, std::nullopt};
    } else if (events.interrupt.injected != 0) {
        state.pendingEvent =
            PendingEvent{PendingEvent::Kind::ExternalInterrupt, events.interrupt.nr, std::nullopt};
    }
}

void writeEvents(const ProcessorState& state, kvm_vcpu_events& events) {
    events.exception = {};
    events.interrupt = {};
    events.nmi.injected = 0;
    events.nmi.masked = state.nmiBlocked ? 1 : 0;
    events.interrupt.shadow = state.interruptShadow ? KVM_X86_SHADOW_INT_STI : 0;
    events.flags = KVM_VCPUEVENT_VALID_SHADOW;
    if (!state.pendingEvent)
        return;
    const PendingEvent& event = *state.pendingEvent;
    switch (event.kind) {
        case PendingEvent::Kind::Exception:
            events.exception.injected = 1;
            events.exception.nr = event.vector;
            events.exception.has_error_code = event.errorCode ? 1 : 0;
            events.exception.error_code = event.errorCode.value_or(0);
            break;
        case PendingEvent::Kind::Nmi:
            events.nmi.injected = 1;
            break;
        case PendingEvent::Kind::ExternalInterrupt:
            events.interrupt.injected = 1;
            events.interrupt.nr = event.vector;
            break;
    }
}

void readRegisters(const kvm_regs& from, ProcessorState& state) {
    state.registers = generalRegisters(from);
    state.rip = from.rip;
    state.rflags = from.rflags;
}

void writeRegisters(const ProcessorState& state, kvm_regs& to) {
    setGeneralRegisters(to, state.registers);
    to.rip = state.rip;
    to.rflags = state.rflags;
}

void readSystemRegisters(const kvm_sregs& from, ProcessorState& state) {
    for (std::size_t i = 0; i < kSegments.size(); ++i)
        state.segments[i] = fromKvm(from.*kSegments[i]);
    state.ldtr = fromKvm(from.ldt);
    state.tr = fromKvm(from.tr);
    state.gdtr = fromKvm(from.gdt);
    state.idtr = fromKvm(from.idt);
    state.cr0 = from.cr0;
    state.cr2 = from.cr2;
    state.cr3 = from.cr3;
    state.cr4 = from.cr4;
    state.cr8 = from.cr8;
    state.efer = from.efer;
    state.apicBase = from.apic_base;
}

void writeSystemRegisters(const ProcessorState& state, kvm_sregs& to) {
    for (std::size_t i = 0; i < kSegments.size(); ++i)
        to.*kSegments[i] = toKvm(state.segments[i]);
    to.ldt = toKvm(state.ldtr);
    to.tr = toKvm(state.tr);
    to.gdt = toKvm(state.gdtr);
    to.idt = toKvm(state.idtr);
    to.cr0 = state.cr0;
    to.cr2 = state.cr2;
    to.cr3 = state.cr3;
    to.cr4 = state.cr4;
    to.cr8 = state.cr8;
    to.efer = state.efer;
    to.apic_base = state.apicBase;
    std::memset(to.interrupt_bitmap, 0, sizeof(to.interrupt_bitmap));
}

bool sameSystemRegisters(const ProcessorState& a, const ProcessorState& b) {
    const auto all = [](const ProcessorState& state) {
        return std::tie(state.segments, state.ldtr, state.tr, state.gdtr, state.idtr, state.cr0,
                        state.cr2, state.cr3, state.cr4, state.cr8, state.efer, state.apicBase);
    };
    return all(a) == all(b);
}

void readDebugRegisters(const kvm_debugregs& from, ProcessorState& state) {
    for (std::size_t i = 0; i < 4; ++i)
        state.dr[i] = from.db[i];
    state.dr[6] = from.dr6;
    state.dr[7] = from.dr7;
}

void writeDebugRegisters(const ProcessorState& state, kvm_debugregs& to) {
    for (std::size_t i = 0; i < 4; ++i)
        to.db[i] = state.dr[i];
    to.dr6 = state.dr[6];
    to.dr7 = state.dr[7];
}

/// Everything that one transfer needs of KVM, to check once whether all of it worked.
struct Structures {
    kvm_regs regs{};
    kvm_sregs sregs{};
    kvm_debugregs debug{};
    kvm_xcrs xcrs{};
    kvm_vcpu_events events{};
    kvm_mp_state activity{};
    // With room behind it, where kernels with larger states write.
    alignas(64) std::array<std::byte, 4096> xsave{};
};

/// Leaves `to` without registers where the processor, and so the guest's, has no XSAVE.
Result<int> readExtendedControl(int processor, kvm_xcrs& to) {
    if (::ioctl(processor, KVM_GET_XCRS, &to) == 0 || errno == EINVAL)
        return 0;
    return systemFailure("cannot make KVM give XCR0", errno);
}

Result<void> read(int processor, Structures& to) {
    const auto get = [processor](unsigned long code, void* structure, const char* what) {
        return request(processor, code, structure, what);
    };
    for (const auto& result : {get(KVM_GET_REGS, &to.regs, "give the registers"),
                               get(KVM_GET_SREGS, &to.sregs, "give the system registers"),
                               get(KVM_GET_DEBUGREGS, &to.debug, "give the debug registers"),
                               readExtendedControl(processor, to.xcrs),
                               get(KVM_GET_XSAVE, to.xsave.data(), "give the floating-point state"),
                               get(KVM_GET_VCPU_EVENTS, &to.events, "give pending events"),
                               get(KVM_GET_MP_STATE, &to.activity, "give the activity state")})
        if (!result)
            return std::unexpected(result.error());
    return {};
}

}  // namespace

std::array<std::uint64_t, 16> generalRegisters(const kvm_regs& from) {
    std::array<std::uint64_t, 16> registers{};
    for (std::size_t i = 0; i < kRegisters.size(); ++i)
        registers[i] = from.*kRegisters[i];
    return registers;
}

void setGeneralRegisters(kvm_regs& to, const std::array<std::uint64_t, 16>& registers) {
    for (std::size_t i = 0; i < kRegisters.size(); ++i)
        to.*kRegisters[i] = registers[i];
}

Result<ProcessorState> readState(int processor) {
    Structures from;
    if (auto result = read(processor, from); !result)
        return std::unexpected(result.error());

    ProcessorState state;
    readRegisters(from.regs, state);
    readSystemRegisters(from.sregs, state);
    readDebugRegisters(from.debug, state);
    for (std::uint32_t i = 0; i < from.xcrs.nr_xcrs && i < KVM_MAX_XCRS; ++i)
        if (from.xcrs.xcrs[i].xcr == 0)
            state.xcr0 = from.xcrs.xcrs[i].value;
    std::memcpy(&state.fpu, from.xsave.data(), sizeof(state.fpu));
    readEvents(from.events, state);
    state.activity = activityFrom(from.activity);
    if (auto result = readMsrs(processor, state); !result)
        return std::unexpected(result.error());
    return state;
}

Result<void> writeState(int processor, const ProcessorState& state) {
    Structures to;
    if (auto result = read(processor, to); !result)
        return result;

    writeRegisters(state, to.regs);
    writeSystemRegisters(state, to.sregs);
    writeDebugRegisters(state, to.debug);
    const bool hasExtendedControl = to.xcrs.nr_xcrs != 0;
    to.xcrs = {};
    to.xcrs.nr_xcrs = 1;
    to.xcrs.xcrs[0].value = state.xcr0;
    std::memcpy(to.xsave.data(), &state.fpu, sizeof(state.fpu));
    std::uint64_t components = 0;
    std::memcpy(&components, to.xsave.data() + kXsaveHeader, sizeof(components));
    components |= kX87AndSse;
    std::memcpy(to.xsave.data() + kXsaveHeader, &components, sizeof(components));
    writeEvents(state, to.events);
    to.activity.mp_state = toKvm(state.activity);

    const auto set = [processor](unsigned long code, void* structure, const char* what) {
        return request(processor, code, structure, what);
    };
    // System registers first: the others are checked against the mode. Events after the
    // registers, whose write clears them.
    const auto earlier = {set(KVM_SET_SREGS, &to.sregs, "take the system registers"),
                          set(KVM_SET_REGS, &to.regs, "take the registers"),
                          hasExtendedControl ? set(KVM_SET_XCRS, &to.xcrs, "take XCR0")
                                             : Result<int>(0),
                          set(KVM_SET_XSAVE, to.xsave.data(), "take the floating-point state"),
                          set(KVM_SET_DEBUGREGS, &to.debug, "take the debug registers")};
    for (const auto& result : earlier)
        if (!result)
            return std::unexpected(result.error());
    if (auto result = writeMsrs(processor, state); !result)
        return result;
    for (const auto& result : {set(KVM_SET_VCPU_EVENTS, &to.events, "take pending events"),
                               set(KVM_SET_MP_STATE, &to.activity, "take the activity state")})
        if (!result)
            return std::unexpected(result.error());
    return {};
}

Result<ProcessorState> readBasicState(int processor, const kvm_run& run) {
    const kvm_sync_regs& shared = run.s.regs;
    ProcessorState state;
    readRegisters(shared.regs, state);
    readSystemRegisters(shared.sregs, state);
    readEvents(shared.events, state);
    kvm_debugregs debug{};
    const auto result = request(processor, KVM_GET_DEBUGREGS, &debug, "give the debug registers");
    if (!result)
        return std::unexpected(result.error());
    readDebugRegisters(debug, state);
    return state;
}

Result<void> writeBasicState(int processor, kvm_run& run, const ProcessorState& before,
                             const ProcessorState& state) {
    kvm_sync_regs& shared = run.s.regs;
    writeRegisters(state, shared.regs);
    writeEvents(state, shared.events);
    run.kvm_dirty_regs = KVM_SYNC_X86_REGS | KVM_SYNC_X86_EVENTS;
    if (!sameSystemRegisters(before, state)) {
        writeSystemRegisters(state, shared.sregs);
        run.kvm_dirty_regs |= KVM_SYNC_X86_SREGS;
    }
    if (before.dr == state.dr)
        return {};
    kvm_debugregs debug{};
    writeDebugRegisters(state, debug);
    const auto result = request(processor, KVM_SET_DEBUGREGS, &debug, "take the debug registers");
    if (!result)
        return std::unexpected(result.error());
    return {};
}

}  // namespace hypervisor::kvm
