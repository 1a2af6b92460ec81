// SPDX-License-Identifier: GPL-3.0-or-later
#include "pvh_boot.h"

#include <fmt/core.h>

#include <cstring>

#include "flat_processor_state.h"
#include "load_layout.h"
#include "memory_map.h"

namespace devices {

using hypervisor::failure;
using hypervisor::Gpa;
using hypervisor::GuestMemory;
using hypervisor::ProcessorState;
using hypervisor::Result;

namespace {

constexpr std::uint32_t kPhysicalEntryNote = 18;  // XEN_ELFNOTE_PHYS32_ENTRY
constexpr std::uint32_t kStartMagic = 0x336E'C578;

struct StartInfo {
    std::uint32_t magic;
    std::uint32_t version;
    std::uint32_t flags;
    std::uint32_t moduleCount;
    std::uint64_t modules;
    std::uint64_t commandLine;
    std::uint64_t rsdp;
    std::uint64_t memoryMap;
    std::uint32_t memoryMapEntries;
    std::uint32_t reserved;
};
static_assert(sizeof(StartInfo) == 56);

struct Module {
    std::uint64_t start;
    std::uint64_t size;
    std::uint64_t commandLine;
    std::uint64_t reserved;
};
static_assert(sizeof(Module) == 32);

struct MemoryMapEntry {
    std::uint64_t start;
    std::uint64_t size;
    std::uint32_t type;
    std::uint32_t reserved;
};
static_assert(sizeof(MemoryMapEntry) == 24);

}  // namespace

bool hasPvhEntry(const ElfImage& image) {
    return image.note("Xen", kPhysicalEntryNote).has_value();
}

Result<ProcessorState> loadPvh(const GuestMemory& memory, const BootRequest& request) {
    const auto image = ElfImage::create(request.kernel);
    if (!image)
        return std::unexpected(image.error());
    const auto entry = image->note("Xen", kPhysicalEntryNote);
    if (!entry || *entry > 0xFFFF'FFFF)
        return failure(fmt::format("can't boot '{}': its PVH entry is missing or above 4 GiB",
                                   request.kernel.name()));

    LoadLayout layout(memory);
    if (const auto loaded = image->load(memory, layout); !loaded)
        return std::unexpected(loaded.error());

    std::vector<Module> modules;
    for (const ImageFile& disk : request.initialRamDisks) {
        const auto place = layout.takeHighest(disk.size(), hypervisor::kPageSize,
                                              kExtendedMemoryStart, lowMemoryEnd(memory));
        if (!place)
            return failure(
                fmt::format("initial RAM disk '{}' of {} MiB does not fit into memory "
                            "beside the kernel; give the machine more memory",
                            disk.name(), (disk.size() >> 20) + 1));
        if (const auto loaded = disk.load(0, disk.size(), memory, *place); !loaded)
            return std::unexpected(loaded.error());
        modules.push_back({*place, disk.size(), 0, 0});
    }
    std::vector<MemoryMapEntry> map;
    for (const MemoryRange& range : memoryMap(memory))
        map.push_back({range.start, range.size, static_cast<std::uint32_t>(range.type), 0});

    const auto place = [&](const void* data, std::size_t size,
                           std::uint64_t alignment) -> std::optional<Gpa> {
        const auto gpa = layout.takeLowest(size, alignment, 0, lowMemoryEnd(memory));
        if (gpa && size != 0)
            std::memcpy(memory.at(*gpa, size), data, size);
        return gpa;
    };
    const auto commandLine = place(request.commandLine.c_str(), request.commandLine.size() + 1, 1);
    const auto moduleList = place(modules.data(), modules.size() * sizeof(Module), 8);
    const auto mapList = place(map.data(), map.size() * sizeof(MemoryMapEntry), 8);
    const auto descriptors =
        layout.takeLowest(kBootDescriptorTableSize, 8, 0, lowMemoryEnd(memory));
    if (!commandLine || !moduleList || !mapList || !descriptors)
        return failure(
            fmt::format("can't boot '{}': no memory is left for its start information; "
                        "give the machine more memory",
                        request.kernel.name()));
    const StartInfo info{kStartMagic,
                         1,
                         0,
                         static_cast<std::uint32_t>(modules.size()),
                         modules.empty() ? 0 : *moduleList,
                         *commandLine,
                         request.acpiRsdp,
                         *mapList,
                         static_cast<std::uint32_t>(map.size()),
                         0};
    const auto infoPlace = place(&info, sizeof info, 8);
    if (!infoPlace)
        return failure(
            fmt::format("can't boot '{}': no memory is left for its start information; "
                        "give the machine more memory",
                        request.kernel.name()));
    ProcessorState state =
        flatProtectedMode(memory, *descriptors, static_cast<std::uint32_t>(*entry));
    state[hypervisor::Register::Rbx] = *infoPlace;
    return state;
}

}  // namespace devices
