// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/guest_memory.h"

namespace vmbus {

/// A stretch of guest memory that is described page by page, as GPADLs and the ranges of
/// GPA-direct packets are: `byteCount` bytes from `byteOffset` of the first page on.
struct GuestRange {
    std::uint32_t byteCount = 0;
    /// Below the page size.
    std::uint32_t byteOffset = 0;
    /// Guest page frame numbers, exactly as many as the bytes touch.
    std::vector<std::uint64_t> frames;

    /// How many pages `byteCount` bytes from `byteOffset` on touch; can't wrap.
    [[nodiscard]] static constexpr std::uint64_t pageCount(std::uint32_t byteCount,
                                                           std::uint32_t byteOffset) {
        return (std::uint64_t{byteOffset} + byteCount + hypervisor::kPageSize - 1) /
               hypervisor::kPageSize;
    }
};

/// Guest ranges whose every page has been found in RAM, seen as one run of bytes: the ranges one
/// behind the other. The guest may change the content at any time: whoever decides on it copies
/// it first.
///
/// Thread safety: as GuestMemory's; nothing of it changes after create(). Must not outlive the
/// memory.
class GuestPages {
  public:
    /// Fails when a range's frames don't fit its bytes, when a page is not RAM, or when they are
    /// more than 4 GiB in all.
    [[nodiscard]] static hypervisor::Result<GuestPages> create(
        const hypervisor::GuestMemory& memory, std::span<const GuestRange> ranges);

    [[nodiscard]] std::uint64_t size() const { return size_; }

    /// Copy `to.size()` or `from.size()` bytes from or to `offset` on; false, with nothing copied,
    /// when they don't all lie inside.
    [[nodiscard]] bool read(std::uint64_t offset, std::span<std::byte> to) const;
    [[nodiscard]] bool write(std::uint64_t offset, std::span<const std::byte> from) const;

    /// Host addresses of [offset, offset + length) for readv(2) and writev(2), neighbours joined;
    /// appended to `to`. False, with nothing appended, when they don't all lie inside. Whoever lets
    /// the host write there calls written() for what was.
    [[nodiscard]] bool addresses(std::uint64_t offset, std::uint64_t length,
                                 std::vector<iovec>& to) const;
    /// Decoded code in [offset, offset + length), clipped to what is inside, is stale.
    void written(std::uint64_t offset, std::uint64_t length) const;

    /// Every range begins and ends at a page's bounds, as those of rings do.
    [[nodiscard]] bool isWholePages() const { return wholePages_; }
    [[nodiscard]] std::size_t pageCount() const { return pieces_.size(); }
    /// The host address of what lies in the page number `index` of the run.
    [[nodiscard]] std::byte* page(std::size_t index) const { return pieces_[index].host; }
    [[nodiscard]] const hypervisor::GuestMemory& memory() const { return *memory_; }

  private:
    /// What lies in one guest page.
    struct Piece {
        std::uint64_t offset;  // in the run
        std::uint32_t length;
        /// Index behind the last of the pieces that follow this one without a gap, in the guest's
        /// address space and so in ours.
        std::uint32_t runEnd;
        std::byte* host;
        hypervisor::Gpa gpa;
    };
    explicit GuestPages(const hypervisor::GuestMemory& memory) : memory_(&memory) {}
    void joinNeighbours();
    /// Calls visit(host, gpa, length) for the stretch in order, neighbours joined. False, without
    /// a call, when it does not all lie inside.
    template <class Visit>
    bool visit(std::uint64_t offset, std::uint64_t length, Visit visit) const;

    const hypervisor::GuestMemory* memory_;
    std::vector<Piece> pieces_;
    std::uint64_t size_ = 0;
    bool wholePages_ = true;
};

}  // namespace vmbus
