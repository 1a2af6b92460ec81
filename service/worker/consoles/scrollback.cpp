// SPDX-License-Identifier: GPL-3.0-or-later
#include "scrollback.h"

#include <algorithm>
#include <cstring>

namespace service {

std::uint64_t Scrollback::firstLine() const {
    const std::uint64_t oldest = begin();
    if (oldest == 0)
        return 0;
    // The ring is full: from the oldest byte to its end, then from its start.
    const auto first = static_cast<std::size_t>(oldest % kSize);
    if (const void* const found = std::memchr(bytes_.get() + first, '\n', kSize - first))
        return oldest +
               static_cast<std::uint64_t>(static_cast<const std::uint8_t*>(found) - bytes_.get()) -
               first + 1;
    if (const void* const found = std::memchr(bytes_.get(), '\n', first))
        return oldest + (kSize - first) +
               static_cast<std::uint64_t>(static_cast<const std::uint8_t*>(found) - bytes_.get()) +
               1;
    return oldest;
}

std::size_t Scrollback::copy(std::uint64_t place, std::span<std::uint8_t> to) const {
    const std::size_t size =
        std::min(to.size(), static_cast<std::size_t>(end_ - std::min(place, end_)));
    const auto first = static_cast<std::size_t>(place % kSize);
    const std::size_t untilWrap = std::min(size, kSize - first);
    std::memcpy(to.data(), bytes_.get() + first, untilWrap);
    std::memcpy(to.data() + untilWrap, bytes_.get(), size - untilWrap);
    return size;
}

}  // namespace service
