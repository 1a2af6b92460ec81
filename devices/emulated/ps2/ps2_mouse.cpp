// SPDX-License-Identifier: GPL-3.0-or-later
#include "ps2_mouse.h"

#include <algorithm>
#include <cstdlib>

namespace devices {

namespace {

enum Command : std::uint8_t {
    ScaleByOne = 0xE6,
    ScaleByTwo = 0xE7,
    SetResolution = 0xE8,
    ReadStatus = 0xE9,
    UseStreamMode = 0xEA,
    ReadData = 0xEB,
    EndEcho = 0xEC,
    BeginEcho = 0xEE,
    UseRemoteMode = 0xF0,
    Identify = 0xF2,
    SetRate = 0xF3,
    EnableReports = 0xF4,
    DisableReports = 0xF5,
    SetDefaults = 0xF6,
    Resend = 0xFE,
    Reset = 0xFF,
};

constexpr std::uint8_t kAcknowledged = 0xFA;
constexpr std::uint8_t kSelfTestPassed = 0xAA;
constexpr std::uint8_t kRefused = 0xFE;
constexpr std::uint8_t kRefusedAgain = 0xFC;

constexpr std::uint8_t kRates[] = {10, 20, 40, 60, 80, 100, 200};
constexpr std::array<std::uint8_t, 3> kKnockForWheel = {200, 100, 80};
constexpr std::array<std::uint8_t, 3> kKnockForExplorer = {200, 200, 80};
constexpr std::uint8_t kMostResolution = 3;

// First byte of a report; the buttons are PointerButton's first three.
constexpr std::uint8_t kPlainButtons = 0x07;
constexpr std::uint8_t kAlwaysSet = 0x08;
constexpr std::uint8_t kXNegative = 0x10;
constexpr std::uint8_t kYNegative = 0x20;
constexpr std::uint8_t kXOverflow = 0x40;
constexpr std::uint8_t kYOverflow = 0x80;

/// The wheel is four bits of an Explorer's fourth byte, with two buttons above.
constexpr int kMostWheel = 7;
constexpr std::uint8_t kExplorerWheel = 0x0F;
constexpr unsigned kExplorerButtonsShift = 1;
constexpr std::uint8_t kExplorerButtons = display::kBackButton | display::kForwardButton;

// First byte of the status, buttons aside.
constexpr std::uint8_t kScales = 0x10;
constexpr std::uint8_t kReports = 0x20;
constexpr std::uint8_t kRemote = 0x40;

}  // namespace

void Ps2Mouse::powerOn() {
    const std::scoped_lock lock(mutex_);
    state_ = {};
}

/// But for the kind, which only a reset takes back.
void Ps2Mouse::setDefaults() {
    state_.isRemote = false;
    state_.isReporting = false;
    state_.scales = false;
    state_.resolution = State{}.resolution;
    state_.rate = State{}.rate;
    state_.motion.clear();
}

// --- The host's side ---

std::optional<std::uint8_t> Ps2Mouse::send() {
    const std::scoped_lock lock(mutex_);
    if (state_.output.empty()) {
        if (!state_.isReporting || state_.isRemote || state_.echoes || state_.motion.isEmpty())
            return std::nullopt;
        report();
        state_.lastOutput = state_.output;
    }
    const std::uint8_t byte = state_.output.front();
    state_.output.pop_front();
    return byte;
}

void Ps2Mouse::receive(std::uint8_t byte) {
    const std::scoped_lock lock(mutex_);
    if (state_.echoes && byte != Reset && byte != EndEcho) {
        state_.output = {byte};
        return;
    }
    // No argument is as large as a command, which comes in its place.
    const std::uint8_t command = std::exchange(state_.awaited, std::uint8_t{0});
    if (command != 0 && byte < ScaleByOne)
        takeArgument(command, byte);
    else
        execute(byte);
    state_.lastOutput = state_.output;
}

void Ps2Mouse::acknowledge(std::initializer_list<std::uint8_t> more) {
    state_.hasRefused = false;
    // A report that was under way ends here.
    state_.output = {kAcknowledged};
    state_.output.insert(state_.output.end(), more);
}

void Ps2Mouse::refuse() {
    state_.output = {std::exchange(state_.hasRefused, true) ? kRefusedAgain : kRefused};
}

void Ps2Mouse::execute(std::uint8_t command) {
    switch (command) {
        case ScaleByOne:
        case ScaleByTwo:
            state_.scales = command == ScaleByTwo;
            return acknowledge();
        case SetResolution:
        case SetRate:
            state_.awaited = command;
            return acknowledge();
        case ReadStatus:
            return acknowledge({status(), state_.resolution, state_.rate});
        case UseStreamMode:
        case UseRemoteMode:
            state_.isRemote = command == UseRemoteMode;
            state_.motion.clear();
            return acknowledge();
        case ReadData:
            acknowledge();
            return report();
        case BeginEcho:
        case EndEcho:
            state_.echoes = command == BeginEcho;
            return acknowledge();
        case Identify:
            return acknowledge({std::to_underlying(state_.kind)});
        case EnableReports:
        case DisableReports:
            state_.isReporting = command == EnableReports;
            state_.motion.clear();
            return acknowledge();
        case SetDefaults:
            setDefaults();
            return acknowledge();
        case Resend:
            state_.output = state_.lastOutput;
            return;
        case Reset:
            setDefaults();
            state_.echoes = false;
            state_.kind = Kind::Plain;
            state_.rates = {};
            return acknowledge({kSelfTestPassed, std::to_underlying(Kind::Plain)});
        default:
            return refuse();
    }
}

void Ps2Mouse::takeArgument(std::uint8_t command, std::uint8_t value) {
    if (command == SetRate)
        return setRate(value);
    if (value > kMostResolution)
        return refuse();
    state_.resolution = value;
    acknowledge();
}

void Ps2Mouse::setRate(std::uint8_t rate) {
    if (std::ranges::find(kRates, rate) == std::end(kRates))
        return refuse();
    state_.rate = rate;
    std::ranges::rotate(state_.rates, state_.rates.begin() + 1);
    state_.rates.back() = rate;
    if (state_.rates == kKnockForWheel && state_.kind == Kind::Plain)
        state_.kind = Kind::Wheel;
    else if (state_.rates == kKnockForExplorer)
        state_.kind = Kind::Explorer;
    acknowledge();
}

std::uint8_t Ps2Mouse::status() const {
    const std::uint8_t buttons = state_.motion.buttons();
    // In another order than in reports.
    unsigned status = (buttons & display::kLeftButton) != 0 ? 4 : 0;
    status |= (buttons & display::kMiddleButton) != 0 ? 2U : 0U;
    status |= (buttons & display::kRightButton) != 0 ? 1U : 0U;
    status |= state_.scales ? kScales : 0U;
    status |= state_.isReporting ? kReports : 0U;
    status |= state_.isRemote ? kRemote : 0U;
    return static_cast<std::uint8_t>(status);
}

int Ps2Mouse::scaled(int counts) {
    // Slow movements are slowed further, fast ones doubled.
    constexpr int kSlow[] = {0, 1, 1, 3, 6, 9};
    const int size = std::abs(counts);
    const int result = size < 6 ? kSlow[size] : size * 2;
    return counts < 0 ? -result : result;
}

void Ps2Mouse::report() {
    PointerMotion::Step step = state_.motion.take(state_.kind == Kind::Plain ? 0 : kMostWheel);
    // Reports that were asked for are never scaled.
    if (state_.scales && !state_.isRemote) {
        step.x = scaled(step.x);
        step.y = scaled(step.y);
    }
    constexpr int kMost = PointerMotion::kMostOfStep;
    const int x = std::clamp(step.x, -kMost, kMost);
    const int y = std::clamp(step.y, -kMost, kMost);
    unsigned first = kAlwaysSet | (step.buttons & kPlainButtons);
    first |= x < 0 ? kXNegative : 0U;
    first |= y < 0 ? kYNegative : 0U;
    first |= step.isXLost || x != step.x ? kXOverflow : 0U;
    first |= step.isYLost || y != step.y ? kYOverflow : 0U;
    for (const unsigned byte : {first, static_cast<unsigned>(x), static_cast<unsigned>(y)})
        state_.output.push_back(static_cast<std::uint8_t>(byte));
    if (state_.kind == Kind::Plain)
        return;
    // Mice count towards the user.
    auto wheel = static_cast<std::uint8_t>(-step.wheel);
    if (state_.kind == Kind::Explorer)
        wheel = static_cast<std::uint8_t>(
            (wheel & kExplorerWheel) | (step.buttons & kExplorerButtons) << kExplorerButtonsShift);
    state_.output.push_back(wheel);
}

// --- The side of who moves it ---

void Ps2Mouse::pointer(const display::PointerState& state, int wheel) {
    const ScreenSize screen = screen_();
    {
        const std::scoped_lock lock(mutex_);
        if (counts())
            state_.motion.move(state, wheel, screen);
        else
            state_.motion.place(state);
    }
    notify_();
}

bool Ps2Mouse::isListening() const {
    const std::scoped_lock lock(mutex_);
    return counts();
}

}  // namespace devices
