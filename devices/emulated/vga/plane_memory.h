// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "devices/display/video_memory.h"
#include "dirty_pages.h"
#include "display_interface.h"
#include "registers.h"

namespace devices::vga {

/// The processor's way to the video memory through the 128 KiB at 0xA0000. A VGA has four planes of
/// 64 KiB, whose bytes of one address lie beside each other: byte `a` of plane `p` is the memory's
/// byte 4 * a + p. In modes of the display interface with pixels of whole bytes, a bank of the
/// memory is seen as it is; in one with planes, a bank of each.
///
/// Source: IBM VGA technical reference, graphics controller; M. Abrash, Graphics Programming Black
/// Book, chapters 23 to 31.
///
/// Thread safety: one thread at a time.
class PlaneMemory {
  public:
    static constexpr std::uint64_t kStart = 0xA'0000;
    static constexpr std::uint64_t kSize = std::uint64_t{128} << 10;
    static constexpr std::uint64_t kPlane = std::uint64_t{64} << 10;

    /// `registers` and `interface` outlive this. `memory`: of 256 KiB to DirtyPages::kMostBytes, a
    /// power of two.
    PlaneMemory(std::shared_ptr<const display::VideoMemory> memory, const Registers& registers,
                const DisplayInterface& interface)
        : memory_(std::move(memory)), registers_(registers), interface_(interface) {}
    /// What was read last is forgotten; the memory is as it was.
    void reset() { latch_ = 0; }

    /// `offset`: from kStart, with all of `size` bytes inside. Bytes that the memory does not
    /// answer are all ones, or lost.
    [[nodiscard]] std::uint64_t read(std::uint64_t offset, unsigned size);
    void write(std::uint64_t offset, unsigned size, std::uint64_t value);

    /// Zeroes the first `bytes`.
    void clear(std::uint64_t bytes);
    /// What has been written through this since the last time.
    [[nodiscard]] DirtyPages takeDirty() { return std::exchange(dirty_, {}); }

  private:
    static constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

    /// An address in the window that is open; kNowhere if it is not there.
    [[nodiscard]] std::uint64_t place(std::uint64_t offset) const;
    // By such an address.
    [[nodiscard]] std::uint8_t readByte(std::uint64_t at);
    void writeByte(std::uint64_t at, std::uint8_t value);
    [[nodiscard]] std::uint8_t readPlanes(std::uint64_t address);
    void writePlanes(std::uint64_t address, std::uint8_t value);
    /// What the write modes make of it, for all planes.
    [[nodiscard]] std::uint32_t mixed(std::uint8_t value) const;
    [[nodiscard]] bool isLinear() const { return interface_.isEnabled() && !interface_.isPlanar(); }
    /// Of a plane's address: of all planes' four bytes.
    [[nodiscard]] std::uint64_t byteOf(std::uint64_t address) const;
    [[nodiscard]] std::uint32_t planesAt(std::uint64_t byte) const;

    const std::shared_ptr<const display::VideoMemory> memory_;
    const Registers& registers_;
    const DisplayInterface& interface_;
    /// All planes' bytes of the address that was read last.
    std::uint32_t latch_ = 0;
    DirtyPages dirty_;
};

}  // namespace devices::vga
