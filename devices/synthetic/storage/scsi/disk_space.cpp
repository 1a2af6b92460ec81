// SPDX-License-Identifier: GPL-3.0-or-later

// The commands of a disk that take several steps: giving room back, patterns, comparing.

#include <algorithm>
#include <cstring>

#include "big_endian.h"
#include "disk_unit.h"

namespace devices::scsi {

// A unit that is taken out has no medium any more; a command under way has.

using devices::storage::DiskOperation;
using devices::storage::DiskOperationAwaiter;
using devices::storage::IoStatus;
using devices::storage::Task;

void DiskUnit::unmap(Command& command) {
    constexpr std::uint8_t kAnchor = 0x01;
    constexpr std::size_t kHeader = 8;
    constexpr std::size_t kDescriptor = 16;
    const auto& block = command.block;
    if ((block[1] & kAnchor) != 0)
        return Command::fail(command, Sense::invalidField(1));
    if (disk().readOnly())
        return Command::fail(command, Sense::writeProtected());
    const std::size_t length = loadBigEndian<std::uint32_t>(block, 7, 2);
    if (length == 0)
        return Command::finish(command);
    std::vector<std::uint8_t> list(length);
    if (length < kHeader || command.take(list) != length)
        return Command::fail(command, Sense::illegalRequest(SenseCode::ParameterListLengthError));
    // Longer than the list, its end does not count.
    const std::size_t described =
        std::min<std::size_t>(loadBigEndian<std::uint16_t>(list, 2), length - kHeader);
    const std::size_t count = described / kDescriptor;
    if (count > kMaximumUnmapRanges)
        return Command::fail(command, Sense::invalidParameter(2));
    std::vector<ByteRange> ranges;
    ranges.reserve(count);
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = kHeader + i * kDescriptor;
        const BlockRange range{loadBigEndian<std::uint64_t>(list, at),
                               loadBigEndian<std::uint32_t>(list, at + 8), 0};
        if (!range.liesIn(blocks()))
            return Command::fail(command, Sense::outOfRange(range.first));
        total += range.count;
        if (total > kMaximumUnmap / blockSize())
            return Command::fail(command,
                                 Sense::invalidParameter(static_cast<std::uint16_t>(at + 8)));
        if (range.count != 0)
            ranges.push_back({range.first * blockSize(), range.count * blockSize()});
    }
    devices::storage::spawn(unmapAll(command, std::move(ranges)));
}

Task<void> DiskUnit::unmapAll(Command& command, std::vector<ByteRange> ranges) {
    auto& medium = command.medium->disk();
    IoStatus status;
    std::uint64_t offset = 0;
    for (const ByteRange& range : ranges) {
        offset = range.offset;
        status = co_await devices::storage::unmapDisk(medium, range.offset, range.length);
        if (!status.ok())
            break;
    }
    finish(command, status, Transfer::ToMedium, offset / medium.logicalSectorSize());
}

void DiskUnit::writeSame(Command& command) {
    constexpr std::uint8_t kProtectionOrAnchor = 0xF0;
    constexpr std::uint8_t kUnmapBit = 0x08;
    constexpr std::uint8_t kOldPatterns = 0x06;
    constexpr std::uint8_t kNoData = 0x01;
    const std::uint8_t flags = command.block[1];
    const bool noData = command.operation() == Operation::WriteSame16 && (flags & kNoData) != 0;
    const bool mayUnmap = (flags & kUnmapBit) != 0;
    const BlockRange range = BlockRange::of(command);
    if ((flags & (kProtectionOrAnchor | kOldPatterns)) != 0 ||
        (mayUnmap && !options_.thinProvisioned))
        return Command::fail(command, Sense::invalidField(1));
    if (!range.liesIn(blocks()))
        return Command::fail(command, Sense::outOfRange(range.first));
    if (disk().readOnly())
        return Command::fail(command, Sense::writeProtected());
    if (range.count == 0 || range.count > kMaximumWriteSame / blockSize())
        return Command::fail(command, Sense::invalidField(range.countByte));
    std::vector<std::uint8_t> pattern(blockSize());
    if (!noData && command.take(pattern) != pattern.size())
        return Command::fail(command, Sense::invalidField(range.countByte));
    devices::storage::spawn(writePattern(command,
                                         {range.first * blockSize(), range.count * blockSize()},
                                         std::move(pattern), mayUnmap));
}

Task<void> DiskUnit::writePattern(Command& command, ByteRange range,
                                  std::vector<std::uint8_t> pattern, bool mayUnmap) {
    auto& medium = command.medium->disk();
    const bool zeroes = std::ranges::all_of(pattern, [](std::uint8_t byte) { return byte == 0; });
    const iovec buffer{pattern.data(), pattern.size()};
    IoStatus status;
    begin(command);
    if (mayUnmap && zeroes) {
        // Not the disk's hint: what is unmapped this way must read as zeroes.
        status =
            co_await devices::storage::zeroDisk(medium, range.offset, range.length, durability());
    } else {
        const auto lock = co_await buffering_.lock();
        status = co_await DiskOperationAwaiter(medium, DiskOperation::WriteSame, range.offset,
                                               range.length, {&buffer, 1}, durability());
    }
    count(command, Counted::Write, range.length, status.ok());
    finish(command, status, Transfer::ToMedium, range.offset / medium.logicalSectorSize());
}

Task<void> DiskUnit::compare(Command& command, ByteRange range, bool withData) {
    constexpr std::size_t kPiece = 64 * 1024;
    auto& medium = command.medium->disk();
    IoStatus status;
    bool same = true;
    std::uint64_t done = 0;
    {
        const auto lock = co_await buffering_.lock();
        std::vector<std::byte> content(
            static_cast<std::size_t>(std::min<std::uint64_t>(range.length, kPiece)));
        command.useFirst(withData ? range.length : 0);
        std::size_t index = 0;
        std::size_t inside = 0;
        while (done < range.length && status.ok() && same) {
            const auto piece = std::span(content).first(static_cast<std::size_t>(
                std::min<std::uint64_t>(range.length - done, content.size())));
            status = co_await devices::storage::readDisk(medium, range.offset + done, piece);
            if (!status.ok())
                break;
            std::size_t compared = withData ? 0 : piece.size();
            while (compared < piece.size()) {
                const iovec& buffer = command.buffers[index];
                const std::size_t length =
                    std::min(buffer.iov_len - inside, piece.size() - compared);
                same = same && std::memcmp(static_cast<const std::byte*>(buffer.iov_base) + inside,
                                           piece.data() + compared, length) == 0;
                compared += length;
                inside += length;
                if (inside == buffer.iov_len) {
                    ++index;
                    inside = 0;
                }
            }
            done += piece.size();
        }
    }
    // The lock has gone before, for finishing may end the unit.
    if (status.ok() && !same)
        Command::fail(command, {SenseKey::Miscompare, SenseCode::MiscompareDuringVerify, {}, {}});
    else
        finish(command, status, Transfer::FromMedium,
               (range.offset + done) / medium.logicalSectorSize());
}

}  // namespace devices::scsi
