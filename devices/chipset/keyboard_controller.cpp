// SPDX-License-Identifier: GPL-3.0-or-later
#include "keyboard_controller.h"

#include <utility>

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
constexpr std::uint8_t kSystemFlag = 0x04;
constexpr std::uint8_t kKeyboardDisabled = 0x10;

// Output port.
constexpr std::uint8_t kNotReset = 0x01;
constexpr std::uint8_t kAddressLine20 = 0x02;

enum Command : std::uint8_t {
    ReadCommandByte = 0x20,
    WriteCommandByte = 0x60,
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

constexpr std::uint8_t kSelfTestPassed = 0x55;
constexpr std::uint8_t kInterfaceGood = 0x00;
constexpr std::uint8_t kClockStuckLow = 0x01;
constexpr std::uint8_t kResend = 0xFE;
constexpr std::uint8_t kKeyboardUnlocked = 0x80;

}  // namespace

KeyboardController::KeyboardController(MachineControl& machine, hypervisor::InterruptLine interrupt)
    : machine_(machine), interrupt_(std::move(interrupt)) {}

hypervisor::Result<void> KeyboardController::claimPorts(PortBus& ports) {
    if (auto claimed = ports.claim("keyboard controller data", {kDataPort, 1, 1}, *this); !claimed)
        return claimed;
    return ports.claim("keyboard controller command", {kCommandPort, 1, 1}, *this);
}

void KeyboardController::reset() {
    const std::scoped_lock lock(mutex_);
    state_ = {};
    interrupt_.lower();
}

void KeyboardController::answer(std::uint8_t data, std::uint8_t flags) {
    state_.output = data;
    state_.status = static_cast<std::uint8_t>((state_.status & ~(kAuxiliaryData | kTimeOut)) |
                                              kOutputFull | flags);
    if ((flags & kAuxiliaryData) == 0 && (state_.commandByte & kKeyboardInterrupt) != 0)
        interrupt_.strike();
}

std::uint32_t KeyboardController::readPort(std::uint16_t port, unsigned /*size*/) {
    const std::scoped_lock lock(mutex_);
    if (port == kCommandPort)
        return state_.status;
    state_.status =
        static_cast<std::uint8_t>(state_.status & ~(kOutputFull | kAuxiliaryData | kTimeOut));
    interrupt_.lower();
    return state_.output;
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
}

void KeyboardController::execute(std::uint8_t command) {
    state_.awaited = 0;
    if (command >= Pulse) {
        // The low bits that are zero name the outputs to pulse; the lowest resets.
        if ((command & kNotReset) == 0)
            machine_.reset();
        return;
    }
    switch (command) {
        case ReadCommandByte:
            answer(state_.commandByte);
            break;
        case WriteCommandByte:
        case WriteOutputPort:
        case WriteKeyboardOutput:
        case WriteAuxiliaryOutput:
        case WriteAuxiliary:
            state_.awaited = command;
            break;
        case TestAuxiliary:
            answer(kClockStuckLow);
            break;
        case SelfTest:
            state_.status |= kSystem;
            answer(kSelfTestPassed);
            break;
        case TestKeyboard:
            answer(kInterfaceGood);
            break;
        case DisableKeyboard:
            state_.commandByte |= kKeyboardDisabled;
            break;
        case EnableKeyboard:
            state_.commandByte = static_cast<std::uint8_t>(state_.commandByte & ~kKeyboardDisabled);
            break;
        case ReadInputPort:
            answer(kKeyboardUnlocked);
            break;
        case ReadOutputPort:
            answer(state_.outputPort);
            break;
        case DisableAddressLine20:
            state_.outputPort = static_cast<std::uint8_t>(state_.outputPort & ~kAddressLine20);
            break;
        case EnableAddressLine20:
            state_.outputPort |= kAddressLine20;
            break;
        default:
            break;
    }
}

void KeyboardController::take(std::uint8_t data) {
    switch (std::exchange(state_.awaited, std::uint8_t{0})) {
        case WriteCommandByte:
            state_.commandByte = data;
            state_.status = static_cast<std::uint8_t>((state_.status & ~kSystem) |
                                                      ((data & kSystemFlag) != 0 ? kSystem : 0));
            break;
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
            answer(kResend, kTimeOut | kAuxiliaryData);
            break;
        default:
            answer(kResend, kTimeOut);
            break;
    }
}

void KeyboardController::writeOutputPort(std::uint8_t value) {
    state_.outputPort = value;
    if ((value & kNotReset) == 0)
        machine_.reset();
}

}  // namespace devices
