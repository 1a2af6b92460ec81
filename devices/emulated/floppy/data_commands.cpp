// SPDX-License-Identifier: GPL-3.0-or-later

// The diskette controller's commands about sectors.

#include <algorithm>
#include <bitset>
#include <utility>

#include "floppy_controller.h"

namespace devices::floppy {

namespace {

constexpr std::size_t kSector = DisketteFormat::kSectorSize;
/// CONFIGURE.
constexpr std::uint8_t kImpliedSeek = 0x40;
/// Bytes of an ID that FORMAT TRACK takes.
constexpr std::size_t kIdBytes = 4;

constexpr std::size_t sectorsOf(std::size_t bytes) {
    return (bytes + kSector - 1) / kSector;
}

}  // namespace

std::uint8_t FloppyController::unreadable() const {
    const bool found = selected() == 0 && (command_[0] & kDoubleDensity) != 0 &&
                       drive_.cylinder() && rateIn(kind_, drive_.diskette()->format) == rate_;
    return found ? 0 : kMissingAddressMark;
}

void FloppyController::executeData() {
    seekEnd_ = 0;
    run_.reset();
    terminalCount_ = false;
    bytes_ = moved_ = wanted_ = 0;
    switch (code_.operation) {
        case Operation::ReadId:
            return readId();
        case Operation::FormatTrack:
            doing_ = Doing::Format;
            return beginFormat();
        case Operation::Write:
        case Operation::WriteDeleted:
            doing_ = Doing::Write;
            break;
        case Operation::Verify:
            doing_ = Doing::Verify;
            break;
        default:
            doing_ = Doing::Read;
            break;
    }
    beginSectors();
}

void FloppyController::readId() {
    if (const std::uint8_t status = unreadable())
        return finish(status, 0, {});
    const std::uint8_t sectors = drive_.diskette()->format.sectors;
    passing_ = static_cast<std::uint8_t>(passing_ % sectors + 1);
    finish(0, 0, {*drive_.cylinder(), head(), passing_, kSizeCode});
}

// --- Sectors ---

SectorOrder FloppyController::sectorOrder(std::uint8_t cylinder) const {
    SectorOrder order;
    order.first = {command_[2], command_[3], command_[4], command_[5]};
    order.endOfTrack = command_[6];
    order.multiTrack = (command_[0] & kMultiTrack) != 0;
    // From the index hole on, whatever the sectors say of themselves.
    if (code_.operation == Operation::ReadTrack) {
        order.first = {cylinder, head(), 1, command_[5]};
        order.multiTrack = false;
    }
    return order;
}

void FloppyController::beginSectors() {
    lastEnd_ = command_[6];
    if ((configuration_ & kImpliedSeek) != 0 && code_.operation != Operation::ReadTrack) {
        const unsigned drive = selected();
        if (drive == 0)
            drive_.step(command_[2] - cylinders_[0]);
        cylinders_[drive] = command_[2];
        seekEnd_ = kSeekEnd;
    }
    const SectorId first{command_[2], command_[3], command_[4], command_[5]};
    if (doing_ == Doing::Write && selected() == 0 && drive_.isWriteProtected())
        return finish(kNotWritable, 0, first);
    if (const std::uint8_t status = unreadable())
        return finish(status, 0, first);
    const std::uint8_t cylinder = *drive_.cylinder();
    run_.emplace(sectorOrder(cylinder), drive_.diskette()->format, cylinder, head());
    if (doing_ == Doing::Verify)
        return startAccess(runBytes() / kSector);
    if (runBytes() == 0)
        return finishRun(0);
    beginTransfer(runBytes());
}

std::size_t FloppyController::runBytes() const {
    std::size_t sectors = run_->sectors().size();
    // No sector is deleted: READ DELETED passes all of them, or stops at the first.
    if (code_.operation == Operation::ReadDeleted)
        sectors = (command_[0] & kSkip) != 0 ? 0 : std::min<std::size_t>(sectors, 1);
    if (doing_ == Doing::Verify && (command_[1] & kEnableCount) != 0)
        sectors = std::min<std::size_t>(sectors, command_[8]);
    return sectors * kSector;
}

// --- How data moves ---

void FloppyController::beginTransfer(std::size_t bytes) {
    bytes_ = bytes;
    if (!movesByGuest()) {
        phase_ = Phase::AwaitsDma;
        return tryDma();
    }
    if (doing_ == Doing::Read)
        return startAccess(sectorsOf(bytes_));
    phase_ = Phase::GuestGives;
    setInterrupt(true);
}

void FloppyController::tryDma() {
    const auto direction =
        doing_ == Doing::Read ? DmaDirection::ToMemory : DmaDirection::FromMemory;
    if ((output_ & kInterruptsAndDma) == 0 || !dma_.request(kDmaChannel, direction))
        return;
    if (doing_ == Doing::Read) {
        // The guest may mask the channel meanwhile.
        bytes_ = std::min(bytes_, dma_.bytesLeft(kDmaChannel, direction));
        return startAccess(sectorsOf(bytes_));
    }
    const auto moved = dma_.fromMemory(kDmaChannel, access_.buffer().first(bytes_));
    dma_.withdraw(kDmaChannel);
    terminalCount_ = moved.terminalCount;
    given(moved.bytes);
}

void FloppyController::given(std::size_t bytes) {
    moved_ = bytes;
    if (bytes == 0 || (doing_ == Doing::Format && bytes != bytes_))
        return finish(kOverrun, 0, {command_[2], command_[3], command_[4], command_[5]});
    if (doing_ == Doing::Format)
        return format();
    // What of the last sector has not come is zero.
    const std::size_t sectors = sectorsOf(bytes);
    std::ranges::fill(access_.buffer().subspan(bytes, sectors * kSector - bytes), std::uint8_t{0});
    startAccess(sectors);
}

void FloppyController::startAccess(std::size_t sectors) {
    phase_ = Phase::Executes;
    wanted_ = sectors;
    // A diskette that has been taken out meanwhile is gone.
    if (!drive_.diskette())
        return finish(kMissingAddressMark, 0, run_->after(0));
    std::vector<std::uint32_t> numbers(
        run_->sectors().begin(), run_->sectors().begin() + static_cast<std::ptrdiff_t>(sectors));
    underWay_ = true;
    access_.start({drive_.diskette()->disk, std::move(numbers),
                   doing_ == Doing::Write || doing_ == Doing::Format});
}

void FloppyController::ended() {
    std::vector<Released> released;
    {
        const std::scoped_lock lock(mutex_);
        underWay_ = false;
        released.swap(releasing_);
        if (std::exchange(discard_, false))
            settleReset();
        else
            accessEnded();
        if (!underWay_)
            idle_.notify_all();
    }
    for (const Released& tell : released)
        tell();
}

void FloppyController::accessEnded() {
    if (doing_ != Doing::Read)
        return finishRun(access_.sectorsDone());
    bytes_ = std::min(bytes_, access_.sectorsDone() * kSector);
    if (bytes_ != 0 && movesByGuest()) {
        phase_ = Phase::GuestTakes;
        return setInterrupt(true);
    }
    deliver();
}

void FloppyController::deliver() {
    if (bytes_ != 0) {
        const auto moved = dma_.toMemory(kDmaChannel, access_.buffer().first(bytes_));
        moved_ = moved.bytes;
        terminalCount_ = moved.terminalCount;
    }
    dma_.withdraw(kDmaChannel);
    if (moved_ < bytes_ && !terminalCount_)
        return finish(kOverrun, 0, run_->after(moved_ / kSector));
    finishRun(access_.sectorsDone());
}

void FloppyController::taken() {
    setInterrupt(false);
    finishRun(access_.sectorsDone());
}

// --- Formatting ---

void FloppyController::beginFormat() {
    lastEnd_ = command_[3];
    if (selected() == 0 && drive_.isWriteProtected())
        return finish(kNotWritable, 0, {});
    if (const std::uint8_t status = unreadable())
        return finish(status, 0, {});
    const DisketteFormat& format = drive_.diskette()->format;
    // An image keeps the format that it has.
    if (command_[2] != kSizeCode || command_[3] != format.sectors)
        return finish(kNoData, 0, {});
    beginTransfer(std::size_t{format.sectors} * kIdBytes);
}

void FloppyController::format() {
    const auto buffer = access_.buffer();
    const std::uint8_t sectors = command_[3];
    const std::uint8_t fill = command_[5];
    if (const std::uint8_t status = unreadable())
        return finish(status, 0, {});
    const std::uint8_t cylinder = *drive_.cylinder();
    std::bitset<DisketteFormat::kMostSectors + 1> seen;
    for (std::size_t at = 0; at < std::size_t{sectors} * kIdBytes; at += kIdBytes) {
        const SectorId id{buffer[at], buffer[at + 1], buffer[at + 2], buffer[at + 3]};
        if (id != SectorId{cylinder, head(), id.sector, kSizeCode} || id.sector == 0 ||
            id.sector > sectors || seen.test(id.sector))
            return finish(kNoData, 0, id);
        seen.set(id.sector);
    }
    const SectorOrder track{{cylinder, head(), 1, kSizeCode}, sectors, false};
    run_.emplace(track, drive_.diskette()->format, cylinder, head());
    if (run_->sectors().size() != sectors)
        return finish(kNoData, 0, {});
    std::ranges::fill(buffer.first(sectors * kSector), fill);
    startAccess(sectors);
}

// --- The end ---

void FloppyController::finishRun(std::size_t sectors) {
    if (sectors < wanted_)
        return finish(kDataError, kDataErrorInData, run_->after(sectors));
    if (code_.operation == Operation::ReadDeleted && sectors != 0)
        return finish(0, kControlMark, run_->after(0));
    const SectorId id = run_->after(sectors);
    // READ TRACK tells of a sector that it was asked for and has not met.
    const bool met = code_.operation != Operation::ReadTrack ||
                     (command_[2] == drive_.cylinder() && command_[3] == head());
    const std::uint8_t unmet = met ? 0 : kNoData;
    const bool counted = doing_ == Doing::Verify && (command_[1] & kEnableCount) != 0;
    const bool whole = counted
                           ? sectors == command_[8]
                           : doing_ == Doing::Verify && run_->end() == SectorRun::End::OfCylinder;
    if (terminalCount_ || doing_ == Doing::Format || whole)
        return finish(unmet, 0, id);
    switch (run_->end()) {
        case SectorRun::End::OfCylinder:
            return finish(kEndOfCylinder | unmet, 0, id);
        case SectorRun::End::WrongCylinder:
            return finish(kNoData, kWrongCylinder, id);
        case SectorRun::End::NotFound:
            return finish(kNoData, 0, id);
    }
}

void FloppyController::finish(std::uint8_t status1, std::uint8_t status2, const SectorId& id) {
    dma_.withdraw(kDmaChannel);
    const bool failed = status1 != 0;
    const unsigned status0 =
        (failed ? kAbnormal : 0U) | seekEnd_ | (command_[1] & (kHeadSelect | kDriveSelect));
    answer({static_cast<std::uint8_t>(status0), status1, status2, id.cylinder, id.head, id.sector,
            id.sizeCode},
           Interrupt::Yes);
}

}  // namespace devices::floppy
