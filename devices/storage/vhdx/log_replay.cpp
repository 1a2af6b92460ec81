// SPDX-License-Identifier: GPL-3.0-or-later
#include "log_replay.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "file_layout.h"
#include "log_entry.h"
#include "overlay_file.h"
#include "region_table.h"

namespace devices::storage::vhdx {

using hypervisor::failure;
using hypervisor::Result;

namespace {

/// The log's content and what of it is to be replayed.
struct ActiveLog {
    std::vector<std::byte> bytes;
    std::vector<LogEntry> sequence;

    [[nodiscard]] const LogEntry& head() const { return sequence.back(); }
};

Task<Result<ActiveLog>> readActiveLog(StorageFile& file, const Header& header) {
    if (header.logLength > kMaximumReplayedLog)
        co_return std::unexpected(errorAbout(
            file, fmt::format("its log of {} bytes must be replayed, and only logs of up to {} "
                              "bytes are; open and close it once with the program that made it",
                              header.logLength, kMaximumReplayedLog)));
    ActiveLog log;
    log.bytes.resize(header.logLength);
    const IoStatus status = co_await readFile(file, header.logOffset, log.bytes);
    if (!status.ok())
        co_return std::unexpected(errorAbout(file, "can't read the log: " + status.text()));
    auto sequence = findActiveSequence(log.bytes, header.logGuid);
    if (!sequence)
        co_return std::unexpected(errorAbout(file, sequence.error().message));
    log.sequence = std::move(*sequence);
    if (file.size() < log.head().flushedFileOffset)
        co_return std::unexpected(errorAbout(
            file, fmt::format("the file had at least {} bytes when its log was written, and has "
                              "{}: it has been cut off; restore it from a copy",
                              log.head().flushedFileOffset, file.size())));
    if (log.head().lastFileOffset > kMaximumFileSize)
        co_return std::unexpected(errorAbout(
            file, fmt::format("its log wants the file to have {} bytes, more than any VHDX needs",
                              log.head().lastFileOffset)));
    co_return log;
}

// The log must not reach into what it depends on: the identifier, the headers and itself.
Result<void> checkStep(const ReplayStep& step, const Header& header) {
    const Region target{step.fileOffset, step.zeroLength != 0 ? step.zeroLength : kMetadataSector};
    if (target.offset > kMaximumFileSize || target.length > kMaximumFileSize - target.offset ||
        target.offset < kRegionTableOffsets[0] ||
        target.overlaps({header.logOffset, header.logLength}))
        return failure(
            fmt::format("its log wants to write {} bytes at offset {}, where no log may "
                        "write; the file is damaged, restore it from a copy",
                        target.length, target.offset));
    return {};
}

// Collects all steps first, so that a log with a bad one changes nothing.
Result<std::vector<ReplayStep>> stepsOf(const ActiveLog& log, const Header& header) {
    std::vector<ReplayStep> steps;
    for (const LogEntry& entry : log.sequence) {
        const auto done = forEachStep(log.bytes, entry, [&](const ReplayStep& step) {
            auto checked = checkStep(step, header);
            if (checked)
                steps.push_back(step);
            return checked;
        });
        if (!done)
            return std::unexpected(done.error());
    }
    return steps;
}

Task<IoStatus> writeHeaderTo(StorageFile& file, const Header& header, std::size_t index) {
    std::vector<std::byte> bytes(kHeaderSize);
    writeHeader(header, bytes);
    IoStatus status = co_await writeFile(file, kHeaderOffsets[index], bytes);
    if (status.ok())
        status = co_await flushFile(file);
    co_return status;
}

Task<IoStatus> carryOut(StorageFile& file, const std::vector<ReplayStep>& steps,
                        std::uint64_t lastFileOffset) {
    if (file.size() < lastFileOffset) {
        const IoStatus status = co_await resizeFile(file, lastFileOffset);
        if (!status.ok())
            co_return status;
    }
    for (const ReplayStep& step : steps) {
        IoStatus status;
        if (step.zeroLength != 0)
            status = co_await zeroFile(file, step.fileOffset, step.zeroLength);
        else
            status = co_await writeFile(file, step.fileOffset, step.content);
        if (!status.ok())
            co_return status;
    }
    co_return co_await flushFile(file);
}

}  // namespace

Task<Result<void>> replayLog(StorageFile& file, const HeaderPair& headers) {
    const auto log = co_await readActiveLog(file, headers.current);
    if (!log)
        co_return std::unexpected(log.error());
    const auto steps = stepsOf(*log, headers.current);
    if (!steps)
        co_return std::unexpected(errorAbout(file, steps.error().message));

    // A new file write GUID comes before anything else that is written.
    Header header = headers.current;
    header.fileWriteGuid = Guid::random();
    std::size_t index = 1 - headers.currentIndex;
    ++header.sequenceNumber;
    IoStatus status = co_await writeHeaderTo(file, header, index);
    if (status.ok())
        status = co_await carryOut(file, *steps, log->head().lastFileOffset);
    header.logGuid = Guid{};
    for (int copy = 0; copy < 2 && status.ok(); ++copy) {
        ++header.sequenceNumber;
        index = 1 - index;
        status = co_await writeHeaderTo(file, header, index);
    }
    if (!status.ok())
        co_return std::unexpected(errorAbout(file, "can't replay its log: " + status.text()));
    co_return Result<void>{};
}

Task<Result<std::unique_ptr<StorageFile>>> overlayLog(std::unique_ptr<StorageFile> file,
                                                      const HeaderPair& headers) {
    const auto log = co_await readActiveLog(*file, headers.current);
    if (!log)
        co_return std::unexpected(log.error());
    const auto steps = stepsOf(*log, headers.current);
    if (!steps)
        co_return std::unexpected(errorAbout(*file, steps.error().message));
    const std::uint64_t size = std::max(file->size(), log->head().lastFileOffset);
    auto overlay = std::make_unique<OverlayFile>(std::move(file), size);
    for (const ReplayStep& step : *steps) {
        if (step.zeroLength != 0)
            overlay->zero({step.fileOffset, step.zeroLength});
        else
            overlay->write(step.fileOffset, step.content);
    }
    co_return std::unique_ptr<StorageFile>(std::move(overlay));
}

}  // namespace devices::storage::vhdx
