// SPDX-License-Identifier: GPL-3.0-or-later
#include "dvd_drive.h"

#include <algorithm>
#include <limits>

#include "big_endian.h"

namespace devices::scsi {

using devices::storage::DiskOperation;
using devices::storage::IoStatus;

namespace {

using enum Operation;
constexpr auto kAll = std::uint8_t{0xFF};
constexpr SupportedOperation kOperations[] = {
    {TestUnitReady, {}, {}},
    {RequestSense, {}, {0, 0, 0, kAll}},
    {Inquiry, {}, {0x01, kAll, kAll, kAll}},
    {ModeSelect6, {}, {0x11, 0, 0, kAll}},
    {ModeSense6, {}, {0x08, kAll, kAll, kAll}},
    {StartStopUnit, {}, {0x01, 0, 0, 0xF3}},
    {PreventAllowMediumRemoval, {}, {0, 0, 0, 0x03}},
    {ReadCapacity10, {}, {}},
    {Read10, {}, {0x18, kAll, kAll, kAll, kAll, 0, kAll, kAll}},
    {Seek10, {}, {0, kAll, kAll, kAll, kAll}},
    {ReadToc, {}, {0x02, 0x0F, 0, 0, 0, kAll, kAll, kAll, 0xC0}},
    {GetConfiguration, {}, {0x03, kAll, kAll, 0, 0, 0, kAll, kAll}},
    {GetEventStatusNotification, {}, {0x01, 0, 0, kAll, 0, 0, kAll, kAll}},
    {LogSense, {}, {0, kAll, kAll, 0, 0, 0, kAll, kAll}},
    {ReadDiscInformation, {}, {0x07, 0, 0, 0, 0, 0, kAll, kAll}},
    {ReadTrackInformation, {}, {0x03, kAll, kAll, kAll, kAll, 0, kAll, kAll}},
    {ModeSelect10, {}, {0x11, 0, 0, 0, 0, 0, kAll, kAll}},
    {ModeSense10, {}, {0x08, kAll, kAll, 0, 0, 0, kAll, kAll}},
    {ReportLuns, {}, {0, kAll, 0, 0, 0, kAll, kAll, kAll, kAll}},
    {MaintenanceIn,
     kReportSupportedOperationCodesAction,
     {kReportSupportedOperationCodesAction, 0x07, kAll, kAll, kAll, kAll, kAll, kAll, kAll}},
    {Read12, {}, {0x18, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll}},
    {SetCdSpeed, {}, {0x03, kAll, kAll, kAll, kAll}},
    {MechanismStatus, {}, {0, 0, 0, 0, 0, 0, 0, kAll, kAll}},
};

}  // namespace

DvdDrive::DvdDrive(std::shared_ptr<devices::storage::Disk> medium, const DvdOptions& options)
    : LogicalUnit({DeviceType::Dvd, true, "Virtual DVD-ROM", options.identifier}, options.counters),
      options_(options),
      medium_(medium ? std::make_shared<Medium>(std::move(medium)) : nullptr) {
    if (medium_)
        event_ = MediaEvent::NewMedia;
}

std::span<const SupportedOperation> DvdDrive::operations() const {
    return kOperations;
}

std::uint32_t DvdDrive::blocks() const {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(
        medium_->disk().size() / kBlockSize, std::numeric_limits<std::uint32_t>::max()));
}

Sense DvdDrive::noMedium() const {
    return Sense::notReady(tray_ == Tray::Open ? SenseCode::MediumNotPresentTrayOpen
                                               : SenseCode::MediumNotPresent);
}

Sense DvdDrive::condition() const {
    return medium_ ? Sense{} : noMedium();
}

void DvdDrive::insert(std::shared_ptr<devices::storage::Disk> medium, Medium::Released released) {
    auto old = std::exchange(medium_, std::make_shared<Medium>(std::move(medium)));
    tray_ = Tray::Closed;
    event_ = MediaEvent::NewMedia;
    attention(SenseCode::MediumMayHaveChanged);
    Medium::release(std::move(old), std::move(released));
}

void DvdDrive::eject(Medium::Released released) {
    if (medium_)
        event_ = MediaEvent::MediaRemoval;
    Medium::release(std::move(medium_), std::move(released));
    medium_ = nullptr;
}

void DvdDrive::perform(Command& command) {
    switch (command.operation()) {
        case GetConfiguration:
            return getConfiguration(command);
        case GetEventStatusNotification:
            return getEventStatus(command);
        case MechanismStatus:
            return mechanismStatus(command);
        case StartStopUnit:
            return startOrStop(command);
        case PreventAllowMediumRemoval:
            return preventOrAllow(command);
        case SetCdSpeed:
            return Command::finish(command);
        default:
            break;
    }
    if (!medium_)
        return Command::fail(command, noMedium());
    switch (command.operation()) {
        case Read10:
        case Read12:
            return read(command);
        case ReadCapacity10:
            return readCapacity(command);
        case ReadToc:
            return readToc(command);
        case ReadDiscInformation:
            return readDiscInformation(command);
        case ReadTrackInformation:
            return readTrackInformation(command);
        case Seek10:
            if (const auto block = loadBigEndian<std::uint32_t>(command.block, 2);
                block >= blocks())
                return Command::fail(command, Sense::outOfRange(block));
            return Command::finish(command);
        default:  // TestUnitReady; ReportLuns is the target's
            return Command::finish(command);
    }
}

void DvdDrive::read(Command& command) {
    const BlockRange range = BlockRange::of(command);
    if (!range.liesIn(blocks()))
        return Command::fail(command, Sense::outOfRange(range.first));
    const std::uint64_t length = range.count * kBlockSize;
    if (length > options_.maximumTransfer || command.incoming() < length)
        return Command::fail(command, Sense::invalidField(range.countByte));
    command.medium = medium_;
    command.useFirst(length);
    auto& request = command.request;
    request.operation = DiskOperation::Read;
    request.forceUnitAccess = false;
    request.offset = range.first * kBlockSize;
    request.length = length;
    request.buffers = command.buffers;
    request.context = &command;
    request.completed = &DvdDrive::readEnded;
    begin(command);
    medium_->disk().submit(request);
}

void DvdDrive::readEnded(devices::storage::DiskRequest& request, IoStatus status) {
    auto& command = *static_cast<Command*>(request.context);
    count(command, Counted::Read, request.length, status.ok());
    finish(command, status, Transfer::FromMedium, BlockRange::of(command).first);
}

void DvdDrive::startOrStop(Command& command) {
    constexpr std::uint8_t kStart = 0x01;
    constexpr std::uint8_t kLoadOrEject = 0x02;
    constexpr std::uint8_t kPowerCondition = 0xF0;
    const std::uint8_t what = command.block[4];
    if ((what & kLoadOrEject) == 0 || (what & kPowerCondition) != 0)
        return Command::finish(command);
    if ((what & kStart) != 0) {
        // What has been ejected is the owner's: the tray closes empty.
        tray_ = Tray::Closed;
        return Command::finish(command);
    }
    if (removalPrevented_)
        return Command::fail(command, Sense::illegalRequest(SenseCode::MediumRemovalPrevented));
    tray_ = Tray::Open;
    if (medium_)
        eject(guestEjects_ ? guestEjects_() : Medium::Released());
    Command::finish(command);
}

void DvdDrive::preventOrAllow(Command& command) {
    // Persistent prevention, bit 1, is of changers.
    removalPrevented_ = (command.block[4] & 0x01) != 0;
    Command::finish(command);
}

std::vector<std::vector<std::uint8_t>> DvdDrive::modePages(ModeQuery::Control control) const {
    constexpr std::uint8_t kReadsCdAndDvd = 0x0B;
    constexpr std::uint8_t kMultiSession = 0x40;
    constexpr std::uint8_t kTrayThatLocksAndEjects = 0x29;
    constexpr std::uint8_t kLocked = 0x02;
    std::vector<std::vector<std::uint8_t>> pages{modePage(kErrorRecoveryPage, 10),
                                                 modePage(kCapabilitiesPage, 20)};
    if (control == ModeQuery::Control::Changeable)
        return pages;
    auto& capabilities = pages[1];
    capabilities[2] = kReadsCdAndDvd;
    capabilities[4] = kMultiSession;
    capabilities[6] =
        static_cast<std::uint8_t>(kTrayThatLocksAndEjects | (removalPrevented_ ? kLocked : 0));
    // kB/s: a DVD drive's 16 times, highest and current; and no buffer to speak of.
    storeBigEndian(capabilities, 8, std::uint16_t{22160});
    storeBigEndian(capabilities, 14, std::uint16_t{22160});
    return pages;
}

}  // namespace devices::scsi
