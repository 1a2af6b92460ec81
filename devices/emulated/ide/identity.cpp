// SPDX-License-Identifier: GPL-3.0-or-later
#include "identity.h"

#include <string>

namespace devices::ide {

Identity::Identity(std::string_view model, std::span<const std::uint8_t, 16> identifier) {
    constexpr std::size_t kSerialBytes = 10;
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string serial;
    for (const std::uint8_t byte : identifier.first<kSerialBytes>()) {
        serial += kDigits[byte >> 4];
        serial += kDigits[byte & 0x0F];
    }
    setText(10, 10, serial);
    setText(23, 4, "1.0");
    setText(27, 20, model);
    set(53, 0x0007);  // words 54 to 58, 64 to 70 and 88 mean something
    set(64, 0x0003);  // PIO modes 3 and 4, in 120 ns as multiword DMA mode 2
    for (const std::size_t word : {65U, 66U, 67U, 68U})
        set(word, 120);
    set(80, 0x01F0);  // ATA/ATAPI-4 to ATA8-ACS
    set(93, 0x4001);  // a cable of 40 wires
}

void Identity::setText(std::size_t word, std::size_t words, std::string_view text) {
    const auto at = [text](std::size_t i) {
        return static_cast<std::uint8_t>(i < text.size() ? text[i] : ' ');
    };
    // The first character of each two is in the upper byte.
    for (std::size_t i = 0; i < words; ++i)
        set(word + i, at(2 * i) << 8 | at(2 * i + 1));
}

void Identity::store(std::span<std::uint8_t, kBytes> bytes) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
        bytes[2 * i] = static_cast<std::uint8_t>(words_[i]);
        bytes[2 * i + 1] = static_cast<std::uint8_t>(words_[i] >> 8);
    }
    constexpr std::uint8_t kSignature = 0xA5;
    bytes[kBytes - 2] = kSignature;
    std::uint8_t sum = 0;
    for (const std::uint8_t byte : bytes.first<kBytes - 1>())
        sum = static_cast<std::uint8_t>(sum + byte);
    bytes[kBytes - 1] = static_cast<std::uint8_t>(-sum);
}

}  // namespace devices::ide
