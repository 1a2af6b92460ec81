// SPDX-License-Identifier: GPL-3.0-or-later
#include "rom_content.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ethernet_checksum.h"
#include "phy.h"

namespace devices::tulip {

namespace {

// Offsets in bytes.
constexpr std::size_t kSubsystemVendorAt = 0;
constexpr std::size_t kSubsystemAt = 2;
constexpr std::size_t kIdentityChecksumAt = 16;
constexpr std::size_t kFormatAt = 18;
constexpr std::size_t kControllersAt = 19;
constexpr std::size_t kAddressAt = 20;
constexpr std::size_t kLeafOffsetAt = 27;
constexpr std::size_t kLeafAt = 30;
constexpr std::size_t kChecksumAt = 126;

constexpr std::uint8_t kFormat = 4;
constexpr std::uint16_t kAutomatic = 0x0800;
constexpr std::uint8_t kAllPinsInputs = 0;
constexpr std::uint8_t kExtended = 0x80;
constexpr std::uint8_t kPhyBlock = 1;
constexpr std::uint8_t kPhyBlockLength = 12;

class Image {
  public:
    void byte(std::size_t at, std::uint8_t value) { bytes_.at(at) = std::byte{value}; }
    void word(std::size_t at, std::uint16_t value) {
        byte(at, static_cast<std::uint8_t>(value));
        byte(at + 1, static_cast<std::uint8_t>(value >> 8));
    }
    /// Puts them one behind the other.
    void append(std::uint8_t value) { byte(end_++, value); }
    void appendWord(std::uint16_t value) {
        word(end_, value);
        end_ += 2;
    }
    void seek(std::size_t at) { end_ = at; }

    [[nodiscard]] std::span<const std::byte> first(std::size_t count) const {
        return std::span(bytes_).first(count);
    }
    [[nodiscard]] RomContent words() const {
        RomContent words{};
        for (std::size_t i = 0; i < words.size(); ++i)
            words[i] =
                static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes_[i * 2]) |
                                           std::to_integer<unsigned>(bytes_[i * 2 + 1]) << 8);
        return words;
    }

  private:
    std::array<std::byte, std::size_t{kRomWords} * 2> bytes_{};
    std::size_t end_ = 0;
};

/// Over what the chip itself loads after power-on: CRC-8 of x^8 + x^2 + x + 1, of words from their
/// upper bits on, up to where it is itself.
std::uint8_t identityChecksum(const RomContent& words) {
    constexpr std::size_t kBits = kIdentityChecksumAt * 8 + 8;
    constexpr unsigned kPolynomial = 0x07;
    unsigned checksum = 0xFF;
    for (std::size_t i = 0; i < kBits; ++i) {
        const unsigned bit = words[i / 16] >> (15 - i % 16) & 1;
        const bool differs = (checksum >> 7 & 1) != bit;
        checksum = (checksum << 1 & 0xFF) ^ (differs ? kPolynomial : 0);
    }
    return static_cast<std::uint8_t>(checksum);
}

}  // namespace

RomContent romContent(const MacAddress& address, std::uint16_t subsystemVendor) {
    Image image;
    image.word(kSubsystemVendorAt, subsystemVendor);
    image.word(kSubsystemAt, kSubsystem);
    image.byte(kFormatAt, kFormat);
    image.byte(kControllersAt, 1);
    for (std::size_t i = 0; i < address.size(); ++i)
        image.byte(kAddressAt + i, std::to_integer<std::uint8_t>(address[i]));
    image.word(kLeafOffsetAt, kLeafAt);

    image.seek(kLeafAt);
    image.appendWord(kAutomatic);
    image.append(kAllPinsInputs);
    image.append(1);  // block of a medium
    image.append(kExtended | kPhyBlockLength);
    image.append(kPhyBlock);
    image.append(0);  // the first PHY that there is
    image.append(0);  // steps to select it
    image.append(0);  // steps to reset it
    image.appendWord(Phy::kAbilities);
    image.appendWord(Phy::kAdvertised);
    image.appendWord(Phy::kFullDuplexAbilities);
    image.appendWord(Phy::kSlowAbilities);

    image.byte(kIdentityChecksumAt, identityChecksum(image.words()));
    image.word(kChecksumAt,
               static_cast<std::uint16_t>(~ethernetRemainder(image.first(kChecksumAt))));
    return image.words();
}

}  // namespace devices::tulip
