// SPDX-License-Identifier: GPL-3.0-or-later
#include "bios.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "checksum.h"
#include "memory_map.h"
#include "option_rom.h"

namespace devices {

using hypervisor::failure;
using hypervisor::Gpa;
using hypervisor::GuestMemory;
using hypervisor::ProcessorState;
using hypervisor::Result;
using hypervisor::SegmentName;

namespace {

constexpr std::uint64_t kSmallestSystem = 64 * 1024;
constexpr std::uint64_t kLargestSystem = 128 * 1024;
constexpr std::uint64_t kLargestVideo = 64 * 1024;
constexpr std::uint64_t kReadUnit = 512;
constexpr Gpa kFourGiB = 0x1'0000'0000;

/// At the end of the RAM below 4 GiB: the ACPI tables, which the guest's system keeps.
constexpr std::uint64_t kTables = 64 * 1024;

constexpr std::uint64_t kSerialScreen = 0x3F8;

/// SeaBIOS, src/fw/paravirt.c.
struct [[gnu::packed]] MapEntry {
    std::uint64_t start;
    std::uint64_t size;
    std::uint32_t type;
};
static_assert(sizeof(MapEntry) == 20);

/// One step of the loader that places tables (SeaBIOS, src/fw/romfile_loader.h): "allocate".
struct [[gnu::packed]] AllocateStep {
    std::uint32_t command = 1;
    std::array<char, 56> file{};
    std::uint32_t alignment = 16;
    /// Where operating systems look for a root pointer: below 1 MiB.
    std::uint8_t zone = 2;
    std::array<std::byte, 63> reserved{};
};
static_assert(sizeof(AllocateStep) == 128);

constexpr std::string_view kRootPointerFile = "etc/acpi/rsdp";
/// The graphics adapter. The firmware runs a file of its name for it.
constexpr std::uint16_t kVideoVendor = 0x1414;
constexpr std::uint16_t kVideoDevice = 0x5353;
constexpr std::string_view kVideoFile = "pci1414,5353.rom";

/// Makes a VGA BIOS that is for a PCI adapter the one of ours. Only then it asks the adapter where
/// its memory is, which it tells those who want a linear framebuffer (VBE).
void giveToAdapter(std::vector<std::byte>& rom) {
    std::uint16_t at = 0;
    if (rom.size() < option_rom::kPciData + sizeof at)
        return;
    std::memcpy(&at, &rom[option_rom::kPciData], sizeof at);
    const std::size_t size =
        std::to_integer<std::size_t>(rom[option_rom::kUnits]) * option_rom::kUnit;
    option_rom::PciData data;
    if (size > rom.size() || at + sizeof data > size)
        return;
    std::memcpy(&data, &rom[at], sizeof data);
    if (data.signature != option_rom::kPciDataSignature)
        return;
    data.vendor = kVideoVendor;
    data.device = kVideoDevice;
    std::memcpy(&rom[at], &data, sizeof data);
    setChecksum(std::span(rom).first(size), option_rom::kChecksum);
}

Gpa tablesStart(const GuestMemory& memory) {
    return lowMemoryEnd(memory) - kTables;
}

Result<Gpa> writeTables(const GuestMemory& memory, const BiosSettings& settings) {
    return writeAcpiTables(memory, settings.processors, settings.devices,
                           {tablesStart(memory), lowMemoryEnd(memory)});
}

Result<std::vector<std::byte>> readWhole(const ImageFile& file) {
    std::vector<std::byte> bytes(file.size());
    if (auto done = file.read(0, bytes); !done)
        return std::unexpected(done.error());
    return bytes;
}

template <class T>
void append(std::vector<std::byte>& bytes, const T& value) {
    const auto added = std::as_bytes(std::span(&value, 1));
    bytes.insert(bytes.end(), added.begin(), added.end());
}

std::vector<std::byte> memoryMapFile(const GuestMemory& memory) {
    const auto entry = [](Gpa start, std::uint64_t size, MemoryRangeType type) {
        return MapEntry{start, size, std::to_underlying(type)};
    };
    std::vector<std::byte> bytes;
    append(bytes, entry(0, tablesStart(memory), MemoryRangeType::Memory));
    append(bytes, entry(tablesStart(memory), kTables, MemoryRangeType::Reserved));
    for (const auto& region : memory.regions())
        if (region.start >= kFourGiB)
            append(bytes, entry(region.start, region.size, MemoryRangeType::Memory));
    return bytes;
}

std::vector<std::byte> tableSteps() {
    AllocateStep step;
    std::ranges::copy(kRootPointerFile, step.file.begin());
    std::vector<std::byte> bytes;
    append(bytes, step);
    return bytes;
}

std::vector<std::byte> bootOrderFile(const std::vector<std::string>& order) {
    std::string text;
    for (const std::string& device : order)
        text += device + '\n';
    const auto characters = std::as_bytes(std::span(text.c_str(), text.size() + 1));
    return {characters.begin(), characters.end()};
}

std::vector<std::byte> number(std::uint64_t value) {
    std::vector<std::byte> bytes;
    append(bytes, value);
    return bytes;
}

}  // namespace

Bios::Bios(std::vector<std::byte> system, std::vector<std::byte> video, BiosSettings settings)
    : system_(std::move(system)), video_(std::move(video)), settings_(std::move(settings)) {}

Result<Bios> Bios::create(const ImageFile& system, const std::optional<ImageFile>& video,
                          BiosSettings settings) {
    if (system.size() != kSmallestSystem && system.size() != kLargestSystem)
        return failure(fmt::format("'{}' is no PC firmware of 64 or 128 KiB, but has {} bytes",
                                   system.name(), system.size()));
    if (video && (video->size() > kLargestVideo || video->size() % kReadUnit != 0))
        return failure(fmt::format("'{}' is no VGA firmware of up to 64 KiB, but has {} bytes",
                                   video->name(), video->size()));
    auto systemBytes = readWhole(system);
    if (!systemBytes)
        return std::unexpected(systemBytes.error());
    std::vector<std::byte> videoBytes;
    if (video) {
        auto read = readWhole(*video);
        if (!read)
            return std::unexpected(read.error());
        videoBytes = std::move(*read);
        giveToAdapter(videoBytes);
    }
    return Bios(std::move(*systemBytes), std::move(videoBytes), std::move(settings));
}

Result<std::vector<FirmwareFile>> Bios::files(const GuestMemory& memory) const {
    // Where load() writes the tables they stay the same.
    const auto root = writeTables(memory, settings_);
    if (!root)
        return std::unexpected(root.error());
    std::vector<std::byte> rootPointer(kRootPointerSize);
    if (!memory.read(*root, rootPointer))
        return failure("the ACPI root pointer is not where it was written");
    std::vector<FirmwareFile> files;
    files.push_back({"bootorder", bootOrderFile(settings_.bootOrder)});
    files.push_back({std::string(kRootPointerFile), std::move(rootPointer)});
    files.push_back({"etc/e820", memoryMapFile(memory)});
    // Nobody waits for a key that asks for a menu.
    files.push_back({"etc/show-boot-menu", number(0)});
    // Where there is nothing to boot, it says so and waits for a reset, instead of making one a
    // minute.
    files.push_back({"etc/boot-fail-wait", number(0xFFFF'FFFF)});
    SmbiosTables tables = makeSmbiosTables(memory, settings_.processors, settings_.identity,
                                           FirmwareDescription::None);
    files.push_back({"etc/smbios/smbios-anchor", std::move(tables.anchor)});
    files.push_back({"etc/smbios/smbios-tables", std::move(tables.structures)});
    files.push_back({"etc/table-loader", tableSteps()});
    if (settings_.serialScreen)
        files.push_back({"etc/sercon-port", number(kSerialScreen)});
    if (!video_.empty())
        files.push_back({std::string(kVideoFile), video_});
    return files;
}

Result<void> Bios::claim(MmioBus& mmio) {
    return mmio.claim("system BIOS", kFourGiB - system_.size(), system_.size(), *this);
}

Result<ProcessorState> Bios::load(const GuestMemory& memory) const {
    if (!memory.write(kExtendedMemoryStart - system_.size(), system_))
        return failure("the machine has no room for its firmware below 1 MiB");
    const auto root = writeTables(memory, settings_);
    if (!root)
        return std::unexpected(root.error());
    ProcessorState state;
    // The same code as at the end of the 4 GiB, where it is no RAM.
    state[SegmentName::Cs].base = kExtendedMemoryStart - kSmallestSystem;
    return state;
}

std::uint64_t Bios::readMmio(std::uint64_t offset, unsigned size) {
    std::uint64_t value = 0;
    std::memcpy(&value, system_.data() + offset, size);
    return value;
}

}  // namespace devices
