// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

// Structures of the System Management BIOS Reference Specification (DSP0134) 2.8, each by its type
// and followed by its strings. A member called a string is the number of one of them; 0: none.
namespace devices {

/// The 32-bit entry point, which systems look for at multiples of 16 bytes of the firmware area.
struct [[gnu::packed]] SmbiosAnchor {
    std::array<char, 4> signature{'_', 'S', 'M', '_'};
    std::uint8_t checksum = 0;
    std::uint8_t length = 31;
    std::uint8_t majorVersion = 2;
    std::uint8_t minorVersion = 8;
    /// Of the largest structure, with its strings.
    std::uint16_t largest = 0;
    std::uint8_t revision = 0;
    std::array<std::uint8_t, 5> formatted{};
    std::array<char, 5> innerSignature{'_', 'D', 'M', 'I', '_'};
    /// Over what follows `formatted`.
    std::uint8_t innerChecksum = 0;
    std::uint16_t tableLength = 0;
    std::uint32_t table = 0;
    std::uint16_t structures = 0;
    std::uint8_t decimalVersion = 0x28;
};
static_assert(sizeof(SmbiosAnchor) == 31);
static_assert(offsetof(SmbiosAnchor, innerSignature) == 16);

struct [[gnu::packed]] SmbiosHeader {
    std::uint8_t type;
    /// Without strings.
    std::uint8_t length;
    std::uint16_t handle;
};
static_assert(sizeof(SmbiosHeader) == 4);

struct [[gnu::packed]] SmbiosFirmware {
    static constexpr std::uint8_t kType = 0;
    SmbiosHeader header{};
    std::uint8_t vendorString = 0;
    std::uint8_t versionString = 0;
    std::uint16_t segment = 0xF000;
    std::uint8_t dateString = 0;
    std::uint8_t size = 0;
    /// Bit 3: characteristics are not said here.
    std::uint64_t characteristics = 1U << 3;
    /// Bit 0: ACPI. In the second byte, bit 2: these tables may be relied on, bit 4: a virtual
    /// machine.
    std::array<std::uint8_t, 2> more{0x01, 0x14};
    std::array<std::uint8_t, 2> version{};
    /// 0xFF: there is no embedded controller.
    std::array<std::uint8_t, 2> controllerVersion{0xFF, 0xFF};
};
static_assert(sizeof(SmbiosFirmware) == 0x18);

struct [[gnu::packed]] SmbiosSystem {
    static constexpr std::uint8_t kType = 1;
    SmbiosHeader header{};
    std::uint8_t manufacturerString = 0;
    std::uint8_t productString = 0;
    std::uint8_t versionString = 0;
    std::uint8_t serialNumberString = 0;
    /// Its first three parts with the lowest byte first.
    std::array<std::uint8_t, 16> identity{};
    /// 6: by the power switch.
    std::uint8_t wakeUp = 6;
    std::uint8_t stockString = 0;
    std::uint8_t familyString = 0;
};
static_assert(sizeof(SmbiosSystem) == 0x1B);

struct [[gnu::packed]] SmbiosChassis {
    static constexpr std::uint8_t kType = 3;
    SmbiosHeader header{};
    std::uint8_t manufacturerString = 0;
    /// 1: none of those that the specification lists.
    std::uint8_t kind = 1;
    std::array<std::uint8_t, 3> otherStrings{};
    /// At the start, of power and of temperature; 3: safe.
    std::array<std::uint8_t, 3> states{3, 3, 3};
    /// 3: none.
    std::uint8_t security = 3;
    std::uint32_t own = 0;
    std::array<std::uint8_t, 4> contents{};
    std::uint8_t stockString = 0;
};
static_assert(sizeof(SmbiosChassis) == 0x16);

struct [[gnu::packed]] SmbiosProcessor {
    static constexpr std::uint8_t kType = 4;
    SmbiosHeader header{};
    std::uint8_t socketString = 0;
    /// 3: a central processor.
    std::uint8_t kind = 3;
    std::uint8_t family = 1;
    std::uint8_t manufacturerString = 0;
    std::uint64_t identity = 0;
    std::uint8_t versionString = 0;
    std::uint8_t voltage = 0;
    /// External, maximum and current clock in MHz; 0: unknown.
    std::array<std::uint16_t, 3> clocks{};
    /// A populated socket, an enabled processor.
    std::uint8_t status = 0x41;
    std::uint8_t upgrade = 1;
    /// Handles of three levels' caches; 0xFFFF: not said.
    std::array<std::uint16_t, 3> caches{0xFFFF, 0xFFFF, 0xFFFF};
    std::array<std::uint8_t, 3> otherStrings{};
    std::uint8_t cores = 0;
    std::uint8_t enabledCores = 0;
    std::uint8_t threads = 0;
    /// Bit 2: 64 bits.
    std::uint16_t characteristics = 1U << 2;
    std::uint16_t moreFamily = 1;
};
static_assert(sizeof(SmbiosProcessor) == 0x2A);

struct [[gnu::packed]] SmbiosMemoryArray {
    static constexpr std::uint8_t kType = 16;
    SmbiosHeader header{};
    /// 1: none of those that the specification lists.
    std::uint8_t location = 1;
    /// 3: the system's memory.
    std::uint8_t use = 3;
    /// 3: no error correction.
    std::uint8_t correction = 3;
    /// In KiB; 0x80000000: see below.
    std::uint32_t capacity = 0x8000'0000;
    std::uint16_t errorHandle = 0xFFFE;
    std::uint16_t devices = 1;
    /// In bytes.
    std::uint64_t moreCapacity = 0;
};
static_assert(sizeof(SmbiosMemoryArray) == 0x17);

struct [[gnu::packed]] SmbiosMemoryDevice {
    static constexpr std::uint8_t kType = 17;
    SmbiosHeader header{};
    std::uint16_t arrayHandle = 0;
    std::uint16_t errorHandle = 0xFFFE;
    /// Total and of data; 0xFFFF: unknown.
    std::array<std::uint16_t, 2> widths{0xFFFF, 0xFFFF};
    /// In MiB; 0x7FFF: see below.
    std::uint16_t size = 0;
    std::uint8_t form = 1;
    std::uint8_t set = 0;
    std::uint8_t locatorString = 0;
    std::uint8_t bankString = 0;
    /// 7: RAM.
    std::uint8_t memoryType = 7;
    /// Bit 1: of no type that the specification lists.
    std::uint16_t detail = 1U << 1;
    std::uint16_t speed = 0;
    std::array<std::uint8_t, 4> otherStrings{};
    std::uint8_t attributes = 0;
    /// In MiB.
    std::uint32_t moreSize = 0;
    std::uint16_t configuredSpeed = 0;
    std::array<std::uint16_t, 3> voltages{};
};
static_assert(sizeof(SmbiosMemoryDevice) == 0x28);

struct [[gnu::packed]] SmbiosMappedMemory {
    static constexpr std::uint8_t kType = 19;
    SmbiosHeader header{};
    /// In KiB; 0xFFFFFFFF: see below.
    std::uint32_t start = 0xFFFF'FFFF;
    std::uint32_t end = 0xFFFF'FFFF;
    std::uint16_t arrayHandle = 0;
    std::uint8_t devicesPerRow = 1;
    /// In bytes, the last one's address.
    std::uint64_t moreStart = 0;
    std::uint64_t moreEnd = 0;
};
static_assert(sizeof(SmbiosMappedMemory) == 0x1F);

struct [[gnu::packed]] SmbiosBootStatus {
    static constexpr std::uint8_t kType = 32;
    SmbiosHeader header{};
    std::array<std::uint8_t, 6> reserved{};
    /// 0: no error was found.
    std::uint8_t status = 0;
};
static_assert(sizeof(SmbiosBootStatus) == 0x0B);

struct [[gnu::packed]] SmbiosEnd {
    static constexpr std::uint8_t kType = 127;
    SmbiosHeader header{};
};
static_assert(sizeof(SmbiosEnd) == 4);

}  // namespace devices
