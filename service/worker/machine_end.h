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
    /// `onWish` is called for a wish that counts, on the thread that has it, and returns fast.
    explicit MachineEnd(std::function<void()> onWish) : onWish_(std::move(onWish)) {}

    void powerOff() override { wish({WorkerEventKind::PoweredOff, {}, 0}); }
    void reset() override { wish({WorkerEventKind::Reset, {}, 0}); }
    void debugExit(std::uint32_t value) override { wish({WorkerEventKind::DebugExit, {}, value}); }
    void crash(std::string report) { wish({WorkerEventKind::Crashed, std::move(report), 0}); }
    void stop() { wish({WorkerEventKind::Stopped, {}, 0}); }

    /// Waits for the first wish.
    [[nodiscard]] WorkerEvent wait();
    /// Forgets a reset that has been carried out; anything else stays.
    void forgetReset();

  private:
    void wish(WorkerEvent wish);

    const std::function<void()> onWish_;
    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_.
    std::optional<WorkerEvent> wish_;
};

}  // namespace service
