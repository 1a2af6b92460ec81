// SPDX-License-Identifier: GPL-3.0-or-later
#include "floppy_controller.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace devices::floppy {

using hypervisor::failure;
using hypervisor::Result;

namespace {

/// By their ports.
enum Register : unsigned {
    OutputPort = 2,
    TapePort = 3,
    /// Main status when read, rate when written.
    StatusPort = 4,
    DataPort = 5,
    /// Input when read, configuration when written.
    InputPort = 7,
};

// Digital output register.
constexpr std::uint8_t kNotReset = 0x04;

// Data rate select register.
constexpr std::uint8_t kSoftwareReset = 0x80;
constexpr std::uint8_t kRate = 0x03;

constexpr std::uint8_t kTape = 0x03;
constexpr std::uint8_t kDiskChanged = 0x80;

/// Of the chip; SRA, SRB and whatever else is not there float.
constexpr std::uint8_t kFloating = 0xFF;

// CONFIGURE.
constexpr std::uint8_t kNoFifo = 0x20;
constexpr std::uint8_t kFifoThreshold = 0x0F;

// PERPENDICULAR MODE.
constexpr std::uint8_t kPerpendicularDrives = 0x3C;

}  // namespace

FloppyController::FloppyController(const Wiring& wiring, DriveKind kind, storage::IoEngine& engine)
    : kind_(kind),
      engine_(engine),
      dma_(wiring.dma),
      line_(wiring.interrupt),
      drive_(kind),
      access_([this] { ended(); }) {
    configuration_ = kNoFifo;
    dma_.attach(kDmaChannel, [this] {
        const std::scoped_lock lock(mutex_);
        if (phase_ == Phase::AwaitsDma)
            tryDma();
    });
}

Result<std::unique_ptr<FloppyController>> FloppyController::create(const Wiring& wiring,
                                                                   DriveKind kind,
                                                                   storage::IoEngine& engine) {
    std::unique_ptr<FloppyController> made(new FloppyController(wiring, kind, engine));
    if (auto claimed = wiring.ports.claim("diskette controller", {kFirstPort, kPorts, 1}, *made);
        !claimed)
        return std::unexpected(claimed.error());
    if (auto claimed = wiring.ports.claim("diskette controller", {kLastPort, 1, 1}, *made);
        !claimed)
        return std::unexpected(claimed.error());
    return made;
}

FloppyController::~FloppyController() {
    dma_.detach(kDmaChannel);
}

// --- Its owner ---

Result<void> FloppyController::insert(std::shared_ptr<storage::Disk> disk, Released released) {
    if (&disk->engine() != &engine_)
        return failure("The diskette is served by another thread than its controller.");
    const auto format = formatOf(disk->size());
    if (!format)
        return failure(fmt::format("An image of {} bytes is none of a diskette.", disk->size()));
    if (!rateIn(kind_, *format))
        return failure(fmt::format(
            "A diskette of {} does not fit into the machine's drive ({}). A machine that is "
            "started with the diskette in its drive gets one for it.",
            name(format->kind), name(kind_)));
    exchange(Diskette{*format, std::move(disk)}, std::move(released));
    return {};
}

void FloppyController::eject(Released released) {
    exchange(std::nullopt, std::move(released));
}

void FloppyController::exchange(std::optional<Diskette> diskette, Released released) {
    const std::scoped_lock lock(mutex_);
    static_cast<void>(drive_.change(std::move(diskette)));
    if (!released)
        return;
    if (underWay_)
        releasing_.push_back(std::move(released));
    else
        engine_.post(std::move(released));
}

void FloppyController::quiesce() {
    std::unique_lock lock(mutex_);
    beginReset();
    idle_.wait(lock, [this] { return !underWay_; });
}

void FloppyController::powerOn() {
    quiesce();
    const std::scoped_lock lock(mutex_);
    output_ = 0;
    tape_ = 0;
    rate_ = DataRate::Kb250;
    specified_ = {};
    configuration_ = kNoFifo;
    precompensation_ = 0;
    perpendicular_ = 0;
    lastEnd_ = 0;
    locked_ = false;
    cylinders_ = {};
    drive_.powerOn();
    beginReset();
}

bool FloppyController::idle() const {
    const std::scoped_lock lock(mutex_);
    return !underWay_;
}

// --- Registers ---

std::uint32_t FloppyController::readPort(std::uint16_t port, unsigned /*size*/) {
    const std::scoped_lock lock(mutex_);
    switch (port - kFirstPort) {
        case OutputPort:
            return output_;
        case TapePort:
            return static_cast<std::uint8_t>(tape_ | (kFloating & ~kTape));
        case StatusPort:
            return mainStatus();
        case DataPort:
            return readData();
        case InputPort:
            return (output_ & kDriveSelect) == 0 && drive_.hasChanged() ? kDiskChanged : 0;
        default:
            return kFloating;
    }
}

void FloppyController::writePort(std::uint16_t port, unsigned /*size*/, std::uint32_t value) {
    const std::scoped_lock lock(mutex_);
    const auto byte = static_cast<std::uint8_t>(value);
    switch (port - kFirstPort) {
        case OutputPort:
            return writeOutput(byte);
        case TapePort:
            tape_ = byte & kTape;
            break;
        case StatusPort:
            return writeRate(byte);
        case DataPort:
            return writeData(byte);
        case InputPort:
            rate_ = static_cast<DataRate>(byte & kRate);
            break;
        default:
            break;
    }
}

std::uint8_t FloppyController::mainStatus() const {
    unsigned value = 0;
    for (unsigned drive = 0; drive < kDrives; ++drive)
        value |= sensed_[drive] && !afterReset_ ? 1U << drive : 0;
    const unsigned execution = movesByGuest() ? kBusy | kMovedByGuest : kBusy;
    switch (phase_) {
        case Phase::Reset:
            return 0;
        case Phase::Command:
            value |= kReady | (received_ != 0 ? kBusy : 0U);
            break;
        case Phase::AwaitsDma:
        case Phase::Executes:
            value |= execution;
            break;
        case Phase::GuestTakes:
            value |= execution | kReady | kToGuest;
            break;
        case Phase::GuestGives:
            value |= execution | kReady;
            break;
        case Phase::Result:
            value |= kBusy | kReady | kToGuest;
            break;
    }
    return static_cast<std::uint8_t>(value);
}

std::uint8_t FloppyController::readData() {
    if (phase_ == Phase::GuestTakes) {
        const std::uint8_t byte = access_.buffer()[moved_++];
        if (moved_ == bytes_)
            taken();
        return byte;
    }
    if (phase_ != Phase::Result)
        return 0;
    // Of a command that has interrupted, this is the answer to it.
    if (std::exchange(answerInterrupts_, false))
        setInterrupt(false);
    const std::uint8_t byte = results_[resultAt_++];
    if (resultAt_ == resultCount_)
        phase_ = Phase::Command;
    return byte;
}

void FloppyController::writeData(std::uint8_t value) {
    if (phase_ == Phase::GuestGives) {
        access_.buffer()[moved_++] = value;
        if (moved_ == bytes_) {
            setInterrupt(false);
            given(bytes_);
        }
        return;
    }
    if (phase_ != Phase::Command)
        return;
    if (received_ == 0)
        code_ = CommandCode::of(value);
    command_.at(received_++) = value;
    if (received_ > code_.parameters)
        execute();
}

void FloppyController::writeOutput(std::uint8_t value) {
    const std::uint8_t before = std::exchange(output_, value);
    if ((before & ~value & kNotReset) != 0)
        beginReset();
    if ((value & ~before & kNotReset) != 0)
        settleReset();
    driveLine();
    if (phase_ == Phase::AwaitsDma)
        tryDma();
}

void FloppyController::writeRate(std::uint8_t value) {
    rate_ = static_cast<DataRate>(value & kRate);
    if ((value & kSoftwareReset) == 0)
        return;
    beginReset();
    settleReset();
}

void FloppyController::beginReset() {
    discard_ = underWay_;
    phase_ = Phase::Reset;
    dma_.withdraw(kDmaChannel);
    received_ = 0;
    sensed_ = {};
    setInterrupt(false);
}

void FloppyController::settleReset() {
    if (underWay_ || phase_ != Phase::Reset || (output_ & kNotReset) == 0)
        return;
    phase_ = Phase::Command;
    perpendicular_ &= kPerpendicularDrives;
    configuration_ = locked_ ? configuration_ & (kNoFifo | kFifoThreshold) : kNoFifo;
    if (!locked_)
        precompensation_ = 0;
    // It looks for drives whose readiness has changed, and finds all of them.
    for (unsigned drive = 0; drive < kDrives; ++drive)
        sensed_[drive] = static_cast<std::uint8_t>(kPolled | drive);
    afterReset_ = true;
    setInterrupt(true);
}

void FloppyController::setInterrupt(bool asserted) {
    interrupting_ = asserted;
    driveLine();
}

void FloppyController::driveLine() {
    const bool asserted = interrupting_ && (output_ & kInterruptsAndDma) != 0;
    if (asserted != asserted_)
        line_.set(asserted);
    asserted_ = asserted;
}

}  // namespace devices::floppy
