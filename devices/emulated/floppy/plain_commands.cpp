// SPDX-License-Identifier: GPL-3.0-or-later

// The diskette controller's commands that move no data: the heads, and what it tells of itself.

#include <algorithm>
#include <utility>

#include "floppy_controller.h"

namespace devices::floppy {

namespace {

/// 82077AA.
constexpr std::uint8_t kVersion = 0x90;
/// As many steps as RECALIBRATE gives.
constexpr int kRecalibrationSteps = 79;

}  // namespace

void FloppyController::answer(std::initializer_list<std::uint8_t> results, Interrupt with) {
    std::ranges::copy(results, results_.begin());
    resultCount_ = results.size();
    resultAt_ = 0;
    phase_ = Phase::Result;
    answerInterrupts_ = with == Interrupt::Yes;
    if (answerInterrupts_) {
        // What a reset has left to ask about is over.
        if (std::exchange(afterReset_, false))
            sensed_ = {};
        setInterrupt(true);
    }
}

void FloppyController::execute() {
    received_ = 0;
    switch (code_.operation) {
        case Operation::Specify:
            specified_ = {command_[1], command_[2]};
            break;
        case Operation::SenseDriveStatus:
            return senseDrive();
        case Operation::Recalibrate:
            return recalibrate();
        case Operation::SenseInterrupt:
            return senseInterrupt();
        case Operation::DumpRegisters:
            return dumpRegisters();
        case Operation::Seek: {
            const std::uint8_t cylinder = command_[2];
            return seek(cylinder - cylinders_[selected()], cylinder);
        }
        case Operation::RelativeSeek: {
            const bool inwards = (command_[0] & kInwards) != 0;
            const int tracks = inwards ? command_[2] : -command_[2];
            return seek(tracks, static_cast<std::uint8_t>(cylinders_[selected()] + tracks));
        }
        case Operation::Version:
            return answer({kVersion});
        case Operation::Perpendicular:
            perpendicular_ = command_[1];
            break;
        case Operation::Configure:
            configuration_ = command_[2];
            precompensation_ = command_[3];
            break;
        case Operation::Lock:
            locked_ = (command_[0] & kLock) != 0;
            return answer({static_cast<std::uint8_t>(locked_ ? 0x10 : 0)});
        case Operation::Invalid:
            return answer({kInvalidCommand});
        default:
            return executeData();
    }
}

void FloppyController::senseInterrupt() {
    const auto found =
        std::ranges::find_if(sensed_, [](const auto& status) { return status.has_value(); });
    if (found == sensed_.end())
        return answer({kInvalidCommand});
    setInterrupt(false);
    const auto drive = static_cast<std::size_t>(found - sensed_.begin());
    const std::uint8_t status = *std::exchange(*found, std::nullopt);
    answer({status, cylinders_[drive]});
}

void FloppyController::senseDrive() {
    unsigned status = kStatus3 | (command_[1] & (kHeadSelect | kDriveSelect));
    if (selected() == 0) {
        status |= drive_.isWriteProtected() ? kWriteProtected : 0;
        status |= drive_.isAtTrackZero() ? kTrackZero : 0;
    }
    answer({static_cast<std::uint8_t>(status)});
}

void FloppyController::recalibrate() {
    const unsigned drive = selected();
    if (drive == 0)
        drive_.step(drive_.isAtTrackZero() ? 0 : -kRecalibrationSteps);
    cylinders_[drive] = 0;
    // It has looked in vain for track 0 where there is no drive, or where it was too far away.
    const bool found = drive == 0 && drive_.isAtTrackZero();
    seekEnded(drive, found ? 0 : kAbnormal | kEquipmentCheck);
}

void FloppyController::seek(int tracks, std::uint8_t cylinder) {
    const unsigned drive = selected();
    if (drive == 0)
        drive_.step(tracks);
    cylinders_[drive] = cylinder;
    seekEnded(drive, static_cast<std::uint8_t>(command_[1] & kHeadSelect));
}

void FloppyController::seekEnded(unsigned drive, std::uint8_t status) {
    phase_ = Phase::Command;
    if (std::exchange(afterReset_, false))
        sensed_ = {};
    sensed_[drive] = static_cast<std::uint8_t>(kSeekEnd | status | drive);
    setInterrupt(true);
}

void FloppyController::dumpRegisters() {
    const unsigned modes = (locked_ ? 0x80U : 0U) | (perpendicular_ & 0x3FU);
    answer({cylinders_[0], cylinders_[1], cylinders_[2], cylinders_[3], specified_[0],
            specified_[1], lastEnd_, static_cast<std::uint8_t>(modes), configuration_,
            precompensation_});
}

}  // namespace devices::floppy
