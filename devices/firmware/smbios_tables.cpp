// SPDX-License-Identifier: GPL-3.0-or-later
#include "smbios_tables.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include "checksum.h"
#include "memory_map.h"
#include "smbios_layout.h"

namespace devices {

using hypervisor::failure;
using hypervisor::Gpa;
using hypervisor::GuestMemory;
using hypervisor::Result;
using hypervisor::VpIndex;

namespace {

using Bytes = std::span<const std::byte>;

// Not the names of Hyper-V's own machines: Linux leaves IDE disks to VMBus in those, where each
// is attached both ways.
constexpr std::string_view kManufacturer = "Vireo";
constexpr std::string_view kProduct = "Virtual Machine";

/// A handle is the type, and a number among structures of that type.
constexpr std::uint16_t handleOf(std::uint8_t type, unsigned number = 0) {
    return static_cast<std::uint16_t>(type << 8 | number);
}

template <class T>
Bytes bytesOf(const T& value) {
    return std::as_bytes(std::span(&value, 1));
}

/// Puts structures one behind the other.
class Builder {
  public:
    template <class T>
    void append(T structure, std::initializer_list<std::string_view> strings = {},
                unsigned number = 0) {
        structure.header = {T::kType, sizeof(T), handleOf(T::kType, number)};
        const std::size_t start = bytes_.size();
        append(bytesOf(structure));
        for (const std::string_view text : strings) {
            append(std::as_bytes(std::span(text)));
            bytes_.push_back({});
        }
        // Strings end with an empty one, which none has two of.
        bytes_.resize(bytes_.size() + (strings.size() == 0 ? 2 : 1));
        largest_ = std::max(largest_, bytes_.size() - start);
        ++count_;
    }

    [[nodiscard]] SmbiosTables finish() && {
        append(SmbiosEnd{});
        SmbiosAnchor anchor;
        anchor.largest = static_cast<std::uint16_t>(largest_);
        anchor.tableLength = static_cast<std::uint16_t>(bytes_.size());
        anchor.structures = count_;
        const Bytes bytes = bytesOf(anchor);
        return {{bytes.begin(), bytes.end()}, std::move(bytes_)};
    }

  private:
    void append(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

    std::vector<std::byte> bytes_;
    std::size_t largest_ = 0;
    std::uint16_t count_ = 0;
};

void appendMachine(Builder& builder, VpIndex processors, const MachineIdentity& identity) {
    SmbiosSystem system;
    system.manufacturerString = 1;
    system.productString = 2;
    system.familyString = 2;
    system.identity = identity;
    builder.append(system, {kManufacturer, kProduct});
    SmbiosChassis chassis;
    chassis.manufacturerString = 1;
    builder.append(chassis, {kManufacturer});
    SmbiosProcessor processor;
    processor.socketString = 1;
    processor.manufacturerString = 2;
    processor.cores = processor.enabledCores = processor.threads = static_cast<std::uint8_t>(
        std::min<VpIndex>(processors, std::numeric_limits<std::uint8_t>::max()));
    builder.append(processor, {"CPU 0", kManufacturer});
}

void appendMemory(Builder& builder, const GuestMemory& memory) {
    constexpr std::uint64_t kKib = 1024;
    constexpr std::uint64_t kMib = 1024 * kKib;
    constexpr std::uint16_t kLargestSize = 0x7FFF;
    SmbiosMemoryArray array;
    array.moreCapacity = memory.size();
    if (memory.size() / kKib < array.capacity) {
        array.capacity = static_cast<std::uint32_t>(memory.size() / kKib);
        array.moreCapacity = 0;
    }
    builder.append(array);
    SmbiosMemoryDevice device;
    device.arrayHandle = handleOf(SmbiosMemoryArray::kType);
    device.locatorString = 1;
    device.size =
        static_cast<std::uint16_t>(std::min<std::uint64_t>(memory.size() / kMib, kLargestSize));
    if (device.size == kLargestSize)
        device.moreSize = static_cast<std::uint32_t>(memory.size() / kMib);
    builder.append(device, {"DIMM 0"});
    unsigned number = 0;
    for (const auto& region : memory.regions()) {
        SmbiosMappedMemory mapped;
        mapped.arrayHandle = device.arrayHandle;
        mapped.moreStart = region.start;
        mapped.moreEnd = region.start + region.size - 1;
        if (mapped.moreEnd / kKib < std::numeric_limits<std::uint32_t>::max()) {
            mapped.start = static_cast<std::uint32_t>(mapped.moreStart / kKib);
            mapped.end = static_cast<std::uint32_t>(mapped.moreEnd / kKib);
            mapped.moreStart = mapped.moreEnd = 0;
        }
        builder.append(mapped, {}, number++);
    }
}

}  // namespace

SmbiosTables makeSmbiosTables(const GuestMemory& memory, VpIndex processors,
                              const MachineIdentity& identity, FirmwareDescription firmware) {
    Builder builder;
    if (firmware == FirmwareDescription::DirectBoot) {
        SmbiosFirmware description;
        description.vendorString = 1;
        description.versionString = 2;
        description.dateString = 3;
        builder.append(description, {kManufacturer, "direct boot", "01/01/2026"});
    }
    appendMachine(builder, processors, identity);
    appendMemory(builder, memory);
    builder.append(SmbiosBootStatus{});
    return std::move(builder).finish();
}

Result<void> writeSmbiosTables(const GuestMemory& memory, VpIndex processors,
                               const MachineIdentity& identity) {
    constexpr Gpa kAnchorRoom = 32;
    constexpr Gpa kTable = kSmbiosStart + kAnchorRoom;
    const SmbiosTables tables =
        makeSmbiosTables(memory, processors, identity, FirmwareDescription::DirectBoot);
    SmbiosAnchor anchor;
    std::memcpy(&anchor, tables.anchor.data(), sizeof anchor);
    anchor.table = kTable;
    constexpr std::size_t kInner = offsetof(SmbiosAnchor, innerSignature);
    anchor.innerChecksum = checksum(bytesOf(anchor).subspan(kInner));
    anchor.checksum = checksum(bytesOf(anchor));
    if (tables.structures.size() > kExtendedMemoryStart - kTable ||
        !memory.write(kSmbiosStart, anchor) || !memory.write(kTable, Bytes(tables.structures)))
        return failure("the SMBIOS tables do not fit into the firmware area");
    return {};
}

}  // namespace devices
