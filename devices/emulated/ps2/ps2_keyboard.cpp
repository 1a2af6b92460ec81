// SPDX-License-Identifier: GPL-3.0-or-later
#include "ps2_keyboard.h"

#include <utility>

namespace devices {

using display::KeyAction;
using display::ScanCode;
using display::ScanPrefix;

namespace {

/// Of codes that wait; those of releases may come on top.
constexpr std::size_t kMostWaiting = 256;

enum Command : std::uint8_t {
    SetLights = 0xED,
    Echo = 0xEE,
    ChooseScanSet = 0xF0,
    Identify = 0xF2,
    SetRepetition = 0xF3,
    Enable = 0xF4,
    Disable = 0xF5,
    SetDefaults = 0xF6,
    AllRepeat = 0xF7,
    AllTellReleases = 0xF8,
    AllTellPresses = 0xF9,
    AllRepeatAndTell = 0xFA,
    RepeatOfKeys = 0xFB,
    ReleasesOfKeys = 0xFC,
    PressesOfKeys = 0xFD,
    Resend = 0xFE,
    Reset = 0xFF,
};

constexpr std::uint8_t kAcknowledged = 0xFA;
constexpr std::uint8_t kSelfTestPassed = 0xAA;
constexpr std::uint8_t kRefused = 0xFE;
constexpr std::uint8_t kIdentity[] = {0xAB, 0x83};

constexpr ScanCode kPause{0x1D, ScanPrefix::E1};
constexpr ScanCode kRestOfPause{0x45};
constexpr ScanCode kBreak{0x46, ScanPrefix::E0};
constexpr ScanCode kPrintScreen{0x37, ScanPrefix::E0};
constexpr ScanCode kPrintShift{0x2A, ScanPrefix::E0};
constexpr ScanCode kSystemRequest{0x54};
constexpr ScanCode kShifts[] = {{0x2A}, {0x36}};
constexpr ScanCode kControls[] = {{0x1D}, {0x1D, ScanPrefix::E0}};
constexpr ScanCode kAlts[] = {{0x38}, {0x38, ScanPrefix::E0}};

std::size_t indexOf(ScanCode code) {
    return static_cast<std::size_t>(code.prefix) * 128 + code.code;
}

}  // namespace

void Ps2Keyboard::powerOn() {
    const std::scoped_lock lock(mutex_);
    answers_.clear();
    lastSent_ = 0;
    awaited_ = 0;
    setDefaults();
    isScanning_ = true;
    down_.reset();
    print_ = PrintForm::None;
}

/// Keys that are down stay so, and their releases are told: one too many does no harm.
void Ps2Keyboard::setDefaults() {
    codes_.clear();
    set_ = ScanSet::Second;
    tellsReleases_ = true;
}

// --- The host's side ---

std::optional<std::uint8_t> Ps2Keyboard::send() {
    const std::scoped_lock lock(mutex_);
    auto& queue = answers_.empty() ? codes_ : answers_;
    if (queue.empty())
        return std::nullopt;
    lastSent_ = queue.front();
    queue.pop_front();
    return lastSent_;
}

void Ps2Keyboard::receive(std::uint8_t byte) {
    const std::scoped_lock lock(mutex_);
    // A command ends the one before, whatever that still waits for or has to say.
    const std::uint8_t command = std::exchange(awaited_, std::uint8_t{0});
    if (command != 0 && byte < SetLights)
        takeArgument(command, byte);
    else
        execute(byte);
}

void Ps2Keyboard::execute(std::uint8_t command) {
    switch (command) {
        case SetLights:
        case ChooseScanSet:
        case SetRepetition:
        case RepeatOfKeys:
        case ReleasesOfKeys:
        case PressesOfKeys:
            awaited_ = command;
            return answer({kAcknowledged});
        case Echo:
            return answer({Echo});
        case Identify:
            return answer({kAcknowledged, kIdentity[0], kIdentity[1]});
        case Enable:
            codes_.clear();
            isScanning_ = true;
            return answer({kAcknowledged});
        case Disable:
            setDefaults();
            isScanning_ = false;
            return answer({kAcknowledged});
        case SetDefaults:
            setDefaults();
            isScanning_ = true;
            return answer({kAcknowledged});
        case AllRepeat:
        case AllTellPresses:
            tellsReleases_ = false;
            return answer({kAcknowledged});
        case AllTellReleases:
        case AllRepeatAndTell:
            tellsReleases_ = true;
            return answer({kAcknowledged});
        case Resend:
            return answer({lastSent_});
        case Reset:
            setDefaults();
            isScanning_ = true;
            return answer({kAcknowledged, kSelfTestPassed});
        default:
            return answer({kRefused});
    }
}

void Ps2Keyboard::takeArgument(std::uint8_t command, std::uint8_t value) {
    switch (command) {
        case ChooseScanSet:
            if (value > std::to_underlying(ScanSet::Third))
                return answer({kRefused});
            if (value == 0)
                return answer({kAcknowledged, std::to_underlying(set_)});
            codes_.clear();
            set_ = static_cast<ScanSet>(value);
            return answer({kAcknowledged});
        case RepeatOfKeys:
        case ReleasesOfKeys:
        case PressesOfKeys:
            // Codes of keys follow until another command.
            awaited_ = command;
            return answer({kAcknowledged});
        default:
            // Lights, which nobody sees, and repetition.
            return answer({kAcknowledged});
    }
}

// --- The side of who types ---

bool Ps2Keyboard::isListening() const {
    const std::scoped_lock lock(mutex_);
    return isScanning_;
}

bool Ps2Keyboard::isDown(ScanCode code) const {
    return down_.test(indexOf(code));
}

void Ps2Keyboard::key(ScanCode code, KeyAction action) {
    {
        const std::scoped_lock lock(mutex_);
        // Pause comes as two codes, and is sent at the first of them.
        const bool isRest = std::exchange(pauseGoesOn_, code == kPause) && code == kRestOfPause;
        if (isRest || code.code == 0 || code.code > 0x7F || code.prefix > ScanPrefix::E1 ||
            (code.prefix == ScanPrefix::E1 && code != kPause))
            return;
        if (action == KeyAction::Down) {
            if (!isScanning_)
                return;
            if (codes_.size() >= kMostWaiting) {
                const std::uint8_t overrun = set_ == ScanSet::First ? 0xFF : 0x00;
                if (codes_.back() != overrun)
                    codes_.push_back(overrun);
                return;
            }
        } else if (!isDown(code)) {
            return;
        }
        const std::vector<std::uint8_t> bytes = bytesOf(code, action);
        down_.set(indexOf(code), action == KeyAction::Down);
        if (!isScanning_)
            return;
        codes_.insert(codes_.end(), bytes.begin(), bytes.end());
    }
    notify_();
}

std::vector<std::uint8_t> Ps2Keyboard::bytesOf(ScanCode code, KeyAction action) {
    if (code == kPrintScreen)
        return bytesOfPrint(action);
    if (code == kPause) {
        const bool isFirst = action == KeyAction::Down && !isDown(code);
        const bool isBreak = isDown(kControls[0]) || isDown(kControls[1]);
        // It does not repeat, and with Control it is another key that goes down and up at once.
        if (action == KeyAction::Down && !isFirst)
            return {};
        if (set_ == ScanSet::Third || !isFirst || !isBreak)
            return bytesOfPause(set_, action);
        std::vector<std::uint8_t> bytes = bytesOfKey(set_, kBreak, KeyAction::Down);
        const std::vector<std::uint8_t> up = bytesOfKey(set_, kBreak, KeyAction::Up);
        bytes.insert(bytes.end(), up.begin(), up.end());
        return bytes;
    }
    if (set_ == ScanSet::Third && action == KeyAction::Up && !tellsReleases_)
        return {};
    return bytesOfKey(set_, code, action);
}

/// With Alt it is System Request; without Shift or Control a shift comes with it.
std::vector<std::uint8_t> Ps2Keyboard::bytesOfPrint(KeyAction action) {
    if (action == KeyAction::Down && print_ == PrintForm::None) {
        if (isDown(kAlts[0]) || isDown(kAlts[1]))
            print_ = PrintForm::SystemRequest;
        else if (isDown(kShifts[0]) || isDown(kShifts[1]) || isDown(kControls[0]) ||
                 isDown(kControls[1]))
            print_ = PrintForm::Plain;
        else
            print_ = PrintForm::Whole;
    }
    const PrintForm form =
        action == KeyAction::Up ? std::exchange(print_, PrintForm::None) : print_;
    if (set_ == ScanSet::Third && action == KeyAction::Up && !tellsReleases_)
        return {};
    std::vector<std::uint8_t> bytes =
        bytesOfKey(set_, form == PrintForm::SystemRequest ? kSystemRequest : kPrintScreen, action);
    if (form == PrintForm::Whole) {
        const std::vector<std::uint8_t> shift = bytesOfKey(set_, kPrintShift, action);
        bytes.insert(action == KeyAction::Down ? bytes.begin() : bytes.end(), shift.begin(),
                     shift.end());
    }
    return bytes;
}

}  // namespace devices
