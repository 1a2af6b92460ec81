// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "devices/storage/job.h"
#include "hypervisor/error.h"

namespace service {

/// How far the copying of several files is, in bytes.
class CopyProgress {
  public:
    CopyProgress(devices::storage::Job& job, std::uint64_t total) : job_(job), total_(total) {}

    void add(std::uint64_t bytes) {
        // Sizes that a hostile file claims may add up to more than there are numbers for.
        done_ += std::min(bytes, total_ - done_);
        job_.report(done_, total_);
    }
    [[nodiscard]] bool cancelled() const { return job_.cancelled(); }

  private:
    devices::storage::Job& job_;
    const std::uint64_t total_;
    std::uint64_t done_ = 0;
};

/// Copies a file of `size` bytes into an empty one and makes it durable. The file system does it
/// itself where it can, sharing the blocks at best; holes stay holes. Descriptors' own positions
/// are moved. `from` and `to` are for messages.
[[nodiscard]] hypervisor::Result<void> copyFile(int source, const std::string& from, int target,
                                                const std::string& to, std::uint64_t size,
                                                CopyProgress& progress);

}  // namespace service
