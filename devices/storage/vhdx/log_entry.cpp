// SPDX-License-Identifier: GPL-3.0-or-later
#include "log_entry.h"

#include <fmt/core.h>

#include <algorithm>

#include "crc32c.h"

namespace devices::storage::vhdx {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::size_t kDescriptorsAfterHeader =
    (kMetadataSector - sizeof(LogEntryHeaderLayout)) / kDescriptorSize;
constexpr std::size_t kDescriptorsPerSector = kMetadataSector / kDescriptorSize;

/// An entry's sectors in their order, wherever the log's end cuts them.
class EntrySectors {
  public:
    EntrySectors(std::span<const std::byte> log, std::uint32_t offset)
        : log_(log), offset_(offset) {}

    [[nodiscard]] std::span<const std::byte> sector(std::size_t index) const {
        return log_.subspan((offset_ + index * kMetadataSector) % log_.size(), kMetadataSector);
    }
    [[nodiscard]] std::span<const std::byte> descriptor(std::size_t index) const {
        if (index < kDescriptorsAfterHeader)
            return sector(0).subspan(sizeof(LogEntryHeaderLayout) + index * kDescriptorSize,
                                     kDescriptorSize);
        index -= kDescriptorsAfterHeader;
        return sector(1 + index / kDescriptorsPerSector)
            .subspan(index % kDescriptorsPerSector * kDescriptorSize, kDescriptorSize);
    }

  private:
    std::span<const std::byte> log_;
    std::uint64_t offset_;
};

constexpr std::size_t descriptorSectors(std::size_t descriptors) {
    return descriptors <= kDescriptorsAfterHeader
               ? 1
               : 2 + (descriptors - kDescriptorsAfterHeader - 1) / kDescriptorsPerSector;
}

// Number of data sectors if every descriptor and data sector carries the entry's number, as one
// that was written whole does. Sectors of different entries can't be taken for each other, so all
// the checks of a whole log together look at each sector once or twice, whatever is in it.
std::optional<std::size_t> countDataSectors(const EntrySectors& sectors,
                                            const LogEntryHeaderLayout& header) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < header.descriptorCount; ++i) {
        const auto bytes = sectors.descriptor(i);
        const auto kind = load<std::uint32_t>(bytes);
        if (kind == kZeroDescriptorSignature) {
            const auto zero = load<ZeroDescriptorLayout>(bytes);
            if (zero.sequenceNumber != header.sequenceNumber ||
                zero.fileOffset % kMetadataSector != 0 || zero.zeroLength % kMetadataSector != 0)
                return std::nullopt;
        } else if (kind == kDataDescriptorSignature) {
            const auto data = load<DataDescriptorLayout>(bytes);
            if (data.sequenceNumber != header.sequenceNumber ||
                data.fileOffset % kMetadataSector != 0)
                return std::nullopt;
            ++count;
        } else {
            return std::nullopt;
        }
    }
    const std::size_t first = descriptorSectors(header.descriptorCount);
    if ((first + count) * kMetadataSector != header.entryLength)
        return std::nullopt;
    for (std::size_t i = 0; i < count; ++i) {
        const auto bytes = sectors.sector(first + i);
        if (load<std::uint32_t>(bytes) != kDataSectorSignature ||
            load<std::uint32_t>(bytes, offsetof(DataSectorLayout, sequenceHigh)) !=
                static_cast<std::uint32_t>(header.sequenceNumber >> 32) ||
            load<std::uint32_t>(bytes, offsetof(DataSectorLayout, sequenceLow)) !=
                static_cast<std::uint32_t>(header.sequenceNumber))
            return std::nullopt;
    }
    return count;
}

}  // namespace

void writeLogEntry(const LogEntry& entry, const Guid& logGuid,
                   std::span<const SectorUpdate> updates, std::vector<std::byte>& bytes) {
    bytes.assign(logEntryLength(updates.size()), std::byte{0});
    const LogEntryHeaderLayout header{kLogEntrySignature,
                                      0,
                                      static_cast<std::uint32_t>(bytes.size()),
                                      entry.tail,
                                      entry.sequenceNumber,
                                      static_cast<std::uint32_t>(updates.size()),
                                      0,
                                      logGuid,
                                      entry.flushedFileOffset,
                                      entry.lastFileOffset};
    store(header, bytes);
    const std::size_t firstData = descriptorSectors(updates.size()) * kMetadataSector;
    for (std::size_t i = 0; i < updates.size(); ++i) {
        const std::span<const std::byte> content(*updates[i].content);
        const DataDescriptorLayout descriptor{
            kDataDescriptorSignature,
            load<std::uint32_t>(content, offsetof(DataSectorLayout, sequenceLow)),
            load<std::uint64_t>(content), updates[i].fileOffset, entry.sequenceNumber};
        store(descriptor, bytes, sizeof header + i * kDescriptorSize);
        const std::span<std::byte> sector =
            std::span(bytes).subspan(firstData + i * kMetadataSector, kMetadataSector);
        std::ranges::copy(content, sector.begin());
        store(kDataSectorSignature, sector);
        store(static_cast<std::uint32_t>(entry.sequenceNumber >> 32), sector,
              offsetof(DataSectorLayout, sequenceHigh));
        store(static_cast<std::uint32_t>(entry.sequenceNumber), sector,
              offsetof(DataSectorLayout, sequenceLow));
    }
    store(crc32c(bytes), bytes, offsetof(LogEntryHeaderLayout, checksum));
}

std::optional<LogEntry> parseLogEntry(std::span<const std::byte> log, std::uint32_t offset,
                                      const Guid& logGuid) {
    const EntrySectors sectors(log, offset);
    const auto header = load<LogEntryHeaderLayout>(sectors.sector(0));
    if (header.signature != kLogEntrySignature || header.logGuid != logGuid ||
        header.sequenceNumber == 0 || header.entryLength == 0 ||
        header.entryLength % kMetadataSector != 0 || header.entryLength > log.size() ||
        header.tail % kMetadataSector != 0 || header.tail >= log.size() ||
        header.descriptorCount > header.entryLength / kDescriptorSize ||
        descriptorSectors(header.descriptorCount) * kMetadataSector > header.entryLength ||
        !countDataSectors(sectors, header))
        return std::nullopt;
    std::uint32_t checksum =
        crc32cWithoutField(sectors.sector(0), offsetof(LogEntryHeaderLayout, checksum));
    for (std::size_t i = 1; i < header.entryLength / kMetadataSector; ++i)
        checksum = crc32c(sectors.sector(i), checksum);
    if (checksum != header.checksum)
        return std::nullopt;
    return LogEntry{offset,
                    header.entryLength,
                    header.tail,
                    header.sequenceNumber,
                    header.descriptorCount,
                    header.flushedFileOffset,
                    header.lastFileOffset};
}

Result<std::vector<LogEntry>> findActiveSequence(std::span<const std::byte> log,
                                                 const Guid& logGuid) {
    std::vector<LogEntry> active;
    for (std::uint64_t tail = 0; tail < log.size();) {
        std::vector<LogEntry> sequence;
        std::uint64_t covered = 0;
        while (covered < log.size()) {
            const auto entry = parseLogEntry(
                log, static_cast<std::uint32_t>((tail + covered) % log.size()), logGuid);
            if (!entry || entry->length > log.size() - covered ||
                (!sequence.empty() && entry->sequenceNumber != sequence.back().sequenceNumber + 1))
                break;
            covered += entry->length;
            sequence.push_back(*entry);
        }
        if (sequence.empty()) {
            tail += kMetadataSector;
            continue;
        }
        const LogEntry& head = sequence.back();
        const auto first = std::ranges::find(sequence, head.tail, &LogEntry::offset);
        if (first != sequence.end() &&
            (active.empty() || head.sequenceNumber > active.back().sequenceNumber))
            active.assign(first, sequence.end());
        tail += covered;
    }
    if (active.empty())
        return failure(
            "the header says that its log must be replayed, and the log holds no complete entry; "
            "the file is damaged, restore it from a copy");
    return active;
}

Result<void> forEachStep(std::span<const std::byte> log, const LogEntry& entry,
                         const std::function<Result<void>(const ReplayStep&)>& step) {
    const EntrySectors sectors(log, entry.offset);
    std::size_t dataSector = descriptorSectors(entry.descriptorCount);
    ReplayStep next;
    for (std::size_t i = 0; i < entry.descriptorCount; ++i) {
        const auto bytes = sectors.descriptor(i);
        if (load<std::uint32_t>(bytes) == kZeroDescriptorSignature) {
            const auto zero = load<ZeroDescriptorLayout>(bytes);
            next.fileOffset = zero.fileOffset;
            next.zeroLength = zero.zeroLength;
            if (next.zeroLength == 0)
                continue;
        } else {
            const auto data = load<DataDescriptorLayout>(bytes);
            next.fileOffset = data.fileOffset;
            next.zeroLength = 0;
            std::ranges::copy(sectors.sector(dataSector++), next.content.begin());
            store(data.leadingBytes, next.content);
            store(data.trailingBytes, next.content, offsetof(DataSectorLayout, sequenceLow));
        }
        auto done = step(next);
        if (!done)
            return done;
    }
    return {};
}

}  // namespace devices::storage::vhdx
