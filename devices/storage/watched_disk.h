// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "forwarding_disk.h"

namespace devices::storage {

/// A disk whose owner is told when the host can't do what a sound request asks for; the machine
/// gets its errors all the same. One that fails on and on is told of once a minute, its reads and
/// its writes apart.
class WatchedDisk final : public ForwardingDisk {
  public:
    /// Whether the disk's content was to change, and why it could not be done. Called from the
    /// engine's loop.
    enum class Access : bool { Read, Change };
    using Failed = std::function<void(Access access, IoStatus status)>;
    static constexpr std::chrono::minutes kQuiet{1};

    WatchedDisk(std::shared_ptr<Disk> below, Failed failed)
        : ForwardingDisk(std::move(below)), failed_(std::move(failed)) {}

  private:
    using Clock = std::chrono::steady_clock;

    void ended(DiskRequest& request, IoStatus status) override;
    void tell(Access access, IoStatus status);

    const Failed failed_;
    // When it was told of.
    std::optional<Clock::time_point> read_;
    std::optional<Clock::time_point> changed_;
};

}  // namespace devices::storage
