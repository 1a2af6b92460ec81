// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "block_bitmaps.h"
#include "devices/storage/wait_queue.h"
#include "fixed_image.h"
#include "vhd_layout.h"

namespace devices::storage::vhd {

/// A dynamic or differencing VHD.
///
/// The format has no log, so the order of writes keeps it whole: data goes to its place at once,
/// also in blocks that no table entry leads to yet; only a flush, when the data is stable, writes
/// the bitmaps and the table entries that make it reachable. A power cut thus loses at most what
/// no flush covered, and leaves at most a file whose tail and last footer are missing: the next
/// opening for writing cuts off the one and restores the other from its copy.
class DynamicImage final : public DiskImage, public VhdImage {
  public:
    static Task<hypervisor::Result<std::unique_ptr<DiskImage>>> open(
        std::unique_ptr<StorageFile> file, const ImageOpenOptions& options);

    [[nodiscard]] IoEngine& engine() const override { return file_->engine(); }
    [[nodiscard]] std::uint64_t size() const override { return layout_.footers.footer.currentSize; }
    [[nodiscard]] std::uint32_t logicalSectorSize() const override { return kSector; }
    [[nodiscard]] std::uint32_t physicalSectorSize() const override { return kSector; }
    [[nodiscard]] bool readOnly() const override { return file_->readOnly(); }
    [[nodiscard]] ParentStamp stamp() const override {
        return {layout_.footers.footer.identifier, layout_.footers.footer.timestamp};
    }
    [[nodiscard]] ImageDescription describe() const override;
    [[nodiscard]] StorageFile& file() const override { return *file_; }
    [[nodiscard]] DiskImage* parent() const override { return parent_.get(); }
    Task<hypervisor::Result<Extent>> extentAt(std::uint64_t offset, std::uint64_t limit) override;
    Task<hypervisor::Result<void>> resize(std::uint64_t size, Job& job) override;
    Task<hypervisor::Result<void>> compact(Job& job) override;
    Task<hypervisor::Result<void>> reconnect(const DiskImage& parent,
                                             std::vector<ParentPath> paths) override;
    /// The parent's timestamp does not count until the next reconnect().
    Task<hypervisor::Result<void>> expectParentWrite() override;
    Task<hypervisor::Result<void>> close() override;

  protected:
    void start(DiskRequest& request) override;

  private:
    /// A part of a request that lies in one block.
    struct Piece {
        std::uint32_t block;
        std::uint32_t offset;
        std::uint32_t length;
        // Where it begins in the request.
        std::uint64_t at;
    };
    /// What one flush makes reachable.
    struct Snapshot {
        struct Bitmap {
            std::uint32_t block;
            bool fresh;
            std::vector<std::byte> bytes;
        };
        std::vector<Bitmap> bitmaps;
        bool renewed = false;
        Footer footer;
        std::uint64_t end = 0;
    };

    DynamicImage(std::unique_ptr<StorageFile> opened, DynamicLayout layout)
        : file_(std::move(opened)),
          layout_(std::move(layout)),
          full_(layout_.table.size()),
          written_(layout_.table) {}

    [[nodiscard]] bool differencing() const {
        return layout_.footers.footer.type == DiskType::Differencing;
    }
    [[nodiscard]] std::uint32_t blockSize() const { return layout_.header.blockSize; }
    [[nodiscard]] std::uint64_t slotOffset(std::uint32_t block) const {
        return std::uint64_t{layout_.table[block]} * kSector;
    }
    [[nodiscard]] std::uint64_t dataOffset(const Piece& piece) const {
        return slotOffset(piece.block) + layout_.header.bitmapLength() + piece.offset;
    }
    [[nodiscard]] Piece pieceAt(const DiskRequest& request, std::uint64_t at) const;

    Task<hypervisor::Result<void>> openParent(const ImageOpenOptions& options);
    Task<hypervisor::Result<void>> restoreEnd();

    // Requests.
    [[nodiscard]] bool passes(const DiskRequest& request) const;
    void pass(DiskRequest& request);
    Task<void> read(DiskRequest& request);
    /// One piece for each block, several together.
    Task<IoStatus> performPieces(const DiskRequest& request);
    Task<IoStatus> performPiece(const DiskRequest& request, Piece piece);
    Task<IoStatus> readPiece(const DiskRequest& request, Piece piece);
    Task<IoStatus> readBelow(const DiskRequest& request, std::uint64_t at, std::uint64_t length);
    Task<void> write(DiskRequest& request);
    Task<IoStatus> writePiece(const DiskRequest& request, Piece piece);
    Task<IoStatus> zeroPiece(Piece piece, bool mayPunch);
    Task<IoStatus> unmapPiece(Piece piece);
    Task<void> answerFlush(DiskRequest& request);
    IoStatus allocate(std::uint32_t block);
    void mark(std::uint32_t block, BlockBitmap& bitmap, const Piece& piece);
    /// Null for a block that is wholly there. Loads it if it must.
    Task<IoStatus> bitmapOf(std::uint32_t block, std::shared_ptr<BlockBitmap>& bitmap);

    // Flushing (dynamic_flush.cpp).
    Task<IoStatus> flush();
    Task<IoStatus> flushNow();
    Snapshot takeSnapshot();
    void putBack(const Snapshot& snapshot);
    void settle(const Snapshot& snapshot);
    Task<IoStatus> writeData(const Snapshot& snapshot);
    Task<IoStatus> writeReferences(const Snapshot& snapshot);
    Task<IoStatus> writeTable(const std::vector<std::uint32_t>& blocks);
    Task<void> flushBehind();

    // Maintenance (dynamic_maintenance.cpp).
    Task<IoStatus> writeEnd(std::uint64_t end);
    Task<IoStatus> replaceHeader(std::uint64_t place, DynamicHeader header, Footer footer,
                                 std::vector<std::byte> behind);
    Task<IoStatus> moveMetadataDown();
    [[nodiscard]] std::uint64_t blocksEnd() const;
    Task<IoStatus> growTable(std::uint64_t size);
    Task<hypervisor::Result<bool>> holdsNothing(std::uint32_t block, Job& job);
    Task<hypervisor::Result<void>> dropEmptyBlocks(Job& job);
    Task<hypervisor::Result<void>> moveBlocksDown(Job& job);
    struct Move {
        std::uint32_t block;
        std::uint64_t to;
    };
    [[nodiscard]] std::vector<Move> planMoves() const;
    Task<IoStatus> copySlot(std::uint64_t from, std::uint64_t to, Job& job);
    [[nodiscard]] std::uint64_t alignedSlot(std::uint64_t offset) const;

    std::unique_ptr<StorageFile> file_;
    std::unique_ptr<DiskImage> parent_;
    // layout_.table and layout_.end are those in memory, ahead of the disk's.
    DynamicLayout layout_;
    std::vector<std::string> remarks_;
    // Blocks all of whose sectors are there, on the disk too: their requests go to the file as
    // they are.
    std::vector<bool> full_;
    BlockBitmaps bitmaps_;
    // Blocks whose bitmaps are dirty.
    std::vector<std::uint32_t> dirty_;
    // The table as the disk has it, or has it being written.
    std::vector<std::uint32_t> written_;
    // Where the footer at the end stands on the disk.
    std::uint64_t footerAt_ = 0;
    // The content has changed since opening, and the footer says so by a new timestamp.
    bool changed_ = false;
    bool renewed_ = false;

    AsyncMutex flushing_;
    // Flushes begun, and the last one begun that has ended, with its status.
    std::uint64_t flushesBegun_ = 0;
    std::uint64_t flushEnded_ = 0;
    IoStatus flushStatus_;
    bool flushingBehind_ = false;
};

}  // namespace devices::storage::vhd
