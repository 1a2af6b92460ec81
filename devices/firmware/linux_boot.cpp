// SPDX-License-Identifier: GPL-3.0-or-later
#include "linux_boot.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "flat_processor_state.h"
#include "linux_boot_protocol.h"
#include "load_layout.h"
#include "memory_map.h"

namespace devices {

using hypervisor::failure;
using hypervisor::Gpa;
using hypervisor::GuestMemory;
using hypervisor::ProcessorState;
using hypervisor::Result;

namespace {

constexpr std::uint64_t kFourGib = 0x1'0000'0000;
constexpr std::uint64_t kTwoMib = 0x20'0000;
constexpr std::uint64_t kMinimumAlignment = 0x1000;
constexpr std::uint64_t kEntry64Offset = 0x200;
constexpr std::uint64_t kRamDiskAlignment = 4;
// A page map, one directory pointer table and one directory for each of the low 4 GiB.
constexpr std::uint64_t kPageTablesSize = 6 * hypervisor::kPageSize;

Result<LinuxSetupHeader> readHeader(const ImageFile& kernel) {
    auto header = kernel.read<LinuxSetupHeader>(kLinuxSetupHeaderOffset);
    if (!header)
        return header;
    const auto refuse = [&](std::string_view why) {
        return failure(fmt::format("can't boot '{}': {}", kernel.name(), why));
    };
    const std::uint16_t version = header->version;
    if (version < 0x020A)
        return refuse(
            fmt::format("it speaks boot protocol {}.{:02}, and 2.10 is the oldest that says where "
                        "the kernel wants to be; use Linux 2.6.31 or later",
                        version >> 8, version & 0xFF));
    if (!(header->loadFlags & kLinuxLoadedHigh))
        return refuse("it is a zImage, to be loaded low; build it as a bzImage");
    // The header says itself how long it is; what is beyond is code, not header.
    const std::size_t length = 0x202 + std::size_t{header->headerEnd} - kLinuxSetupHeaderOffset;
    if (length < offsetof(LinuxSetupHeader, handoverOffset))
        return refuse("its header is shorter than its protocol version asks for; it is damaged");
    if (length < sizeof(LinuxSetupHeader))
        std::memset(reinterpret_cast<std::byte*>(&*header) + length, 0,
                    sizeof(LinuxSetupHeader) - length);
    if (version < 0x020C)
        header->extendedLoadFlags = 0;
    if (header->setupSectors == 0)
        header->setupSectors = 4;
    if (header->systemSize == 0)
        return refuse("its header says that it has no code; it is damaged");
    return header;
}

// Where the kernel goes: at its preferred address, or as low above 1 MiB as its alignment allows.
Result<Gpa> placeKernel(const ImageFile& kernel, const LinuxSetupHeader& header,
                        std::uint64_t codeSize, LoadLayout& layout, const GuestMemory& memory) {
    const std::uint64_t needed = std::max<std::uint64_t>(header.initialSize, codeSize);
    const Gpa preferred = header.preferredAddress;
    const Gpa end = lowMemoryEnd(memory);
    if (preferred >= kExtendedMemoryStart && preferred < end &&
        preferred % kMinimumAlignment == 0 && layout.take(preferred, needed))
        return preferred;
    const std::uint64_t alignment = header.kernelAlignment;
    if (header.relocatable && std::has_single_bit(alignment))
        if (const auto place = layout.takeLowest(needed, std::max(alignment, kMinimumAlignment),
                                                 kExtendedMemoryStart, end))
            return *place;
    return failure(
        fmt::format("can't boot '{}': it needs {} MiB of memory in one piece{}; give "
                    "the machine more memory",
                    kernel.name(), (needed >> 20) + 1,
                    header.relocatable ? "" : fmt::format(" at {:#x}", preferred)));
}

Result<Gpa> placeRamDisks(const BootRequest& request, const LinuxSetupHeader& header,
                          std::uint64_t size, LoadLayout& layout, const GuestMemory& memory) {
    const Gpa lowEnd =
        std::min<Gpa>(lowMemoryEnd(memory), std::uint64_t{header.ramDiskAddressMaximum} + 1);
    auto place = layout.takeHighest(size, hypervisor::kPageSize, kExtendedMemoryStart, lowEnd);
    if (!place && (header.extendedLoadFlags & kLinuxMayBeAbove4Gib))
        place = layout.takeHighest(size, hypervisor::kPageSize, hypervisor::kHighRamStart, ~Gpa{0});
    if (!place)
        return failure(fmt::format(
            "initial RAM disk '{}'{} of {} MiB does not fit into memory "
            "beside the kernel; give the machine more memory",
            request.initialRamDisks.front().name(),
            request.initialRamDisks.size() > 1 ? " (with those after it)" : "", (size >> 20) + 1));
    return *place;
}

// Identity map of the low 4 GiB in pages of 2 MiB.
void writePageTables(const GuestMemory& memory, Gpa tables) {
    constexpr std::uint64_t kPresentWritable = 3;
    constexpr std::uint64_t kLargePage = 0x80;
    std::array<std::uint64_t, kPageTablesSize / 8> entries{};
    entries[0] = (tables + hypervisor::kPageSize) | kPresentWritable;
    for (std::size_t gib = 0; gib < 4; ++gib)
        entries[512 + gib] = (tables + (2 + gib) * hypervisor::kPageSize) | kPresentWritable;
    for (std::size_t page = 0; page < 4 * 512; ++page)
        entries[1024 + page] = page * kTwoMib | kPresentWritable | kLargePage;
    static_cast<void>(memory.write(tables, entries));
}

}  // namespace

bool isLinuxImage(const ImageFile& kernel) {
    const auto header = kernel.read<LinuxSetupHeader>(kLinuxSetupHeaderOffset);
    return header && header->bootFlag == kLinuxBootFlag && header->magic == kLinuxHeaderMagic;
}

Result<ProcessorState> loadLinux(const GuestMemory& memory, const BootRequest& request) {
    const ImageFile& kernel = request.kernel;
    const auto header = readHeader(kernel);
    if (!header)
        return std::unexpected(header.error());
    if (request.commandLine.size() > header->commandLineSize)
        return failure(fmt::format(
            "the command line is {} bytes long and '{}' takes at most {}; "
            "shorten it",
            request.commandLine.size(), kernel.name(), std::uint32_t{header->commandLineSize}));

    LoadLayout layout(memory);
    const auto takeLow = [&](std::uint64_t size, std::uint64_t alignment) {
        return layout.takeLowest(size, alignment, 0, kConventionalMemoryEnd);
    };
    const auto zeroPage = takeLow(sizeof(LinuxZeroPage), hypervisor::kPageSize);
    const auto pageTables = takeLow(kPageTablesSize, hypervisor::kPageSize);
    const auto descriptors = takeLow(kBootDescriptorTableSize, 8);
    const auto commandLine = takeLow(request.commandLine.size() + 1, 1);
    if (!zeroPage || !pageTables || !descriptors || !commandLine)
        return failure(
            fmt::format("the command line of {} bytes does not fit below 640 KiB; "
                        "shorten it",
                        request.commandLine.size()));

    const std::uint64_t codeOffset = (std::uint64_t{header->setupSectors} + 1) * 512;
    const std::uint64_t codeSize = std::uint64_t{header->systemSize} * 16;
    const auto start = placeKernel(kernel, *header, codeSize, layout, memory);
    if (!start)
        return std::unexpected(start.error());
    if (const auto loaded = kernel.load(codeOffset, codeSize, memory, *start); !loaded)
        return std::unexpected(loaded.error());

    std::uint64_t ramDiskSize = 0;
    for (const ImageFile& disk : request.initialRamDisks) {
        // File sizes are below 2^63, but not their sum.
        if (disk.size() > memory.size())
            ramDiskSize = memory.size() + 1;
        else
            ramDiskSize = std::min(
                ramDiskSize + ((disk.size() + kRamDiskAlignment - 1) & ~(kRamDiskAlignment - 1)),
                memory.size() + 1);
    }
    Gpa ramDisk = 0;
    if (ramDiskSize != 0) {
        const auto place = placeRamDisks(request, *header, ramDiskSize, layout, memory);
        if (!place)
            return std::unexpected(place.error());
        ramDisk = *place;
        Gpa next = ramDisk;
        for (const ImageFile& disk : request.initialRamDisks) {
            if (const auto loaded = disk.load(0, disk.size(), memory, next); !loaded)
                return std::unexpected(loaded.error());
            next += disk.size();
            if (const std::uint64_t padding = -next & (kRamDiskAlignment - 1)) {
                std::memset(memory.at(next, padding), 0, padding);
                next += padding;
            }
        }
    }

    LinuxZeroPage page;
    page.header = *header;
    page.header.loaderType = kLinuxUndefinedLoader;
    page.header.code32Start = static_cast<std::uint32_t>(*start);
    page.header.commandLine = static_cast<std::uint32_t>(*commandLine);
    page.header.ramDiskImage = static_cast<std::uint32_t>(ramDisk);
    page.header.ramDiskSize = static_cast<std::uint32_t>(ramDiskSize);
    page.ramDiskImageHigh = static_cast<std::uint32_t>(ramDisk >> 32);
    page.ramDiskSizeHigh = static_cast<std::uint32_t>(ramDiskSize >> 32);
    page.acpiRsdp = request.acpiRsdp;
    for (const MemoryRange& range : memoryMap(memory))
        page.memoryMap[page.memoryMapEntries++] = {range.start, range.size,
                                                   static_cast<std::uint32_t>(range.type)};
    static_cast<void>(memory.write(*zeroPage, page));
    writePageTables(memory, *pageTables);
    std::memcpy(memory.at(*commandLine, request.commandLine.size() + 1),
                request.commandLine.c_str(), request.commandLine.size() + 1);

    static_assert(hypervisor::kLowRamEnd <= kFourGib, "the entry is mapped");
    ProcessorState state =
        (header->extendedLoadFlags & kLinuxHas64BitEntry) != 0
            ? flatLongMode(memory, *descriptors, *pageTables, *start + kEntry64Offset)
            : flatProtectedMode(memory, *descriptors, static_cast<std::uint32_t>(*start),
                                kLinuxSelectors);
    state[hypervisor::Register::Rsi] = *zeroPage;
    return state;
}

}  // namespace devices
