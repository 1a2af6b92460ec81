// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bat_scan.h"
#include "block_table.h"
#include "devices/storage/image.h"
#include "file_layout.h"
#include "file_space.h"
#include "journal.h"

namespace devices::storage::vhdx {

/// What a parent locator says, for whoever looks for the parent.
[[nodiscard]] ParentReference referenceOf(const ParentLocator& locator);

/// An open VHDX of any kind ([MS-VHDX]).
///
/// A request on blocks that are in the file goes straight to it: one look into the BAT, one
/// submission, no allocation. All others are coroutines. What is written to a new block is reached
/// through a BAT entry in memory at once; the entry becomes durable with the next flush, so a
/// power cut before leaves the block as it was.
///
/// Nothing that the BAT in the file may still name is given to another block: freed stretches wait
/// until their freeing is durable and the requests that could know their old owner have ended.
class VhdxImage final : public DiskImage {
  public:
    /// Replays the log, if there is something in it: in the file, or in memory if that is opened
    /// for reading.
    static Task<hypervisor::Result<std::unique_ptr<DiskImage>>> open(
        std::unique_ptr<StorageFile> file, const ImageOpenOptions& options);

    [[nodiscard]] IoEngine& engine() const override { return file_->engine(); }
    [[nodiscard]] std::uint64_t size() const override { return parameters_.size; }
    [[nodiscard]] std::uint32_t logicalSectorSize() const override {
        return parameters_.logicalSectorSize;
    }
    [[nodiscard]] std::uint32_t physicalSectorSize() const override {
        return parameters_.physicalSectorSize;
    }
    [[nodiscard]] bool readOnly() const override { return file_->readOnly(); }

    [[nodiscard]] ImageDescription describe() const override;
    [[nodiscard]] StorageFile& file() const override { return *file_; }
    [[nodiscard]] DiskImage* parent() const override { return parent_.get(); }
    Task<hypervisor::Result<Extent>> extentAt(std::uint64_t offset, std::uint64_t limit) override;
    Task<hypervisor::Result<void>> resize(std::uint64_t size, Job& job) override;
    Task<hypervisor::Result<void>> compact(Job& job) override;
    Task<hypervisor::Result<void>> reconnect(const DiskImage& parent,
                                             std::vector<ParentPath> paths) override;
    Task<hypervisor::Result<void>> close() override;

    [[nodiscard]] const Guid& dataWriteGuid() const { return journal_.header().dataWriteGuid; }

    /// The parent's next data write GUID is chosen now and noted beside the one it has
    /// ([MS-VHDX] 2.6.2.6.3).
    Task<hypervisor::Result<void>> expectParentWrite() override;
    /// The first write to this disk gives it that data write GUID.
    void planDataWriteGuid(const Guid& guid) { journal_.planDataWriteGuid(guid); }

  protected:
    void start(DiskRequest& request) override;

  private:
    /// A part of a request that lies in one block.
    struct Part {
        std::uint64_t block = 0;
        std::uint64_t offsetInBlock = 0;
        std::uint64_t length = 0;
        /// From the begin of the request.
        std::uint64_t offsetInRequest = 0;
        /// All of the block that belongs to the disk.
        bool whole = false;
    };
    enum class Presence : std::uint8_t { None, All, Mixed, NotLoaded };

    VhdxImage(std::unique_ptr<StorageFile> file, FileLayout layout, BatScan scan);

    // Fast path.
    [[nodiscard]] std::optional<std::uint64_t> directOffset(const DiskRequest& request);
    void forward(DiskRequest& request, std::uint64_t fileOffset);
    template <unsigned kEpoch>
    static void forwarded(FileRequest& request, IoStatus status);

    // The rest, as coroutines.
    Task<void> serve(DiskRequest& request);
    Task<IoStatus> perform(const DiskRequest& request);
    Task<IoStatus> performPart(const DiskRequest& request, Part part);
    [[nodiscard]] Part partAt(std::uint64_t offset, std::uint64_t length,
                              std::uint64_t offsetInRequest) const;
    // They keep their part: several of one request run together.
    Task<IoStatus> readPart(const DiskRequest& request, Part part);
    Task<IoStatus> readPartial(const DiskRequest& request, Part part);
    Task<IoStatus> readParent(const DiskRequest& request, Part part);
    Task<IoStatus> writePart(const DiskRequest& request, Part part);
    Task<IoStatus> zeroPart(const DiskRequest& request, Part part);
    Task<IoStatus> unmapPart(Part part);
    Task<IoStatus> allocateBlock(std::uint64_t block);
    Task<IoStatus> freeBlock(const Part& part, BlockState state);
    Task<IoStatus> markPresent(const Part& part);
    Task<IoStatus> commit();
    Task<void> reclaim();

    // The BAT.
    [[nodiscard]] std::uint64_t sectorOfEntry(std::uint64_t index) const {
        return bat_.offset + index * kBatEntrySize / kMetadataSector * kMetadataSector;
    }
    /// Nothing if its sector is not in memory.
    [[nodiscard]] std::optional<BatEntry> findEntry(std::uint64_t index);
    Task<std::expected<BatEntry, IoStatus>> entry(std::uint64_t index);
    /// Its sector is in memory, and the journal has room.
    void setEntry(std::uint64_t index, BatEntry entry, ChangeOrder order);
    [[nodiscard]] bool isSound(BatEntry entry, std::uint64_t length) const;
    Task<IoStatus> makeRoom();
    /// The sector of metadata is in memory and the journal has room for a step, both at once: until
    /// the next await.
    Task<IoStatus> readyToChange(std::uint64_t fileOffset);

    // Sector bitmaps.
    [[nodiscard]] std::uint64_t diskOffset(const Part& part) const {
        return part.block * table_.blockSize() + part.offsetInBlock;
    }
    /// How many of the `count` sectors from `bit` on are like the first one, of which `present`
    /// tells; within one sector of the bitmap, which is in memory.
    struct Run {
        std::uint64_t count = 0;
        bool present = false;
    };
    [[nodiscard]] static Run runAt(const MetadataSector& bitmap, std::uint64_t bit,
                                   std::uint64_t count);
    Task<std::expected<Run, IoStatus>> presentRun(const Part& part, std::uint64_t sector);
    [[nodiscard]] Presence presence(std::uint64_t bitmapOffset, std::uint64_t bit,
                                    std::uint64_t count);
    Task<IoStatus> setBits(std::uint64_t bitmapOffset, std::uint64_t bit, std::uint64_t count,
                           bool present, ChangeOrder order);

    // Space.
    Task<IoStatus> growFile(std::uint64_t end);
    Task<std::expected<std::uint64_t, IoStatus>> takeSpace(std::uint64_t length,
                                                           ChangeOrder& order);

    // Operations.
    Task<hypervisor::Result<void>> growTable(std::uint64_t size);
    Task<IoStatus> appendFixedBlocks(const BlockTable& newTable, Job& job);
    Task<IoStatus> loadRange(const Region& region);
    Task<IoStatus> clearEntries(std::uint64_t firstBlock, const BlockTable& newTable);
    Task<hypervisor::Result<void>> writeLocator(const ParentLocator& locator);
    Task<IoStatus> trimFile();
    Task<IoStatus> dropZeroBlocks(Job& job, std::uint64_t total);
    Task<IoStatus> moveBlocksDown(Job& job, std::uint64_t total);
    [[nodiscard]] hypervisor::Error failed(const std::string& what, IoStatus status) const;

    std::unique_ptr<StorageFile> file_;
    std::unique_ptr<DiskImage> parent_;
    DiskParameters parameters_;
    BlockTable table_;
    Region bat_;
    Region metadata_;
    std::vector<MetadataItem> items_;
    std::string creator_;
    std::vector<std::string> remarks_;
    std::uint64_t presentBlocks_ = 0;

    FileSpace space_;
    Journal journal_;
    // One block at a time gets its place.
    AsyncMutex allocating_;
    // Requests in flight that began in this and in the other epoch; reclaim() ends an epoch.
    std::array<std::uint32_t, 2> inFlight_{};
    unsigned epoch_ = 0;
    // Freed durably; free as soon as the other epoch's requests have ended.
    std::vector<Region> draining_;
};

}  // namespace devices::storage::vhdx
