// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace devices {

/// Which way a device's data goes.
enum class DmaDirection : bool { ToMemory, FromMemory };

/// One 8237A: what programs set of its four channels, and how these count. Moving data is its
/// owner's. Memory to memory transfers, which a PC is not wired for, and what bus cycles look like
/// make no difference. Source: Intel's 8237A data sheet.
///
/// Thread safety: one call at a time; the owner's lock sees to it.
class DmaController {
  public:
    static constexpr unsigned kChannels = 4;
    static constexpr unsigned kRegisters = 16;

    /// `index` is below kRegisters.
    [[nodiscard]] std::uint8_t read(unsigned index);
    void write(unsigned index, std::uint8_t value);
    /// As after power-on: all channels masked. Devices' wires stay as they are.
    void reset();

    /// The device's wire: it asks to be served.
    void setRequest(unsigned channel, bool asserted) { channels_.at(channel).wired = asserted; }
    [[nodiscard]] bool isRequested(unsigned channel) const { return channels_.at(channel).wired; }

    /// The program lets a device move data that way now; a channel that verifies, either way.
    [[nodiscard]] bool mayMove(unsigned channel, DmaDirection direction) const;

    /// The next units of a channel, of which the address does not wrap and the count is not passed.
    struct Run {
        /// Of the first unit, of 16 bits.
        std::uint32_t address = 0;
        std::uint32_t units = 0;
        bool downwards = false;
        /// Memory is left alone.
        bool verifies = false;
    };
    [[nodiscard]] Run next(unsigned channel) const;
    /// Until the terminal count: 1 to 65,536.
    [[nodiscard]] std::uint32_t unitsLeft(unsigned channel) const {
        return channels_.at(channel).count.now + 1U;
    }
    /// `units` of next() have been moved, not 0. True: that was the terminal count.
    bool advance(unsigned channel, std::uint32_t units);

  private:
    struct Twofold {
        std::uint16_t base = 0;
        std::uint16_t now = 0;
    };
    struct Channel {
        Twofold address;
        Twofold count;
        std::uint8_t mode = 0;
        bool masked = true;
        bool wired = false;
        /// By the request register, for which there is nothing to move here.
        bool asked = false;
        bool reached = false;
    };

    [[nodiscard]] std::uint8_t readHalf(const Twofold& value);
    void writeHalf(Twofold& value, std::uint8_t half);
    [[nodiscard]] std::uint8_t readStatus();
    void masterClear();

    std::array<Channel, kChannels> channels_;
    std::uint8_t command_ = 0;
    /// The upper byte of an address or count comes next.
    bool upper_ = false;
};

}  // namespace devices
