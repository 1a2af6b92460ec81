// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewer_messages.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace devices::display {

namespace {

constexpr std::size_t kVersionBytes = 12;
constexpr std::size_t kMostPassedEncodings = 32;

// Messages of viewers, and their lengths up to where those of varying length vary.
constexpr std::uint8_t kSetPixelFormat = 0;
constexpr std::uint8_t kSetEncodings = 2;
constexpr std::uint8_t kUpdateRequest = 3;
constexpr std::uint8_t kKeyEvent = 4;
constexpr std::uint8_t kPointerEvent = 5;
constexpr std::uint8_t kCutText = 6;
constexpr std::uint8_t kSetDesktopSize = 251;
constexpr std::uint8_t kQemu = 255;
constexpr std::size_t kQemuKeyEventBytes = 12;
constexpr std::size_t kDesktopScreenBytes = 16;

constexpr std::size_t lengthOf(std::uint8_t type) {
    switch (type) {
        case kSetPixelFormat:
            return 20;
        case kSetEncodings:
            return 4;
        case kUpdateRequest:
            return 10;
        case kKeyEvent:
        case kCutText:
        case kSetDesktopSize:
            return 8;
        case kPointerEvent:
            return 6;
        case kQemu:
            return 2;
        default:
            return 0;
    }
}

constexpr std::uint32_t kQemuKeyEncoding = static_cast<std::uint32_t>(-258);

/// Encodings that libvncserver is to know of. Without those for pointers: the guest draws its own.
constexpr bool isPassed(std::uint32_t encoding) {
    switch (const auto number = static_cast<std::int32_t>(encoding)) {
        case 0:     // raw
        case 2:     // RRE
        case 5:     // hextile
        case 6:     // zlib
        case 7:     // tight
        case 16:    // ZRLE
        case -223:  // new size
        case -224:  // last rectangle
            return true;
        default:
            return (number >= -32 && number <= -23) ||  // quality
                   (number >= -256 && number <= -247);  // compression
    }
}

/// A colour's bits must be there, and be whole bits.
constexpr bool isColour(std::uint16_t most, std::uint8_t shift, std::uint8_t bitsPerPixel) {
    const std::uint32_t above = std::uint32_t{most} + 1;
    return most != 0 && (most & above) == 0 && shift < bitsPerPixel &&
           (std::uint64_t{most} << shift) < std::uint64_t{1} << bitsPerPixel;
}

}  // namespace

ViewerMessages::ViewerMessages(Receiver& receiver) : receiver_(receiver) {
    await(State::Version, kVersionBytes);
}

void ViewerMessages::await(State state, std::size_t bytes) {
    state_ = state;
    awaited_ = bytes;
    part_.clear();
}

bool ViewerMessages::broken(const char* why) {
    why_ = why;
    return false;
}

std::uint8_t ViewerMessages::byteAt(std::size_t offset) const {
    return static_cast<std::uint8_t>(part_[offset]);
}

std::uint16_t ViewerMessages::halfAt(std::size_t offset) const {
    return static_cast<std::uint16_t>(byteAt(offset) << 8 | byteAt(offset + 1));
}

std::uint32_t ViewerMessages::wordAt(std::size_t offset) const {
    return std::uint32_t{halfAt(offset)} << 16 | halfAt(offset + 2);
}

bool ViewerMessages::take(std::span<const std::byte> bytes) {
    if (!why_.empty())
        return false;
    while (!bytes.empty()) {
        if (dropped_ != 0) {
            const auto count = std::min<std::uint64_t>(dropped_, bytes.size());
            dropped_ -= count;
            bytes = bytes.subspan(static_cast<std::size_t>(count));
            continue;
        }
        const std::size_t count = std::min(awaited_ - part_.size(), bytes.size());
        part_.insert(part_.end(), bytes.begin(),
                     bytes.begin() + static_cast<std::ptrdiff_t>(count));
        bytes = bytes.subspan(count);
        if (part_.size() == awaited_ && !takePart())
            return false;
    }
    return true;
}

bool ViewerMessages::takePart() {
    switch (state_) {
        case State::Version:
            return takeVersion();
        case State::Security:
            // Who may connect is the socket's to say.
            if (byteAt(0) != 1)
                return broken("The viewer wants a kind of security that it was not offered");
            receiver_.pass(part_);
            await(State::Initialisation, 1);
            return true;
        case State::Initialisation: {
            // No viewer throws the others out.
            constexpr std::byte kShared{1};
            receiver_.pass({&kShared, 1});
            await(State::Type, 1);
            return true;
        }
        case State::Type:
            return takeType();
        case State::Message:
            return takeMessage();
        case State::Encoding:
            takeEncoding();
            return true;
    }
    return false;
}

bool ViewerMessages::takeVersion() {
    std::array<char, kVersionBytes> text{};
    std::memcpy(text.data(), part_.data(), text.size());
    const std::string_view version(text.data(), text.size());
    const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    if (!version.starts_with("RFB 003.") || version.back() != '\n' ||
        !std::ranges::all_of(version.substr(8, 3), isDigit))
        return broken("The viewer does not speak the protocol's version 3");
    const int minor = (version[8] - '0') * 100 + (version[9] - '0') * 10 + (version[10] - '0');
    // What lies between and beyond is treated as the next lower one of the three that exist.
    const int spoken = minor >= 8 ? 8 : minor == 7 ? 7 : 3;
    std::ranges::copy(std::string_view("00"), text.begin() + 8);
    text[10] = static_cast<char>('0' + spoken);
    receiver_.pass(std::as_bytes(std::span(text)));
    await(spoken >= 7 ? State::Security : State::Initialisation, 1);
    return true;
}

bool ViewerMessages::takeType() {
    const std::size_t length = lengthOf(byteAt(0));
    if (length == 0)
        return broken("The viewer has sent a message of an unknown type");
    // The type is the first of its bytes.
    state_ = State::Message;
    awaited_ = length;
    return true;
}

bool ViewerMessages::takeMessage() {
    switch (byteAt(0)) {
        case kSetPixelFormat:
            return takePixelFormat();
        case kSetEncodings:
            encodingsLeft_ = halfAt(2);
            encodings_.clear();
            if (encodingsLeft_ == 0)
                passEncodings();
            else
                await(State::Encoding, 4);
            return true;
        case kUpdateRequest:
            receiver_.pass(part_);
            break;
        case kKeyEvent:
            receiver_.keysym(wordAt(4), byteAt(1) != 0);
            break;
        case kPointerEvent:
            receiver_.pointer(byteAt(1), halfAt(2), halfAt(4));
            break;
        case kCutText:
            dropped_ = wordAt(4);
            break;
        case kSetDesktopSize:
            dropped_ = byteAt(6) * kDesktopScreenBytes;
            break;
        default:
            if (byteAt(1) != 0)
                return broken("The viewer has sent a message of QEMU's of an unknown type");
            if (awaited_ != kQemuKeyEventBytes) {
                awaited_ = kQemuKeyEventBytes;
                return true;
            }
            receiver_.keycode(wordAt(8), halfAt(2) != 0);
            break;
    }
    await(State::Type, 1);
    return true;
}

bool ViewerMessages::takePixelFormat() {
    const std::uint8_t bitsPerPixel = byteAt(4);
    const bool isTrueColour = byteAt(7) != 0;
    if (bitsPerPixel != 8 && bitsPerPixel != 16 && bitsPerPixel != 32)
        return broken("The viewer wants pixels of an unknown size");
    if (!isTrueColour || byteAt(5) == 0 || byteAt(5) > bitsPerPixel ||
        !isColour(halfAt(8), byteAt(14), bitsPerPixel) ||
        !isColour(halfAt(10), byteAt(15), bitsPerPixel) ||
        !isColour(halfAt(12), byteAt(16), bitsPerPixel))
        return broken("The viewer wants pixels whose colours lie outside them");
    receiver_.pass(part_);
    await(State::Type, 1);
    return true;
}

void ViewerMessages::takeEncoding() {
    const std::uint32_t encoding = wordAt(0);
    if (isPassed(encoding) && encodings_.size() < kMostPassedEncodings)
        encodings_.push_back(encoding);
    if (encoding == kQemuKeyEncoding)
        receiver_.wantsKeycodes();
    if (--encodingsLeft_ == 0)
        passEncodings();
    else
        await(State::Encoding, 4);
}

void ViewerMessages::passEncodings() {
    std::vector<std::byte> message{std::byte{kSetEncodings}, std::byte{0}, std::byte{0},
                                   static_cast<std::byte>(encodings_.size())};
    for (const std::uint32_t encoding : encodings_)
        for (const unsigned shift : {24U, 16U, 8U, 0U})
            message.push_back(static_cast<std::byte>(encoding >> shift & 0xFF));
    receiver_.pass(message);
    await(State::Type, 1);
}

}  // namespace devices::display
