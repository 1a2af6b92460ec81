// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace devices {

// Table layouts of the ACPI specification 6.4, section 5.2.

struct [[gnu::packed]] AcpiHeader {
    std::array<char, 4> signature;
    std::uint32_t length;
    std::uint8_t revision;
    std::uint8_t checksum;
    std::array<char, 6> oemId;
    std::array<char, 8> oemTableId;
    std::uint32_t oemRevision;
    std::array<char, 4> creatorId;
    std::uint32_t creatorRevision;
};
static_assert(sizeof(AcpiHeader) == 36);

struct [[gnu::packed]] AcpiRootPointer {
    std::array<char, 8> signature;
    /// Over the first 20 bytes.
    std::uint8_t checksum;
    std::array<char, 6> oemId;
    std::uint8_t revision;
    std::uint32_t rsdt;
    std::uint32_t length;
    std::uint64_t xsdt;
    std::uint8_t extendedChecksum;
    std::array<std::uint8_t, 3> reserved;
};
static_assert(sizeof(AcpiRootPointer) == 36);

/// A register in the ports' address space, or none.
struct [[gnu::packed]] AcpiAddress {
    std::uint8_t space = 0;
    std::uint8_t bits = 0;
    std::uint8_t bitOffset = 0;
    std::uint8_t accessSize = 0;
    std::uint64_t address = 0;
};
static_assert(sizeof(AcpiAddress) == 12);

struct [[gnu::packed]] AcpiFixedDescription {
    AcpiHeader header{};
    std::uint32_t firmwareControl = 0;
    std::uint32_t dsdt = 0;
    std::uint8_t reserved0 = 0;
    std::uint8_t preferredProfile = 0;
    std::uint16_t sciInterrupt = 0;
    std::uint32_t smiCommand = 0;
    std::uint8_t acpiEnable = 0;
    std::uint8_t acpiDisable = 0;
    std::uint8_t s4BiosRequest = 0;
    std::uint8_t performanceControl = 0;
    std::uint32_t pm1aEvent = 0;
    std::uint32_t pm1bEvent = 0;
    std::uint32_t pm1aControl = 0;
    std::uint32_t pm1bControl = 0;
    std::uint32_t pm2Control = 0;
    std::uint32_t pmTimer = 0;
    std::uint32_t gpe0 = 0;
    std::uint32_t gpe1 = 0;
    std::uint8_t pm1EventLength = 0;
    std::uint8_t pm1ControlLength = 0;
    std::uint8_t pm2ControlLength = 0;
    std::uint8_t pmTimerLength = 0;
    std::uint8_t gpe0Length = 0;
    std::uint8_t gpe1Length = 0;
    std::uint8_t gpe1Base = 0;
    std::uint8_t cstControl = 0;
    std::uint16_t c2Latency = 0;
    std::uint16_t c3Latency = 0;
    std::uint16_t flushSize = 0;
    std::uint16_t flushStride = 0;
    std::uint8_t dutyOffset = 0;
    std::uint8_t dutyWidth = 0;
    std::uint8_t dayAlarm = 0;
    std::uint8_t monthAlarm = 0;
    std::uint8_t century = 0;
    std::uint16_t bootArchitecture = 0;
    std::uint8_t reserved1 = 0;
    std::uint32_t flags = 0;
    AcpiAddress resetRegister;
    std::uint8_t resetValue = 0;
    std::uint16_t armBootArchitecture = 0;
    std::uint8_t minorVersion = 0;
    std::uint64_t firmwareControl64 = 0;
    std::uint64_t dsdt64 = 0;
    AcpiAddress pm1aEvent64;
    AcpiAddress pm1bEvent64;
    AcpiAddress pm1aControl64;
    AcpiAddress pm1bControl64;
    AcpiAddress pm2Control64;
    AcpiAddress pmTimer64;
    AcpiAddress gpe064;
    AcpiAddress gpe164;
    AcpiAddress sleepControl;
    AcpiAddress sleepStatus;
    std::uint64_t hypervisorVendor = 0;
};
static_assert(offsetof(AcpiFixedDescription, pm1aEvent) == 56);
static_assert(offsetof(AcpiFixedDescription, bootArchitecture) == 109);
static_assert(offsetof(AcpiFixedDescription, resetRegister) == 116);
static_assert(offsetof(AcpiFixedDescription, pm1aEvent64) == 148);
static_assert(sizeof(AcpiFixedDescription) == 276);

struct [[gnu::packed]] AcpiFirmwareControl {
    std::array<char, 4> signature{'F', 'A', 'C', 'S'};
    std::uint32_t length = 64;
    std::uint32_t hardwareSignature = 0;
    std::uint32_t wakingVector = 0;
    std::uint32_t globalLock = 0;
    std::uint32_t flags = 0;
    std::uint64_t wakingVector64 = 0;
    std::uint8_t version = 2;
    std::array<std::uint8_t, 31> reserved{};
};
static_assert(sizeof(AcpiFirmwareControl) == 64);

struct [[gnu::packed]] AcpiInterruptControllers {
    AcpiHeader header{};
    std::uint32_t localApicAddress = 0;
    /// Bit 0: there are also two 8259s.
    std::uint32_t flags = 0;
};
static_assert(sizeof(AcpiInterruptControllers) == 44);

struct [[gnu::packed]] AcpiLocalApic {
    std::uint8_t type = 0;
    std::uint8_t length = 8;
    std::uint8_t processorUid;
    std::uint8_t apicId;
    /// Bit 0: enabled.
    std::uint32_t flags = 1;
};
static_assert(sizeof(AcpiLocalApic) == 8);

struct [[gnu::packed]] AcpiIoApic {
    std::uint8_t type = 1;
    std::uint8_t length = 12;
    std::uint8_t id;
    std::uint8_t reserved = 0;
    std::uint32_t address;
    std::uint32_t firstInterrupt = 0;
};
static_assert(sizeof(AcpiIoApic) == 12);

struct [[gnu::packed]] AcpiSourceOverride {
    std::uint8_t type = 2;
    std::uint8_t length = 10;
    std::uint8_t bus = 0;
    std::uint8_t source;
    std::uint32_t globalInterrupt;
    /// Bits 1:0 polarity (0 as the bus has it, 1 high, 3 low), 3:2 trigger (1 edge, 3 level).
    std::uint16_t flags;
};
static_assert(sizeof(AcpiSourceOverride) == 10);

struct [[gnu::packed]] AcpiLocalApicNmi {
    std::uint8_t type = 4;
    std::uint8_t length = 6;
    /// 0xFF: all.
    std::uint8_t processorUid = 0xFF;
    std::uint16_t flags = 0;
    std::uint8_t pin;
};
static_assert(sizeof(AcpiLocalApicNmi) == 6);

}  // namespace devices
