// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>

/// The bytes of a file in memory, of which only what is not zero takes room. Copies share pages
/// until one is written.
class SparseContent {
  public:
    static constexpr std::size_t kPage = 4096;

    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// What is cut off is gone; what is new is zero.
    void resize(std::uint64_t size);
    /// Bytes beyond the end read as zeroes.
    void read(std::uint64_t offset, std::span<std::byte> data) const;
    /// Grows if it must.
    void write(std::uint64_t offset, std::span<const std::byte> data);
    /// Does not grow.
    void zero(std::uint64_t offset, std::uint64_t length);
    /// Bytes that take room.
    [[nodiscard]] std::uint64_t allocated() const { return pages_.size() * kPage; }
    /// The first page at or behind `offset` that takes room; size() if there is none.
    [[nodiscard]] std::uint64_t nextPage(std::uint64_t offset) const;

  private:
    using Page = std::array<std::byte, kPage>;
    Page& writable(std::uint64_t number);

    std::uint64_t size_ = 0;
    std::map<std::uint64_t, std::shared_ptr<Page>> pages_;
};
