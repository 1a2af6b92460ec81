// SPDX-License-Identifier: GPL-3.0-or-later
#include "header.h"

#include <fmt/core.h>

#include <algorithm>

#include "crc32c.h"

namespace devices::storage::vhdx {

using hypervisor::failure;
using hypervisor::Result;

namespace {

struct Candidate {
    HeaderLayout layout;
    std::optional<std::string> fault;
};

Candidate examine(std::span<const std::byte> bytes) {
    Candidate candidate{load<HeaderLayout>(bytes), std::nullopt};
    if (candidate.layout.signature != kHeaderSignature)
        candidate.fault = "its signature is not \"head\"";
    else if (candidate.layout.checksum !=
             crc32cWithoutField(bytes.first(kHeaderSize), offsetof(HeaderLayout, checksum)))
        candidate.fault = "its checksum does not match its content";
    return candidate;
}

}  // namespace

Result<void> checkFileIdentifier(std::span<const std::byte> bytes) {
    if (bytes.size() < sizeof(std::uint64_t) || load<std::uint64_t>(bytes) != kFileSignature)
        return failure("it does not begin with \"vhdxfile\", so it is no VHDX file");
    return {};
}

void writeFileIdentifier(std::span<std::byte> bytes, std::string_view creator) {
    FileIdentifierLayout layout{};
    layout.signature = kFileSignature;
    const std::size_t length = std::min(creator.size(), std::size(layout.creator) - 1);
    std::copy_n(creator.begin(), length, layout.creator);
    store(layout, bytes);
}

Result<HeaderPair> parseHeaders(std::span<const std::byte> first,
                                std::span<const std::byte> second) {
    const std::array<Candidate, 2> candidates{examine(first), examine(second)};
    if (candidates[0].fault && candidates[1].fault)
        return failure(fmt::format(
            "both headers are damaged (at offset {}: {}; at offset {}: {}); restore the file from "
            "a copy",
            kHeaderOffsets[0], *candidates[0].fault, kHeaderOffsets[1], *candidates[1].fault));

    HeaderPair pair;
    pair.faults = {candidates[0].fault, candidates[1].fault};
    pair.currentIndex = candidates[0].fault ? 1 : 0;
    if (!candidates[0].fault && !candidates[1].fault) {
        const HeaderLayout& a = candidates[0].layout;
        const HeaderLayout& b = candidates[1].layout;
        // A file fresh from some writers has two headers that are the same in everything.
        if (a.sequenceNumber == b.sequenceNumber && !std::ranges::equal(first, second))
            return failure(fmt::format(
                "both headers have the sequence number {} and differ, so neither is current; "
                "restore the file from a copy",
                a.sequenceNumber));
        pair.currentIndex = b.sequenceNumber > a.sequenceNumber ? 1 : 0;
    }

    const HeaderLayout& layout = candidates[pair.currentIndex].layout;
    const std::uint64_t at = kHeaderOffsets[pair.currentIndex];
    if (layout.version != kVersion)
        return failure(
            fmt::format("the header at offset {} has version {}, and only version {} is known", at,
                        layout.version, kVersion));
    if (layout.logVersion != kLogVersion && !layout.logGuid.isZero())
        return failure(
            fmt::format("the log to be replayed has version {}, and only version {} is known",
                        layout.logVersion, kLogVersion));
    if (layout.logLength == 0 || layout.logLength % kAlignment != 0)
        return failure(fmt::format(
            "the header at offset {} gives the log's length as {}, which is no multiple of 1 MiB",
            at, layout.logLength));
    if (layout.logOffset < kHeaderSectionSize || layout.logOffset % kAlignment != 0 ||
        layout.logOffset > UINT64_MAX - layout.logLength)
        return failure(fmt::format("the header at offset {} puts the log at {}, where it can't be",
                                   at, layout.logOffset));
    pair.current = {layout.sequenceNumber, layout.fileWriteGuid, layout.dataWriteGuid,
                    layout.logGuid,        layout.logOffset,     layout.logLength};
    return pair;
}

void writeHeader(const Header& header, std::span<std::byte> bytes) {
    bytes = bytes.first(kHeaderSize);
    std::ranges::fill(bytes, std::byte{0});
    const HeaderLayout layout{kHeaderSignature,      0,
                              header.sequenceNumber, header.fileWriteGuid,
                              header.dataWriteGuid,  header.logGuid,
                              kLogVersion,           kVersion,
                              header.logLength,      header.logOffset};
    store(layout, bytes);
    store(crc32c(bytes), bytes, offsetof(HeaderLayout, checksum));
}

}  // namespace devices::storage::vhdx
