// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "devices/storage/disk.h"

namespace devices::floppy {

/// Reads or writes sectors of an image, as many at a time as lie together; where that fails, one
/// by one, to find the one that is bad. What is beyond the end of the image is bad.
///
/// Thread safety: one order at a time, given on any thread and carried out on the engine's; until
/// its end the buffer is not to be touched.
class SectorAccess {
  public:
    /// On the engine's thread, never from inside start().
    using Ended = std::function<void()>;

    explicit SectorAccess(Ended ended);

    /// A cylinder's content goes through here.
    [[nodiscard]] std::span<std::uint8_t> buffer() { return buffer_; }

    struct Order {
        std::shared_ptr<storage::Disk> disk;
        /// They follow each other in the buffer, which has room for them.
        std::vector<std::uint32_t> sectors;
        bool writes = false;
    };
    void start(Order order);
    /// How many were moved before one was bad.
    [[nodiscard]] std::size_t sectorsDone() const { return done_; }

  private:
    void next();
    static void completed(storage::DiskRequest& request, storage::IoStatus status);
    void moved(bool sound);

    const Ended ended_;
    std::vector<std::uint8_t> buffer_;
    Order order_;
    std::size_t done_ = 0;
    /// Of the request under way.
    std::size_t count_ = 0;
    bool oneByOne_ = false;
    storage::DiskRequest request_;
    iovec data_{};
};

}  // namespace devices::floppy
