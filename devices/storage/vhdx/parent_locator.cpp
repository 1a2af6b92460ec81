// SPDX-License-Identifier: GPL-3.0-or-later
#include "parent_locator.h"

#include <fmt/core.h>

#include "devices/storage/utf16.h"
#include "layout.h"

namespace devices::storage::vhdx {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::string_view kLinkageKey = "parent_linkage";
constexpr std::string_view kLinkage2Key = "parent_linkage2";
constexpr std::string_view kRelativePathKey = "relative_path";
constexpr std::string_view kVolumePathKey = "volume_path";
constexpr std::string_view kAbsolutePathKey = "absolute_win32_path";

std::optional<std::string> textAt(std::span<const std::byte> bytes, std::uint32_t offset,
                                  std::uint16_t length) {
    if (offset == 0 || length == 0 || length % 2 != 0 || offset > bytes.size() ||
        length > bytes.size() - offset)
        return std::nullopt;
    std::u16string text(length / 2, u'\0');
    std::memcpy(text.data(), bytes.data() + offset, length);
    if (text.find(u'\0') != std::u16string::npos)
        return std::nullopt;
    return utf8FromUtf16(text);
}

Result<Guid> guidOf(std::string_view key, const std::string& text) {
    const auto guid = Guid::fromText(text);
    if (!guid)
        return failure(fmt::format("the parent locator's {} is no GUID", key));
    return *guid;
}

}  // namespace

Result<ParentLocator> parseParentLocator(std::span<const std::byte> bytes) {
    if (bytes.size() < sizeof(ParentLocatorHeaderLayout))
        return failure(fmt::format("the parent locator has only {} bytes", bytes.size()));
    const auto header = load<ParentLocatorHeaderLayout>(bytes);
    if (header.type != kVhdxParentLocator)
        return failure(
            fmt::format("its parent is of a type ({}) that is not known; only VHDX files are",
                        header.type.text()));
    if (header.keyValueCount > (bytes.size() - sizeof header) / sizeof(ParentLocatorEntryLayout))
        return failure(fmt::format("the parent locator has {} entries in {} bytes",
                                   header.keyValueCount, bytes.size()));
    std::map<std::string, std::string> values;
    for (std::size_t i = 0; i < header.keyValueCount; ++i) {
        const auto entry = load<ParentLocatorEntryLayout>(
            bytes, sizeof header + i * sizeof(ParentLocatorEntryLayout));
        auto key = textAt(bytes, entry.keyOffset, entry.keyLength);
        auto value = textAt(bytes, entry.valueOffset, entry.valueLength);
        if (!key || !value)
            return failure(fmt::format("entry {} of the parent locator is damaged", i));
        if (!values.emplace(std::move(*key), std::move(*value)).second)
            return failure(fmt::format("entry {} of the parent locator has a key twice", i));
    }

    const auto take = [&values](std::string_view key) {
        auto node = values.extract(std::string(key));
        return node ? std::optional(std::move(node.mapped())) : std::nullopt;
    };
    ParentLocator locator;
    const auto linkage = take(kLinkageKey);
    if (!linkage)
        return failure("the parent locator has no parent_linkage");
    const auto guid = guidOf(kLinkageKey, *linkage);
    if (!guid)
        return std::unexpected(guid.error());
    locator.linkage = *guid;
    if (const auto linkage2 = take(kLinkage2Key)) {
        const auto guid2 = guidOf(kLinkage2Key, *linkage2);
        if (!guid2)
            return std::unexpected(guid2.error());
        locator.linkage2 = *guid2;
    }
    locator.relativePath = take(kRelativePathKey).value_or("");
    locator.volumePath = take(kVolumePathKey).value_or("");
    locator.absolutePath = take(kAbsolutePathKey).value_or("");
    locator.otherKeys = std::move(values);
    if (locator.relativePath.empty() && locator.volumePath.empty() && locator.absolutePath.empty())
        return failure("the parent locator has no path to the parent");
    return locator;
}

Result<std::vector<std::byte>> writeParentLocator(const ParentLocator& locator) {
    std::map<std::string, std::string> values = locator.otherKeys;
    values.insert_or_assign(std::string(kLinkageKey), locator.linkage.text());
    if (locator.linkage2)
        values.insert_or_assign(std::string(kLinkage2Key), locator.linkage2->text());
    const auto addPath = [&values](std::string_view key, const std::string& path) {
        if (!path.empty())
            values.insert_or_assign(std::string(key), path);
    };
    addPath(kRelativePathKey, locator.relativePath);
    addPath(kVolumePathKey, locator.volumePath);
    addPath(kAbsolutePathKey, locator.absolutePath);

    const std::size_t tableEnd =
        sizeof(ParentLocatorHeaderLayout) + values.size() * sizeof(ParentLocatorEntryLayout);
    std::vector<std::byte> bytes(tableEnd);
    store(
        ParentLocatorHeaderLayout{kVhdxParentLocator, 0, static_cast<std::uint16_t>(values.size())},
        bytes);
    std::size_t entryAt = sizeof(ParentLocatorHeaderLayout);
    for (const auto& [key, value] : values) {
        ParentLocatorEntryLayout entry{};
        const auto append = [&bytes](const std::string& text, std::uint32_t& offset,
                                     std::uint16_t& length) {
            const auto wide = utf16FromUtf8(text);
            if (!wide || wide->empty() || wide->size() > UINT16_MAX / 2)
                return false;
            offset = static_cast<std::uint32_t>(bytes.size());
            length = static_cast<std::uint16_t>(wide->size() * 2);
            const auto raw = std::as_bytes(std::span(*wide));
            bytes.insert(bytes.end(), raw.begin(), raw.end());
            return true;
        };
        if (!append(key, entry.keyOffset, entry.keyLength) ||
            !append(value, entry.valueOffset, entry.valueLength))
            return failure(fmt::format(
                "Can't record \"{}\" as {} of the parent: it must be UTF-8 of at most {} "
                "characters; rename the file or its folder",
                value, key, UINT16_MAX / 2));
        store(entry, bytes, entryAt);
        entryAt += sizeof entry;
    }
    return bytes;
}

}  // namespace devices::storage::vhdx
