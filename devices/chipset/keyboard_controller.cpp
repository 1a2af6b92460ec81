// SPDX-License-Identifier: GPL-3.0-or-later
#include "keyboard_controller.h"

#include <utility>

#include "scan_code_translation.h"

namespace devices {

namespace {

// Status register.
constexpr std::uint8_t kOutputFull = 0x01;
constexpr std::uint8_t kSystem = 0x04;
constexpr std::uint8_t kLastWasCommand = 0x08;
constexpr std::uint8_t kAuxiliaryData = 0x20;
constexpr std::uint8_t kTimeOut = 0x40;

// Command byte.
constexpr std::uint8_t kKeyboardInterrupt = 0x01;
constexpr std::uint8_t kAuxiliaryInterruptEnabled = 0x02;
constexpr std::uint8_t kSystemFlag = 0x04;
constexpr std::uint8_t kKeyboardDisabled = 0x10;
constexpr std::uint8_t kAuxiliaryDisabled = 0x20;
constexpr std::uint8_t kTranslation = 0x40;

// Output port.
constexpr std::uint8_t kNotReset = 0x01;
constexpr std::uint8_t kAddressLine20 = 0x02;
constexpr std::uint8_t kKeyboardData = 0x10;
constexpr std::uint8_t kAuxiliaryPortData = 0x20;

enum Command : std::uint8_t {
    ReadMemory = 0x20,   // and the following 31
    WriteMemory = 0x60,  // same
    TestPassword = 0xA4,
    DisableAuxiliary = 0xA7,
    EnableAuxiliary = 0xA8,
    TestAuxiliary = 0xA9,
    SelfTest = 0xAA,
    TestKeyboard = 0xAB,
    DisableKeyboard = 0xAD,
    EnableKeyboard = 0xAE,
    ReadInputPort = 0xC0,
    ReadOutputPort = 0xD0,
    WriteOutputPort = 0xD1,
    WriteKeyboardOutput = 0xD2,
    WriteAuxiliaryOutput = 0xD3,
    WriteAuxiliary = 0xD4,
    DisableAddressLine20 = 0xDD,
    EnableAddressLine20 = 0xDF,
    Pulse = 0xF0,
};

constexpr std::uint8_t kNoPassword = 0xF1;
constexpr std::uint8_t kSelfTestPassed = 0x55;
constexpr std::uint8_t kInterfaceGood = 0x00;
constexpr std::uint8_t kClockStuckLow = 0x01;
constexpr std::uint8_t kResend = 0xFE;
constexpr std::uint8_t kKeyboardUnlocked = 0x80;

constexpr std::uint8_t kKeyReleased = 0x80;

/// One of the 32 commands that begin with `first`.
bool isAmong(std::uint8_t command, std::uint8_t first) {
    return (command & 0xE0) == first;
}

}  // namespace

KeyboardController::KeyboardController(MachineControl& machine, AddressLine20& addressLine20,
                                       hypervisor::InterruptLine interrupt,
                                       hypervisor::InterruptLine auxiliaryInterrupt)
    : machine_(machine),
      addressLine20_(addressLine20),
      interrupt_(std::move(interrupt)),
      auxiliaryInterrupt_(std::move(auxiliaryInterrupt)) {}

hypervisor::Result<void> KeyboardController::claimPorts(PortBus& ports) {
    if (auto claimed = ports.claim("keyboard controller data", {kDataPort, 1, 1}, *this); !claimed)
        return claimed;
    return ports.claim("keyboard controller command", {kCommandPort, 1, 1}, *this);
}

void KeyboardController::reset() {
    const std::scoped_lock lock(mutex_);
    state_ = {};
    addressLine20_.set(true);
    for (Ps2Device* const device : {keyboard_, mouse_})
        if (device != nullptr) {
            device->powerOn();
            commandByte() = kTranslation;
        }
    driveInterrupts();
}

void KeyboardController::plugIn(Ps2Device& keyboard, Ps2Device& mouse) {
    {
        const std::scoped_lock lock(mutex_);
        keyboard_ = &keyboard;
        mouse_ = &mouse;
    }
    reset();
}

void KeyboardController::unplug() {
    const std::scoped_lock lock(mutex_);
    keyboard_ = nullptr;
    mouse_ = nullptr;
}

bool KeyboardController::hasDevices() const {
    const std::scoped_lock lock(mutex_);
    return keyboard_ != nullptr;
}

// --- The output buffer ---

void KeyboardController::answer(std::uint8_t data, std::uint8_t flags) {
    state_.output = data;
    state_.status = static_cast<std::uint8_t>((state_.status & ~(kAuxiliaryData | kTimeOut)) |
                                              kOutputFull | flags);
    // Each byte makes an edge.
    interrupt_.lower();
    auxiliaryInterrupt_.lower();
    driveInterrupts();
}

void KeyboardController::driveInterrupts() {
    const bool isFull = (state_.status & kOutputFull) != 0;
    const bool isAuxiliary = (state_.status & kAuxiliaryData) != 0;
    interrupt_.set(isFull && !isAuxiliary && (commandByte() & kKeyboardInterrupt) != 0);
    auxiliaryInterrupt_.set(isFull && isAuxiliary &&
                            (commandByte() & kAuxiliaryInterruptEnabled) != 0);
}

void KeyboardController::fetch() {
    const std::scoped_lock lock(mutex_);
    fetchLocked();
}

void KeyboardController::fetchLocked() {
    if ((state_.status & kOutputFull) != 0 || fetchFromKeyboard())
        return;
    if (mouse_ == nullptr || (commandByte() & kAuxiliaryDisabled) != 0)
        return;
    if (const auto byte = mouse_->send())
        answer(*byte, kAuxiliaryData);
}

bool KeyboardController::fetchFromKeyboard() {
    if (keyboard_ == nullptr || (commandByte() & kKeyboardDisabled) != 0)
        return false;
    // A prefix has its code behind it, so that this goes round twice at most.
    while (const auto byte = keyboard_->send()) {
        if ((commandByte() & kTranslation) == 0) {
            answer(*byte);
            return true;
        }
        if (*byte == kReleasePrefix) {
            state_.isRelease = true;
            continue;
        }
        const bool isRelease = std::exchange(state_.isRelease, false);
        answer(static_cast<std::uint8_t>(toFirstScanSet(*byte) | (isRelease ? kKeyReleased : 0)));
        return true;
    }
    return false;
}

// --- The host's side ---

std::uint32_t KeyboardController::readPort(std::uint16_t port, unsigned /*size*/) {
    const std::scoped_lock lock(mutex_);
    if (port == kCommandPort)
        return state_.status;
    const std::uint8_t data = state_.output;
    state_.status =
        static_cast<std::uint8_t>(state_.status & ~(kOutputFull | kAuxiliaryData | kTimeOut));
    driveInterrupts();
    fetchLocked();
    return data;
}

void KeyboardController::writePort(std::uint16_t port, unsigned /*size*/, std::uint32_t value) {
    const std::scoped_lock lock(mutex_);
    const auto byte = static_cast<std::uint8_t>(value);
    if (port == kCommandPort) {
        state_.status |= kLastWasCommand;
        execute(byte);
    } else {
        state_.status = static_cast<std::uint8_t>(state_.status & ~kLastWasCommand);
        take(byte);
    }
    fetchLocked();
}

void KeyboardController::execute(std::uint8_t command) {
    state_.awaited = 0;
    if (command >= Pulse) {
        // The low bits that are zero name the outputs to pulse; the lowest resets.
        if ((command & kNotReset) == 0)
            machine_.reset();
        return;
    }
    if (isAmong(command, ReadMemory))
        return answer(state_.memory[command - ReadMemory]);
    if (isAmong(command, WriteMemory)) {
        state_.awaited = command;
        return;
    }
    switch (command) {
        case WriteOutputPort:
        case WriteKeyboardOutput:
        case WriteAuxiliaryOutput:
        case WriteAuxiliary:
            state_.awaited = command;
            break;
        case DisableAuxiliary:
        case EnableAuxiliary:
        case TestAuxiliary:
            executeForAuxiliary(command);
            break;
        case TestPassword:
            answer(kNoPassword);
            break;
        case SelfTest:
            state_.status |= kSystem;
            answer(kSelfTestPassed);
            break;
        case TestKeyboard:
            answer(kInterfaceGood);
            break;
        case DisableKeyboard:
            commandByte() |= kKeyboardDisabled;
            break;
        case EnableKeyboard:
            commandByte() = static_cast<std::uint8_t>(commandByte() & ~kKeyboardDisabled);
            break;
        case ReadInputPort:
            answer(kKeyboardUnlocked);
            break;
        case ReadOutputPort:
            answer(outputPort());
            break;
        case DisableAddressLine20:
            addressLine20_.set(false);
            break;
        case EnableAddressLine20:
            addressLine20_.set(true);
            break;
        default:
            break;
    }
}

void KeyboardController::executeForAuxiliary(std::uint8_t command) {
    if (command == TestAuxiliary)
        return answer(mouse_ != nullptr ? kInterfaceGood : kClockStuckLow);
    // By the bit that does not change, a host finds that there is no such port.
    if (mouse_ == nullptr)
        return;
    if (command == DisableAuxiliary)
        commandByte() |= kAuxiliaryDisabled;
    else
        commandByte() = static_cast<std::uint8_t>(commandByte() & ~kAuxiliaryDisabled);
}

void KeyboardController::take(std::uint8_t data) {
    const std::uint8_t command = std::exchange(state_.awaited, std::uint8_t{0});
    if (isAmong(command, WriteMemory))
        return writeMemory(command - WriteMemory, data);
    switch (command) {
        case WriteOutputPort:
            writeOutputPort(data);
            break;
        case WriteKeyboardOutput:
            answer(data);
            break;
        case WriteAuxiliaryOutput:
            answer(data, kAuxiliaryData);
            break;
        case WriteAuxiliary:
            if (mouse_ != nullptr)
                commandByte() = static_cast<std::uint8_t>(commandByte() & ~kAuxiliaryDisabled);
            takeForDevice(mouse_, data, kAuxiliaryData);
            break;
        default:
            if (keyboard_ != nullptr)
                commandByte() = static_cast<std::uint8_t>(commandByte() & ~kKeyboardDisabled);
            takeForDevice(keyboard_, data, 0);
            break;
    }
}

void KeyboardController::takeForDevice(Ps2Device* device, std::uint8_t data, std::uint8_t flags) {
    if (device == nullptr)
        answer(kResend, static_cast<std::uint8_t>(kTimeOut | flags));
    else
        device->receive(data);
}

void KeyboardController::writeMemory(std::size_t at, std::uint8_t value) {
    state_.memory[at] = value;
    if (at != 0)
        return;
    state_.status = static_cast<std::uint8_t>((state_.status & ~kSystem) |
                                              ((value & kSystemFlag) != 0 ? kSystem : 0));
    driveInterrupts();
}

std::uint8_t KeyboardController::outputPort() const {
    std::uint8_t value = state_.outputPort;
    if (addressLine20_.isOpen())
        value |= kAddressLine20;
    if ((state_.status & kOutputFull) != 0)
        value |= (state_.status & kAuxiliaryData) != 0 ? kAuxiliaryPortData : kKeyboardData;
    return value;
}

void KeyboardController::writeOutputPort(std::uint8_t value) {
    state_.outputPort =
        static_cast<std::uint8_t>(value & ~(kAddressLine20 | kKeyboardData | kAuxiliaryPortData));
    addressLine20_.set((value & kAddressLine20) != 0);
    if ((value & kNotReset) == 0)
        machine_.reset();
}

}  // namespace devices
