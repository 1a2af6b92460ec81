// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace devices::ide {

/// The registers of the command block, by their ports. ATA/ATAPI-7 volume 2, 7.1.
enum class Register : std::uint8_t {
    Data = 0,
    /// Error when read, feature when written.
    Feature = 1,
    Count = 2,
    LbaLow = 3,
    LbaMid = 4,
    LbaHigh = 5,
    Device = 6,
    /// Status when read, command when written.
    Command = 7,
};

// Of the status register.
inline constexpr std::uint8_t kBusy = 0x80;
inline constexpr std::uint8_t kReady = 0x40;
inline constexpr std::uint8_t kFault = 0x20;
inline constexpr std::uint8_t kSeekComplete = 0x10;
inline constexpr std::uint8_t kDataRequest = 0x08;
inline constexpr std::uint8_t kError = 0x01;

// Of the error register.
inline constexpr std::uint8_t kUncorrectable = 0x40;
inline constexpr std::uint8_t kIdNotFound = 0x10;
inline constexpr std::uint8_t kAborted = 0x04;
/// After a reset it has another meaning.
inline constexpr std::uint8_t kDiagnosticPassed = 0x01;

// Of the device register; bits 7 and 5 are always set.
inline constexpr std::uint8_t kLba = 0x40;
inline constexpr std::uint8_t kDevice1 = 0x10;
inline constexpr std::uint8_t kHead = 0x0F;
inline constexpr std::uint8_t kAlwaysSet = 0xA0;

// Of the device control register.
inline constexpr std::uint8_t kHighOrderByte = 0x80;
inline constexpr std::uint8_t kSoftwareReset = 0x04;
inline constexpr std::uint8_t kNoInterrupts = 0x02;

/// One drive's registers. Those of 48-bit commands are written twice, the upper byte first.
struct TaskFile {
    struct Twofold {
        std::uint8_t now = 0;
        std::uint8_t before = 0;

        void write(std::uint8_t value) {
            before = now;
            now = value;
        }
        [[nodiscard]] std::uint16_t both() const {
            return static_cast<std::uint16_t>(before << 8 | now);
        }
        void set(std::uint64_t both) {
            now = static_cast<std::uint8_t>(both);
            before = static_cast<std::uint8_t>(both >> 8);
        }
    };
    Twofold feature;
    Twofold count;
    Twofold lbaLow;
    Twofold lbaMid;
    Twofold lbaHigh;
    std::uint8_t device = 0;
    std::uint8_t error = 0;
    std::uint8_t status = 0;

    [[nodiscard]] std::uint64_t lba48() const {
        return std::uint64_t{lbaHigh.before} << 40 | std::uint64_t{lbaMid.before} << 32 |
               std::uint64_t{lbaLow.before} << 24 | std::uint64_t{lbaHigh.now} << 16 |
               std::uint64_t{lbaMid.now} << 8 | lbaLow.now;
    }
    void setLba48(std::uint64_t lba) {
        lbaLow = {static_cast<std::uint8_t>(lba), static_cast<std::uint8_t>(lba >> 24)};
        lbaMid = {static_cast<std::uint8_t>(lba >> 8), static_cast<std::uint8_t>(lba >> 32)};
        lbaHigh = {static_cast<std::uint8_t>(lba >> 16), static_cast<std::uint8_t>(lba >> 40)};
    }
    [[nodiscard]] std::uint32_t lba28() const {
        return static_cast<std::uint32_t>(device & kHead) << 24 | std::uint32_t{lbaHigh.now} << 16 |
               std::uint32_t{lbaMid.now} << 8 | lbaLow.now;
    }
    void setLba28(std::uint32_t lba) {
        lbaLow.now = static_cast<std::uint8_t>(lba);
        lbaMid.now = static_cast<std::uint8_t>(lba >> 8);
        lbaHigh.now = static_cast<std::uint8_t>(lba >> 16);
        device = static_cast<std::uint8_t>((device & ~kHead) | (lba >> 24 & kHead));
    }
};

}  // namespace devices::ide
