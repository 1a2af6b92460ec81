// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "devices/chipset/machine_control.h"
#include "service/ipc/worker_messages.h"

namespace service {

/// Collects who wants the machine to stop running as it does: the guest through its devices, a VP
/// that can't go on, or somebody outside. The first wish counts, but one from outside overrides
/// a reset.
///
/// Thread safety: all methods from any thread.
class MachineEnd : public devices::MachineControl {
  public:
    using CrashTold = std::function<void(const hypervisor::GuestCrash& crash)>;

    /// `onWish` is called for a wish that counts, `onCrashTold` when the guest tells of its crash,
    /// on the thread that has it; both return fast.
    MachineEnd(std::function<void()> onWish, CrashTold onCrashTold)
        : onWish_(std::move(onWish)), onCrashTold_(std::move(onCrashTold)) {}

    void powerOff() override { wish({WorkerEventKind::PoweredOff, {}, 0}); }
    void reset() override { wish({WorkerEventKind::Reset, {}, 0}); }
    void debugExit(std::uint32_t value) override { wish({WorkerEventKind::DebugExit, {}, value}); }
    void guestCrashed(const hypervisor::GuestCrash& crash) override { onCrashTold_(crash); }
    void crash(std::string report) { wish({WorkerEventKind::Crashed, std::move(report), 0}); }
    /// A reset from outside, which boots the machine again whatever its guest's resets do.
    void resetFromOutside() { wish({WorkerEventKind::Reset, {}, kFromOutside}); }
    void stop() { wish({WorkerEventKind::Stopped, {}, 0}); }

    /// Waits for the first wish.
    [[nodiscard]] WorkerEvent wait();
    /// Forgets a reset that has been carried out; anything else stays.
    void forgetReset();

    /// The value of a wish for a reset that came from outside.
    static constexpr std::uint32_t kFromOutside = 1;

  private:
    void wish(WorkerEvent wish);

    const std::function<void()> onWish_;
    const CrashTold onCrashTold_;
    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_.
    std::optional<WorkerEvent> wish_;
};

}  // namespace service
