// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "devices/storage/io_status.h"
#include "devices/storage/storage_file.h"
#include "devices/storage/task.h"
#include "devices/storage/wait_queue.h"
#include "file_space.h"
#include "header.h"
#include "log_entry.h"

namespace devices::storage::vhdx {

/// What else must be durable before a metadata change may be.
enum class ChangeOrder : std::uint8_t {
    /// Nothing: what the change refers to reads as zeroes until it is written.
    Free,
    /// All file writes completed before the change was made.
    AfterData,
};

/// Whether someone who reads the disk can see a difference.
enum class Visibility : std::uint8_t { FileOnly, Disk };

/// All writing of metadata: the sectors of BAT, bitmaps, region tables and metadata items in
/// memory, and the write-ahead log through which their changes reach the file.
///
/// A change is made in memory and noted with changed(). commit() makes all changes so far durable
/// in one log entry, so a power cut leaves all or none of those made without an await between
/// them. The sectors themselves are written together with the next entry, which keeps their own in
/// the log's active sequence until then. One thread, that of the file's engine.
class Journal {
  public:
    Journal(StorageFile& file, const HeaderPair& headers, FileSpace& space);

    /// The sector at `fileOffset` if it is in memory; valid until the next await.
    [[nodiscard]] MetadataSector* find(std::uint64_t fileOffset) {
        const auto found = sectors_.find(fileOffset);
        return found == sectors_.end() ? nullptr : &found->second->content;
    }
    /// Reads the sector into memory if it is not there.
    Task<IoStatus> load(std::uint64_t fileOffset);
    /// A sector that is known without reading.
    void insert(std::uint64_t fileOffset, std::span<const std::byte> content);
    /// Sectors in `region` are no metadata any more, or not yet.
    void forget(const Region& region);

    /// The sector, which is in memory, is different now; begin() has been called and room is there.
    void changed(std::uint64_t fileOffset, ChangeOrder order);
    /// Changes `bytes` of metadata, wherever sectors end; they must be in memory.
    void write(std::uint64_t fileOffset, std::span<const std::byte> bytes, ChangeOrder order);

    /// Before the first change of all (FileOnly) or the first that a reader sees (Disk): gives the
    /// file new GUIDs and begins a log.
    Task<IoStatus> begin(Visibility visibility);
    [[nodiscard]] bool begun(Visibility visibility) const {
        return visibility == Visibility::Disk ? dataGuidChanged_ && logActive_ : logActive_;
    }
    /// What begin() shall use as data write GUID, in place of a random one.
    void planDataWriteGuid(const Guid& guid) { plannedDataGuid_ = guid; }
    [[nodiscard]] const Header& header() const { return header_; }

    /// As many sectors as one step between awaits may change.
    static constexpr std::size_t kMaximumStep = 40;
    /// Too many changes wait for a further step: commit() first.
    [[nodiscard]] bool full() const {
        // What is being written comes back if that fails.
        return dirty_.size() + inRound_ + kMaximumStep > kMaximumBatch;
    }
    /// Nothing waits to be durable, and no commit is under way.
    [[nodiscard]] bool clean() const { return dirty_.empty() && !running_; }

    /// All changes so far, and all file writes completed so far, are durable.
    Task<IoStatus> commit();
    /// Everything is where it belongs and the log is empty. Nothing else may be in flight.
    Task<IoStatus> quiesce();

  private:
    struct Sector {
        MetadataSector content;
        bool dirty = false;
        // Batches that have it and are not yet where they belong: the file's copy is not to be
        // read.
        unsigned held = 0;
    };
    struct Logged {
        std::uint64_t fileOffset;
        std::unique_ptr<MetadataSector> content;
    };

    /// Two entries are live at a time and a third is being written.
    static constexpr std::size_t kMaximumBatch = 78;
    /// Clean sectors beyond this are dropped: 32 MiB.
    static constexpr std::size_t kMaximumSectors = 8192;

    Task<IoStatus> runRound();
    Task<IoStatus> writeRound(const std::vector<Logged>& batch, ChangeOrder order);
    Task<IoStatus> apply();
    Task<IoStatus> flush();
    Task<IoStatus> writeHeaders(const Guid& logGuid);
    Task<IoStatus> writeOneHeader(const Guid& logGuid);
    Task<IoStatus> writeEntry(const LogEntry& entry, std::span<const SectorUpdate> updates);
    void unhold(std::vector<Logged>& batch);
    void dropClean();
    [[nodiscard]] std::uint64_t flushedFileOffset() const;

    StorageFile& file_;
    FileSpace& space_;
    Header header_;
    std::size_t headerIndex_;

    std::unordered_map<std::uint64_t, std::unique_ptr<Sector>> sectors_;
    std::vector<std::uint64_t> dirty_;
    ChangeOrder order_ = ChangeOrder::Free;
    AsyncMutex loading_;

    AsyncMutex beginning_;
    bool logActive_ = false;
    bool fileGuidChanged_ = false;
    bool dataGuidChanged_ = false;
    Guid plannedDataGuid_;

    // Offsets in the log.
    std::uint32_t head_ = 0;
    std::uint32_t tail_ = 0;
    std::uint64_t sequenceNumber_ = 0;
    std::vector<Logged> unapplied_;
    std::vector<std::byte> entryBytes_;
    // The file has been known to survive at this size.
    std::uint64_t durableSize_ = 0;

    bool running_ = false;
    std::size_t inRound_ = 0;
    std::uint64_t startedRounds_ = 0;
    std::uint64_t finishedRounds_ = 0;
    IoStatus roundStatus_;
    WaitQueue roundEnded_;
    // A flush has failed: what is durable is not known any more, and nothing may be promised.
    IoStatus broken_;
};

}  // namespace devices::storage::vhdx
