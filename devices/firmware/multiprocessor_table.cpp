// SPDX-License-Identifier: GPL-3.0-or-later
#include "multiprocessor_table.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "checksum.h"
#include "devices/chipset/acpi_power_management.h"
#include "devices/chipset/pci_interrupts.h"
#include "hypervisor/interrupts/io_apic.h"
#include "hypervisor/interrupts/isa_interrupts.h"
#include "memory_map.h"

namespace devices {

using hypervisor::failure;
using hypervisor::GuestMemory;
using hypervisor::Result;
using hypervisor::VpIndex;

namespace {

constexpr std::uint8_t kRevision = 4;
constexpr std::uint32_t kLocalApicAddress = 0xFEE0'0000;
constexpr std::uint8_t kLocalApicVersion = 0x14;
constexpr std::uint8_t kAllLocalApics = 0xFF;

/// MultiProcessor Specification 1.4, section 4.1.
struct FloatingPointer {
    std::array<char, 4> signature{'_', 'M', 'P', '_'};
    std::uint32_t table = 0;
    /// In units of 16 bytes.
    std::uint8_t length = 1;
    std::uint8_t revision = kRevision;
    std::uint8_t checksum = 0;
    /// The first says that there is a table, the second that the 8259s' interrupts come through a
    /// local APIC.
    std::array<std::uint8_t, 5> features{};
};
static_assert(sizeof(FloatingPointer) == 16);

/// Section 4.2.
struct Header {
    std::array<char, 4> signature{'P', 'C', 'M', 'P'};
    std::uint16_t length = 0;
    std::uint8_t revision = kRevision;
    std::uint8_t checksum = 0;
    std::array<char, 8> maker{'V', 'I', 'R', 'E', 'O', ' ', ' ', ' '};
    std::array<char, 12> product{'V', 'i', 'r', 't', 'u', 'a', 'l', ' ', 'P', 'C', ' ', ' '};
    std::uint32_t makersTable = 0;
    std::uint16_t makersTableSize = 0;
    std::uint16_t entries = 0;
    std::uint32_t localApic = kLocalApicAddress;
    std::uint16_t extendedLength = 0;
    std::uint8_t extendedChecksum = 0;
    std::uint8_t reserved = 0;
};
static_assert(sizeof(Header) == 44);

/// Sections 4.3.1 to 4.3.5.
struct Processor {
    std::uint8_t type = 0;
    std::uint8_t apicId = 0;
    std::uint8_t apicVersion = kLocalApicVersion;
    /// Bit 0: it can be used; bit 1: it has started the system.
    std::uint8_t flags = 1;
    std::uint32_t signature = 0x600;
    std::uint32_t features = 0x201;
    std::array<std::uint32_t, 2> reserved{};
};
static_assert(sizeof(Processor) == 20);

struct Bus {
    std::uint8_t type = 1;
    std::uint8_t id = 0;
    std::array<char, 6> name{};
};
static_assert(sizeof(Bus) == 8);

struct IoApic {
    std::uint8_t type = 2;
    std::uint8_t id = 0;
    std::uint8_t version = hypervisor::IoApic::kVersion;
    std::uint8_t flags = 1;
    std::uint32_t address = static_cast<std::uint32_t>(hypervisor::IoApic::kAddress);
};
static_assert(sizeof(IoApic) == 8);

enum class InterruptType : std::uint8_t { Vectored, Nmi, Smi, External };
constexpr std::uint16_t kAsTheBus = 0;
constexpr std::uint16_t kActiveLowLevel = 0xF;

struct Interrupt {
    /// Of an IOAPIC's pin, or of a local APIC's.
    std::uint8_t type = 3;
    InterruptType kind = InterruptType::Vectored;
    std::uint16_t flags = kAsTheBus;
    std::uint8_t bus = 0;
    std::uint8_t source = 0;
    std::uint8_t apicId = 0;
    std::uint8_t pin = 0;
};
static_assert(sizeof(Interrupt) == 8);
constexpr std::uint8_t kLocalInterrupt = 4;

constexpr std::uint8_t kPciBus = 0;
constexpr std::uint8_t kIsaBus = 1;
constexpr std::uint8_t kIoApicId = 0;
constexpr unsigned kPciDevices = 32;
constexpr unsigned kPciPins = 4;
constexpr unsigned kTimer = 0;
constexpr unsigned kCascade = 2;

template <class T>
std::span<const std::byte> bytesOf(const T& value) {
    return std::as_bytes(std::span(&value, 1));
}

/// A header and the entries behind it.
class Table {
  public:
    template <class Entry>
    void append(const Entry& entry) {
        const auto bytes = bytesOf(entry);
        entries_.insert(entries_.end(), bytes.begin(), bytes.end());
        ++header_.entries;
    }
    [[nodiscard]] std::vector<std::byte> finish() {
        header_.length = static_cast<std::uint16_t>(sizeof header_ + entries_.size());
        const auto header = bytesOf(header_);
        std::vector<std::byte> bytes(header.begin(), header.end());
        bytes.insert(bytes.end(), entries_.begin(), entries_.end());
        setChecksum(bytes, offsetof(Header, checksum));
        return bytes;
    }

  private:
    Header header_;
    std::vector<std::byte> entries_;
};

void appendPciInterrupts(Table& table) {
    for (unsigned device = 0; device < kPciDevices; ++device)
        for (unsigned pin = 0; pin < kPciPins; ++pin) {
            Interrupt interrupt;
            interrupt.flags = kActiveLowLevel;
            interrupt.bus = kPciBus;
            interrupt.source = static_cast<std::uint8_t>(device << 2 | pin);
            interrupt.apicId = kIoApicId;
            interrupt.pin = PciInterrupts::firmwareRouteOf(device, static_cast<PciPin>(pin + 1));
            table.append(interrupt);
        }
}

void appendIsaInterrupts(Table& table) {
    for (unsigned irq = 0; irq < hypervisor::IsaInterrupts::kLines; ++irq) {
        const auto& routes = PciInterrupts::kFirmwareRoutes;
        if (irq == kCascade || std::ranges::find(routes, irq) != std::end(routes))
            continue;
        Interrupt interrupt;
        if (irq == AcpiPowerManagement::kInterrupt)
            interrupt.flags = kActiveLowLevel;
        interrupt.bus = kIsaBus;
        interrupt.source = static_cast<std::uint8_t>(irq);
        interrupt.apicId = kIoApicId;
        interrupt.pin =
            static_cast<std::uint8_t>(irq == kTimer ? hypervisor::IsaInterrupts::kTimerPin : irq);
        table.append(interrupt);
    }
}

/// The 8259s' interrupts and NMIs, at all local APICs.
void appendLocalInterrupts(Table& table) {
    for (const auto& [kind, pin] :
         {std::pair(InterruptType::External, 0), std::pair(InterruptType::Nmi, 1)}) {
        Interrupt interrupt;
        interrupt.type = kLocalInterrupt;
        interrupt.kind = kind;
        interrupt.bus = kIsaBus;
        interrupt.apicId = kAllLocalApics;
        interrupt.pin = static_cast<std::uint8_t>(pin);
        table.append(interrupt);
    }
}

}  // namespace

Result<void> writeMultiprocessorTable(const GuestMemory& memory, VpIndex processors) {
    Table table;
    for (VpIndex index = 0; index < processors; ++index) {
        Processor processor;
        processor.apicId = static_cast<std::uint8_t>(index);
        if (index == 0)
            processor.flags |= 2;
        table.append(processor);
    }
    table.append(Bus{.id = kPciBus, .name = {'P', 'C', 'I', ' ', ' ', ' '}});
    table.append(Bus{.id = kIsaBus, .name = {'I', 'S', 'A', ' ', ' ', ' '}});
    table.append(IoApic{.id = kIoApicId});
    appendPciInterrupts(table);
    appendIsaInterrupts(table);
    appendLocalInterrupts(table);
    const std::vector<std::byte> bytes = table.finish();

    FloatingPointer pointer;
    pointer.table = static_cast<std::uint32_t>(kMultiprocessorStart + sizeof pointer);
    pointer.checksum = checksum(bytesOf(pointer));
    if (bytes.size() > kSmbiosStart - pointer.table || !memory.write(pointer.table, bytes) ||
        !memory.write(kMultiprocessorStart, pointer))
        return failure("the processors' table does not fit into the firmware area");
    return {};
}

}  // namespace devices
