// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "devices/chipset/mmio_bus.h"
#include "devices/chipset/port_bus.h"
#include "devices/display/framebuffer.h"
#include "devices/display/picture.h"
#include "devices/emulated/vga/graphics_adapter.h"
#include "fake_clock.h"

/// What firmware writes to have a mode: the values that IBM's has.
struct VgaMode {
    std::uint8_t miscellaneous;
    std::array<std::uint8_t, 5> sequencer;
    std::array<std::uint8_t, 0x19> crtController;
    std::array<std::uint8_t, 9> graphics;
    std::array<std::uint8_t, 0x14> attributes;
};

/// 80 by 25 characters of 9 by 16 dots.
inline constexpr VgaMode kTextMode{
    0x67,
    {0x03, 0x00, 0x03, 0x00, 0x02},
    {0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF, 0x1F, 0x00, 0x4F, 0x0D, 0x0E, 0x00,
     0x00, 0x00, 0x00, 0x9C, 0x8E, 0x8F, 0x28, 0x1F, 0x96, 0xB9, 0xA3, 0xFF},
    {0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0E, 0x0F, 0xFF},
    {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39,
     0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F, 0x0C, 0x00, 0x0F, 0x08}};
/// Mode 4: 320 by 200 in CGA's four colours.
inline constexpr VgaMode kFourColorMode{
    0x63,
    {0x03, 0x09, 0x03, 0x00, 0x02},
    {0x2D, 0x27, 0x28, 0x90, 0x2B, 0x80, 0xBF, 0x1F, 0x00, 0xC1, 0x00, 0x00, 0x00,
     0x00, 0x00, 0x00, 0x9C, 0x8E, 0x8F, 0x14, 0x00, 0x96, 0xB9, 0xA2, 0xFF},
    {0x00, 0x00, 0x00, 0x00, 0x00, 0x30, 0x0F, 0x0F, 0xFF},
    {0x00, 0x13, 0x15, 0x17, 0x02, 0x04, 0x06, 0x07, 0x10, 0x11,
     0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x01, 0x00, 0x03, 0x00}};
/// Mode 6: 640 by 200 in two colours.
inline constexpr VgaMode kTwoColorMode{
    0x63,
    {0x03, 0x01, 0x01, 0x00, 0x06},
    {0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF, 0x1F, 0x00, 0xC1, 0x00, 0x00, 0x00,
     0x00, 0x00, 0x00, 0x9C, 0x8E, 0x8F, 0x28, 0x00, 0x96, 0xB9, 0xC2, 0xFF},
    {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0D, 0x0F, 0xFF},
    {0x00, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17,
     0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x01, 0x00, 0x01, 0x00}};
/// Mode 12h: 640 by 480 in 16 colours.
inline constexpr VgaMode kPlanarMode{
    0xE3,
    {0x03, 0x01, 0x0F, 0x00, 0x06},
    {0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0x0B, 0x3E, 0x00, 0x40, 0x00, 0x00, 0x00,
     0x00, 0x00, 0x00, 0xEA, 0x8C, 0xDF, 0x28, 0x00, 0xE7, 0x04, 0xE3, 0xFF},
    {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x0F, 0xFF},
    {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39,
     0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F, 0x01, 0x00, 0x0F, 0x00}};
/// Mode 13h: 320 by 200 in 256 colours.
inline constexpr VgaMode kByteMode{
    0x63,
    {0x03, 0x01, 0x0F, 0x00, 0x0E},
    {0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF, 0x1F, 0x00, 0x41, 0x00, 0x00, 0x00,
     0x00, 0x00, 0x00, 0x9C, 0x8E, 0x8F, 0x28, 0x40, 0x96, 0xB9, 0xA3, 0xFF},
    {0x00, 0x00, 0x00, 0x00, 0x00, 0x40, 0x05, 0x0F, 0xFF},
    {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09,
     0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x41, 0x00, 0x0F, 0x00}};

/// A guest's side of the adapter, by ports and memory alone, and somebody who looks at the screen.
class PlayedAdapter {
  public:
    PlayedAdapter() {
        using devices::vga::GraphicsAdapter;
        auto made = GraphicsAdapter::create(
            clock, framebuffer, memory,
            {[this](std::function<void()> function) { posted.push_back(std::move(function)); },
             [this] { posted.clear(); },
             [this](std::optional<hypervisor::Gpa> at) { places.push_back(at); }});
        adapter = std::move(made.value());
        if (!adapter->claim(ports, mmio))
            qFatal("no adapter");
        adapter->write(4, 2, 3);
    }

    void out(std::uint16_t port, std::uint8_t value) { ports.write(port, 1, value); }
    /// An index register and the data register behind it.
    void set(std::uint16_t index, std::uint8_t number, std::uint8_t value) {
        ports.write(index, 2, number | value << 8U);
    }
    void setAttribute(std::uint8_t number, std::uint8_t value) {
        static_cast<void>(ports.read(0x3DA, 1));
        out(0x3C0, number);
        out(0x3C0, value);
        out(0x3C0, 0x20);
    }
    void setColor(std::uint8_t number, std::uint32_t color) {
        out(0x3C8, number);
        for (const unsigned shift : {16U, 8U, 0U})
            out(0x3C9, static_cast<std::uint8_t>((color >> shift & 0xFF) >> 2));
    }
    void setInterface(std::uint16_t index, std::uint16_t value) {
        ports.write(0x1CE, 2, index);
        ports.write(0x1CF, 2, value);
    }
    void setMode(const VgaMode& mode) {
        out(0x3C2, mode.miscellaneous);
        set(0x3C4, 0, 1);
        for (std::uint8_t i = 1; i < mode.sequencer.size(); ++i)
            set(0x3C4, i, mode.sequencer[i]);
        set(0x3C4, 0, 3);
        set(0x3D4, 0x11, 0);
        for (std::uint8_t i = 0; i < mode.crtController.size(); ++i)
            set(0x3D4, i, mode.crtController[i]);
        for (std::uint8_t i = 0; i < mode.graphics.size(); ++i)
            set(0x3CE, i, mode.graphics[i]);
        for (std::uint8_t i = 0; i < mode.attributes.size(); ++i)
            setAttribute(i, mode.attributes[i]);
        // The 64 colours that attributes name: two bits of each part.
        for (unsigned color = 0; color < 64; ++color) {
            const auto part = [color](unsigned high, unsigned low) {
                return (color >> high & 1) * 0xA8U + (color >> low & 1) * 0x54U;
            };
            setColor(static_cast<std::uint8_t>(color),
                     part(2, 5) << 16 | part(1, 4) << 8 | part(0, 3));
        }
    }
    void setInterfaceMode(std::uint16_t width, std::uint16_t height, std::uint16_t bits) {
        out(0x3C2, 0x63);
        setInterface(4, 0);
        setInterface(1, width);
        setInterface(2, height);
        setInterface(3, bits);
        setInterface(4, 0x41);
    }
    /// As firmware does: planes are addressed one by one meanwhile. 32 bytes a glyph.
    void loadGlyph(std::uint8_t glyph, const std::vector<std::uint8_t>& lines, unsigned font = 0) {
        set(0x3C4, 2, 4);
        set(0x3C4, 4, 7);
        set(0x3CE, 5, 0);
        set(0x3CE, 6, 4);
        for (std::size_t i = 0; i < lines.size(); ++i)
            mmio.write(0xA'0000 + font * 0x4000 + glyph * 32U + i, 1, lines[i]);
        set(0x3C4, 2, 3);
        set(0x3C4, 4, 3);
        set(0x3CE, 5, 0x10);
        set(0x3CE, 6, 0x0E);
    }
    void put(unsigned column, unsigned row, std::uint8_t glyph, std::uint8_t attribute) {
        mmio.write(0xB'8000 + (row * 80 + column) * 2ULL, 2, glyph | attribute << 8U);
    }

    /// What is on the thread that draws.
    void runPosted() {
        while (!posted.empty())
            for (const auto& function : std::exchange(posted, {}))
                function();
    }
    /// So that alarms and what they post come, in turn.
    void pass(std::uint64_t milliseconds) {
        for (std::uint64_t i = 0; i < milliseconds; ++i) {
            clock.advance(1'000'000);
            runPosted();
        }
    }
    /// As the worker takes one.
    devices::display::Picture picture() {
        adapter->bringUpToDate();
        auto taken = devices::display::takePicture(framebuffer);
        return taken ? std::move(*taken) : devices::display::Picture{};
    }

    FakeClock clock;
    devices::display::Framebuffer framebuffer;
    std::shared_ptr<devices::display::VideoMemory> memory =
        devices::display::VideoMemory::create(devices::vga::GraphicsAdapter::kMemoryBytes).value();
    std::vector<std::function<void()>> posted;
    std::vector<std::optional<hypervisor::Gpa>> places;
    std::unique_ptr<devices::vga::GraphicsAdapter> adapter;
    devices::PortBus ports;
    devices::MmioBus mmio;
};

inline std::uint32_t pixelAt(const devices::display::Picture& picture, std::size_t x,
                             std::size_t y) {
    return x < picture.width && y < picture.height ? picture.pixels[y * picture.width + x]
                                                   : 0xFFFF'FFFF;
}
