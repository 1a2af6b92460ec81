// SPDX-License-Identifier: GPL-3.0-or-later
#include "disk_unit.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "big_endian.h"

namespace devices::scsi {

using devices::storage::DiskOperation;
using devices::storage::Durability;
using devices::storage::IoStatus;

namespace {

// FUA and DPO, and the protection that no unit here has.
constexpr std::uint8_t kForceUnitAccess = 0x08;
constexpr std::uint8_t kProtection = 0xE0;
constexpr std::uint8_t kWriteCache = 0x04;

using enum Operation;
constexpr auto kAll = std::uint8_t{0xFF};
constexpr SupportedOperation kOperations[] = {
    {TestUnitReady, {}, {}},
    {RequestSense, {}, {0, 0, 0, kAll}},
    {Read6, {}, {0x1F, kAll, kAll, kAll}},
    {Write6, {}, {0x1F, kAll, kAll, kAll}},
    {Inquiry, {}, {0x01, kAll, kAll, kAll}},
    {ModeSelect6, {}, {0x11, 0, 0, kAll}},
    {ModeSense6, {}, {0x08, kAll, kAll, kAll}},
    {StartStopUnit, {}, {0x01, 0, 0, 0xF3}},
    {ReadCapacity10, {}, {}},
    {Read10, {}, {0x18, kAll, kAll, kAll, kAll, 0, kAll, kAll}},
    {Write10, {}, {0x18, kAll, kAll, kAll, kAll, 0, kAll, kAll}},
    {Verify10, {}, {0x12, kAll, kAll, kAll, kAll, 0, kAll, kAll}},
    {SynchronizeCache10, {}, {0x02, kAll, kAll, kAll, kAll, 0, kAll, kAll}},
    {WriteSame10, {}, {0x08, kAll, kAll, kAll, kAll, 0, kAll, kAll}},
    {LogSense, {}, {0, kAll, kAll, 0, 0, 0, kAll, kAll}},
    {ModeSelect10, {}, {0x11, 0, 0, 0, 0, 0, kAll, kAll}},
    {ModeSense10, {}, {0x08, kAll, kAll, 0, 0, 0, kAll, kAll}},
    {Read16, {}, {0x18, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll}},
    {Write16, {}, {0x18, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll}},
    {Verify16, {}, {0x12, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll}},
    {SynchronizeCache16,
     {},
     {0x02, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll}},
    {WriteSame16,
     {},
     {0x09, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll}},
    {ServiceActionIn16,
     kReadCapacity16Action,
     {kReadCapacity16Action, 0, 0, 0, 0, 0, 0, 0, 0, kAll, kAll, kAll, kAll}},
    {ReportLuns, {}, {0, kAll, 0, 0, 0, kAll, kAll, kAll, kAll}},
    {MaintenanceIn,
     kReportSupportedOperationCodesAction,
     {kReportSupportedOperationCodesAction, 0x07, kAll, kAll, kAll, kAll, kAll, kAll, kAll}},
    {Read12, {}, {0x18, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll}},
    {Write12, {}, {0x18, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll}},
    {Verify12, {}, {0x12, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll}},
    // Last, for only disks with thin provisioning have it.
    {Operation::Unmap, {}, {0, 0, 0, 0, 0, 0, kAll, kAll}},
};

constexpr std::uint8_t kVitalPages[] = {kBlockLimitsPage, kBlockCharacteristicsPage,
                                        kProvisioningPage};

}  // namespace

DiskUnit::DiskUnit(std::shared_ptr<devices::storage::Disk> disk, const DiskOptions& options)
    : LogicalUnit({DeviceType::Disk, false, "Virtual Disk", options.identifier}, options.counters),
      options_(options),
      medium_(std::make_shared<Medium>(std::move(disk))) {}

std::span<const SupportedOperation> DiskUnit::operations() const {
    const std::span<const SupportedOperation> all(kOperations);
    return options_.thinProvisioned ? all : all.first(all.size() - 1);
}

Durability DiskUnit::durability() const {
    return writeCache_ ? Durability::Cached : Durability::ForceUnitAccess;
}

void DiskUnit::perform(Command& command) {
    command.medium = medium_;
    switch (command.operation()) {
        case Read6:
        case Read10:
        case Read12:
        case Read16:
            return move(command, Transfer::FromMedium);
        case Write6:
        case Write10:
        case Write12:
        case Write16:
            return move(command, Transfer::ToMedium);
        case SynchronizeCache10:
        case SynchronizeCache16:
            if (!BlockRange::of(command).liesIn(blocks()))
                return Command::fail(command, Sense::outOfRange(BlockRange::of(command).first));
            return flush(command);
        case Verify10:
        case Verify12:
        case Verify16:
            return verify(command);
        case WriteSame10:
        case WriteSame16:
            return writeSame(command);
        case Operation::Unmap:
            return unmap(command);
        case ReadCapacity10:
            return readCapacity10(command);
        case ServiceActionIn16:
            return readCapacity16(command);
        case StartStopUnit:
            return startOrStop(command);
        default:  // TestUnitReady; ReportLuns is the target's
            return Command::finish(command);
    }
}

void DiskUnit::move(Command& command, Transfer transfer) {
    const BlockRange range = BlockRange::of(command);
    const bool write = transfer == Transfer::ToMedium;
    const bool flags = blockLength(command.block[0]) != 6;
    if (flags && (command.block[1] & kProtection) != 0)
        return Command::fail(command, Sense::invalidField(1));
    if (!range.liesIn(blocks()))
        return Command::fail(command, Sense::outOfRange(range.first));
    if (write && disk().readOnly())
        return Command::fail(command, Sense::writeProtected());
    if (range.count > maximumBlocks())
        return Command::fail(command, Sense::invalidField(range.countByte));
    const std::uint64_t length = range.count * blockSize();
    if ((write ? command.outgoing() : command.incoming()) < length)
        return Command::fail(command, Sense::invalidField(range.countByte));
    command.useFirst(length);
    auto& request = command.request;
    request.operation = write ? DiskOperation::Write : DiskOperation::Read;
    request.forceUnitAccess =
        write && (!writeCache_ || (flags && (command.block[1] & kForceUnitAccess) != 0));
    request.offset = range.first * blockSize();
    request.length = length;
    request.buffers = command.buffers;
    request.context = &command;
    request.completed = &DiskUnit::moved;
    begin(command);
    disk().submit(request);
}

void DiskUnit::moved(devices::storage::DiskRequest& request, IoStatus status) {
    auto& command = *static_cast<Command*>(request.context);
    count(command,
          request.operation == DiskOperation::Flush   ? Counted::Flush
          : request.operation == DiskOperation::Write ? Counted::Write
                                                      : Counted::Read,
          request.length, status.ok());
    finish(command, status,
           request.operation == DiskOperation::Read ? Transfer::FromMedium : Transfer::ToMedium,
           request.operation == DiskOperation::Flush ? 0 : BlockRange::of(command).first);
}

void DiskUnit::flush(Command& command) {
    auto& request = command.request;
    request.operation = DiskOperation::Flush;
    request.forceUnitAccess = false;
    request.offset = 0;
    request.length = 0;
    request.buffers = {};
    request.context = &command;
    request.completed = &DiskUnit::moved;
    begin(command);
    disk().submit(request);
}

void DiskUnit::verify(Command& command) {
    const BlockRange range = BlockRange::of(command);
    const std::uint8_t check = command.block[1] >> 1 & 0x03;
    if ((command.block[1] & kProtection) != 0 || check > 1)
        return Command::fail(command, Sense::invalidField(1));
    if (!range.liesIn(blocks()))
        return Command::fail(command, Sense::outOfRange(range.first));
    if (range.count > maximumBlocks())
        return Command::fail(command, Sense::invalidField(range.countByte));
    if (range.count == 0)
        return Command::finish(command);
    const std::uint64_t length = range.count * blockSize();
    if (check == 1 && command.outgoing() < length)
        return Command::fail(command, Sense::invalidField(range.countByte));
    devices::storage::spawn(compare(command, {range.first * blockSize(), length}, check == 1));
}

void DiskUnit::startOrStop(Command& command) {
    constexpr std::uint8_t kStart = 0x01;
    constexpr std::uint8_t kLoadOrEject = 0x02;
    constexpr std::uint8_t kPowerCondition = 0xF0;
    const std::uint8_t what = command.block[4];
    if ((what & kLoadOrEject) != 0)
        return Command::fail(command, Sense::invalidField(4));
    // Nothing here spins: what is left of stopping is that the cache is written.
    if ((what & (kStart | kPowerCondition)) == 0)
        return flush(command);
    Command::finish(command);
}

void DiskUnit::readCapacity10(Command& command) const {
    const std::uint64_t count = blocks();
    std::array<std::uint8_t, 8> data{};
    storeBigEndian(data, 0,
                   static_cast<std::uint32_t>(std::min<std::uint64_t>(
                       count == 0 ? 0 : count - 1, std::numeric_limits<std::uint32_t>::max())));
    storeBigEndian(data, 4, blockSize());
    finishWith(command, data, data.size());
}

void DiskUnit::readCapacity16(Command& command) const {
    constexpr std::uint8_t kProvisioned = 0x80;
    constexpr std::uint8_t kUnmappedReadsZeroes = 0x40;
    const std::uint64_t count = blocks();
    std::array<std::uint8_t, 32> data{};
    storeBigEndian(data, 0, count == 0 ? 0 : count - 1);
    storeBigEndian(data, 8, blockSize());
    const std::uint32_t perPhysical =
        std::max<std::uint32_t>(1, disk().physicalSectorSize() / blockSize());
    data[13] = static_cast<std::uint8_t>(std::bit_width(perPhysical) - 1);
    if (options_.thinProvisioned)
        data[14] = kProvisioned | kUnmappedReadsZeroes;
    finishWith(command, data, loadBigEndian<std::uint32_t>(command.block, 10));
}

std::span<const std::uint8_t> DiskUnit::vitalPages() const {
    const std::span<const std::uint8_t> all(kVitalPages);
    return options_.thinProvisioned ? all : all.first(all.size() - 1);
}

std::vector<std::uint8_t> DiskUnit::vital(std::uint8_t page) const {
    constexpr std::size_t kLongPage = 60;
    if (page == kBlockLimitsPage)
        return blockLimits();
    if (page == kBlockCharacteristicsPage) {
        constexpr std::uint16_t kNotRotating = 1;
        auto bytes = vitalPage(DeviceType::Disk, page, kLongPage);
        storeBigEndian(bytes, 4, kNotRotating);
        return bytes;
    }
    auto bytes = vitalPage(DeviceType::Disk, page, 4);
    // UNMAP, WRITE SAME (16) and (10) give room back, which reads as zeroes then.
    bytes[5] = 0x80 | 0x40 | 0x20 | 0x04;
    bytes[6] = 0x02;  // thin
    return bytes;
}

std::vector<std::uint8_t> DiskUnit::blockLimits() const {
    constexpr std::size_t kSize = 60;
    auto bytes = vitalPage(DeviceType::Disk, kBlockLimitsPage, kSize);
    const std::uint32_t perPhysical =
        std::max<std::uint32_t>(1, disk().physicalSectorSize() / blockSize());
    bytes[4] = 0x01;  // WRITE SAME needs a count
    storeBigEndian(bytes, 6, static_cast<std::uint16_t>(perPhysical));
    storeBigEndian(bytes, 8, static_cast<std::uint32_t>(maximumBlocks()));
    if (options_.thinProvisioned) {
        storeBigEndian(bytes, 20, static_cast<std::uint32_t>(kMaximumUnmap / blockSize()));
        storeBigEndian(bytes, 24, kMaximumUnmapRanges);
        storeBigEndian(bytes, 28, perPhysical);
    }
    storeBigEndian(bytes, 36, kMaximumWriteSame / blockSize());
    return bytes;
}

std::vector<std::vector<std::uint8_t>> DiskUnit::modePages(ModeQuery::Control control) const {
    std::vector<std::vector<std::uint8_t>> pages{
        modePage(kErrorRecoveryPage, 10), modePage(kCachingPage, 18), modePage(kControlPage, 10)};
    if (control == ModeQuery::Control::Changeable) {
        pages[1][2] = kWriteCache;
        return pages;
    }
    if (writeCache_ || control == ModeQuery::Control::Default)
        pages[1][2] = kWriteCache;
    // Commands may be reordered, and no task is ever aborted by another's error.
    pages[2][3] = 0x10;
    return pages;
}

std::uint8_t DiskUnit::deviceParameter() const {
    constexpr std::uint8_t kWriteProtected = 0x80;
    constexpr std::uint8_t kForceUnitAccessKnown = 0x10;
    return kForceUnitAccessKnown | (disk().readOnly() ? kWriteProtected : 0);
}

std::optional<BlockDescriptor> DiskUnit::blockDescriptor() const {
    return BlockDescriptor{blocks(), blockSize()};
}

void DiskUnit::selectMode(std::span<const std::uint8_t> page) {
    if (page[0] == kCachingPage)
        writeCache_ = (page[2] & kWriteCache) != 0;
}

}  // namespace devices::scsi
