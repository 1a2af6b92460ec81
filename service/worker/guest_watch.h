// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <mutex>

#include "service/ipc/guest_report.h"

namespace service {

/// Collects what integration components find out about a guest, and tells when that has changed.
///
/// Thread safety: all methods from any thread; `changed` is called on the caller's, one call at a
/// time.
class GuestWatch {
  public:
    explicit GuestWatch(std::function<void(const GuestReport&)> changed)
        : changed_(std::move(changed)) {}

    void setHeartbeat(GuestHeartbeat heartbeat);
    void setItems(std::vector<GuestItem> items);
    /// As GuestReport has them; small changes are not told.
    void setMemory(std::uint64_t demandBytes, std::uint64_t assignedBytes,
                   std::uint64_t leastBytes);

    [[nodiscard]] GuestReport report() const;

  private:
    template <class T>
    void set(T GuestReport::*member, T value);

    const std::function<void(const GuestReport&)> changed_;
    mutable std::mutex mutex_;
    GuestReport report_;  // guarded by mutex_
};

}  // namespace service
