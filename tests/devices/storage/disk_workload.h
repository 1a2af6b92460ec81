// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "devices/storage/image.h"
#include "disk_history.h"
#include "power_cut.h"
#include "sparse_content.h"

/// An image in memory that random requests, several at a time, expanding and compacting are done
/// to, and that knows what must be in it.
class DiskWorkload {
  public:
    struct Options {
        /// Of the format; not null.
        const devices::storage::ImageDriver* driver = nullptr;
        devices::storage::ImageKind kind = devices::storage::ImageKind::Dynamic;
        std::uint32_t logicalSectorSize = 512;
        std::uint32_t blockSize = 1024 * 1024;
        unsigned seed = 1;
        /// Compacting, expanding and closing between requests.
        bool operations = true;
    };

    /// Blocks that requests reach, and those behind them; so far apart that their BAT entries are
    /// in several sectors, and their bits in several bitmaps.
    static constexpr std::uint64_t kUsedBlocks = 12;
    static constexpr std::uint64_t kStride = 700;
    static constexpr std::uint64_t kBlocks = kUsedBlocks * kStride;

    DiskWorkload(devices::storage::IoEngine& engine, const Options& options);

    /// Creates the image; the power cut file sees all that comes after.
    hypervisor::Result<void> create();
    /// `rounds` of requests in flight together, with a flush now and then.
    hypervisor::Result<void> run(unsigned rounds);
    /// One new block after the other, with a flush after each.
    hypervisor::Result<void> allocateBlocks();
    hypervisor::Result<void> close();

    [[nodiscard]] PowerCutFile& file() const { return *file_; }
    [[nodiscard]] const DiskHistory& history() const { return history_; }
    [[nodiscard]] SparseContent& content() { return content_; }

    /// Opens the image in `content` as a power cut at `moment` left it, and compares it with what
    /// it may hold. Opening is cut again at `secondCut` of its own moments, if it has as many.
    hypervisor::Result<void> verifyAfterCut(SparseContent content, std::size_t moment,
                                            std::size_t secondCut, unsigned seed);
    /// Opens the image as it is now and compares.
    hypervisor::Result<void> verifyNow();

  private:
    using Image = devices::storage::DiskImage;
    class SharedFile;

    devices::storage::Task<hypervisor::Result<std::unique_ptr<Image>>> open(
        std::unique_ptr<devices::storage::StorageFile> file);
    devices::storage::Task<hypervisor::Result<void>> compare(
        Image& image, std::function<std::set<std::uint64_t>(std::uint64_t)> possible);
    devices::storage::Task<hypervisor::Result<void>> prepareParent();
    devices::storage::Task<hypervisor::Result<void>> runRounds(unsigned rounds);
    devices::storage::Task<hypervisor::Result<void>> runAllocation();
    devices::storage::Task<void> request(std::uint64_t first, std::uint64_t count, int kind,
                                         unsigned& pending, std::string& error);
    devices::storage::Task<hypervisor::Result<void>> flush();
    devices::storage::Task<hypervisor::Result<void>> operation();
    hypervisor::Result<void> check(SparseContent& content);
    [[nodiscard]] const devices::storage::ImageDriver& driver() const { return *options_.driver; }
    static std::uint64_t initialValue(std::uint64_t sector);
    [[nodiscard]] std::vector<std::pair<std::uint64_t, std::uint64_t>> watched() const;

    devices::storage::IoEngine& engine_;
    Options options_;
    std::mt19937 random_;
    DiskHistory history_;
    SparseContent parentContent_;
    SparseContent content_;
    std::unique_ptr<PowerCutFile> file_;
    std::unique_ptr<Image> image_;
    std::uint64_t nextValue_ = 1;
};
