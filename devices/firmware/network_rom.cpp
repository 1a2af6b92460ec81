// SPDX-License-Identifier: GPL-3.0-or-later
#include "network_rom.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>

#include "checksum.h"
#include "linux_boot_protocol.h"
#include "option_rom.h"

extern "C" {
// network_loader.S.
extern const std::byte networkLoader[];
extern const std::byte networkLoaderEnd[];
}

namespace devices {

using hypervisor::failure;
using hypervisor::Result;
using option_rom::kPciDataSignature;
using option_rom::PciData;

namespace {

/// The most that a base register of a ROM can decode.
constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 20;
constexpr std::size_t kBlock = 512;

constexpr std::size_t kRomPlugAndPlay = 0x1A;
constexpr std::size_t kPlugAndPlayChecksum = 9;
constexpr std::size_t kPlugAndPlaySize = 32;
/// The loader's own fields.
constexpr std::size_t kProgram = 0x20;

constexpr PciData kAdapter{kPciDataSignature, 0x1011, 0x0009};

/// 2.02: the first whose real mode part may be anywhere.
constexpr std::uint16_t kOldestProtocol = 0x0202;
/// Setup sectors and the boot sector: what there is room for below a loader's stack.
constexpr std::size_t kMostSetupSectors = 64;
constexpr std::uint32_t kSystemUnit = 16;

std::unexpected<hypervisor::Error> refuse(const ImageFile& file, const char* why) {
    return failure(fmt::format(
        "'{}' is no boot ROM for a network adapter: {}; give an expansion ROM for PCI device "
        "1011:0009, or a program such as iPXE's ipxe.lkrn",
        file.name(), why));
}

Result<std::vector<std::byte>> readRom(const ImageFile& file) {
    const auto start = file.read<std::uint16_t>(option_rom::kPciData);
    if (!start)
        return std::unexpected(start.error());
    const auto data = file.read<PciData>(*start);
    if (!data || data->signature != kPciDataSignature)
        return refuse(file, "it has no data of a PCI device");
    if (data->vendor != kAdapter.vendor || data->device != kAdapter.device)
        return refuse(file, "it is another PCI device's");
    std::vector<std::byte> bytes(file.size());
    if (auto done = file.read(0, bytes); !done)
        return std::unexpected(done.error());
    const std::size_t first =
        option_rom::kUnit * std::to_integer<std::size_t>(bytes.at(option_rom::kUnits));
    if (first == 0 || first > bytes.size())
        return refuse(file, "it ends before its own header says");
    if (checksum(std::span(bytes).first(first)) != 0)
        return refuse(file, "its checksum is wrong");
    return bytes;
}

Result<std::vector<std::byte>> wrapProgram(const ImageFile& file, const LinuxSetupHeader& header) {
    if (header.version < kOldestProtocol || (header.loadFlags & kLinuxLoadedHigh) == 0)
        return refuse(file, "it is an old kernel, which can't be loaded above 1 MiB");
    const std::size_t setupSectors = header.setupSectors == 0 ? 4 : header.setupSectors;
    const std::size_t setup = (setupSectors + 1) * kBlock;
    if (setupSectors > kMostSetupSectors || file.size() <= setup)
        return refuse(file, "its header is wrong");
    const std::span<const std::byte> loader(networkLoader, networkLoaderEnd);
    // The header counts the system in units, which the file may end within.
    const std::uint64_t system = std::max<std::uint64_t>(
        file.size() - setup, std::uint64_t{header.systemSize} * kSystemUnit);
    if (system > kMostBytes - loader.size() - setup ||
        system - (file.size() - setup) >= kSystemUnit)
        return refuse(file, "it ends before its own header says, or is larger than 16 MiB");

    std::vector<std::byte> rom(loader.begin(), loader.end());
    // Firmware moves words.
    const std::uint64_t moved = system + system % 2;
    rom.resize(loader.size() + setup + moved);
    if (auto done = file.read(0, std::span(rom).subspan(loader.size(), file.size())); !done)
        return std::unexpected(done.error());
    const std::array<std::uint32_t, 3> program{static_cast<std::uint32_t>(loader.size()),
                                               static_cast<std::uint32_t>(setup),
                                               static_cast<std::uint32_t>(moved)};
    std::memcpy(&rom[kProgram], program.data(), sizeof program);
    std::uint16_t plugAndPlay = 0;
    std::memcpy(&plugAndPlay, &rom[kRomPlugAndPlay], sizeof plugAndPlay);
    setChecksum(std::span(rom).subspan(plugAndPlay, kPlugAndPlaySize), kPlugAndPlayChecksum);
    setChecksum(std::span(rom).first(loader.size()), option_rom::kChecksum);
    return rom;
}

Result<NetworkRom> toRom(Result<std::vector<std::byte>> bytes, bool isForFirst) {
    if (!bytes)
        return std::unexpected(bytes.error());
    return NetworkRom{std::move(*bytes), isForFirst};
}

}  // namespace

Result<NetworkRom> makeNetworkRom(const ImageFile& file) {
    if (file.size() > kMostBytes)
        return refuse(file, "it is larger than 16 MiB");
    if (const auto signature = file.read<std::uint16_t>(0);
        signature && *signature == option_rom::kSignature)
        return toRom(readRom(file), false);
    const auto header = file.read<LinuxSetupHeader>(kLinuxSetupHeaderOffset);
    if (!header || header->bootFlag != kLinuxBootFlag || header->magic != kLinuxHeaderMagic)
        return refuse(file, "it is neither");
    return toRom(wrapProgram(file, *header), true);
}

}  // namespace devices
