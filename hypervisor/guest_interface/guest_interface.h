// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "guest_interface_host.h"
#include "hypercall.h"
#include "hypervisor/intercept_handler.h"
#include "identity.h"
#include "reference_time.h"
#include "synic.h"
#include "synthetic_timers.h"

namespace hypervisor {

/// The VP that executes a hypercall, as far as the call concerns it.
struct HypercallCaller {
    /// In the order of `Register`; the result goes here.
    std::array<std::uint64_t, 16>& registers;
    /// CR0.PE set and RFLAGS.VM clear.
    bool protectedMode;
    /// In a 64-bit code segment: which registers carry the call.
    bool longMode;
    std::uint8_t privilegeLevel;
};

/// What a partition shows its guest as Hyper-V: CPUID leaves, synthetic MSRs and hypercalls
/// (TLFS). One for a partition; both backends call it.
///
/// Thread safety: every method may be called by several VPs at a time, each for itself. The
/// registers that are read often (reference counter, EOI, ICR, TPR, VP index) take no lock.
class GuestInterface {
  public:
    /// All references must outlive this. `clock` is the guest's TSC: the same on all VPs.
    GuestInterface(const GuestInterfaceSettings& settings, GuestMemory& memory,
                   const TscClock& clock, InterceptHandler& handler, GuestInterfaceHost& host);
    GuestInterface(const GuestInterface&) = delete;
    GuestInterface& operator=(const GuestInterface&) = delete;

    /// Nothing for leaves that are not Hyper-V's (0x40000000 to 0x400000FF).
    [[nodiscard]] std::optional<CpuidResult> cpuid(std::uint32_t leaf,
                                                   std::uint32_t /*subleaf*/) const {
        return identityLeaf(settings_, leaf);
    }

    [[nodiscard]] static constexpr bool ownsMsr(std::uint32_t msr) {
        return msr >= 0x4000'0000 && msr <= 0x4000'0FFF;
    }
    /// On the thread of the VP. Nothing or false: #GP. Reading the guest idle MSR blocks as
    /// GuestInterfaceHost::idle() does.
    [[nodiscard]] std::optional<std::uint64_t> readMsr(VpIndex vp, std::uint32_t msr);
    [[nodiscard]] bool writeMsr(VpIndex vp, std::uint32_t msr, std::uint64_t value);

    /// The instruction of the hypercall page was executed. False: #UD.
    [[nodiscard]] bool hypercall(VpIndex vp, const HypercallCaller& caller);

    /// On the thread of the VP, when the host's timer for it has ended.
    void serveTimers(VpIndex vp) { timers_.serve(vp); }
    [[nodiscard]] SyntheticInterrupts& synic() { return synic_; }
    [[nodiscard]] const ReferenceTime& referenceTime() const { return referenceTime_; }

    /// The state after RESET; no VP may be running. Reference time goes on.
    void reset();

  private:
    static constexpr std::size_t kCrashParameters = 5;

    [[nodiscard]] bool writeHypercallPage(std::uint64_t value);
    [[nodiscard]] bool writeReferenceTsc(std::uint64_t value);
    [[nodiscard]] bool writeVpAssistPage(VpIndex vp, std::uint64_t value);
    void writeGuestIdentity(std::uint64_t value);
    void reportCrash(VpIndex vp, std::uint64_t control);

    const GuestInterfaceSettings settings_;
    GuestMemory& memory_;
    InterceptHandler& handler_;
    GuestInterfaceHost& host_;
    const ReferenceTime referenceTime_;
    Synic synic_;
    SyntheticTimers timers_;
    const HypercallDispatcher dispatcher_;

    // Follows hypercallPage_ and guestIdentity_ for callers without the lock.
    std::atomic<bool> hypercallsEnabled_ = false;

    // Guards what follows: the partition's registers.
    std::mutex mutex_;
    std::uint64_t guestIdentity_ = 0;
    std::uint64_t hypercallPage_ = 0;
    std::uint64_t referenceTsc_ = 0;
    std::array<std::uint64_t, kCrashParameters> crashParameters_{};

    // Each element belongs to its VP's thread.
    struct VirtualProcessorRegisters {
        std::uint64_t assistPage = 0;
    };
    std::vector<VirtualProcessorRegisters> processors_;
};

}  // namespace hypervisor
