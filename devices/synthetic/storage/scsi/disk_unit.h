// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "block_range.h"
#include "devices/storage/wait_queue.h"
#include "logical_unit.h"

namespace devices::scsi {

struct DiskOptions {
    /// Of the disk, the same in each machine and at each start.
    std::array<std::uint8_t, 16> identifier{};
    /// The guest is told that it may give room back.
    bool thinProvisioned = true;
    /// Bytes of one command's data.
    std::uint64_t maximumTransfer = std::uint64_t{1} << 20;
    /// Where it counts what it does; may be null.
    std::shared_ptr<hypervisor::StatsSlot> counters;
};

/// A hard disk: SBC-3, direct access. Made on any thread, before it is
/// a target's.
class DiskUnit final : public LogicalUnit {
  public:
    DiskUnit(std::shared_ptr<devices::storage::Disk> disk, const DiskOptions& options);

    /// The disk goes out of use; `released` is called when no command uses it any more. The unit
    /// must have been taken out of its target.
    void release(Medium::Released released) {
        Medium::release(std::move(medium_), std::move(released));
    }
    /// The disk has another size now.
    void capacityChanged() { attention(SenseCode::CapacityChanged); }

    /// Limits of a single UNMAP and WRITE SAME.
    static constexpr std::uint32_t kMaximumUnmapRanges = 256;
    static constexpr std::uint64_t kMaximumUnmap = std::uint64_t{4} << 30;
    static constexpr std::uint64_t kMaximumWriteSame = std::uint64_t{64} << 20;

  private:
    struct ByteRange {
        std::uint64_t offset;
        std::uint64_t length;
    };

    void perform(Command& command) override;
    [[nodiscard]] std::span<const SupportedOperation> operations() const override;
    [[nodiscard]] std::vector<std::uint8_t> vital(std::uint8_t page) const override;
    [[nodiscard]] std::span<const std::uint8_t> vitalPages() const override;
    void returnToDefaults() override { writeCache_ = true; }
    [[nodiscard]] std::vector<std::vector<std::uint8_t>> modePages(
        ModeQuery::Control control) const override;
    [[nodiscard]] std::uint8_t deviceParameter() const override;
    [[nodiscard]] std::optional<BlockDescriptor> blockDescriptor() const override;
    void selectMode(std::span<const std::uint8_t> page) override;

    [[nodiscard]] devices::storage::Disk& disk() const { return medium_->disk(); }
    [[nodiscard]] std::uint32_t blockSize() const { return disk().logicalSectorSize(); }
    [[nodiscard]] std::uint64_t blocks() const { return disk().size() / blockSize(); }
    [[nodiscard]] std::uint64_t maximumBlocks() const {
        return options_.maximumTransfer / blockSize();
    }
    [[nodiscard]] devices::storage::Durability durability() const;

    [[nodiscard]] std::vector<std::uint8_t> blockLimits() const;
    void readCapacity10(Command& command) const;
    void readCapacity16(Command& command) const;
    void move(Command& command, Transfer transfer);
    void flush(Command& command);
    void verify(Command& command);
    void startOrStop(Command& command);
    static void moved(devices::storage::DiskRequest& request, devices::storage::IoStatus status);

    // disk_space.cpp
    void unmap(Command& command);
    void writeSame(Command& command);
    devices::storage::Task<void> unmapAll(Command& command, std::vector<ByteRange> ranges);
    devices::storage::Task<void> writePattern(Command& command, ByteRange range,
                                              std::vector<std::uint8_t> pattern, bool mayUnmap);
    devices::storage::Task<void> compare(Command& command, ByteRange range, bool withData);

    const DiskOptions options_;
    std::shared_ptr<Medium> medium_;
    bool writeCache_ = true;
    // Comparing and patterns take large buffers: one at a time is enough.
    devices::storage::AsyncMutex buffering_;
};

}  // namespace devices::scsi
