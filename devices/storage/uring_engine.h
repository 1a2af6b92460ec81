// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <liburing.h>

#include <cstdint>
#include <vector>

#include "io_engine.h"

namespace devices::storage {

/// IoEngine on one io_uring. Made disabled; the thread that first runs the loop enables it and is
/// the only one that the kernel then lets submit.
class UringEngine final : public IoEngine {
  public:
    /// Takes `wakeUp` only when it succeeds.
    static hypervisor::Result<std::unique_ptr<IoEngine>> create(hypervisor::FileDescriptor& wakeUp,
                                                                const IoEngineOptions& options);
    ~UringEngine() override;

    [[nodiscard]] IoEngineKind kind() const override { return IoEngineKind::Uring; }
    hypervisor::Result<unsigned> attach(int descriptor) override;
    void detach(unsigned slot) override;
    void submit(FileRequest& request, unsigned slot) override;

  protected:
    void exchange(Wait wait) override;

  private:
    explicit UringEngine(hypervisor::FileDescriptor wakeUp) : IoEngine(std::move(wakeUp)) {}

    hypervisor::Result<void> prepare(const IoEngineOptions& options);
    void enable();
    void push(FileRequest& request);
    void pushBacklog();
    void armWakeUp();
    void reap();
    void finish(FileRequest& request, long result);
    io_uring_sqe* nextEntry();

    io_uring ring_ = {};
    bool initialised_ = false;
    bool enabled_ = false;
    bool wakeUpArmed_ = false;
    std::uint64_t wakeUps_ = 0;
    unsigned depth_ = 0;
    unsigned inFlight_ = 0;
    // Slot 0 is the wake-up descriptor's; -1 is free.
    std::vector<int> slots_;
    // Requests beyond the depth, in order.
    FileRequest* firstWaiting_ = nullptr;
    FileRequest* lastWaiting_ = nullptr;
};

}  // namespace devices::storage
