// SPDX-License-Identifier: GPL-3.0-or-later
#include "ata_disk.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "devices/synthetic/storage/scsi/big_endian.h"
#include "identity.h"

namespace devices::ide {

using scsi::DataDirection;
using scsi::Operation;
using scsi::SenseCode;
using scsi::SenseKey;

namespace {

constexpr std::size_t kBufferBytes = AtaDisk::kMaximumMultiple * AtaDisk::kSectorSize;
constexpr std::uint8_t kForceUnitAccess = 0x08;
constexpr std::uint64_t kMostLba28 = 0x0FFF'FFFF;
constexpr std::uint64_t kMostLba48 = std::uint64_t{1} << 48;

UnitOrder orderOf(Operation operation, std::uint64_t lba, std::uint32_t sectors) {
    UnitOrder order;
    order.length = order.block.size();
    order.block[0] = static_cast<std::uint8_t>(operation);
    scsi::storeBigEndian(order.block, 2, lba);
    scsi::storeBigEndian(order.block, 10, sectors);
    return order;
}

}  // namespace

struct AtaDisk::Transfer {
    AtaCommand command;
    Doing doing;
    Protocol protocol;
    bool wide = false;
    bool forceUnitAccess = false;

    [[nodiscard]] static const Transfer* find(std::uint8_t command);
};

const AtaDisk::Transfer* AtaDisk::Transfer::find(std::uint8_t command) {
    using enum AtaCommand;
    static constexpr Transfer kTransfers[] = {
        {ReadSectors, Doing::Read, Protocol::Pio},
        {ReadSectorsOnce, Doing::Read, Protocol::Pio},
        {ReadSectorsExt, Doing::Read, Protocol::Pio, true},
        {ReadMultiple, Doing::Read, Protocol::PioMultiple},
        {ReadMultipleExt, Doing::Read, Protocol::PioMultiple, true},
        {ReadDma, Doing::Read, Protocol::Dma},
        {ReadDmaOnce, Doing::Read, Protocol::Dma},
        {ReadDmaExt, Doing::Read, Protocol::Dma, true},
        {WriteSectors, Doing::Write, Protocol::Pio},
        {WriteSectorsOnce, Doing::Write, Protocol::Pio},
        {WriteSectorsExt, Doing::Write, Protocol::Pio, true},
        {WriteMultiple, Doing::Write, Protocol::PioMultiple},
        {WriteMultipleExt, Doing::Write, Protocol::PioMultiple, true},
        {WriteMultipleFuaExt, Doing::Write, Protocol::PioMultiple, true, true},
        {WriteDma, Doing::Write, Protocol::Dma},
        {WriteDmaOnce, Doing::Write, Protocol::Dma},
        {WriteDmaExt, Doing::Write, Protocol::Dma, true},
        {WriteDmaFuaExt, Doing::Write, Protocol::Dma, true, true},
        {AtaCommand::Verify, Doing::Verify, Protocol::None},
        {VerifyOnce, Doing::Verify, Protocol::None},
        {VerifyExt, Doing::Verify, Protocol::None, true},
    };
    const auto* const found =
        std::ranges::find(kTransfers, static_cast<AtaCommand>(command), &Transfer::command);
    return found == std::end(kTransfers) ? nullptr : found;
}

AtaDisk::AtaDisk(DriveHost& host, std::shared_ptr<scsi::DiskUnit> unit, std::uint64_t sectors,
                 std::uint32_t physicalSectorSize)
    : Drive(host, kBufferBytes),
      identifier_(unit->identity().identifier),
      sectors_(std::min(sectors, kMostLba48)),
      physicalSectorSize_(physicalSectorSize),
      geometry_(defaultGeometry()) {
    target().add(0, std::move(unit));
}

void AtaDisk::sign() {
    registers().count.set(1);
    registers().lbaLow.set(1);
    registers().status = kReady | kSeekComplete;
    doing_ = Doing::Nothing;
}

void AtaDisk::returnToDefaults() {
    geometry_ = defaultGeometry();
    writeCache_ = true;
    lookAhead_ = true;
    multiple_ = kMaximumMultiple;
    standsBy_ = false;
}

void AtaDisk::execute(std::uint8_t command) {
    doing_ = Doing::Nothing;
    if (const Transfer* const found = Transfer::find(command))
        return transfer(*found);
    switch (static_cast<AtaCommand>(command)) {
        case AtaCommand::Identify:
            return identify();
        case AtaCommand::SetFeatures:
            return setFeatures();
        case AtaCommand::SetMultiple:
            return setMultiple();
        case AtaCommand::SetGeometry:
            return setGeometry();
        case AtaCommand::FlushCache:
        case AtaCommand::FlushCacheExt:
            return flush();
        case AtaCommand::DataSetManagement:
            return trim();
        case AtaCommand::ReadNativeMax:
            return readNativeMax(false);
        case AtaCommand::ReadNativeMaxExt:
            return readNativeMax(true);
        case AtaCommand::StandbyImmediate:
        case AtaCommand::Standby:
        case AtaCommand::Sleep:
            return standBy(true);
        case AtaCommand::IdleImmediate:
        case AtaCommand::Idle:
            return standBy(false);
        case AtaCommand::CheckPower:
            registers().count.now = standsBy_ ? 0x00 : 0xFF;
            return succeed();
        default:
            break;
    }
    // Obsolete, with a number in the lower half that means nothing.
    const std::uint8_t family = command & 0xF0;
    if (family == static_cast<std::uint8_t>(AtaCommand::Recalibrate))
        return succeed();
    if (family == static_cast<std::uint8_t>(AtaCommand::Seek)) {
        const auto lba = address(false);
        return lba && *lba < sectors_ ? succeed() : fail(kIdNotFound);
    }
    fail(kAborted);
}

// --- What it is and how it is set up ---

AtaDisk::Geometry AtaDisk::defaultGeometry() const {
    constexpr std::uint16_t kHeads = 16;
    constexpr std::uint16_t kSectors = 63;
    constexpr std::uint64_t kMostCylinders = 16383;
    const std::uint64_t cylinders =
        std::clamp<std::uint64_t>(sectors_ / (kHeads * kSectors), 1, kMostCylinders);
    return {static_cast<std::uint16_t>(cylinders), kHeads, kSectors};
}

std::uint16_t AtaDisk::cylinders() const {
    return static_cast<std::uint16_t>(
        std::min<std::uint64_t>(sectors_ / (std::uint64_t{geometry_.heads} * geometry_.sectors),
                                std::numeric_limits<std::uint16_t>::max()));
}

void AtaDisk::identify() {
    constexpr std::uint16_t kMultipleValid = 0x0100;
    Identity identity("Virtual HD", identifier_);
    const Geometry usual = defaultGeometry();
    identity.set(0, 0x0040);  // fixed
    identity.set(1, usual.cylinders);
    identity.set(3, usual.heads);
    identity.set(6, usual.sectors);
    identity.set(47, 0x8000 | kMaximumMultiple);
    identity.set(49, 0x0F00);  // IORDY, which can be disabled, LBA, DMA
    identity.set(50, 0x4000);
    identity.set(54, cylinders());
    identity.set(55, geometry_.heads);
    identity.set(56, geometry_.sectors);
    identity.set32(57, std::uint64_t{cylinders()} * geometry_.heads * geometry_.sectors);
    if (multiple_ != 0)
        identity.set(59, kMultipleValid | multiple_);
    identity.set32(60, std::min(sectors_, kMostLba28));
    identity.set(63, multiwordModes());
    identity.set(69, 0x4000);  // what was trimmed reads the same each time
    // NOP, look-ahead, write cache, power management; flushes, 48 bits; FUA.
    constexpr std::uint16_t kLookAhead = 0x0040;
    constexpr std::uint16_t kWriteCache = 0x0020;
    constexpr std::uint16_t kOthers = 0x4008;
    identity.set(82, kOthers | kLookAhead | kWriteCache);
    identity.set(83, 0x7400);
    identity.set(84, 0x4040);
    identity.set(85, kOthers | (lookAhead_ ? kLookAhead : 0) | (writeCache_ ? kWriteCache : 0));
    identity.set(86, 0x3400);
    identity.set(87, 0x4040);
    identity.set(88, ultraModes());
    identity.set64(100, sectors_);
    identity.set(105, kMaximumTrimBlocks);
    const std::uint32_t perPhysical = std::max<std::uint32_t>(1, physicalSectorSize_ / kSectorSize);
    identity.set(106, perPhysical == 1
                          ? 0x4000
                          : 0x6000 | (static_cast<unsigned>(std::bit_width(perPhysical)) - 1));
    identity.set(169, 0x0001);  // TRIM
    identity.set(209, 0x4000);  // aligned
    identity.set(217, 0x0001);  // it does not rotate
    identity.store(buffer().first<Identity::kBytes>());
    offerBlock(0, Identity::kBytes, Interrupt::Yes);
}

void AtaDisk::setFeatures() {
    switch (static_cast<Feature>(registers().feature.now)) {
        case Feature::EnableWriteCache:
            writeCache_ = true;
            return succeed();
        case Feature::DisableWriteCache:
            writeCache_ = false;
            // What is in the cache already is written.
            return flush();
        case Feature::EnableLookAhead:
            lookAhead_ = true;
            return succeed();
        case Feature::DisableLookAhead:
            lookAhead_ = false;
            return succeed();
        case Feature::TransferMode:
            return setTransferMode(registers().count.now) ? succeed() : fail(kAborted);
        case Feature::KeepSettings:
        case Feature::RevertToDefaults:
            // A software reset changes nothing here anyway.
            return succeed();
    }
    fail(kAborted);
}

void AtaDisk::setMultiple() {
    const std::uint8_t sectors = registers().count.now;
    if (sectors > kMaximumMultiple || std::popcount(sectors) > 1)
        return fail(kAborted);
    multiple_ = sectors;
    succeed();
}

void AtaDisk::setGeometry() {
    const std::uint8_t sectors = registers().count.now;
    if (sectors == 0)
        return fail(kAborted);
    geometry_.sectors = sectors;
    geometry_.heads = static_cast<std::uint16_t>((registers().device & kHead) + 1);
    succeed();
}

void AtaDisk::readNativeMax(bool wide) {
    const std::uint64_t last = sectors_ == 0 ? 0 : sectors_ - 1;
    if (wide)
        registers().setLba48(last);
    else
        registers().setLba28(static_cast<std::uint32_t>(std::min(last, kMostLba28)));
    succeed();
}

void AtaDisk::standBy(bool flushes) {
    standsBy_ = flushes;
    if (flushes)
        return flush();
    succeed();
}

// --- Addresses ---

std::optional<std::uint64_t> AtaDisk::address(bool wide) const {
    const TaskFile& file = registers();
    if (wide)
        return file.lba48();
    if ((file.device & kLba) != 0)
        return file.lba28();
    const std::uint32_t cylinder = std::uint32_t{file.lbaHigh.now} << 8 | file.lbaMid.now;
    const std::uint32_t head = file.device & kHead;
    const std::uint32_t sector = file.lbaLow.now;
    if (sector == 0 || sector > geometry_.sectors || head >= geometry_.heads)
        return std::nullopt;
    return (std::uint64_t{cylinder} * geometry_.heads + head) * geometry_.sectors + sector - 1;
}

void AtaDisk::showAddress(std::uint64_t lba) {
    TaskFile& file = registers();
    if (wide_)
        return file.setLba48(lba);
    if ((file.device & kLba) != 0)
        return file.setLba28(static_cast<std::uint32_t>(lba & kMostLba28));
    const std::uint64_t track = lba / geometry_.sectors;
    const std::uint64_t cylinder = track / geometry_.heads;
    file.lbaLow.now = static_cast<std::uint8_t>(lba % geometry_.sectors + 1);
    file.lbaMid.now = static_cast<std::uint8_t>(cylinder);
    file.lbaHigh.now = static_cast<std::uint8_t>(cylinder >> 8);
    file.device =
        static_cast<std::uint8_t>((file.device & ~kHead) | (track % geometry_.heads & kHead));
}

// --- Transfers ---

void AtaDisk::transfer(const Transfer& transfer) {
    constexpr std::uint32_t kMost28 = 256;
    constexpr std::uint32_t kMost48 = 65536;
    standsBy_ = false;
    if (transfer.protocol == Protocol::PioMultiple && multiple_ == 0)
        return fail(kAborted);
    const std::uint32_t count = transfer.wide ? registers().count.both() : registers().count.now;
    const auto first = address(transfer.wide);
    if (!first)
        return fail(kIdNotFound);
    wide_ = transfer.wide;
    at_ = *first;
    left_ = count != 0 ? count : transfer.wide ? kMost48 : kMost28;
    if (at_ > sectors_ || left_ > sectors_ - at_) {
        showAddress(std::max(at_, sectors_));
        return fail(kIdNotFound);
    }
    doing_ = transfer.doing;
    protocol_ = transfer.protocol;
    throughCache_ = transfer.forceUnitAccess || !writeCache_;
    if (protocol_ == Protocol::Dma) {
        setBusy();
        return host().awaitDma(
            *this, doing_ == Doing::Read ? DmaDirection::FromDevice : DmaDirection::ToDevice);
    }
    if (doing_ == Doing::Read)
        return readBlock();
    if (doing_ == Doing::Write)
        return requestBlock(0, std::size_t{blockSectors()} * kSectorSize, Interrupt::No);
    setBusy();
    order_ = orderOf(Operation::Verify16, at_, left_);
    host().execute(*this, order_);
}

std::uint32_t AtaDisk::blockSectors() const {
    return std::min<std::uint32_t>(left_, protocol_ == Protocol::PioMultiple ? multiple_ : 1);
}

void AtaDisk::moveSectors(std::uint32_t sectors, bool inGuestMemory) {
    setBusy();
    const bool write = doing_ == Doing::Write;
    order_ = orderOf(write ? Operation::Write16 : Operation::Read16, at_, sectors);
    if (write && throughCache_)
        order_.block[1] = kForceUnitAccess;
    order_.direction = write ? DataDirection::ToDevice : DataDirection::FromDevice;
    order_.bytes = std::uint64_t{sectors} * kSectorSize;
    order_.inGuestMemory = inGuestMemory;
    host().execute(*this, order_);
}

void AtaDisk::readBlock() {
    moveSectors(blockSectors(), false);
}

void AtaDisk::blockTaken() {
    if (doing_ != Doing::Read) {  // what it tells of itself
        registers().status = kReady | kSeekComplete;
        return;
    }
    const std::uint32_t moved = blockSectors();
    at_ += moved;
    left_ -= moved;
    if (left_ != 0)
        return readBlock();
    doing_ = Doing::Nothing;
    registers().status = kReady | kSeekComplete;
}

void AtaDisk::blockGiven() {
    moveSectors(blockSectors(), false);
}

void AtaDisk::dmaReady() {
    if (doing_ != Doing::Trim)
        return moveSectors(left_, true);
    if (!host().copyFromGuest(ranges_))
        return dmaFailed();
    rangeBlock_ = 0;
    trimBlock();
}

void AtaDisk::dmaFailed() {
    doing_ = Doing::Nothing;
    fail(kAborted);
}

void AtaDisk::flush() {
    doing_ = Doing::Flush;
    setBusy();
    order_ = orderOf(Operation::SynchronizeCache16, 0, 0);
    host().execute(*this, order_);
}

void AtaDisk::trim() {
    constexpr std::uint8_t kTrim = 0x01;
    const std::uint32_t blocks = registers().count.both();
    if (registers().feature.now != kTrim || blocks == 0 || blocks > kMaximumTrimBlocks)
        return fail(kAborted);
    wide_ = true;
    doing_ = Doing::Trim;
    ranges_.resize(std::size_t{blocks} * kSectorSize);
    setBusy();
    host().awaitDma(*this, DmaDirection::ToDevice);
}

void AtaDisk::trimBlock() {
    constexpr std::size_t kRange = 8;
    constexpr std::size_t kHeader = 8;
    constexpr std::size_t kDescriptor = 16;
    static_assert(kHeader + kSectorSize / kRange * kDescriptor <= kBufferBytes);
    // A block of ranges is less than what one UNMAP may be about.
    static_assert(kSectorSize / kRange <= scsi::DiskUnit::kMaximumUnmapRanges);
    static_assert(kSectorSize / kRange * 0xFFFF <= scsi::DiskUnit::kMaximumUnmap / kSectorSize);
    const auto list = buffer();
    std::size_t end = kHeader;
    for (std::size_t i = 0; i < kSectorSize; i += kRange) {
        const std::size_t from = rangeBlock_ * kSectorSize + i;
        // 48 bits of address, 16 of count, the lowest byte first.
        std::uint64_t range = 0;
        for (std::size_t byte = 0; byte < kRange; ++byte)
            range |= std::uint64_t{ranges_[from + byte]} << byte * 8;
        const auto count = static_cast<std::uint32_t>(range >> 48);
        if (count == 0)
            continue;
        scsi::storeBigEndian(list, end, range & (kMostLba48 - 1));
        scsi::storeBigEndian(list, end + 8, count);
        scsi::storeBigEndian(list, end + 12, std::uint32_t{0});
        end += kDescriptor;
    }
    scsi::storeBigEndian(list, 0, static_cast<std::uint16_t>(end - 2));
    scsi::storeBigEndian(list, 2, static_cast<std::uint16_t>(end - kHeader));
    scsi::storeBigEndian(list, 4, std::uint32_t{0});
    order_ = {};
    order_.length = scsi::blockLength(static_cast<std::uint8_t>(Operation::Unmap));
    order_.block[0] = static_cast<std::uint8_t>(Operation::Unmap);
    scsi::storeBigEndian(order_.block, 7, static_cast<std::uint16_t>(end));
    order_.direction = DataDirection::ToDevice;
    order_.bytes = end;
    host().execute(*this, order_);
}

// --- How the unit's commands end ---

void AtaDisk::unitDone(const scsi::Command& command) {
    if (command.outcome == scsi::Outcome::Good)
        return unitSucceeded();
    // What SCSI's initiators are to know first, ATA has no word for: it has done nothing yet.
    if (command.outcome == scsi::Outcome::CheckCondition &&
        command.sense.key == SenseKey::UnitAttention)
        return host().execute(*this, order_);
    unitFailed(command.sense);
}

void AtaDisk::unitSucceeded() {
    if (doing_ == Doing::Trim && ++rangeBlock_ < ranges_.size() / kSectorSize)
        return trimBlock();
    if (protocol_ != Protocol::Dma && doing_ == Doing::Read)
        return offerBlock(0, std::size_t{blockSectors()} * kSectorSize, Interrupt::Yes);
    if (protocol_ != Protocol::Dma && doing_ == Doing::Write) {
        const std::uint32_t moved = blockSectors();
        at_ += moved;
        left_ -= moved;
        if (left_ != 0)
            return requestBlock(0, std::size_t{blockSectors()} * kSectorSize, Interrupt::Yes);
    }
    doing_ = Doing::Nothing;
    succeed();
}

void AtaDisk::unitFailed(const scsi::Sense& sense) {
    const bool read = doing_ == Doing::Read || doing_ == Doing::Verify;
    const bool atSector = doing_ != Doing::Flush;
    doing_ = Doing::Nothing;
    if (atSector && sense.information)
        showAddress(*sense.information);
    if (sense.code == SenseCode::BlockAddressOutOfRange)
        return fail(kIdNotFound);
    if (sense.key == SenseKey::MediumError && read)
        return fail(kUncorrectable);
    const bool broken = sense.key == SenseKey::MediumError || sense.key == SenseKey::HardwareError;
    fail(kAborted, broken ? kFault : 0);
}

}  // namespace devices::ide
