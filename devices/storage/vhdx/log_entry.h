// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "hypervisor/error.h"
#include "layout.h"

namespace devices::storage::vhdx {

using MetadataSector = std::array<std::byte, kMetadataSector>;

/// One sector as it shall be in the file.
struct SectorUpdate {
    std::uint64_t fileOffset = 0;
    const MetadataSector* content = nullptr;
};

/// What stands in an entry's header besides its updates ([MS-VHDX] 2.3.1.1).
struct LogEntry {
    /// Of the entry's begin, from the log's begin.
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
    std::uint32_t tail = 0;
    std::uint64_t sequenceNumber = 0;
    std::uint32_t descriptorCount = 0;
    std::uint64_t flushedFileOffset = 0;
    std::uint64_t lastFileOffset = 0;
};

/// Length of an entry with that many data descriptors.
[[nodiscard]] constexpr std::uint32_t logEntryLength(std::size_t updates) {
    const std::size_t descriptorBytes = sizeof(LogEntryHeaderLayout) + updates * kDescriptorSize;
    return static_cast<std::uint32_t>(
        ((descriptorBytes + kMetadataSector - 1) / kMetadataSector + updates) * kMetadataSector);
}

/// The entry's bytes in `bytes`, which is resized to its length.
void writeLogEntry(const LogEntry& entry, const Guid& logGuid,
                   std::span<const SectorUpdate> updates, std::vector<std::byte>& bytes);

/// The valid entry that begins at `offset` of a whole log, if there is one. Entries may wrap.
[[nodiscard]] std::optional<LogEntry> parseLogEntry(std::span<const std::byte> log,
                                                    std::uint32_t offset, const Guid& logGuid);

/// The newest complete sequence, tail first ([MS-VHDX] 2.3.3). Fails if there is none. `log` is
/// the whole log region, and `logGuid` the current header's.
[[nodiscard]] hypervisor::Result<std::vector<LogEntry>> findActiveSequence(
    std::span<const std::byte> log, const Guid& logGuid);

/// What a replay does, in order.
struct ReplayStep {
    std::uint64_t fileOffset = 0;
    /// Bytes to become zero; 0: `content` is written instead.
    std::uint64_t zeroLength = 0;
    MetadataSector content;
};

/// Calls `step` for each descriptor of an entry that parseLogEntry() found in `log`, until one
/// fails.
[[nodiscard]] hypervisor::Result<void> forEachStep(
    std::span<const std::byte> log, const LogEntry& entry,
    const std::function<hypervisor::Result<void>(const ReplayStep&)>& step);

}  // namespace devices::storage::vhdx
