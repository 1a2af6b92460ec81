// SPDX-License-Identifier: GPL-3.0-or-later
#include "edid.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string_view>

namespace devices::synthetic {

namespace {

// VESA CVT, reduced blanking; the front porch of lines is what is left.
constexpr unsigned kHorizontalBlanking = 160;
constexpr unsigned kHorizontalFrontPorch = 48;
constexpr unsigned kHorizontalSync = 32;
constexpr unsigned kVerticalFrontPorch = 3;
constexpr unsigned kVerticalSync = 6;
constexpr unsigned kVerticalBackPorch = 6;
constexpr unsigned kFramesPerSecond = 60;
constexpr unsigned kBlankingMicroseconds = 460;

constexpr std::size_t kFirstDescriptor = 54;
constexpr std::size_t kDescriptorSize = 18;

constexpr std::uint8_t low(unsigned value) {
    return static_cast<std::uint8_t>(value & 0xFF);
}
/// The upper four bits of two numbers of twelve.
constexpr std::uint8_t highHalves(unsigned first, unsigned second) {
    return static_cast<std::uint8_t>((first >> 8 & 0xF) << 4 | (second >> 8 & 0xF));
}

unsigned verticalBlanking(unsigned height) {
    // Lines of the least blanking: their share of a frame's time.
    constexpr unsigned kFrame = 1'000'000 / kFramesPerSecond;
    const unsigned lines = height * kBlankingMicroseconds / (kFrame - kBlankingMicroseconds) + 1;
    return std::max(lines, kVerticalFrontPorch + kVerticalSync + kVerticalBackPorch);
}

std::array<std::uint8_t, kDescriptorSize> timing(Resolution mode) {
    const unsigned blankLines = verticalBlanking(mode.height);
    // In units of 10 kHz, as much as sixteen bits take.
    const unsigned clock = std::min(
        (mode.width + kHorizontalBlanking) * (mode.height + blankLines) * kFramesPerSecond / 10'000,
        0xFFFFU);
    // At 96 pixels an inch, in millimetres.
    const unsigned width = mode.width * 254U / 960;
    const unsigned height = mode.height * 254U / 960;
    return {low(clock), low(clock >> 8), low(mode.width), low(kHorizontalBlanking),
            highHalves(mode.width, kHorizontalBlanking), low(mode.height), low(blankLines),
            highHalves(mode.height, blankLines), kHorizontalFrontPorch, kHorizontalSync,
            kVerticalFrontPorch << 4 | kVerticalSync, 0, low(width), low(height),
            highHalves(width, height), 0, 0,
            // Digital separate sync: vertical negative, horizontal positive.
            0x1A};
}

}  // namespace

std::array<std::uint8_t, kEdidSize> monitorIdentification(Resolution preferred) {
    constexpr std::array<std::uint8_t, kFirstDescriptor> kStart{
        0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00,  // header
        0x5A, 0x45, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00,  // "VRE", product 1
        0xFF, 0x24, 0x01, 0x04,                          // model of 2026, EDID 1.4
        0xA0, 0x00, 0x00, 0x78,                          // digital, 8 bits a colour, gamma 2.2
        0x06,                                            // sRGB, the first timing is native
        0xEE, 0x91, 0xA3, 0x54, 0x4C, 0x99, 0x26, 0x0F, 0x50, 0x54,  // sRGB's colours
        0x21, 0x08, 0x00,  // 640x480, 800x600, 1024x768 at 60 Hz
        0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01,
        0x01, 0x01, 0x01, 0x01, 0x01, 0x01,  // no other standard ones
    };
    std::array<std::uint8_t, kEdidSize> edid{};
    auto to = std::ranges::copy(kStart, edid.begin()).out;
    to = std::ranges::copy(timing(preferred), to).out;
    constexpr std::array<std::uint8_t, 5> kName{0, 0, 0, 0xFC, 0};
    to = std::ranges::copy(kName, to).out;
    std::ranges::copy(std::string_view("Vireo\n       "), to);
    // Two descriptors that say nothing.
    for (const std::size_t index : {2U, 3U})
        edid[kFirstDescriptor + index * kDescriptorSize + 3] = 0x10;
    // The sum of all bytes is zero.
    edid.back() =
        static_cast<std::uint8_t>(0x100U - (std::accumulate(edid.begin(), edid.end(), 0U) & 0xFF));
    return edid;
}

}  // namespace devices::synthetic
