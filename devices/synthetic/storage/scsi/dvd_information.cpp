// SPDX-License-Identifier: GPL-3.0-or-later

// What a DVD drive tells of itself and of its medium, one session with one data track.

#include <algorithm>
#include <vector>

#include "big_endian.h"
#include "dvd_drive.h"

namespace devices::scsi {

namespace {

constexpr std::uint8_t kDataTrack = 0x14;  // ADR 1, digital copy prohibited
constexpr std::uint8_t kLeadOut = 0xAA;
constexpr std::uint16_t kCdRomProfile = 0x0008;
constexpr std::uint16_t kDvdRomProfile = 0x0010;

// A block address in the field of a table of contents, as it is or in minutes, seconds and frames.
void putAddress(std::span<std::uint8_t> field, std::uint32_t block, bool minutes) {
    if (!minutes)
        return storeBigEndian(field, 0, block);
    constexpr std::uint32_t kFramesPerSecond = 75;
    constexpr std::uint32_t kLeadIn = 150;
    // What a CD can't have is told as the last that it can.
    constexpr std::uint32_t kLast = 100 * 60 * kFramesPerSecond - 1;
    const std::uint32_t frames = std::min(block, kLast - kLeadIn) + kLeadIn;
    field[1] = static_cast<std::uint8_t>(frames / kFramesPerSecond / 60);
    field[2] = static_cast<std::uint8_t>(frames / kFramesPerSecond % 60);
    field[3] = static_cast<std::uint8_t>(frames % kFramesPerSecond);
}

void addTrack(std::vector<std::uint8_t>& data, std::uint8_t track, std::uint32_t block,
              bool minutes) {
    const std::size_t at = data.size();
    data.resize(at + 8);
    data[at + 1] = kDataTrack;
    data[at + 2] = track;
    putAddress(std::span(data).subspan(at + 4), block, minutes);
}

// An entry of the full table: POINT, and PMIN, PSEC and PFRAME as a whole or one by one.
void addPoint(std::vector<std::uint8_t>& data, std::uint8_t point,
              std::array<std::uint8_t, 3> values) {
    const std::uint8_t entry[] = {1, kDataTrack, 0,         point,     0,        0,
                                  0, 0,          values[0], values[1], values[2]};
    data.insert(data.end(), std::begin(entry), std::end(entry));
}

void addFeature(std::vector<std::uint8_t>& data, std::uint16_t code, std::uint8_t flags,
                std::span<const std::uint8_t> content) {
    const std::size_t at = data.size();
    data.resize(at + 4);
    storeBigEndian(data, at, code);
    data[at + 2] = flags;
    data[at + 3] = static_cast<std::uint8_t>(content.size());
    data.insert(data.end(), content.begin(), content.end());
}

}  // namespace

bool DvdDrive::isCd() const {
    // 80 minutes and a little; larger images can only be DVDs.
    constexpr std::uint32_t kMostOfCd = 90 * 60 * 75;
    return blocks() <= kMostOfCd;
}

void DvdDrive::readCapacity(Command& command) const {
    std::array<std::uint8_t, 8> data{};
    storeBigEndian(data, 0, blocks() == 0 ? 0 : blocks() - 1);
    storeBigEndian(data, 4, kBlockSize);
    finishWith(command, data, data.size());
}

void DvdDrive::readToc(Command& command) const {
    const auto& block = command.block;
    const bool minutes = (block[1] & 0x02) != 0;
    // Old initiators have the format in the control byte.
    const std::uint8_t format = (block[2] & 0x0F) != 0 ? block[2] & 0x0F : block[9] >> 6;
    const std::uint8_t track = block[6];
    std::vector<std::uint8_t> data(4);
    data[2] = 1;  // the first track or session
    data[3] = 1;  // the last
    switch (format) {
        case 0:
            if (track > 1 && track != kLeadOut)
                return Command::fail(command, Sense::invalidField(6));
            if (track <= 1)
                addTrack(data, 1, 0, minutes);
            addTrack(data, kLeadOut, blocks(), minutes);
            break;
        case 1:
            addTrack(data, 1, 0, minutes);
            break;
        case 2: {
            std::array<std::uint8_t, 4> address{};
            if (track <= 1) {
                addPoint(data, 0xA0, {1, 0, 0});
                addPoint(data, 0xA1, {1, 0, 0});
                putAddress(address, blocks(), true);
                addPoint(data, 0xA2, {address[1], address[2], address[3]});
                putAddress(address, 0, true);
                addPoint(data, 1, {address[1], address[2], address[3]});
            }
            break;
        }
        default:
            return Command::fail(command, Sense::invalidField(2));
    }
    storeBigEndian(data, 0, static_cast<std::uint16_t>(data.size() - 2));
    finishWith(command, data, loadBigEndian<std::uint16_t>(block, 7));
}

void DvdDrive::getConfiguration(Command& command) const {
    constexpr std::uint8_t kPersistent = 0x01;
    constexpr std::uint8_t kCurrent = 0x01;
    constexpr std::uint8_t kLast = 0x02;
    const auto& block = command.block;
    const std::uint8_t kind = block[1] & 0x03;
    const auto first = loadBigEndian<std::uint16_t>(block, 2);
    if (kind == 3)
        return Command::fail(command, Sense::invalidField(1));
    const bool medium = medium_ != nullptr;
    const bool cd = medium && isCd();
    const bool dvd = medium && !isCd();
    const auto now = [](bool holds) { return static_cast<std::uint8_t>(holds ? kCurrent : 0); };
    constexpr auto version = [](unsigned number) { return static_cast<std::uint8_t>(number << 2); };

    struct Feature {
        std::uint16_t code;
        std::uint8_t flags;
        std::vector<std::uint8_t> content;
    };
    const Feature features[] = {
        // Profiles, those that can be.
        {0x0000,
         kPersistent << 1 | kCurrent,
         {kDvdRomProfile >> 8, kDvdRomProfile & 0xFF, now(dvd), 0, kCdRomProfile >> 8,
          kCdRomProfile & 0xFF, now(cd), 0}},
        // Core: the interface is of the SCSI family.
        {0x0001,
         static_cast<std::uint8_t>(version(2) | kPersistent << 1 | kCurrent),
         {0, 0, 0, 1, 0, 0, 0, 0}},
        // Morphing: events are polled for.
        {0x0002,
         static_cast<std::uint8_t>(version(1) | kPersistent << 1 | kCurrent),
         {0x02, 0, 0, 0}},
        // Removable medium: a tray that locks, loads and ejects.
        {0x0003,
         static_cast<std::uint8_t>(version(2) | kPersistent << 1 | kCurrent),
         {0x39, 0, 0, 0}},
        // Random reading.
        {0x0010, now(medium), {0, 0, kBlockSize >> 8, kBlockSize & 0xFF, 0, 1, 0, 0}},
        // CD reading, DVD reading.
        {0x001E, static_cast<std::uint8_t>(version(2) | now(cd)), {0, 0, 0, 0}},
        {0x001F, static_cast<std::uint8_t>(version(1) | now(dvd)), {0, 0, 0, 0}},
    };
    std::vector<std::uint8_t> data(8);
    storeBigEndian(data, 6, cd ? kCdRomProfile : dvd ? kDvdRomProfile : std::uint16_t{0});
    for (const Feature& feature : features) {
        const bool wanted =
            kind == kLast ? feature.code == first
                          : feature.code >= first && (kind == 0 || (feature.flags & kCurrent) != 0);
        if (wanted)
            addFeature(data, feature.code, feature.flags, feature.content);
    }
    storeBigEndian(data, 0, static_cast<std::uint32_t>(data.size() - 4));
    finishWith(command, data, loadBigEndian<std::uint16_t>(block, 7));
}

void DvdDrive::getEventStatus(Command& command) {
    constexpr std::uint8_t kPolled = 0x01;
    constexpr std::uint8_t kMediaClass = 4;
    constexpr std::uint8_t kNoEvents = 0x80;
    constexpr std::uint8_t kTrayOpen = 0x01;
    constexpr std::uint8_t kMediumPresent = 0x02;
    const auto& block = command.block;
    const auto allocated = loadBigEndian<std::uint16_t>(block, 7);
    if ((block[1] & kPolled) == 0)
        return Command::fail(command, Sense::invalidField(1));
    if ((block[4] & 1 << kMediaClass) == 0) {
        const std::array<std::uint8_t, 4> data{0, 2, kNoEvents, 1 << kMediaClass};
        return finishWith(command, data, allocated);
    }
    std::array<std::uint8_t, 8> data{0, 6, kMediaClass, 1 << kMediaClass};
    data[4] = static_cast<std::uint8_t>(event_);
    data[5] = static_cast<std::uint8_t>((tray_ == Tray::Open ? kTrayOpen : 0) |
                                        (medium_ ? kMediumPresent : 0));
    // It has been told, unless there was no room to.
    if (allocated > 4 && command.incoming() > 4)
        event_ = MediaEvent::None;
    finishWith(command, data, allocated);
}

void DvdDrive::readDiscInformation(Command& command) const {
    if ((command.block[1] & 0x07) != 0)
        return Command::fail(command, Sense::invalidField(1));
    std::array<std::uint8_t, 34> data{};
    storeBigEndian(data, 0, static_cast<std::uint16_t>(data.size() - 2));
    data[2] = 0x0E;  // complete, and so is its last session
    data[3] = 1;     // the first track, then numbers of sessions and tracks
    data[4] = 1;
    data[5] = 1;
    data[6] = 1;
    data[7] = 0x20;  // for unrestricted use
    // No lead-in and no lead-out to write to.
    std::fill(data.begin() + 16, data.begin() + 24, std::uint8_t{0xFF});
    finishWith(command, data, loadBigEndian<std::uint16_t>(command.block, 7));
}

void DvdDrive::readTrackInformation(Command& command) const {
    constexpr std::uint8_t kByBlock = 0;
    constexpr std::uint8_t kByTrack = 1;
    constexpr std::uint8_t kBySession = 2;
    const auto& block = command.block;
    const std::uint8_t by = block[1] & 0x03;
    const auto number = loadBigEndian<std::uint32_t>(block, 2);
    if (by == kByBlock ? number >= blocks() : (by > kBySession || number != kByTrack))
        return Command::fail(command, Sense::invalidField(2));
    std::array<std::uint8_t, 36> data{};
    storeBigEndian(data, 0, static_cast<std::uint16_t>(data.size() - 2));
    data[2] = 1;  // track and session
    data[3] = 1;
    data[5] = 0x04;  // a data track
    data[6] = 0x01;  // of mode 1
    storeBigEndian(data, 24, blocks());
    finishWith(command, data, loadBigEndian<std::uint16_t>(block, 7));
}

void DvdDrive::mechanismStatus(Command& command) const {
    constexpr std::uint8_t kDoorOpen = 0x10;
    std::array<std::uint8_t, 8> data{};
    data[1] = tray_ == Tray::Open ? kDoorOpen : 0;
    finishWith(command, data, loadBigEndian<std::uint16_t>(command.block, 8));
}

}  // namespace devices::scsi
