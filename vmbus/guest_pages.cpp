// SPDX-License-Identifier: GPL-3.0-or-later
#include "guest_pages.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

namespace vmbus {

using hypervisor::kPageSize;

namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;
// Frames above have no address at all.
constexpr std::uint64_t kLastFrame = ~std::uint64_t{0} / kPageSize;

std::byte* pageOf(const hypervisor::GuestMemory& memory, std::uint64_t frame) {
    return frame <= kLastFrame ? memory.at(frame * kPageSize, kPageSize) : nullptr;
}

}  // namespace

hypervisor::Result<GuestPages> GuestPages::create(const hypervisor::GuestMemory& memory,
                                                  std::span<const GuestRange> ranges) {
    GuestPages pages(memory);
    for (const GuestRange& range : ranges) {
        if (range.byteOffset >= kPageSize)
            return hypervisor::failure(
                fmt::format("the guest describes memory from byte {} of a page on: a page has {}",
                            range.byteOffset, kPageSize));
        const std::uint64_t count = GuestRange::pageCount(range.byteCount, range.byteOffset);
        if (range.frames.size() != count)
            return hypervisor::failure(
                fmt::format("the guest describes {} bytes from byte {} of a page on by {} pages "
                            "instead of {}",
                            range.byteCount, range.byteOffset, range.frames.size(), count));
        if (range.byteCount > kMostBytes - pages.size_)
            return hypervisor::failure("the guest describes more than 4 GiB of memory at once");
        pages.wholePages_ &= range.byteOffset == 0 && range.byteCount % kPageSize == 0;

        std::uint64_t left = range.byteCount;
        std::uint64_t begin = range.byteOffset;
        for (const std::uint64_t frame : range.frames) {
            std::byte* const host = pageOf(memory, frame);
            if (host == nullptr)
                return hypervisor::failure(
                    fmt::format("the guest describes page {:#x} as memory: it is not RAM", frame));
            const std::uint64_t length = std::min(left, kPageSize - begin);
            // A range of no bytes still names a page when it has an offset.
            if (length != 0)
                pages.pieces_.push_back({.offset = pages.size_,
                                         .length = static_cast<std::uint32_t>(length),
                                         .runEnd = 0,
                                         .host = host + begin,
                                         .gpa = frame * kPageSize + begin});
            pages.size_ += length;
            left -= length;
            begin = 0;
        }
    }
    pages.joinNeighbours();
    return pages;
}

void GuestPages::joinNeighbours() {
    for (std::size_t i = pieces_.size(); i-- > 0;) {
        Piece& piece = pieces_[i];
        piece.runEnd = static_cast<std::uint32_t>(i + 1);
        if (i + 1 == pieces_.size())
            continue;
        const Piece& next = pieces_[i + 1];
        // RAM that follows in the guest's address space does so in ours, but not the reverse.
        if (piece.gpa + piece.length == next.gpa)
            piece.runEnd = next.runEnd;
    }
}

template <class Visit>
bool GuestPages::visit(std::uint64_t offset, std::uint64_t length, Visit visit) const {
    if (offset > size_ || length > size_ - offset)
        return false;
    if (length == 0)
        return true;
    const auto first = wholePages_
                           ? pieces_.begin() + static_cast<std::ptrdiff_t>(offset / kPageSize)
                           : std::ranges::upper_bound(pieces_, offset, {}, &Piece::offset) - 1;
    auto index = static_cast<std::size_t>(first - pieces_.begin());
    std::uint64_t inside = offset - first->offset;
    while (length != 0) {
        const Piece& piece = pieces_[index];
        const Piece& last = pieces_[piece.runEnd - 1];
        const std::uint64_t run =
            std::min(length, last.offset + last.length - piece.offset - inside);
        visit(piece.host + inside, piece.gpa + inside, run);
        length -= run;
        index = piece.runEnd;
        inside = 0;
    }
    return true;
}

bool GuestPages::read(std::uint64_t offset, std::span<std::byte> to) const {
    std::byte* next = to.data();
    return visit(offset, to.size(),
                 [&](const std::byte* host, hypervisor::Gpa, std::uint64_t length) {
                     std::memcpy(next, host, length);
                     next += length;
                 });
}

bool GuestPages::write(std::uint64_t offset, std::span<const std::byte> from) const {
    const std::byte* next = from.data();
    return visit(offset, from.size(),
                 [&](std::byte* host, hypervisor::Gpa gpa, std::uint64_t length) {
                     std::memcpy(host, next, length);
                     memory_->written(gpa, length);
                     next += length;
                 });
}

bool GuestPages::addresses(std::uint64_t offset, std::uint64_t length,
                           std::vector<iovec>& to) const {
    const std::size_t before = to.size();
    return visit(offset, length, [&](std::byte* host, hypervisor::Gpa, std::uint64_t run) {
        if (to.size() != before &&
            static_cast<std::byte*>(to.back().iov_base) + to.back().iov_len == host)
            to.back().iov_len += run;
        else
            to.push_back({host, run});
    });
}

void GuestPages::written(std::uint64_t offset, std::uint64_t length) const {
    if (offset >= size_)
        return;
    static_cast<void>(visit(
        offset, std::min(length, size_ - offset),
        [&](std::byte*, hypervisor::Gpa gpa, std::uint64_t run) { memory_->written(gpa, run); }));
}

}  // namespace vmbus
