// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace devices {

// Layouts of Linux's x86 boot protocol (arch/x86/include/uapi/asm/bootparam.h).

inline constexpr std::uint16_t kLinuxBootFlag = 0xAA55;
inline constexpr std::uint32_t kLinuxHeaderMagic = 0x5372'6448;  // "HdrS"

/// The set-up header, at 0x1F1 of both the image and the zero page.
struct [[gnu::packed]] LinuxSetupHeader {
    std::uint8_t setupSectors;
    std::uint16_t rootFlags;
    /// Protected-mode code in units of 16 bytes.
    std::uint32_t systemSize;
    std::uint16_t ramSize;
    std::uint16_t videoMode;
    std::uint16_t rootDevice;
    std::uint16_t bootFlag;
    std::uint8_t jump;
    /// The header's end, counted from 0x202.
    std::uint8_t headerEnd;
    std::uint32_t magic;
    std::uint16_t version;
    std::uint32_t realModeSwitch;
    std::uint16_t startSystemSegment;
    std::uint16_t kernelVersion;
    std::uint8_t loaderType;
    std::uint8_t loadFlags;
    std::uint16_t setupMoveSize;
    std::uint32_t code32Start;
    std::uint32_t ramDiskImage;
    std::uint32_t ramDiskSize;
    std::uint32_t bootSectorKludge;
    std::uint16_t heapEnd;
    std::uint8_t extendedLoaderVersion;
    std::uint8_t extendedLoaderType;
    std::uint32_t commandLine;
    std::uint32_t ramDiskAddressMaximum;
    std::uint32_t kernelAlignment;
    std::uint8_t relocatable;
    std::uint8_t minimumAlignment;
    std::uint16_t extendedLoadFlags;
    /// Greatest length of the command line without its terminating zero.
    std::uint32_t commandLineSize;
    std::uint32_t hardwareSubarchitecture;
    std::uint64_t hardwareSubarchitectureData;
    std::uint32_t payloadOffset;
    std::uint32_t payloadLength;
    std::uint64_t setupData;
    std::uint64_t preferredAddress;
    /// Memory that the kernel uses from its load address on before it reads the memory map.
    std::uint32_t initialSize;
    std::uint32_t handoverOffset;
    std::uint32_t kernelInfoOffset;
};
inline constexpr std::size_t kLinuxSetupHeaderOffset = 0x1F1;
static_assert(kLinuxSetupHeaderOffset + offsetof(LinuxSetupHeader, bootFlag) == 0x1FE);
static_assert(kLinuxSetupHeaderOffset + offsetof(LinuxSetupHeader, magic) == 0x202);
static_assert(kLinuxSetupHeaderOffset + offsetof(LinuxSetupHeader, commandLine) == 0x228);
static_assert(kLinuxSetupHeaderOffset + offsetof(LinuxSetupHeader, extendedLoadFlags) == 0x236);
static_assert(kLinuxSetupHeaderOffset + offsetof(LinuxSetupHeader, preferredAddress) == 0x258);
static_assert(kLinuxSetupHeaderOffset + sizeof(LinuxSetupHeader) == 0x26C);

inline constexpr std::uint8_t kLinuxLoadedHigh = 1;
inline constexpr std::uint16_t kLinuxHas64BitEntry = 1;
inline constexpr std::uint16_t kLinuxMayBeAbove4Gib = 2;
inline constexpr std::uint8_t kLinuxUndefinedLoader = 0xFF;

struct [[gnu::packed]] LinuxMemoryMapEntry {
    std::uint64_t start;
    std::uint64_t size;
    std::uint32_t type;
};
static_assert(sizeof(LinuxMemoryMapEntry) == 20);

/// struct boot_params, "the zero page".
struct [[gnu::packed]] LinuxZeroPage {
    std::array<std::uint8_t, 0x70> screenAndApm{};
    std::uint64_t acpiRsdp = 0;
    std::array<std::uint8_t, 0x48> obsolete{};
    std::uint32_t ramDiskImageHigh = 0;
    std::uint32_t ramDiskSizeHigh = 0;
    std::uint32_t commandLineHigh = 0;
    std::array<std::uint8_t, 0x11C> edidAndEfi{};
    std::uint8_t memoryMapEntries = 0;
    std::array<std::uint8_t, 8> diskSignaturesAndSentinel{};
    LinuxSetupHeader header{};
    std::array<std::uint8_t, 0x64> gap{};
    std::array<LinuxMemoryMapEntry, 128> memoryMap{};
    std::array<std::uint8_t, 0x330> diskData{};
};
static_assert(offsetof(LinuxZeroPage, acpiRsdp) == 0x70);
static_assert(offsetof(LinuxZeroPage, ramDiskImageHigh) == 0xC0);
static_assert(offsetof(LinuxZeroPage, memoryMapEntries) == 0x1E8);
static_assert(offsetof(LinuxZeroPage, header) == kLinuxSetupHeaderOffset);
static_assert(offsetof(LinuxZeroPage, memoryMap) == 0x2D0);
static_assert(sizeof(LinuxZeroPage) == 4096);

}  // namespace devices
