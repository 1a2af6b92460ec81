// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "hypervisor/error.h"
#include "layout.h"

namespace devices::storage::vhdx {

/// What a header says ([MS-VHDX] 2.2.2).
struct Header {
    std::uint64_t sequenceNumber = 0;
    Guid fileWriteGuid;
    Guid dataWriteGuid;
    /// Zero: the log is empty.
    Guid logGuid;
    std::uint64_t logOffset = 0;
    std::uint32_t logLength = 0;
};

/// Both headers of a file as read, and which one counts.
struct HeaderPair {
    Header current;
    /// Index of the current header in kHeaderOffsets.
    std::size_t currentIndex = 0;
    /// Why a header is not valid; a file with one bad header opens, a check reports it.
    std::array<std::optional<std::string>, 2> faults;
};

[[nodiscard]] hypervisor::Result<void> checkFileIdentifier(std::span<const std::byte> bytes);

/// `creator` is cut to what fits; ASCII.
void writeFileIdentifier(std::span<std::byte> bytes, std::string_view creator);

/// Two spans of kHeaderSize bytes. Fails if neither header is valid, or the current one is of an
/// unknown version or describes an impossible log.
[[nodiscard]] hypervisor::Result<HeaderPair> parseHeaders(std::span<const std::byte> first,
                                                          std::span<const std::byte> second);

/// `bytes`: kHeaderSize.
void writeHeader(const Header& header, std::span<std::byte> bytes);

}  // namespace devices::storage::vhdx
