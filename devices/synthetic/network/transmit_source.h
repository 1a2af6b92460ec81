// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "vmbus/guest_pages.h"

namespace devices::synthetic {

/// The guest memory that one packet's RNDIS messages lie in: a section of the send buffer, then
/// the packet's own ranges, each of which may be missing; one run of bytes. The guest may change
/// them at any time.
class TransmitSource {
  public:
    /// `pages` must outlive it; the caller has seen that the stretch lies inside.
    void add(const vmbus::GuestPages& pages, std::uint64_t offset, std::uint64_t length) {
        parts_[count_++] = {&pages, offset, length};
        size_ += length;
    }
    [[nodiscard]] std::uint64_t size() const { return size_; }

    /// False when the stretch does not lie inside.
    [[nodiscard]] bool read(std::uint64_t offset, std::span<std::byte> to) const;
    /// Appends the host's addresses of the stretch; false when it does not lie inside.
    [[nodiscard]] bool addresses(std::uint64_t offset, std::uint64_t length,
                                 std::vector<iovec>& to) const;

  private:
    struct Part {
        const vmbus::GuestPages* pages = nullptr;
        std::uint64_t offset = 0;
        std::uint64_t length = 0;
    };
    /// Calls visit(pages, offset in them, length) for the parts of a stretch.
    template <class Visit>
    bool visit(std::uint64_t offset, std::uint64_t length, Visit visit) const;

    std::array<Part, 2> parts_;
    std::size_t count_ = 0;
    std::uint64_t size_ = 0;
};

}  // namespace devices::synthetic
