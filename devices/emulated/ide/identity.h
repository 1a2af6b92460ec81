// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace devices::ide {

/// The 256 words that a drive tells of itself (IDENTIFY DEVICE, IDENTIFY PACKET DEVICE), as they
/// are put together. ATA8-ACS, 7.16 and 7.17.
class Identity {
  public:
    static constexpr std::size_t kBytes = 512;

    /// Model and serial number of `identifier`, and what both kinds of drives have in common.
    Identity(std::string_view model, std::span<const std::uint8_t, 16> identifier);

    void set(std::size_t word, std::uint64_t value) {
        words_.at(word) = static_cast<std::uint16_t>(value);
    }
    /// The lowest word first.
    void set32(std::size_t word, std::uint64_t value) {
        set(word, value);
        set(word + 1, value >> 16);
    }
    void set64(std::size_t word, std::uint64_t value) {
        set32(word, value);
        set32(word + 2, value >> 32);
    }
    /// Puts them into `bytes`, with the checksum.
    void store(std::span<std::uint8_t, kBytes> bytes) const;

  private:
    void setText(std::size_t word, std::size_t words, std::string_view text);

    std::array<std::uint16_t, kBytes / 2> words_{};
};

}  // namespace devices::ide
