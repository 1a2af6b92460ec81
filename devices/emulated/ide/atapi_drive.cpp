// SPDX-License-Identifier: GPL-3.0-or-later
#include "atapi_drive.h"

#include <algorithm>
#include <utility>

#include "devices/synthetic/storage/scsi/big_endian.h"
#include "devices/synthetic/storage/scsi/block_range.h"
#include "identity.h"

namespace devices::ide {

using scsi::DataDirection;
using scsi::Operation;

namespace {

// The feature register of PACKET.
constexpr std::uint8_t kByDma = 0x01;
constexpr std::uint8_t kOverlapped = 0x02;

// The count register, which tells what is moved.
constexpr std::uint8_t kCommandPacket = 0x01;
constexpr std::uint8_t kToGuest = 0x02;

constexpr std::uint64_t kBlock = scsi::DvdDrive::kBlockSize;

Operation operationOf(std::span<const std::uint8_t> packet) {
    return static_cast<Operation>(packet[0]);
}

}  // namespace

AtapiDrive::AtapiDrive(DriveHost& host, std::shared_ptr<scsi::DvdDrive> unit)
    : Drive(host, kBuffer), identifier_(unit->identity().identifier) {
    target().add(0, std::move(unit));
}

void AtapiDrive::sign() {
    registers().count.set(1);
    registers().lbaLow.set(1);
    registers().lbaMid.set(0x14);
    registers().lbaHigh.set(0xEB);
    stage_ = Stage::Nothing;
    sense_.reset();
}

void AtapiDrive::execute(std::uint8_t command) {
    stage_ = Stage::Nothing;
    switch (static_cast<AtaCommand>(command)) {
        case AtaCommand::Packet:
            return requestPacket();
        case AtaCommand::IdentifyPacket:
            return identify();
        case AtaCommand::SetFeatures:
            return setFeatures();
        case AtaCommand::CheckPower:
            registers().count.now = 0xFF;
            return succeed();
        case AtaCommand::StandbyImmediate:
        case AtaCommand::Standby:
        case AtaCommand::IdleImmediate:
        case AtaCommand::Idle:
        case AtaCommand::Sleep:
            return succeed();
        case AtaCommand::Identify:
        case AtaCommand::ReadSectors: {
            // By these, guests find out that it is no disk.
            const std::uint8_t device = registers().device;
            sign();
            registers().device = device;
            return fail(kAborted);
        }
        default:
            return fail(kAborted);
    }
}

void AtapiDrive::identify() {
    Identity identity("Virtual CD", identifier_);
    identity.set(0, 0x85C0);   // packets of 12 bytes, taken at once; a removable CD's drive
    identity.set(49, 0x0F00);  // IORDY, which can be disabled, LBA, DMA
    identity.set(63, multiwordModes());
    // NOP, DEVICE RESET, packets, power management.
    constexpr std::uint16_t kCommands = 0x4218;
    identity.set(82, kCommands);
    identity.set(83, 0x4000);
    identity.set(84, 0x4000);
    identity.set(85, kCommands);
    identity.set(87, 0x4000);
    identity.set(88, ultraModes());
    identity.store(buffer().first<Identity::kBytes>());
    offerBlock(0, Identity::kBytes, Interrupt::Yes);
}

void AtapiDrive::setFeatures() {
    const bool known = static_cast<Feature>(registers().feature.now) == Feature::TransferMode &&
                       setTransferMode(registers().count.now);
    known ? succeed() : fail(kAborted);
}

// --- Packets ---

void AtapiDrive::requestPacket() {
    const std::uint8_t features = registers().feature.now;
    if ((features & kOverlapped) != 0)
        return fail(kAborted);
    byBusMaster_ = (features & kByDma) != 0;
    byteCount_ = static_cast<std::uint16_t>(registers().lbaHigh.now << 8 | registers().lbaMid.now);
    stage_ = Stage::Packet;
    registers().count.now = kCommandPacket;
    requestBlock(0, kPacket, Interrupt::No);
}

void AtapiDrive::blockGiven() {
    if (stage_ == Stage::Packet) {
        std::ranges::copy(buffer().first(kPacket), packet_.begin());
        setBusy();
        return takePacket();
    }
    if (moved_ != filled_)
        return requestPart();
    setBusy();
    order(DataDirection::ToDevice, filled_);
}

void AtapiDrive::takePacket() {
    moved_ = filled_ = 0;
    const auto operation = operationOf(packet_);
    if (operation == Operation::RequestSense && sense_) {
        const auto bytes = std::exchange(sense_, std::nullopt)->fixedFormat();
        std::ranges::copy(bytes, buffer().begin());
        return answer(std::min<std::size_t>(bytes.size(), packet_[4]));
    }
    sense_.reset();
    switch (operation) {
        case Operation::Read10:
            return startBlocks(scsi::loadBigEndian<std::uint32_t>(packet_, 2),
                               scsi::loadBigEndian<std::uint16_t>(packet_, 7));
        case Operation::Read12:
            return startBlocks(scsi::loadBigEndian<std::uint32_t>(packet_, 2),
                               scsi::loadBigEndian<std::uint32_t>(packet_, 6));
        case Operation::ModeSelect6:
            return startParameters(packet_[4]);
        case Operation::ModeSelect10:
            return startParameters(scsi::loadBigEndian<std::uint16_t>(packet_, 7));
        default:
            // As much as fits; the unit gives what the packet has room for.
            return order(DataDirection::FromDevice, kBuffer);
    }
}

void AtapiDrive::order(DataDirection direction, std::uint64_t bytes) {
    stage_ = Stage::Unit;
    UnitOrder unit;
    std::ranges::copy(packet_, unit.block.begin());
    unit.length = packet_.size();
    unit.direction = direction;
    unit.bytes = bytes;
    host().execute(*this, unit);
}

// --- Blocks of the medium ---

void AtapiDrive::startBlocks(std::uint64_t first, std::uint64_t count) {
    // What is none, or too much, the unit answers.
    if (count == 0 || (byBusMaster_ && count > kMaximumTransfer / kBlock))
        return order(DataDirection::FromDevice, 0);
    nextBlock_ = first;
    blocksLeft_ = count;
    if (!byBusMaster_)
        return readBlocks();
    stage_ = Stage::DirectBlocks;
    host().awaitDma(*this, DmaDirection::FromDevice);
}

void AtapiDrive::readBlocks() {
    const bool direct = stage_ == Stage::DirectBlocks;
    const auto count =
        direct ? blocksLeft_ : std::min<std::uint64_t>(blocksLeft_, kBuffer / kBlock);
    UnitOrder unit;
    unit.length = packet_.size();
    unit.block[0] = static_cast<std::uint8_t>(Operation::Read12);
    scsi::storeBigEndian(unit.block, 2, static_cast<std::uint32_t>(nextBlock_));
    scsi::storeBigEndian(unit.block, 6, static_cast<std::uint32_t>(count));
    unit.direction = DataDirection::FromDevice;
    unit.bytes = count * kBlock;
    unit.inGuestMemory = direct;
    if (!direct)
        stage_ = Stage::Blocks;
    nextBlock_ += count;
    blocksLeft_ -= count;
    setBusy();
    host().execute(*this, unit);
}

void AtapiDrive::dmaReady() {
    switch (stage_) {
        case Stage::DirectBlocks:
            return readBlocks();
        case Stage::Parameters:
            if (!host().copyFromGuest(buffer().first(filled_)))
                return dmaFailed();
            return order(DataDirection::ToDevice, filled_);
        default:
            return host().copyToGuest(buffer().first(filled_)) ? complete() : dmaFailed();
    }
}

void AtapiDrive::dmaFailed() {
    checkCondition({scsi::SenseKey::AbortedCommand, scsi::SenseCode::None, {}, {}});
}

void AtapiDrive::unitDone(const scsi::Command& command) {
    if (command.outcome != scsi::Outcome::Good)
        return checkCondition(command.sense);
    if (stage_ == Stage::DirectBlocks)
        return complete();
    const bool gives = command.direction == DataDirection::FromDevice;
    const auto bytes = static_cast<std::size_t>(gives ? command.transferred : 0);
    if (stage_ != Stage::Blocks)
        return answer(bytes);
    filled_ = bytes;
    moved_ = 0;
    offerPart();
}

// --- What the guest moves ---

void AtapiDrive::answer(std::size_t bytes) {
    if (bytes == 0)
        return complete();
    stage_ = Stage::Answer;
    filled_ = bytes;
    moved_ = 0;
    if (byBusMaster_)
        return host().awaitDma(*this, DmaDirection::FromDevice);
    offerPart();
}

void AtapiDrive::startParameters(std::size_t bytes) {
    if (bytes == 0)
        return order(DataDirection::None, 0);
    stage_ = Stage::Parameters;
    filled_ = bytes;
    if (byBusMaster_)
        return host().awaitDma(*this, DmaDirection::ToDevice);
    requestPart();
}

std::size_t AtapiDrive::partLimit() const {
    // Even, but for the last part; what a guest has not said is as much as can be said.
    constexpr std::size_t kMost = 0xFFFE;
    const std::size_t limit = byteCount_ & kMost;
    return limit == 0 ? (byteCount_ == 0 ? kMost : 2) : limit;
}

void AtapiDrive::showPart(std::size_t bytes, std::uint8_t reason) {
    registers().count.now = reason;
    registers().lbaMid.now = static_cast<std::uint8_t>(bytes);
    registers().lbaHigh.now = static_cast<std::uint8_t>(bytes >> 8);
}

void AtapiDrive::offerPart() {
    const std::size_t bytes = std::min(filled_ - moved_, partLimit());
    showPart(bytes, kToGuest);
    const std::size_t offset = std::exchange(moved_, moved_ + bytes);
    offerBlock(offset, bytes, Interrupt::Yes);
}

void AtapiDrive::requestPart() {
    const std::size_t bytes = std::min(filled_ - moved_, partLimit());
    showPart(bytes, 0);
    const std::size_t offset = std::exchange(moved_, moved_ + bytes);
    requestBlock(offset, bytes, Interrupt::Yes);
}

void AtapiDrive::blockTaken() {
    if (stage_ == Stage::Nothing) {  // what it tells of itself
        registers().status = kReady | kSeekComplete;
        return;
    }
    if (moved_ != filled_)
        return offerPart();
    if (stage_ == Stage::Blocks && blocksLeft_ != 0)
        return readBlocks();
    complete();
}

void AtapiDrive::complete() {
    stage_ = Stage::Nothing;
    registers().count.now = kToGuest | kCommandPacket;
    succeed();
}

void AtapiDrive::checkCondition(const scsi::Sense& sense) {
    stage_ = Stage::Nothing;
    sense_ = sense;
    registers().count.now = kToGuest | kCommandPacket;
    const bool aborted =
        sense.key == scsi::SenseKey::IllegalRequest || sense.key == scsi::SenseKey::AbortedCommand;
    fail(static_cast<std::uint8_t>(static_cast<std::uint8_t>(sense.key) << 4 |
                                   (aborted ? kAborted : 0)));
}

}  // namespace devices::ide
