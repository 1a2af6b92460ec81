// SPDX-License-Identifier: GPL-3.0-or-later
#include "serial.h"

#include <algorithm>
#include <utility>

namespace devices {

namespace {

enum Register : std::uint8_t {
    Data = 0,             // divisor's low byte
    InterruptEnable = 1,  // divisor's high byte
    InterruptIdentification = 2,
    FifoControl = 2,
    LineControl = 3,
    ModemControl = 4,
    LineStatus = 5,
    ModemStatus = 6,
    Scratch = 7,
};

// Interrupt enable.
constexpr std::uint8_t kReceiverEnable = 0x01;
constexpr std::uint8_t kTransmitterEnable = 0x02;
constexpr std::uint8_t kLineStatusEnable = 0x04;
constexpr std::uint8_t kModemStatusEnable = 0x08;
constexpr std::uint8_t kEnableBits = 0x0F;

// Interrupt identification.
constexpr std::uint8_t kNone = 0x01;
constexpr std::uint8_t kModemInterrupt = 0x00;
constexpr std::uint8_t kTransmitterInterrupt = 0x02;
constexpr std::uint8_t kReceiverInterrupt = 0x04;
constexpr std::uint8_t kLineStatusInterrupt = 0x06;
constexpr std::uint8_t kTimeoutInterrupt = 0x0C;
constexpr std::uint8_t kFifosOn = 0xC0;

// FIFO control.
constexpr std::uint8_t kFifoEnable = 0x01;
constexpr std::uint8_t kClearReceiver = 0x02;
constexpr std::uint8_t kClearTransmitter = 0x04;
constexpr std::array<std::size_t, 4> kTriggerLevels{1, 4, 8, 14};

// Line control.
constexpr std::uint8_t kWordLength = 0x03;
constexpr std::uint8_t kTwoStopBits = 0x04;
constexpr std::uint8_t kParityEnable = 0x08;
constexpr std::uint8_t kBreak = 0x40;
constexpr std::uint8_t kDivisorLatch = 0x80;

// Modem control.
constexpr std::uint8_t kDataTerminalReady = 0x01;
constexpr std::uint8_t kRequestToSend = 0x02;
constexpr std::uint8_t kOut1 = 0x04;
constexpr std::uint8_t kOut2 = 0x08;
constexpr std::uint8_t kLoopback = 0x10;
constexpr std::uint8_t kModemControlBits = 0x1F;

// Line status.
constexpr std::uint8_t kDataReady = 0x01;
constexpr std::uint8_t kOverrun = 0x02;
constexpr std::uint8_t kFramingError = 0x08;
constexpr std::uint8_t kBreakReceived = 0x10;
constexpr std::uint8_t kTransmitterEmpty = 0x60;  // holding register or FIFO, and shift register
constexpr std::uint8_t kErrorInFifo = 0x80;

// Modem status: lines above, what has changed below.
constexpr std::uint8_t kClearToSend = 0x10;
constexpr std::uint8_t kDataSetReady = 0x20;
constexpr std::uint8_t kRing = 0x40;
constexpr std::uint8_t kCarrier = 0x80;
constexpr std::uint8_t kRingEnded = 0x04;

constexpr std::uint64_t kOscillatorHertz = 1'843'200;
constexpr std::uint64_t kCyclesPerDivisor = 16;
constexpr std::uint64_t kLongestTimeout = 100'000'000;

}  // namespace

bool SerialFifo::hasErrors() const {
    for (std::size_t i = 0; i < size_; ++i)
        if (entries_[(first_ + i) % kCapacity].errors != 0)
            return true;
    return false;
}

void SerialFifo::push(Entry entry) {
    entries_[(first_ + size_) % kCapacity] = entry;
    ++size_;
}

SerialFifo::Entry SerialFifo::pop() {
    const Entry entry = entries_[first_];
    first_ = (first_ + 1) % kCapacity;
    --size_;
    return entry;
}

SerialPort::SerialPort(Clock& clock, hypervisor::InterruptLine interrupt, SerialBackend* backend)
    : clock_(clock), interrupt_(std::move(interrupt)), backend_(backend) {
    timeout_ = clock.createAlarm([this] {
        const std::scoped_lock lock(mutex_);
        if (timeoutAt_ == 0 || clock_.now() < timeoutAt_)
            return;
        timeoutAt_ = 0;
        registers_.receiverTimeout = true;
        updateInterrupt();
    });
    if (backend_ != nullptr)
        backend_->attach(this);
}

SerialPort::~SerialPort() {
    if (backend_ != nullptr)
        backend_->attach(nullptr);
}

hypervisor::Result<void> SerialPort::claimPorts(PortBus& ports, std::string name,
                                                std::uint16_t firstPort) {
    return ports.claim(std::move(name), {firstPort, 8, 1}, *this);
}

void SerialPort::reset() {
    const std::scoped_lock lock(mutex_);
    registers_ = {};
    receiver_.clear();
    transmitter_.clear();
    restartTimeout();
    askForInput();
    updateInterrupt();
}

bool SerialPort::fifoEnabled() const {
    return (registers_.fifoControl & kFifoEnable) != 0;
}
bool SerialPort::loopback() const {
    return (registers_.modemControl & kLoopback) != 0;
}
bool SerialPort::divisorLatch() const {
    return (registers_.lineControl & kDivisorLatch) != 0;
}
std::size_t SerialPort::capacity() const {
    return fifoEnabled() ? SerialFifo::kCapacity : 1;
}
std::size_t SerialPort::triggerLevel() const {
    return fifoEnabled() ? kTriggerLevels[registers_.fifoControl >> 6] : 1;
}

std::uint64_t SerialPort::timeoutLength() const {
    const std::uint8_t line = registers_.lineControl;
    const std::uint64_t bits = 1U + 5U + (line & kWordLength) +
                               ((line & kParityEnable) != 0 ? 1U : 0U) +
                               ((line & kTwoStopBits) != 0 ? 2U : 1U);
    const std::uint64_t divisor = std::max<std::uint64_t>(registers_.divisor, 1);
    return std::min(nanosecondsOf(4 * bits * divisor * kCyclesPerDivisor, kOscillatorHertz),
                    kLongestTimeout);
}

std::uint8_t SerialPort::modemLines() const {
    if (loopback()) {
        const std::uint8_t control = registers_.modemControl;
        return static_cast<std::uint8_t>(((control & kRequestToSend) != 0 ? kClearToSend : 0) |
                                         ((control & kDataTerminalReady) != 0 ? kDataSetReady : 0) |
                                         ((control & kOut1) != 0 ? kRing : 0) |
                                         ((control & kOut2) != 0 ? kCarrier : 0));
    }
    return backend_ != nullptr ? kClearToSend | kDataSetReady | kCarrier : 0;
}

std::uint8_t SerialPort::interruptIdentification() const {
    const std::uint8_t enable = registers_.interruptEnable;
    const bool lineError =
        registers_.overrun || (!receiver_.empty() && receiver_.front().errors != 0);
    if ((enable & kLineStatusEnable) != 0 && lineError)
        return kLineStatusInterrupt;
    if ((enable & kReceiverEnable) != 0 && receiver_.size() >= triggerLevel())
        return kReceiverInterrupt;
    if ((enable & kReceiverEnable) != 0 && registers_.receiverTimeout)
        return kTimeoutInterrupt;
    if ((enable & kTransmitterEnable) != 0 && registers_.transmitterEvent)
        return kTransmitterInterrupt;
    if ((enable & kModemStatusEnable) != 0 && registers_.modemDeltas != 0)
        return kModemInterrupt;
    return kNone;
}

void SerialPort::updateInterrupt() {
    // OUT2, which lets the interrupt out on a PC, is off at the pin while looped back.
    const bool gate = (registers_.modemControl & (kOut2 | kLoopback)) == kOut2;
    interrupt_.set(gate && interruptIdentification() != kNone);
}

void SerialPort::restartTimeout() {
    registers_.receiverTimeout = false;
    if (fifoEnabled() && !receiver_.empty()) {
        timeoutAt_ = clock_.now() + timeoutLength();
        timeout_->set(timeoutAt_);
    } else if (timeoutAt_ != 0) {
        timeoutAt_ = 0;
        timeout_->cancel();
    }
}

void SerialPort::askForInput() {
    if (inputWaits_ && !loopback() && receiver_.size() < capacity()) {
        inputWaits_ = false;
        backend_->inputRoom();
    }
}

void SerialPort::store(SerialFifo::Entry entry) {
    if (receiver_.size() < capacity())
        receiver_.push(entry);
    else
        registers_.overrun = true;
}

std::size_t SerialPort::receive(std::span<const std::uint8_t> bytes) {
    const std::scoped_lock lock(mutex_);
    const std::size_t room = loopback() ? 0 : capacity() - std::min(capacity(), receiver_.size());
    const std::size_t taken = std::min(room, bytes.size());
    for (const std::uint8_t byte : bytes.first(taken))
        receiver_.push({byte, 0});
    inputWaits_ = taken < bytes.size();
    if (taken != 0) {
        restartTimeout();
        updateInterrupt();
    }
    return taken;
}

void SerialPort::outputRoom() {
    const std::scoped_lock lock(mutex_);
    transmit();
    updateInterrupt();
}

void SerialPort::transmit() {
    if (transmitter_.empty())
        return;
    while (!transmitter_.empty()) {
        if (loopback()) {
            store({transmitter_.front().byte, 0});
            restartTimeout();
        } else if (backend_ != nullptr && !backend_->send(transmitter_.front().byte)) {
            return;
        }
        transmitter_.pop();
    }
    registers_.transmitterEvent = true;
}

std::uint8_t SerialPort::readData() {
    if (receiver_.empty())
        return 0;
    const std::uint8_t byte = receiver_.pop().byte;
    restartTimeout();
    askForInput();
    return byte;
}

std::uint8_t SerialPort::readLineStatus() {
    std::uint8_t status = 0;
    if (!receiver_.empty())
        status = static_cast<std::uint8_t>(kDataReady | receiver_.front().errors);
    if (registers_.overrun)
        status |= kOverrun;
    if (transmitter_.empty())
        status |= kTransmitterEmpty;
    if (fifoEnabled() && receiver_.hasErrors())
        status |= kErrorInFifo;
    // Reading takes note of the errors, the byte stays.
    registers_.overrun = false;
    if (!receiver_.empty())
        receiver_.clearFrontErrors();
    return status;
}

std::uint32_t SerialPort::readPort(std::uint16_t port, unsigned /*size*/) {
    const std::scoped_lock lock(mutex_);
    std::uint8_t value = 0;
    switch (port & 7) {
        case Data:
            value = divisorLatch() ? static_cast<std::uint8_t>(registers_.divisor) : readData();
            break;
        case InterruptEnable:
            value = divisorLatch() ? static_cast<std::uint8_t>(registers_.divisor >> 8)
                                   : registers_.interruptEnable;
            break;
        case InterruptIdentification:
            value = interruptIdentification();
            if (value == kTransmitterInterrupt)
                registers_.transmitterEvent = false;
            if (fifoEnabled())
                value |= kFifosOn;
            break;
        case LineControl:
            value = registers_.lineControl;
            break;
        case ModemControl:
            value = registers_.modemControl;
            break;
        case LineStatus:
            value = readLineStatus();
            break;
        case ModemStatus:
            value = modemLines() | std::exchange(registers_.modemDeltas, std::uint8_t{0});
            break;
        case Scratch:
            value = registers_.scratch;
            break;
        default:
            break;
    }
    updateInterrupt();
    return value;
}

void SerialPort::writePort(std::uint16_t port, unsigned /*size*/, std::uint32_t value) {
    const std::scoped_lock lock(mutex_);
    const auto byte = static_cast<std::uint8_t>(value);
    switch (port & 7) {
        case Data:
            if (divisorLatch())
                registers_.divisor =
                    static_cast<std::uint16_t>((registers_.divisor & 0xFF00) | byte);
            else
                writeData(byte);
            break;
        case InterruptEnable:
            if (divisorLatch())
                registers_.divisor =
                    static_cast<std::uint16_t>((registers_.divisor & 0x00FF) | byte << 8);
            else
                writeInterruptEnable(byte);
            break;
        case FifoControl:
            writeFifoControl(byte);
            break;
        case LineControl:
            writeLineControl(byte);
            break;
        case ModemControl:
            writeModemControl(byte);
            break;
        case Scratch:
            registers_.scratch = byte;
            break;
        default:
            break;
    }
    updateInterrupt();
}

void SerialPort::writeData(std::uint8_t value) {
    registers_.transmitterEvent = false;
    // A byte for a full transmitter is lost, as on the chip; a driver waits for THRE.
    if (transmitter_.size() < capacity())
        transmitter_.push({value, 0});
    transmit();
}

void SerialPort::writeInterruptEnable(std::uint8_t value) {
    const std::uint8_t before =
        std::exchange(registers_.interruptEnable, static_cast<std::uint8_t>(value & kEnableBits));
    // Turning the interrupt on with the transmitter empty is an event.
    if ((registers_.interruptEnable & ~before & kTransmitterEnable) != 0 && transmitter_.empty())
        registers_.transmitterEvent = true;
}

void SerialPort::writeFifoControl(std::uint8_t value) {
    const bool toggled = ((value ^ registers_.fifoControl) & kFifoEnable) != 0;
    // The other bits count only together with the enable bit.
    if ((value & kFifoEnable) == 0)
        value = 0;
    registers_.fifoControl = value & ~(kClearReceiver | kClearTransmitter);
    if (toggled || (value & kClearReceiver) != 0) {
        receiver_.clear();
        restartTimeout();
        askForInput();
    }
    if ((toggled || (value & kClearTransmitter) != 0) && !transmitter_.empty()) {
        transmitter_.clear();
        registers_.transmitterEvent = true;
    }
}

void SerialPort::writeLineControl(std::uint8_t value) {
    const std::uint8_t before = std::exchange(registers_.lineControl, value);
    if (loopback() && (value & ~before & kBreak) != 0) {
        store({0, kBreakReceived | kFramingError});
        restartTimeout();
    }
}

void SerialPort::writeModemControl(std::uint8_t value) {
    const std::uint8_t linesBefore = modemLines();
    registers_.modemControl = value & kModemControlBits;
    const std::uint8_t lines = modemLines();
    // Ring counts when it ends; the others when they change.
    const auto changed = static_cast<std::uint8_t>((linesBefore ^ lines) & ~kRing);
    registers_.modemDeltas |= static_cast<std::uint8_t>(changed >> 4);
    if ((linesBefore & ~lines & kRing) != 0)
        registers_.modemDeltas |= kRingEnded;
    transmit();
    askForInput();
}

}  // namespace devices
