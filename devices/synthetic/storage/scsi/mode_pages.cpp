// SPDX-License-Identifier: GPL-3.0-or-later
#include "mode_pages.h"

#include <algorithm>
#include <limits>

#include "big_endian.h"

namespace devices::scsi {

std::vector<std::uint8_t> modePage(std::uint8_t page, std::size_t size) {
    constexpr std::size_t kHeader = 2;
    std::vector<std::uint8_t> bytes(kHeader + size);
    bytes[0] = page;
    bytes[1] = static_cast<std::uint8_t>(size);
    return bytes;
}

ModeQuery ModeQuery::of(const Command& command) {
    const auto& block = command.block;
    ModeQuery query;
    query.shortForm = command.operation() == Operation::ModeSense6;
    query.blockDescriptors = (block[1] & 0x08) == 0;
    query.control = static_cast<Control>(block[2] >> 6);
    query.page = block[2] & 0x3F;
    query.subpage = block[3];
    query.allocated = query.shortForm ? block[4] : loadBigEndian<std::uint64_t>(block, 7, 2);
    return query;
}

std::vector<std::uint8_t> modeParameters(const ModeQuery& query, std::uint8_t deviceParameter,
                                         const std::optional<BlockDescriptor>& descriptor,
                                         std::span<const std::uint8_t> pages) {
    constexpr std::uint8_t kDescriptorSize = 8;
    const std::size_t header = query.shortForm ? 4 : 8;
    const bool described = descriptor && query.blockDescriptors;
    std::vector<std::uint8_t> bytes(header + (described ? kDescriptorSize : 0));
    if (described) {
        const auto at = std::span(bytes).subspan(header);
        storeBigEndian(at, 0,
                       static_cast<std::uint32_t>(std::min<std::uint64_t>(
                           descriptor->blocks, std::numeric_limits<std::uint32_t>::max())));
        storeBigEndian(at, 5, descriptor->blockSize, 3);
    }
    bytes.insert(bytes.end(), pages.begin(), pages.end());
    if (query.shortForm) {
        bytes[0] = static_cast<std::uint8_t>(bytes.size() - 1);
        bytes[2] = deviceParameter;
        bytes[3] = described ? kDescriptorSize : 0;
    } else {
        storeBigEndian(bytes, 0, static_cast<std::uint16_t>(bytes.size() - 2));
        bytes[3] = deviceParameter;
        bytes[7] = described ? kDescriptorSize : 0;
    }
    return bytes;
}

std::expected<std::vector<SelectedPage>, Sense> selectedPages(Command& command) {
    const bool shortForm = command.operation() == Operation::ModeSelect6;
    const auto& block = command.block;
    constexpr std::uint8_t kPageFormat = 0x10;
    constexpr std::uint8_t kSavePages = 0x01;
    if ((block[1] & kPageFormat) == 0 || (block[1] & kSavePages) != 0)
        return std::unexpected(Sense::invalidField(1));
    const std::size_t length = shortForm ? block[4] : loadBigEndian<std::uint32_t>(block, 7, 2);
    std::vector<SelectedPage> pages;
    if (length == 0)
        return pages;
    std::vector<std::uint8_t> list(length);
    const std::size_t header = shortForm ? 4 : 8;
    const auto lengthError =
        std::unexpected(Sense::illegalRequest(SenseCode::ParameterListLengthError));
    if (command.take(list) != length || length < header)
        return lengthError;
    std::size_t at = header + (shortForm ? list[3] : loadBigEndian<std::uint32_t>(list, 6, 2));
    while (at < length) {
        if (length - at < 2)
            return lengthError;
        constexpr std::uint8_t kSubpageFormat = 0x40;
        if ((list[at] & kSubpageFormat) != 0)
            return std::unexpected(Sense::invalidParameter(static_cast<std::uint16_t>(at)));
        const std::size_t size = std::size_t{2} + list[at + 1];
        if (length - at < size)
            return lengthError;
        const auto begin = list.begin() + static_cast<std::ptrdiff_t>(at);
        pages.push_back(
            {static_cast<std::uint16_t>(at), {begin, begin + static_cast<std::ptrdiff_t>(size)}});
        at += size;
    }
    return pages;
}

}  // namespace devices::scsi
