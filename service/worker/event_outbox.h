// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "service/ipc/worker_messages.h"

namespace service {

/// Events on their way to whoever is connected. Of those that nobody takes, the last ones are kept.
///
/// Thread safety: post() from any thread, the rest by the control thread.
class EventOutbox {
  public:
    static constexpr std::size_t kMost = 64;

    [[nodiscard]] static hypervisor::Result<std::unique_ptr<EventOutbox>> create();

    void post(WorkerEvent event);

    /// Readable while there may be events; acknowledge() before next().
    [[nodiscard]] int changed() const { return changed_.get(); }
    void acknowledge();
    [[nodiscard]] std::optional<WorkerEvent> next();
    /// Puts back what could not be sent.
    void putBack(WorkerEvent event);

  private:
    explicit EventOutbox(hypervisor::FileDescriptor changed) : changed_(std::move(changed)) {}

    const hypervisor::FileDescriptor changed_;
    std::mutex mutex_;
    std::deque<WorkerEvent> events_;  // guarded by mutex_
};

}  // namespace service
