// SPDX-License-Identifier: GPL-3.0-or-later
#include "ring_memory.h"

#include <fmt/core.h>

#include <vector>

namespace vmbus {

using hypervisor::kPageSize;

namespace {

constexpr std::size_t kFewestPages = 2;
constexpr std::size_t kMostPages = (std::size_t{64} << 20) / kPageSize;

}  // namespace

hypervisor::Result<RingMemory> RingMemory::create(std::shared_ptr<const GuestPages> pages,
                                                  std::size_t first, std::size_t count) {
    if (count < kFewestPages || count > kMostPages)
        return hypervisor::failure(
            fmt::format("the guest gives a ring {} pages instead of {} to {}", count, kFewestPages,
                        kMostPages));
    if (!pages->isWholePages())
        return hypervisor::failure("the guest gives a ring parts of pages");
    if (first > pages->pageCount() || count > pages->pageCount() - first)
        return hypervisor::failure(fmt::format("the guest gives a ring pages {} to {} of {}", first,
                                               first + std::uint64_t{count} - 1,
                                               pages->pageCount()));
    const std::uint64_t size = (count - 1) * kPageSize;
    std::vector<iovec> data;
    if (!pages->addresses((std::uint64_t{first} + 1) * kPageSize, size, data))
        return hypervisor::failure("the guest gives a ring pages that are not there");
    RingMemory memory(std::move(pages), first, static_cast<std::uint32_t>(size));
    if (data.size() == 1)
        memory.data_ = static_cast<std::byte*>(data.front().iov_base);
    return memory;
}

void RingMemory::written(std::uint32_t offset, std::uint32_t length) const {
    const std::uint64_t begin = (std::uint64_t{first_} + 1) * kPageSize;
    const std::uint32_t straight = std::min(length, size_ - offset);
    pages_->written(begin + offset, straight);
    if (straight != length)
        pages_->written(begin, length - straight);
}

}  // namespace vmbus
