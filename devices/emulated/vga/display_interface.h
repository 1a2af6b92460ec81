// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace devices::vga {

/// The Bochs display interface: modes beyond a VGA's, set by an index and a data register of 16
/// bits. Source: Bochs' VBE_DISPI documentation (iodev/display/vga.h, bios/vbe_display_api.txt),
/// id 0xB0C5.
///
/// Whatever is written, a mode that is enabled lies inside the memory, with its offsets.
///
/// Thread safety: one thread at a time; as a value, whole.
class DisplayInterface {
  public:
    static constexpr std::uint16_t kIndexPort = 0x1CE;
    static constexpr std::uint16_t kDataPort = 0x1CF;
    static constexpr std::uint32_t kMostWidth = 2560;
    static constexpr std::uint32_t kMostHeight = 1600;
    static constexpr std::uint64_t kBank = std::uint64_t{64} << 10;

    /// `memoryBytes`: of the video memory, a multiple of kBank.
    explicit DisplayInterface(std::uint64_t memoryBytes) : memoryBytes_(memoryBytes) {}
    void reset() { *this = DisplayInterface(memoryBytes_); }

    [[nodiscard]] std::uint16_t readIndex() const { return index_; }
    void writeIndex(std::uint16_t index) { index_ = index; }
    [[nodiscard]] std::uint16_t readData() const;
    /// How many bytes of the video memory, from its first, are to be zero now.
    [[nodiscard]] std::uint64_t writeData(std::uint16_t value);

    [[nodiscard]] bool isEnabled() const { return isEnabled_; }
    /// 16 colours in four planes; otherwise pixels are whole bytes.
    [[nodiscard]] bool isPlanar() const { return bits_ == 4; }
    /// The DAC's colours are of 8 bits a part.
    [[nodiscard]] bool hasWideColors() const { return hasWideColors_; }
    /// What the window at 0xA0000 begins with: a byte of the memory or, with planes, of each.
    [[nodiscard]] std::uint64_t windowStart() const { return bank_ * kBank; }

    // Of the enabled mode.
    [[nodiscard]] std::uint32_t width() const { return width_; }
    [[nodiscard]] std::uint32_t height() const { return height_; }
    /// 4, 8, 15, 16, 24 or 32.
    [[nodiscard]] std::uint32_t bits() const { return bits_; }
    /// Bytes from one line to the next; with planes, of each.
    [[nodiscard]] std::uint64_t pitch() const { return pitchOf(virtualWidth_); }
    /// The first byte that is shown; with planes, of each. Where a byte has more pixels than one,
    /// leftOut() of them are left out.
    [[nodiscard]] std::uint64_t start() const { return y_ * pitch() + pitchOf(x_); }
    [[nodiscard]] std::uint32_t leftOut() const { return isPlanar() ? x_ & 7U : 0; }

    friend bool operator==(const DisplayInterface&, const DisplayInterface&) = default;
    /// The same picture, but for what is in the memory.
    [[nodiscard]] bool showsAs(const DisplayInterface& other) const;

  private:
    /// Bytes that so many pixels take.
    [[nodiscard]] std::uint64_t pitchOf(std::uint64_t pixels) const;
    /// What there is for pitch().
    [[nodiscard]] std::uint64_t room() const {
        return isPlanar() ? memoryBytes_ / 4 : memoryBytes_;
    }
    [[nodiscard]] std::uint64_t virtualHeight() const;
    [[nodiscard]] std::uint64_t control(std::uint16_t value);
    void setVirtualWidth(std::uint16_t value);

    std::uint64_t memoryBytes_;
    std::uint16_t index_ = 0;
    std::uint16_t id_ = 0xB0C5;
    std::uint16_t width_ = 0;
    std::uint16_t height_ = 0;
    std::uint16_t bits_ = 8;
    /// As written.
    std::uint16_t control_ = 0;
    std::uint16_t bank_ = 0;
    std::uint16_t virtualWidth_ = 0;
    std::uint16_t x_ = 0;
    std::uint16_t y_ = 0;
    bool isEnabled_ = false;
    bool hasWideColors_ = false;
};

}  // namespace devices::vga
