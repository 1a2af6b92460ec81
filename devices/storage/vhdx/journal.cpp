// SPDX-License-Identifier: GPL-3.0-or-later
#include "journal.h"

#include <algorithm>
#include <iterator>

#include "devices/storage/parallel_writes.h"

namespace devices::storage::vhdx {

Journal::Journal(StorageFile& file, const HeaderPair& headers, FileSpace& space)
    : file_(file), space_(space), header_(headers.current), headerIndex_(headers.currentIndex) {}

Task<IoStatus> Journal::load(std::uint64_t fileOffset) {
    if (find(fileOffset) != nullptr)
        co_return IoStatus{};
    // With one reader at a time, what is read can't be older than what is in memory meanwhile.
    const auto lock = co_await loading_.lock();
    if (find(fileOffset) != nullptr)
        co_return IoStatus{};
    auto sector = std::make_unique<Sector>();
    const IoStatus status = co_await readFile(file_, fileOffset, sector->content);
    if (!status.ok())
        co_return status;
    if (sectors_.size() >= kMaximumSectors)
        dropClean();
    sectors_.emplace(fileOffset, std::move(sector));
    co_return IoStatus{};
}

void Journal::insert(std::uint64_t fileOffset, std::span<const std::byte> content) {
    if (sectors_.size() >= kMaximumSectors)
        return;
    auto sector = std::make_unique<Sector>();
    std::ranges::copy(content.first(kMetadataSector), sector->content.begin());
    sectors_.emplace(fileOffset, std::move(sector));
}

void Journal::forget(const Region& region) {
    std::erase_if(sectors_, [&](const auto& item) {
        return item.first >= region.offset && item.first < region.end() && !item.second->dirty &&
               item.second->held == 0;
    });
}

void Journal::dropClean() {
    // Any will do: what is needed again soon is read again.
    std::size_t excess = kMaximumSectors / 8;
    for (auto it = sectors_.begin(); it != sectors_.end() && excess != 0;) {
        if (it->second->dirty || it->second->held != 0) {
            ++it;
        } else {
            it = sectors_.erase(it);
            --excess;
        }
    }
}

void Journal::changed(std::uint64_t fileOffset, ChangeOrder order) {
    Sector& sector = *sectors_.at(fileOffset);
    if (!std::exchange(sector.dirty, true))
        dirty_.push_back(fileOffset);
    if (order == ChangeOrder::AfterData)
        order_ = order;
}

void Journal::write(std::uint64_t fileOffset, std::span<const std::byte> bytes, ChangeOrder order) {
    while (!bytes.empty()) {
        const std::uint64_t begin = fileOffset / kMetadataSector * kMetadataSector;
        const std::size_t within = static_cast<std::size_t>(fileOffset - begin);
        const std::size_t count = std::min(bytes.size(), kMetadataSector - within);
        std::ranges::copy(bytes.first(count), sectors_.at(begin)->content.begin() +
                                                  static_cast<std::ptrdiff_t>(within));
        changed(begin, order);
        bytes = bytes.subspan(count);
        fileOffset += count;
    }
}

std::uint64_t Journal::flushedFileOffset() const {
    return std::min(durableSize_, space_.end()) / kAlignment * kAlignment;
}

Task<IoStatus> Journal::flush() {
    if (!broken_.ok())
        co_return broken_;
    const std::uint64_t size = file_.size();
    const IoStatus status = co_await flushFile(file_);
    if (status.ok())
        durableSize_ = std::min(size, file_.size());
    else
        broken_ = status;
    co_return status;
}

Task<IoStatus> Journal::writeOneHeader(const Guid& logGuid) {
    header_.logGuid = logGuid;
    ++header_.sequenceNumber;
    const std::size_t index = 1 - headerIndex_;
    std::vector<std::byte> bytes(kHeaderSize);
    writeHeader(header_, bytes);
    const IoStatus status = co_await writeFile(file_, kHeaderOffsets[index], bytes);
    if (status.ok())
        headerIndex_ = index;
    co_return status;
}

Task<IoStatus> Journal::writeHeaders(const Guid& logGuid) {
    IoStatus status = co_await writeOneHeader(logGuid);
    if (status.ok())
        status = co_await flush();
    // So that one damaged header costs nothing. Until the next flush the first one stands alone.
    if (status.ok())
        status = co_await writeOneHeader(logGuid);
    co_return status;
}

Task<IoStatus> Journal::writeEntry(const LogEntry& entry, std::span<const SectorUpdate> updates) {
    writeLogEntry(entry, header_.logGuid, updates, entryBytes_);
    const std::span<const std::byte> bytes(entryBytes_);
    const std::size_t untilEnd =
        std::min<std::size_t>(bytes.size(), header_.logLength - entry.offset);
    IoStatus status =
        co_await writeFile(file_, header_.logOffset + entry.offset, bytes.first(untilEnd));
    if (status.ok() && untilEnd < bytes.size())
        status = co_await writeFile(file_, header_.logOffset, bytes.subspan(untilEnd));
    co_return status;
}

Task<IoStatus> Journal::begin(Visibility visibility) {
    const auto lock = co_await beginning_.lock();
    if (begun(visibility))
        co_return broken_;
    if (!broken_.ok())
        co_return broken_;
    Guid logGuid = header_.logGuid;
    if (!logActive_) {
        // A header that names a log without a valid entry is a damaged file, so the first entry is
        // there before the header; with the old header, the log is empty whatever is in it.
        logGuid = Guid::random();
        const Guid before = std::exchange(header_.logGuid, logGuid);
        const LogEntry entry{0, logEntryLength(0), 0, 1, 0, flushedFileOffset(), space_.end()};
        IoStatus status = co_await writeEntry(entry, {});
        header_.logGuid = before;
        if (status.ok())
            status = co_await flush();
        if (!status.ok())
            co_return status;
        head_ = entry.length;
        tail_ = head_;
        sequenceNumber_ = entry.sequenceNumber;
    }
    if (!std::exchange(fileGuidChanged_, true))
        header_.fileWriteGuid = Guid::random();
    const Guid dataGuid = header_.dataWriteGuid;
    if (visibility == Visibility::Disk && !dataGuidChanged_)
        header_.dataWriteGuid = plannedDataGuid_.isZero() ? Guid::random() : plannedDataGuid_;
    const IoStatus status = co_await writeHeaders(logGuid);
    if (!status.ok()) {
        header_.dataWriteGuid = dataGuid;
        co_return status;
    }
    logActive_ = true;
    dataGuidChanged_ = dataGuidChanged_ || visibility == Visibility::Disk;
    co_return IoStatus{};
}

Task<IoStatus> Journal::apply() {
    ParallelWrites writes(file_);
    for (const Logged& logged : unapplied_)
        writes.add(logged.fileOffset, *logged.content);
    co_return co_await writes.done();
}

Task<IoStatus> Journal::writeRound(const std::vector<Logged>& batch, ChangeOrder order) {
    if (batch.empty())
        co_return co_await flush();
    IoStatus status = co_await apply();
    if (status.ok() && order == ChangeOrder::AfterData) {
        status = co_await flush();
        if (status.ok()) {
            unhold(unapplied_);
            tail_ = head_;
        }
    }
    if (!status.ok())
        co_return status;

    std::vector<SectorUpdate> updates;
    updates.reserve(batch.size());
    for (const Logged& logged : batch)
        updates.push_back({logged.fileOffset, logged.content.get()});
    const LogEntry entry{head_,
                         logEntryLength(updates.size()),
                         tail_,
                         sequenceNumber_ + 1,
                         static_cast<std::uint32_t>(updates.size()),
                         flushedFileOffset(),
                         space_.end()};
    status = co_await writeEntry(entry, updates);
    if (status.ok())
        status = co_await flush();
    if (!status.ok())
        co_return status;
    // The flush covered the sectors of the entry before as well: this one is all that is needed.
    unhold(unapplied_);
    tail_ = entry.offset;
    head_ = (entry.offset + entry.length) % header_.logLength;
    sequenceNumber_ = entry.sequenceNumber;
    co_return IoStatus{};
}

void Journal::unhold(std::vector<Logged>& batch) {
    for (const Logged& logged : batch)
        --sectors_.at(logged.fileOffset)->held;
    batch.clear();
}

Task<IoStatus> Journal::runRound() {
    running_ = true;
    ++startedRounds_;
    std::vector<Logged> batch;
    for (const std::uint64_t offset : dirty_) {
        Sector& sector = *sectors_.at(offset);
        sector.dirty = false;
        ++sector.held;
        batch.push_back({offset, std::make_unique<MetadataSector>(sector.content)});
    }
    dirty_.clear();
    inRound_ = batch.size();
    const ChangeOrder order = std::exchange(order_, ChangeOrder::Free);
    space_.logBegins();
    roundStatus_ = co_await writeRound(batch, order);
    space_.logEnds(roundStatus_.ok());
    if (roundStatus_.ok()) {
        if (!batch.empty())
            unapplied_ = std::move(batch);
    } else {
        for (const Logged& logged : batch)
            changed(logged.fileOffset, order);
        unhold(batch);
    }
    running_ = false;
    inRound_ = 0;
    ++finishedRounds_;
    const IoStatus status = roundStatus_;
    roundEnded_.wakeAll();
    co_return status;
}

Task<IoStatus> Journal::commit() {
    const std::uint64_t wanted = startedRounds_ + 1;
    while (finishedRounds_ < wanted) {
        if (!running_)
            co_return co_await runRound();
        co_await roundEnded_.wait();
    }
    co_return roundStatus_;
}

Task<IoStatus> Journal::quiesce() {
    if (!logActive_)
        co_return co_await flush();
    IoStatus status = co_await commit();
    if (status.ok())
        status = co_await apply();
    if (status.ok())
        status = co_await flush();
    if (!status.ok())
        co_return status;
    unhold(unapplied_);
    status = co_await writeHeaders(Guid{});
    if (status.ok())
        status = co_await flush();
    if (status.ok())
        logActive_ = false;
    co_return status;
}

}  // namespace devices::storage::vhdx
