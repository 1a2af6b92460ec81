// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace service {

/// The last bytes that a guest wrote to a serial port. Places are counted from the first byte ever,
/// so that a reader who has fallen behind sees by how much.
///
/// No locks: its user's.
class Scrollback {
  public:
    static constexpr std::size_t kSize = 256 << 10;

    Scrollback() : bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(kSize)) {}

    void append(std::uint8_t byte) { bytes_[static_cast<std::size_t>(end_++ % kSize)] = byte; }

    /// Behind the newest byte.
    [[nodiscard]] std::uint64_t end() const { return end_; }
    /// The oldest byte that is kept.
    [[nodiscard]] std::uint64_t begin() const { return end_ > kSize ? end_ - kSize : 0; }
    /// Where a reader begins: the oldest line that is whole, or begin() if no line ends at all.
    [[nodiscard]] std::uint64_t firstLine() const;

    /// Copies from `place`, which is kept, as much as there is and fits; gives the size.
    [[nodiscard]] std::size_t copy(std::uint64_t place, std::span<std::uint8_t> to) const;

  private:
    // Memory that was never written to is not taken from the host.
    std::unique_ptr<std::uint8_t[]> bytes_;
    std::uint64_t end_ = 0;
};

}  // namespace service
