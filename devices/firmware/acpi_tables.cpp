// SPDX-License-Identifier: GPL-3.0-or-later
#include "acpi_tables.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <span>
#include <vector>

#include "acpi_layout.h"
#include "checksum.h"
#include "devices/chipset/acpi_power_management.h"
#include "devices/chipset/power_function.h"
#include "devices/chipset/reset_control.h"
#include "devices/chipset/rtc.h"
#include "hypervisor/interrupts/io_apic.h"
#include "hypervisor/interrupts/isa_interrupts.h"
#include "processor_table.h"

namespace devices {

using hypervisor::failure;
using hypervisor::Gpa;
using hypervisor::GuestMemory;
using hypervisor::Result;
using hypervisor::VpIndex;

namespace {

// dsdt_aml_code, floppy_aml_code and ps2_aml_code, written by iasl at build time.
#include "dsdt.hex"
#include "floppy.hex"
#include "ps2.hex"

using Bytes = std::span<const std::byte>;

// dsdt.asl says these as numbers.
static_assert(AcpiPowerManagement::kEventPort == 0x600);
static_assert(AcpiPowerManagement::kPortCount == 0x40);
static_assert(AcpiPowerManagement::kSmiCommandPort == 0xB2);
static_assert(AcpiPowerManagement::kSleepTypeS5 == 0);
static_assert(PowerFunction::kSmbusPort == 0x700);
static_assert(SmbusHost::kPortCount == 0x10);
static_assert(hypervisor::IoApic::kAddress == 0xFEC0'0000);

constexpr std::uint8_t kSciInterrupt = AcpiPowerManagement::kInterrupt;
/// The SCI, and what pci_interrupts.asl offers to PCI's links.
constexpr std::array<std::uint8_t, 4> kLevelInterrupts{5, kSciInterrupt, 10, 11};
constexpr std::uint32_t kLocalApicAddress = 0xFEE0'0000;

// IA-PC boot architecture flags.
constexpr std::uint16_t kLegacyDevices = 1U << 0;
constexpr std::uint16_t kKeyboardController = 1U << 1;
constexpr std::uint16_t kNoVga = 1U << 2;

// Flags of the fixed description table.
constexpr std::uint32_t kWbinvd = 1U << 0;
constexpr std::uint32_t kC1OnAllProcessors = 1U << 2;
constexpr std::uint32_t kNoSleepButton = 1U << 5;
constexpr std::uint32_t kNoRtcWake = 1U << 6;
constexpr std::uint32_t kTimerOf32Bits = 1U << 8;
constexpr std::uint32_t kResetRegister = 1U << 10;

constexpr std::uint16_t kActiveLowLevel = 0xF;

AcpiHeader makeHeader(std::array<char, 4> signature, std::uint8_t revision) {
    return {signature,
            0,
            revision,
            0,
            {'V', 'I', 'R', 'E', 'O', ' '},
            {'V', 'I', 'R', 'E', 'O', 'T', 'B', 'L'},
            1,
            {'V', 'I', 'R', 'E'},
            1};
}

template <class T>
Bytes bytesOf(const T& value) {
    return std::as_bytes(std::span(&value, 1));
}

AcpiAddress port(std::uint16_t number, std::uint8_t bits) {
    constexpr std::uint8_t kPortSpace = 1;
    const std::uint8_t access = bits == 8 ? 1 : bits == 16 ? 2 : 3;
    return {kPortSpace, bits, 0, access, number};
}

AcpiFixedDescription fixedDescription(std::uint32_t facs, std::uint32_t dsdt,
                                      const AcpiDevices& devices) {
    AcpiFixedDescription table;
    table.header = makeHeader({'F', 'A', 'C', 'P'}, 6);
    table.firmwareControl = facs;
    table.dsdt = dsdt;
    table.sciInterrupt = kSciInterrupt;
    table.smiCommand = AcpiPowerManagement::kSmiCommandPort;
    table.acpiEnable = AcpiPowerManagement::kEnableCommand;
    table.acpiDisable = AcpiPowerManagement::kDisableCommand;
    table.pm1aEvent = AcpiPowerManagement::kEventPort;
    table.pm1aControl = AcpiPowerManagement::kControlPort;
    table.pmTimer = AcpiPowerManagement::kTimerPort;
    table.pm1EventLength = 4;
    table.pm1ControlLength = 2;
    table.pmTimerLength = 4;
    table.c2Latency = 101;   // Greater than 100: no C2.
    table.c3Latency = 1001;  // Greater than 1000: no C3.
    table.century = Rtc::kCenturyCell;
    table.bootArchitecture = kLegacyDevices;
    if (!devices.vga)
        table.bootArchitecture |= kNoVga;
    if (devices.ps2)
        table.bootArchitecture |= kKeyboardController;
    table.flags = kWbinvd | kC1OnAllProcessors | kNoSleepButton | kNoRtcWake | kTimerOf32Bits |
                  kResetRegister;
    table.resetRegister = port(ResetControl::kPort, 8);
    table.resetValue = ResetControl::kResetValue;
    table.minorVersion = 4;
    table.dsdt64 = dsdt;
    table.pm1aEvent64 = port(AcpiPowerManagement::kEventPort, 32);
    table.pm1aControl64 = port(AcpiPowerManagement::kControlPort, 16);
    table.pmTimer64 = port(AcpiPowerManagement::kTimerPort, 32);
    return table;
}

static_assert(sizeof(AcpiRootPointer) == kRootPointerSize);

/// Hands out an area from its start.
class TableArea {
  public:
    TableArea(const GuestMemory& memory, const AcpiArea& area)
        : memory_(memory), next_(area.start), end_(area.end) {}

    [[nodiscard]] std::uint32_t place(Bytes content) {
        constexpr Gpa kAlignment = 64;  // The FACS's, and enough for all.
        const Gpa gpa = next_;
        if (gpa > end_ || content.size() > end_ - gpa || !memory_.write(gpa, content)) {
            full_ = true;
            return 0;
        }
        next_ = (gpa + content.size() + kAlignment - 1) & ~(kAlignment - 1);
        return static_cast<std::uint32_t>(gpa);
    }

    /// A table of a header and what follows it, with length and checksum filled in.
    [[nodiscard]] std::uint32_t placeTable(Bytes table) {
        std::vector<std::byte> bytes(table.begin(), table.end());
        const auto length = static_cast<std::uint32_t>(bytes.size());
        std::memcpy(bytes.data() + offsetof(AcpiHeader, length), &length, sizeof length);
        setChecksum(bytes, offsetof(AcpiHeader, checksum));
        return place(bytes);
    }

    [[nodiscard]] bool full() const { return full_; }

  private:
    const GuestMemory& memory_;
    Gpa next_;
    const Gpa end_;
    bool full_ = false;
};

class TableBuilder {
  public:
    template <class T>
    void append(const T& value) {
        append(bytesOf(value));
    }
    void append(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
    [[nodiscard]] Bytes bytes() const { return bytes_; }

  private:
    std::vector<std::byte> bytes_;
};

std::uint32_t placeInterruptControllers(TableArea& area, VpIndex processors) {
    TableBuilder table;
    table.append(
        AcpiInterruptControllers{makeHeader({'A', 'P', 'I', 'C'}, 5), kLocalApicAddress, 1});
    for (VpIndex index = 0; index < processors; ++index) {
        AcpiLocalApic apic{};
        apic.processorUid = static_cast<std::uint8_t>(index);
        apic.apicId = static_cast<std::uint8_t>(index);
        table.append(apic);
    }
    AcpiIoApic ioApic{};
    ioApic.address = hypervisor::IoApic::kAddress;
    table.append(ioApic);
    AcpiSourceOverride timer{};
    timer.globalInterrupt = hypervisor::IsaInterrupts::kTimerPin;
    table.append(timer);
    for (const std::uint8_t irq : kLevelInterrupts) {
        AcpiSourceOverride level{};
        level.source = irq;
        level.globalInterrupt = irq;
        level.flags = kActiveLowLevel;
        table.append(level);
    }
    AcpiLocalApicNmi nmi{};
    nmi.pin = 1;
    table.append(nmi);
    return area.placeTable(table.bytes());
}

std::uint32_t placeProcessors(TableArea& area, VpIndex processors) {
    TableBuilder table;
    table.append(makeHeader({'S', 'S', 'D', 'T'}, 2));
    const auto body = processorDevices(processors);
    table.append(std::as_bytes(std::span(body)));
    return area.placeTable(table.bytes());
}

/// With the machine's drive in place of the 0xFF that floppy.asl has for it.
std::uint32_t placeDisketteController(TableArea& area, std::uint8_t drive) {
    constexpr std::array<unsigned char, 6> kName{'K', 'I', 'N', 'D', 0x0A, 0xFF};
    std::array table = std::to_array(floppy_aml_code);
    const auto kind = std::ranges::search(table, kName);
    if (!kind.empty())
        kind.back() = drive;
    return area.placeTable(std::as_bytes(std::span(table)));
}

template <class Address>
std::uint32_t placeRootTable(TableArea& area, std::array<char, 4> signature,
                             const std::vector<std::uint32_t>& tables) {
    TableBuilder root;
    root.append(makeHeader(signature, 1));
    for (const Address address : tables)
        root.append(address);
    return area.placeTable(root.bytes());
}

}  // namespace

Result<Gpa> writeAcpiTables(const GuestMemory& memory, VpIndex processors,
                            const AcpiDevices& devices, const AcpiArea& where) {
    if (processors == 0 || processors > kMaximumAcpiProcessors)
        return failure(fmt::format("ACPI tables can't describe {} processors; use 1 to {}",
                                   processors, kMaximumAcpiProcessors));
    TableArea area(memory, where);
    // Room for the root pointer, which is written last, at the start of the area.
    const std::uint32_t rootPointer = area.place(bytesOf(AcpiRootPointer{}));
    const std::uint32_t facs = area.place(bytesOf(AcpiFirmwareControl{}));
    const std::uint32_t dsdt = area.place(std::as_bytes(std::span(dsdt_aml_code)));
    const std::uint32_t fadt = area.placeTable(bytesOf(fixedDescription(facs, dsdt, devices)));
    const std::uint32_t madt = placeInterruptControllers(area, processors);
    std::vector<std::uint32_t> tables{fadt, madt, placeProcessors(area, processors)};
    if (devices.ps2)
        tables.push_back(area.place(std::as_bytes(std::span(ps2_aml_code))));
    if (devices.disketteDrive != 0)
        tables.push_back(placeDisketteController(area, devices.disketteDrive));
    const std::uint32_t rsdt = placeRootTable<std::uint32_t>(area, {'R', 'S', 'D', 'T'}, tables);
    const std::uint32_t xsdt = placeRootTable<std::uint64_t>(area, {'X', 'S', 'D', 'T'}, tables);
    if (area.full())
        return failure("the ACPI tables do not fit into the firmware area");

    AcpiRootPointer root{{'R', 'S', 'D', ' ', 'P', 'T', 'R', ' '},
                         0,
                         {'V', 'I', 'R', 'E', 'O', ' '},
                         2,
                         rsdt,
                         sizeof(AcpiRootPointer),
                         xsdt,
                         0,
                         {}};
    root.checksum = checksum(bytesOf(root).first(offsetof(AcpiRootPointer, length)));
    root.extendedChecksum = checksum(bytesOf(root));
    if (!memory.write(rootPointer, root))
        return failure("the ACPI root pointer does not fit into the firmware area");
    return rootPointer;
}

}  // namespace devices
