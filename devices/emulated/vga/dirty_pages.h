// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <cstdint>

namespace devices::vga {

/// Which pages of up to 16 MiB of video memory have been written to.
///
/// Thread safety: one thread at a time; as a value, whole.
class DirtyPages {
  public:
    static constexpr std::uint64_t kPage = 4096;
    static constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 20;

    /// `offset` is below kMostBytes.
    void mark(std::uint64_t offset) { pages_.set(offset / kPage); }
    void markAll() { pages_.set(); }
    [[nodiscard]] bool any() const { return pages_.any(); }
    /// Any of [first, first + bytes); what is behind kMostBytes is not.
    [[nodiscard]] bool any(std::uint64_t first, std::uint64_t bytes) const {
        const std::uint64_t end = std::min(kMostBytes, first + bytes);
        for (std::uint64_t page = first / kPage; page * kPage < end; ++page)
            if (pages_.test(page))
                return true;
        return false;
    }
    DirtyPages& operator|=(const DirtyPages& other) {
        pages_ |= other.pages_;
        return *this;
    }

  private:
    std::bitset<kMostBytes / kPage> pages_;
};

}  // namespace devices::vga
