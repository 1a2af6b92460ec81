// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "guest_pages.h"
#include "hypervisor/error.h"
#include "ring_layout.h"

namespace vmbus {

/// Where one ring lies: a control page and the data pages behind it, a part of a GPADL.
class RingMemory {
  public:
    /// `count` pages from `first` of `pages` on, the control page included. Fails when they are
    /// not all there, not whole pages, fewer than two, or more than 64 MiB.
    [[nodiscard]] static hypervisor::Result<RingMemory> create(
        std::shared_ptr<const GuestPages> pages, std::size_t first, std::size_t count);

    [[nodiscard]] RingControl& control() const {
        return *reinterpret_cast<RingControl*>(pages_->page(first_));
    }
    /// In bytes, of the data area.
    [[nodiscard]] std::uint32_t size() const { return size_; }

    /// Whether an index out of a control page may be used at all.
    [[nodiscard]] bool isIndex(std::uint32_t index) const {
        return index < size_ && index % kRingUnit == 0;
    }
    /// How far `to` is ahead of `from`, and what comes `length` behind `from`: of valid indices and
    /// of a length not more than size().
    [[nodiscard]] std::uint32_t distance(std::uint32_t from, std::uint32_t to) const {
        return to >= from ? to - from : size_ - from + to;
    }
    [[nodiscard]] std::uint32_t advanced(std::uint32_t from, std::uint32_t length) const {
        return length < size_ - from ? from + length : length - (size_ - from);
    }

    /// Copy from or to the data area, around its end; `offset` below size(), `length` not more.
    void read(std::uint32_t offset, std::byte* to, std::uint32_t length) const {
        visit(offset, length, [&](const std::byte* at, std::uint32_t piece) {
            std::memcpy(to, at, piece);
            to += piece;
        });
    }
    /// Must be followed by written(), once for all that is written together.
    void write(std::uint32_t offset, const std::byte* from, std::uint32_t length) const {
        visit(offset, length, [&](std::byte* at, std::uint32_t piece) {
            std::memcpy(at, from, piece);
            from += piece;
        });
    }
    /// Decoded code in this stretch of the data area is stale.
    void written(std::uint32_t offset, std::uint32_t length) const;

  private:
    RingMemory(std::shared_ptr<const GuestPages> pages, std::size_t first, std::uint32_t size)
        : pages_(std::move(pages)), first_(first), size_(size) {}
    /// Calls visit(host, length) for the stretch's pieces in order.
    template <class Visit>
    void visit(std::uint32_t offset, std::uint32_t length, Visit visit) const {
        while (length != 0) {
            std::byte* at;
            std::uint32_t piece;
            if (data_ != nullptr) {
                at = data_ + offset;
                piece = std::min(length, size_ - offset);
            } else {
                constexpr auto kPage = static_cast<std::uint32_t>(hypervisor::kPageSize);
                at = pages_->page(first_ + 1 + offset / kPage) + offset % kPage;
                piece = std::min(length, kPage - offset % kPage);
            }
            visit(at, piece);
            length -= piece;
            offset = advanced(offset, piece);
        }
    }

    std::shared_ptr<const GuestPages> pages_;
    std::size_t first_;
    std::uint32_t size_;
    /// The data area where it is in one piece, as with most guests; else null.
    std::byte* data_ = nullptr;
};

}  // namespace vmbus
