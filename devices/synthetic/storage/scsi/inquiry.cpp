// SPDX-License-Identifier: GPL-3.0-or-later
#include "inquiry.h"

#include <algorithm>

#include "big_endian.h"

namespace devices::scsi {

namespace {

constexpr std::size_t kStandardSize = 74;
// Linux allows more to disks of Hyper-V's vendor name: WRITE SAME, vital product data.
constexpr std::string_view kVendor = "Msft    ";
constexpr std::string_view kRevision = "1.0 ";
// Of Hyper-V's NAA names.
constexpr std::uint64_t kOrganisation = 0x002248;

void put(std::span<std::uint8_t> field, std::string_view text) {
    std::ranges::fill(field, static_cast<std::uint8_t>(' '));
    std::copy_n(text.begin(), std::min(text.size(), field.size()), field.begin());
}

std::string hexadecimal(std::span<const std::uint8_t> bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 0xF];
    }
    return text;
}

std::vector<std::uint8_t> identificationPage(const UnitIdentity& identity) {
    constexpr std::size_t kDesignator = 4;
    constexpr std::size_t kNameSize = 16;
    const std::string text = std::string(kVendor) + hexadecimal(identity.identifier);
    auto bytes =
        vitalPage(identity.type, kIdentificationPage, 2 * kDesignator + kNameSize + text.size());
    const std::span page(bytes);
    // Binary, of the logical unit, NAA: type 6, the organisation, and what fits of the identifier.
    auto designator = page.subspan(kVitalHeader);
    designator[0] = 0x01;
    designator[1] = 0x03;
    designator[3] = kNameSize;
    const auto& identifier = identity.identifier;
    storeBigEndian(designator, kDesignator,
                   std::uint64_t{6} << 60 | kOrganisation << 36 |
                       (loadBigEndian<std::uint64_t>(identifier, 0) & 0xF'FFFF'FFFF));
    storeBigEndian(designator, kDesignator + 8, loadBigEndian<std::uint64_t>(identifier, 8));
    // ASCII, of the logical unit, by the vendor.
    designator = designator.subspan(kDesignator + kNameSize);
    designator[0] = 0x02;
    designator[1] = 0x01;
    designator[3] = static_cast<std::uint8_t>(text.size());
    put(designator.subspan(kDesignator), text);
    return bytes;
}

}  // namespace

std::vector<std::uint8_t> standardInquiry(const UnitIdentity& identity) {
    std::vector<std::uint8_t> data(kStandardSize);
    const std::span bytes(data);
    bytes[0] = static_cast<std::uint8_t>(identity.type);
    bytes[1] = identity.removable ? 0x80 : 0;
    bytes[2] = 6;     // SPC-4
    bytes[3] = 0x02;  // the response data format
    bytes[4] = kStandardSize - 5;
    bytes[7] = 0x02;  // tagged commands
    put(bytes.subspan(8, 8), kVendor);
    put(bytes.subspan(16, 16), identity.product);
    put(bytes.subspan(32, 4), kRevision);
    // Versions: SAM-5, SPC-4, and SBC-3 or MMC-6.
    storeBigEndian(bytes, 58, std::uint16_t{0x00A0});
    storeBigEndian(bytes, 60, std::uint16_t{0x0460});
    storeBigEndian(
        bytes, 62,
        identity.type == DeviceType::Dvd ? std::uint16_t{0x04E0} : std::uint16_t{0x04C0});
    return data;
}

std::vector<std::uint8_t> absentInquiry() {
    constexpr std::size_t kSize = 36;
    std::vector<std::uint8_t> bytes(kSize);
    bytes[0] = 0x60 | static_cast<std::uint8_t>(DeviceType::Unknown);
    bytes[4] = kSize - 5;
    return bytes;
}

std::vector<std::uint8_t> vitalPage(DeviceType type, std::uint8_t page, std::size_t size) {
    std::vector<std::uint8_t> bytes(kVitalHeader + size);
    bytes[0] = static_cast<std::uint8_t>(type);
    bytes[1] = page;
    storeBigEndian(bytes, 2, static_cast<std::uint16_t>(size));
    return bytes;
}

std::optional<std::vector<std::uint8_t>> commonVitalPage(const UnitIdentity& identity,
                                                         std::uint8_t page,
                                                         std::span<const std::uint8_t> others) {
    switch (page) {
        case kSupportedPagesPage: {
            auto bytes = vitalPage(identity.type, page, 3 + others.size());
            bytes[kVitalHeader] = kSupportedPagesPage;
            bytes[kVitalHeader + 1] = kSerialNumberPage;
            bytes[kVitalHeader + 2] = kIdentificationPage;
            std::ranges::copy(others, bytes.begin() + kVitalHeader + 3);
            return bytes;
        }
        case kSerialNumberPage: {
            const std::string text = hexadecimal(identity.identifier);
            auto bytes = vitalPage(identity.type, page, text.size());
            put(std::span(bytes).subspan(kVitalHeader), text);
            return bytes;
        }
        case kIdentificationPage:
            return identificationPage(identity);
        default:
            return std::nullopt;
    }
}

}  // namespace devices::scsi
