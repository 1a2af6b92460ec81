// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "vmbus/guest_pages.h"

namespace devices::synthetic {

/// The guest memory that received messages are put into: cut into sub-allocations of one size,
/// one message each. Some are put together to a transaction that is handed to the guest, and are
/// free again when the guest gives that back.
class ReceiveBuffer {
  public:
    static constexpr std::uint32_t kMostSubAllocations = 32'768;

    /// `generation` tells this buffer's transactions from those of earlier ones of the same
    /// channel. Nothing when not even one sub-allocation fits.
    [[nodiscard]] static std::optional<ReceiveBuffer> create(
        std::shared_ptr<const vmbus::GuestPages> pages, std::uint32_t subAllocationSize,
        std::uint32_t generation);

    [[nodiscard]] std::uint32_t subAllocationSize() const { return size_; }
    [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(next_.size()); }
    [[nodiscard]] std::uint32_t freeCount() const {
        return static_cast<std::uint32_t>(free_.size());
    }
    [[nodiscard]] std::uint32_t offsetOf(std::uint32_t index) const { return index * size_; }

    /// A free one, the guest's next.
    [[nodiscard]] std::optional<std::uint32_t> take();
    /// Unused after all.
    void putBack(std::uint32_t index) { free_.push_back(index); }
    /// Copies to `at` of sub-allocation `index`; both pieces must fit.
    void write(std::uint32_t index, std::span<const std::byte> header,
               std::span<const std::byte> data) const;

    /// A transaction of what take() gave, at least one, on the channel of `queue`: its id, never 0.
    [[nodiscard]] std::uint64_t hand(std::span<const std::uint32_t> indices, unsigned queue);
    /// It has not been sent after all: what is in it is as taken by take().
    void takeBack(std::uint64_t transaction) {
        out_[static_cast<std::uint32_t>(transaction) - 1] = kNotOut;
    }
    /// The guest has given it back. False: it has never had it. One of an earlier buffer is
    /// nothing to mind.
    [[nodiscard]] bool giveBack(std::uint64_t transaction, unsigned queue);
    /// All that is out on the channel of `queue`, which is no more.
    void giveBackAll(unsigned queue);

  private:
    ReceiveBuffer(std::shared_ptr<const vmbus::GuestPages> pages, std::uint32_t size,
                  std::uint32_t count, std::uint32_t generation);
    void free(std::uint32_t first);

    static constexpr std::uint32_t kEnd = ~std::uint32_t{0};
    static constexpr std::uint8_t kNotOut = 0xFF;

    std::shared_ptr<const vmbus::GuestPages> pages_;
    std::uint32_t size_;
    std::uint32_t generation_;
    // The last given back is the first taken: the processor's caches may still have it.
    std::vector<std::uint32_t> free_;
    /// Chains the sub-allocations of a transaction, which its first one stands for.
    std::vector<std::uint32_t> next_;
    /// Of the first of each transaction that is out: its queue.
    std::vector<std::uint8_t> out_;
};

}  // namespace devices::synthetic
