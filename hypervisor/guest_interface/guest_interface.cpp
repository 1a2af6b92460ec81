// SPDX-License-Identifier: GPL-3.0-or-later
#include "guest_interface.h"

#include <time.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "hypervisor/interrupts/local_apic.h"
#include "hypervisor/processor_state.h"

namespace hypervisor {

namespace {

enum SyntheticMsr : std::uint32_t {
    kGuestIdentity = 0x4000'0000,
    kHypercallPage = 0x4000'0001,
    kVpIndex = 0x4000'0002,
    kReset = 0x4000'0003,
    kVpRuntime = 0x4000'0010,
    kReferenceCounter = 0x4000'0020,
    kReferenceTsc = 0x4000'0021,
    kTscFrequency = 0x4000'0022,
    kApicFrequency = 0x4000'0023,
    kEndOfInterrupt = 0x4000'0070,
    kInterruptCommand = 0x4000'0071,
    kTaskPriority = 0x4000'0072,
    kVpAssistPage = 0x4000'0073,
    kGuestIdle = 0x4000'00F0,
    kCrashParameter0 = 0x4000'0100,
    kCrashControl = 0x4000'0105,
};

// The registers that name a page: bit 0 enables it, bits 63 to 12 are its address.
constexpr std::uint64_t kPageEnable = 1;
constexpr std::uint64_t kPageAddress = ~(kPageSize - 1);
constexpr std::uint64_t kHypercallPageLocked = 2;

constexpr std::uint64_t kCrashNotify = std::uint64_t{1} << 63;
constexpr std::uint64_t kCrashMessage = std::uint64_t{1} << 62;

/// The entry code; the rest of the page is INT3.
std::span<const std::uint8_t> entryCode(HypercallEntry entry) {
    static constexpr std::uint8_t kRet = 0xC3;
    static constexpr std::array<std::uint8_t, 4> kVmcall{0x0F, 0x01, 0xC1, kRet};
    static constexpr std::array<std::uint8_t, 3> kOut{0xE7, kHypercallPort, kRet};
    static constexpr std::uint8_t kInt3 = 0xCC;
    static constexpr auto fill = [](const auto& code) {
        std::array<std::uint8_t, kPageSize> page{};
        page.fill(kInt3);
        std::copy(code.begin(), code.end(), page.begin());
        return page;
    };
    static const std::array<std::uint8_t, kPageSize> vmcallPage = fill(kVmcall);
    static const std::array<std::uint8_t, kPageSize> outPage = fill(kOut);
    return entry == HypercallEntry::Vmcall ? vmcallPage : outPage;
}

/// How long the calling VP has used a host processor, in units of 100 ns.
std::uint64_t runTime() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 10'000'000 +
           static_cast<std::uint64_t>(time.tv_nsec) / 100;
}

}  // namespace

GuestInterface::GuestInterface(const GuestInterfaceSettings& settings, GuestMemory& memory,
                               const TscClock& clock, InterceptHandler& handler,
                               GuestInterfaceHost& host)
    : settings_(settings),
      memory_(memory),
      handler_(handler),
      host_(host),
      referenceTime_(clock),
      synic_(settings.processors, memory, host),
      timers_(settings.processors, referenceTime_, synic_, host),
      dispatcher_(settings_, memory_, host_, synic_),
      processors_(settings.processors) {}

void GuestInterface::reset() {
    const std::scoped_lock lock(mutex_);
    hypercallsEnabled_ = false;
    guestIdentity_ = 0;
    hypercallPage_ = 0;
    referenceTsc_ = 0;
    crashParameters_ = {};
    processors_.assign(settings_.processors, {});
    synic_.reset();
    timers_.reset();
}

std::optional<std::uint64_t> GuestInterface::readMsr(VpIndex vp, std::uint32_t msr) {
    if (Synic::ownsMsr(msr))
        return synic_.readMsr(vp, msr);
    if (SyntheticTimers::ownsMsr(msr))
        return timers_.readMsr(vp, msr);
    LocalApic* const apic = settings_.apicMsrs ? host_.localApic(vp) : nullptr;
    switch (msr) {
        case kVpIndex:
            return vp;
        case kReset:
            return 0;
        case kVpRuntime:
            return runTime();
        case kReferenceCounter:
            return referenceTime_.now();
        case kTscFrequency:
            return referenceTime_.tscFrequency();
        case kApicFrequency:
            return settings_.apicFrequency;
        case kInterruptCommand:
            return apic != nullptr ? std::optional(apic->interruptCommand()) : std::nullopt;
        case kTaskPriority:
            return apic != nullptr ? std::optional<std::uint64_t>(apic->taskPriority())
                                   : std::nullopt;
        case kVpAssistPage:
            return processors_[vp].assistPage;
        case kGuestIdle:
            if (!settings_.guestIdle)
                return std::nullopt;
            host_.idle(vp);
            return 0;
        case kCrashControl:
            return kCrashNotify | kCrashMessage;
        default:
            break;
    }
    const std::scoped_lock lock(mutex_);
    switch (msr) {
        case kGuestIdentity:
            return guestIdentity_;
        case kHypercallPage:
            return hypercallPage_;
        case kReferenceTsc:
            return referenceTsc_;
        default:
            if (msr >= kCrashParameter0 && msr < kCrashParameter0 + kCrashParameters)
                return crashParameters_[msr - kCrashParameter0];
            return std::nullopt;
    }
}

bool GuestInterface::writeMsr(VpIndex vp, std::uint32_t msr, std::uint64_t value) {
    if (Synic::ownsMsr(msr))
        return synic_.writeMsr(vp, msr, value);
    if (SyntheticTimers::ownsMsr(msr)) {
        timers_.writeMsr(vp, msr, value);
        return true;
    }
    LocalApic* const apic = settings_.apicMsrs ? host_.localApic(vp) : nullptr;
    switch (msr) {
        case kGuestIdentity:
            writeGuestIdentity(value);
            return true;
        case kHypercallPage:
            return writeHypercallPage(value);
        case kReset:
            if ((value & 1) != 0)
                handler_.resetRequested(vp);
            return true;
        case kReferenceTsc:
            return writeReferenceTsc(value);
        case kEndOfInterrupt:
            if (apic != nullptr)
                apic->endOfInterrupt();
            return apic != nullptr;
        case kInterruptCommand:
            if (apic != nullptr)
                apic->sendInterruptCommand(value);
            return apic != nullptr;
        case kTaskPriority:
            if (apic == nullptr || value > 0xFF)
                return false;
            apic->setTaskPriority(static_cast<std::uint8_t>(value));
            return true;
        case kVpAssistPage:
            return writeVpAssistPage(vp, value);
        case kCrashControl:
            if ((value & kCrashNotify) != 0)
                reportCrash(vp, value);
            return true;
        default:
            break;
    }
    if (msr < kCrashParameter0 || msr >= kCrashParameter0 + kCrashParameters)
        return false;
    const std::scoped_lock lock(mutex_);
    crashParameters_[msr - kCrashParameter0] = value;
    return true;
}

void GuestInterface::writeGuestIdentity(std::uint64_t value) {
    const std::scoped_lock lock(mutex_);
    guestIdentity_ = value;
    if (value == 0) {
        hypercallPage_ &= ~kPageEnable;
        hypercallsEnabled_ = false;
    }
}

bool GuestInterface::writeHypercallPage(std::uint64_t value) {
    const std::scoped_lock lock(mutex_);
    if ((hypercallPage_ & kHypercallPageLocked) != 0)
        return true;
    // Without an identity there is no interface: the enable bit stays zero.
    if (guestIdentity_ == 0)
        value &= ~kPageEnable;
    if ((value & kPageEnable) != 0) {
        const Gpa gpa = value & kPageAddress;
        const auto code = entryCode(settings_.hypercallEntry);
        if (!memory_.write(gpa, std::as_bytes(code)))
            return false;
        host_.pageWritten(gpa);
    }
    hypercallPage_ = value;
    hypercallsEnabled_ = (value & kPageEnable) != 0;
    return true;
}

bool GuestInterface::writeReferenceTsc(std::uint64_t value) {
    const std::scoped_lock lock(mutex_);
    if ((value & kPageEnable) != 0) {
        const Gpa gpa = value & kPageAddress;
        std::byte* const page = memory_.at(gpa, kPageSize);
        if (page == nullptr)
            return false;
        referenceTime_.publish(reinterpret_cast<ReferenceTscPage*>(page));
        host_.pageWritten(gpa);
    }
    referenceTsc_ = value;
    return true;
}

bool GuestInterface::writeVpAssistPage(VpIndex vp, std::uint64_t value) {
    if ((value & kPageEnable) != 0) {
        const Gpa gpa = value & kPageAddress;
        // "No EOI required" is never offered; the guest reads that bit at every interrupt.
        if (memory_.at(gpa, kPageSize) == nullptr || !memory_.write(gpa, std::uint32_t{0}))
            return false;
        host_.pageWritten(gpa);
    }
    processors_[vp].assistPage = value;
    return true;
}

void GuestInterface::reportCrash(VpIndex vp, std::uint64_t control) {
    GuestCrash crash;
    {
        const std::scoped_lock lock(mutex_);
        crash.parameters = crashParameters_;
    }
    if ((control & kCrashMessage) != 0) {
        const Gpa gpa = crash.parameters[3];
        crash.message.resize(std::min(crash.parameters[4], kPageSize));
        // A message that is not in RAM is none; the crash itself is true all the same.
        if (!memory_.read(gpa, std::as_writable_bytes(std::span(crash.message))))
            crash.message.clear();
    }
    handler_.guestCrashed(vp, crash);
}

bool GuestInterface::hypercall(VpIndex vp, const HypercallCaller& caller) {
    if (!caller.protectedMode || caller.privilegeLevel != 0 ||
        !hypercallsEnabled_.load(std::memory_order_relaxed))
        return false;
    const auto reg = [&caller](Register name) -> std::uint64_t& {
        return caller.registers[static_cast<std::size_t>(name)];
    };
    if (caller.longMode) {
        reg(Register::Rax) = dispatcher_.dispatch(
            vp, {HypercallControl(reg(Register::Rcx)), reg(Register::Rdx), reg(Register::R8)});
        return true;
    }
    const auto pair = [&reg](Register high, Register low) {
        return reg(high) << 32 | (reg(low) & 0xFFFF'FFFF);
    };
    const std::uint64_t result = dispatcher_.dispatch(
        vp, {HypercallControl(pair(Register::Rdx, Register::Rax)),
             pair(Register::Rbx, Register::Rcx), pair(Register::Rdi, Register::Rsi)});
    reg(Register::Rdx) = result >> 32;
    reg(Register::Rax) = result & 0xFFFF'FFFF;
    return true;
}

}  // namespace hypervisor
