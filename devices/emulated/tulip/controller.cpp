// SPDX-License-Identifier: GPL-3.0-or-later
#include "controller.h"

#include <algorithm>
#include <utility>

#include "registers.h"
#include "rom_content.h"

namespace devices::tulip {

namespace {

constexpr std::uint32_t kAllOnes = 0xFFFF'FFFF;
constexpr std::uint32_t kBootRomAddress = 0x3'FFFF;
/// RDES0's data types.
constexpr std::uint32_t kByInternalLoopback = 1;
constexpr std::uint32_t kByExternalLoopback = 2;

}  // namespace

Controller::Controller(const AdapterSettings& settings, const hypervisor::GuestMemory& memory,
                       Clock& clock, const hypervisor::InterruptLine& line,
                       std::function<void()> wake)
    : clock_(clock),
      wake_(std::move(wake)),
      management_(phy_),
      serialRom_(
          romContent(settings.mac, static_cast<std::uint16_t>(kSubsystemVendor + settings.number))),
      status_(line),
      transmit_(memory, filter_, status_),
      receive_(memory, status_),
      timer_(clock,
             [this] {
                 const std::scoped_lock lock(mutex_);
                 if (timer_.expired())
                     status_.raise(status::kTimerExpired);
             }),
      pollAlarm_(clock.createAlarm([this] {
          const std::scoped_lock lock(mutex_);
          if (!std::exchange(pollIsDue_, false))
              return;
          transmit_.demand();
          wake_();
      })) {
    resetAll();
}

void Controller::reset() {
    const std::scoped_lock lock(mutex_);
    resetAll();
    phy_.reset();
    management_.reset();
    serialRom_.reset();
}

void Controller::resetAll() {
    pollAlarm_->cancel();
    pollIsDue_ = false;
    timer_.reset();
    filter_.reset();
    transmit_.reset();
    receive_.reset();
    status_.reset();
    busMode_ = 0;
    mode_ = mode::kInitial;
    romAndManagement_ = 0;
    bootRomAddress_ = 0;
    watchdog_ = 0;
    outputs_ = 0;
    outputLevels_ = 0;
    missed_ = 0;
    hasFailed_ = false;
}

void Controller::setMaster(bool allowed) {
    if (isMaster_.exchange(allowed) != allowed && allowed)
        wake_();
}

void Controller::setLink(bool up) {
    const std::scoped_lock lock(mutex_);
    phy_.setLink(up);
}

// --- Registers ---

std::uint32_t Controller::read(unsigned offset, unsigned size) {
    const unsigned byte = offset % kRegisterStride;
    if (byte + size > sizeof(std::uint32_t))
        return kAllOnes;
    const std::scoped_lock lock(mutex_);
    return readRegister(offset / kRegisterStride) >> byte * 8;
}

bool Controller::write(unsigned offset, unsigned size, std::uint32_t value) {
    if (offset % kRegisterStride != 0 || size != sizeof(std::uint32_t))
        return false;
    const std::scoped_lock lock(mutex_);
    const unsigned number = offset / kRegisterStride;
    writeRegister(number, value);
    return number == csr::kTransmitDemand;
}

std::uint32_t Controller::readRegister(unsigned number) {
    switch (number) {
        case csr::kBusMode:
            return busMode_ | bus_mode::kOnes;
        case csr::kReceiveList:
            return receive_.base();
        case csr::kTransmitList:
            return transmit_.base();
        case csr::kStatus:
            return status_.read();
        case csr::kOperationMode:
            return readMode();
        case csr::kInterruptEnable:
            return status_.enabled();
        case csr::kMissedFrames:
            return takeMissed();
        case csr::kRomAndManagement:
            return readRomAndManagement();
        case csr::kBootRomAddress:
            return bootRomAddress_ | ~kBootRomAddress;
        case csr::kTimer:
            return timer_.read();
        case csr::kGeneralPort:
            // Pins that nobody drives are high.
            return general_port::kOnes | (outputLevels_ & outputs_) |
                   (general_port::kPins & ~outputs_);
        case csr::kWatchdog:
            return watchdog_ | ~kWatchdogWritable;
        default:
            return kAllOnes;
    }
}

void Controller::writeRegister(unsigned number, std::uint32_t value) {
    switch (number) {
        case csr::kBusMode:
            return writeBusMode(value);
        case csr::kTransmitDemand:
            return transmit_.demand();
        case csr::kReceiveDemand:
            return wake_();
        case csr::kReceiveList:
            return receive_.setBase(value);
        case csr::kTransmitList:
            return transmit_.setBase(value);
        case csr::kStatus:
            return status_.acknowledge(value);
        case csr::kOperationMode:
            return writeMode(value);
        case csr::kInterruptEnable:
            return status_.enable(value);
        case csr::kRomAndManagement:
            return writeRomAndManagement(value);
        case csr::kBootRomAddress:
            bootRomAddress_ = value & kBootRomAddress;
            return;
        case csr::kTimer:
            return timer_.write(value, timerCycle(mode_));
        case csr::kGeneralPort:
            return writeGeneralPort(value);
        case csr::kWatchdog:
            watchdog_ = value & kWatchdogWritable;
            return;
        default:
            return;
    }
}

void Controller::writeBusMode(std::uint32_t value) {
    // The reset is over before the guest can see it.
    if ((value & bus_mode::kSoftwareReset) != 0)
        return resetAll();
    busMode_ = value & bus_mode::kWritable;
    pollLater();
}

std::uint32_t Controller::readMode() const {
    return mode::kOnes | mode_ | filter_.modeBits();
}

void Controller::writeMode(std::uint32_t value) {
    mode_ = value & mode::kWritable;
    if ((mode_ & mode::kTransmit) == 0)
        transmit_.stop();
    else if (!hasFailed_)
        transmit_.start();
    if ((mode_ & mode::kReceive) == 0)
        receive_.stop();
    else if (!hasFailed_)
        receive_.start();
    wake_();
}

std::uint32_t Controller::readRomAndManagement() const {
    std::uint32_t value = rom::kOnes | romAndManagement_;
    if ((romAndManagement_ & rom::kSelectSerialRom) == 0)
        value |= rom::kData;  // there is no boot ROM
    else if (serialRom_.dataOut())
        value |= rom::kDataOut;
    if (management_.dataIn())
        value |= rom::kManagementDataIn;
    return value;
}

void Controller::writeRomAndManagement(std::uint32_t value) {
    romAndManagement_ = value & rom::kWritable;
    const bool isSelected = (value & rom::kSelectSerialRom) != 0;
    serialRom_.drive(isSelected && (value & rom::kChipSelect) != 0, (value & rom::kClock) != 0,
                     (value & rom::kDataIn) != 0);
    management_.drive(
        (value & rom::kManagementClock) != 0,
        (value & rom::kManagementRead) != 0 || (value & rom::kManagementDataOut) != 0);
}

void Controller::writeGeneralPort(std::uint32_t value) {
    if ((value & general_port::kDirection) != 0)
        outputs_ = value & general_port::kPins;
    else
        outputLevels_ = value & general_port::kPins;
}

std::uint32_t Controller::takeMissed() {
    const std::uint32_t count = std::exchange(missed_, 0);
    return missed::kOnes | (count > missed::kMost ? missed::kOverflow : 0) |
           (count & missed::kMost);
}

// --- Frames ---

void Controller::busError() {
    hasFailed_ = true;
    transmit_.stop();
    receive_.stop();
    status_.raise(status::kFatalBusError);
}

void Controller::pollLater() {
    const std::uint64_t period = pollingPeriod(busMode_, mode_);
    if (period == 0 || pollIsDue_ || !transmit_.isSuspended())
        return;
    pollIsDue_ = true;
    pollAlarm_->set(clock_.now() + period);
}

Controller::Sent Controller::send(IncomingFrame& frame) {
    const std::scoped_lock lock(mutex_);
    if (!isMaster_)
        return Sent::Nothing;
    switch (transmit_.step(busMode_)) {
        case TransmitProcess::Step::Idle:
            pollLater();
            return Sent::Nothing;
        case TransmitProcess::Step::Done:
            return Sent::Done;
        case TransmitProcess::Step::BusError:
            busError();
            return Sent::Nothing;
        case TransmitProcess::Step::Frame:
            break;
    }
    transmit_.takeFrame(frame.bytes);
    frame.filterFailed = false;
    frame.dataType = (mode_ & mode::kInternalLoopback) != 0   ? kByInternalLoopback
                     : (mode_ & mode::kExternalLoopback) != 0 ? kByExternalLoopback
                                                              : 0;
    frame.isLoopback = frame.dataType != 0 || phy_.loopsBack();
    return frame.isLoopback ? Sent::Loopback : Sent::Frame;
}

Controller::Wish Controller::judge(IncomingFrame& frame) const {
    const std::scoped_lock lock(mutex_);
    const bool loopsBack = (mode_ & mode::kLoopback) != 0 || phy_.loopsBack();
    if (!receive_.isRunning() || (loopsBack && !frame.isLoopback))
        return Wish::Deaf;
    MacAddress destination;
    std::copy_n(frame.bytes.begin(), destination.size(), destination.begin());
    const auto verdict = filter_.judge(destination, mode_);
    frame.filterFailed = verdict == AddressFilter::Verdict::PassedAnyway;
    return verdict == AddressFilter::Verdict::Refused ? Wish::Refused : Wish::Taken;
}

Controller::Received Controller::receive(const IncomingFrame& frame) {
    const std::scoped_lock lock(mutex_);
    if (!receive_.isRunning() || !isMaster_)
        return Received::Lost;
    switch (receive_.deliver(frame, busMode_)) {
        case ReceiveProcess::Outcome::Delivered:
            return Received::Delivered;
        case ReceiveProcess::Outcome::NoDescriptor:
            return Received::NoRoom;
        case ReceiveProcess::Outcome::BusError:
            busError();
            break;
    }
    return Received::Lost;
}

void Controller::countMissed(std::uint32_t frames) {
    const std::scoped_lock lock(mutex_);
    // Anything above what the counter has says as much.
    missed_ = std::min(missed_ + std::min(frames, missed::kMost), missed::kMost + 1);
}

}  // namespace devices::tulip
