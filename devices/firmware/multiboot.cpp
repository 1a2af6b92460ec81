// SPDX-License-Identifier: GPL-3.0-or-later
#include "multiboot.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "elf_image.h"
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

constexpr std::uint64_t kSearchedSize = 8192;
constexpr std::uint32_t kHeaderMagic = 0x1BAD'B002;
constexpr std::uint32_t kLoaderMagic = 0x2BAD'B002;

constexpr std::uint32_t kHasAddresses = 1U << 16;
// Page-aligned modules and memory information, which are always given, and a wish for a video
// mode, which a loader without a display leaves unanswered.
constexpr std::uint32_t kKnownRequirements = 0x7;

constexpr std::uint32_t kInfoMemory = 1U << 0;
constexpr std::uint32_t kInfoCommandLine = 1U << 2;
constexpr std::uint32_t kInfoModules = 1U << 3;
constexpr std::uint32_t kInfoMemoryMap = 1U << 6;
constexpr std::uint32_t kInfoLoaderName = 1U << 9;

// Kernels put start-up code for other processors below this.
constexpr Gpa kInfoStart = 0x9000;

struct Header {
    std::uint32_t magic;
    std::uint32_t flags;
    std::uint32_t checksum;
    std::uint32_t headerAddress;
    std::uint32_t loadAddress;
    std::uint32_t loadEnd;
    std::uint32_t bssEnd;
    std::uint32_t entry;
};
constexpr std::size_t kShortHeaderSize = 12;

struct Info {
    std::uint32_t flags = 0;
    std::uint32_t memoryLower = 0;
    std::uint32_t memoryUpper = 0;
    std::uint32_t bootDevice = 0;
    std::uint32_t commandLine = 0;
    std::uint32_t moduleCount = 0;
    std::uint32_t modules = 0;
    std::array<std::uint32_t, 4> symbols{};
    std::uint32_t memoryMapSize = 0;
    std::uint32_t memoryMap = 0;
    std::uint32_t drivesSize = 0;
    std::uint32_t drives = 0;
    std::uint32_t configurationTable = 0;
    std::uint32_t loaderName = 0;
    std::uint32_t apmTable = 0;
    std::array<std::uint32_t, 11> video{};
};
static_assert(offsetof(Info, memoryMapSize) == 44);
static_assert(offsetof(Info, loaderName) == 64);
static_assert(sizeof(Info) == 116);

struct Module {
    std::uint32_t start;
    std::uint32_t end;
    std::uint32_t string;
    std::uint32_t reserved;
};
static_assert(sizeof(Module) == 16);

struct [[gnu::packed]] MemoryMapEntry {
    /// Of what follows this field.
    std::uint32_t size;
    std::uint64_t start;
    std::uint64_t length;
    std::uint32_t type;
};
static_assert(sizeof(MemoryMapEntry) == 24);

struct FoundHeader {
    std::uint64_t fileOffset;
    Header header;
};

std::optional<FoundHeader> findHeader(const ImageFile& kernel) {
    std::vector<std::byte> start(std::min(kernel.size(), kSearchedSize));
    if (!kernel.read(0, start))
        return std::nullopt;
    for (std::size_t offset = 0; offset + kShortHeaderSize <= start.size(); offset += 4) {
        Header header{};
        std::memcpy(&header, start.data() + offset, std::min(sizeof header, start.size() - offset));
        if (header.magic != kHeaderMagic || header.magic + header.flags + header.checksum != 0)
            continue;
        if ((header.flags & kHasAddresses) && start.size() - offset < sizeof header)
            continue;
        return FoundHeader{offset, header};
    }
    return std::nullopt;
}

auto refuse(const ImageFile& kernel, std::string_view why) {
    return failure(fmt::format("can't boot '{}': {}", kernel.name(), why));
}

// Loads by the addresses in the header and returns the entry.
Result<std::uint32_t> loadFlat(const ImageFile& kernel, const FoundHeader& found,
                               const GuestMemory& memory, LoadLayout& layout) {
    const Header& header = found.header;
    if (header.headerAddress < header.loadAddress ||
        header.headerAddress - header.loadAddress > found.fileOffset)
        return refuse(kernel,
                      "the load address in its Multiboot header lies outside of the file; "
                      "it is damaged");
    const std::uint64_t offset = found.fileOffset - (header.headerAddress - header.loadAddress);
    std::uint64_t fileSize = kernel.size() - offset;
    if (header.loadEnd != 0) {
        if (header.loadEnd < header.loadAddress)
            return refuse(kernel,
                          "its Multiboot header ends the load before its start; it is "
                          "damaged");
        if (header.loadEnd - header.loadAddress > fileSize)
            return refuse(kernel,
                          "it ends before its Multiboot header says; it is truncated, "
                          "copy it again");
        fileSize = header.loadEnd - header.loadAddress;
    }
    std::uint64_t memorySize = fileSize;
    if (header.bssEnd != 0) {
        if (header.bssEnd < header.loadAddress || header.bssEnd - header.loadAddress < fileSize)
            return refuse(kernel,
                          "its Multiboot header ends the uninitialised data before the "
                          "load; it is damaged");
        memorySize = header.bssEnd - header.loadAddress;
    }
    if (!layout.take(header.loadAddress, memorySize))
        return refuse(kernel, fmt::format("its {} bytes at {:#x} do not lie in free memory; give "
                                          "the machine more memory, or link the kernel elsewhere",
                                          memorySize, header.loadAddress));
    if (const auto loaded = kernel.load(offset, fileSize, memory, header.loadAddress); !loaded)
        return std::unexpected(loaded.error());
    std::byte* const host = memory.at(header.loadAddress, memorySize);
    std::memset(host + fileSize, 0, memorySize - fileSize);
    return header.entry;
}

Result<std::uint32_t> loadElf(const ImageFile& kernel, const GuestMemory& memory,
                              LoadLayout& layout) {
    const auto image = ElfImage::create(kernel);
    if (!image)
        return std::unexpected(image.error());
    if (const auto loaded = image->load(memory, layout); !loaded)
        return std::unexpected(loaded.error());
    const std::uint64_t entry = image->physicalEntry();
    if (entry > 0xFFFF'FFFF)
        return refuse(kernel, "its entry lies above 4 GiB, where Multiboot can't start it");
    return static_cast<std::uint32_t>(entry);
}

// Puts what the kernel is told below its own code if it can, else wherever there is room below
// 4 GiB.
class InfoWriter {
  public:
    InfoWriter(const GuestMemory& memory, LoadLayout& layout) : memory_(memory), layout_(layout) {}

    /// Returns where the bytes are; once there is no room it returns 0, and full() true.
    [[nodiscard]] std::uint32_t put(const void* data, std::size_t size) {
        auto gpa = layout_.takeLowest(size, 8, kInfoStart, kConventionalMemoryEnd);
        if (!gpa)
            gpa = layout_.takeLowest(size, 8, kExtendedMemoryStart, lowMemoryEnd(memory_));
        full_ = full_ || !gpa;
        if (!gpa)
            return 0;
        if (size != 0)
            std::memcpy(memory_.at(*gpa, size), data, size);
        return static_cast<std::uint32_t>(*gpa);
    }
    [[nodiscard]] std::uint32_t put(const std::string& text) {
        return put(text.c_str(), text.size() + 1);
    }
    [[nodiscard]] bool full() const { return full_; }

  private:
    const GuestMemory& memory_;
    LoadLayout& layout_;
    bool full_ = false;
};

Result<std::vector<Module>> loadModules(const BootRequest& request, const GuestMemory& memory,
                                        LoadLayout& layout, InfoWriter& info) {
    std::vector<Module> modules;
    const Gpa kernelEnd = std::max(layout.end(), kExtendedMemoryStart);
    for (const ImageFile& disk : request.initialRamDisks) {
        const auto place =
            layout.takeLowest(disk.size(), hypervisor::kPageSize, kernelEnd, lowMemoryEnd(memory));
        if (!place)
            return failure(
                fmt::format("module '{}' of {} MiB does not fit into memory behind the "
                            "kernel; give the machine more memory",
                            disk.name(), (disk.size() >> 20) + 1));
        if (const auto loaded = disk.load(0, disk.size(), memory, *place); !loaded)
            return std::unexpected(loaded.error());
        modules.push_back({static_cast<std::uint32_t>(*place),
                           static_cast<std::uint32_t>(*place + disk.size()), info.put(disk.name()),
                           0});
    }
    return modules;
}

// Returns the address of the information structure.
Result<std::uint32_t> writeInfo(const BootRequest& request, const GuestMemory& memory,
                                LoadLayout& layout) {
    InfoWriter writer(memory, layout);
    const auto modules = loadModules(request, memory, layout, writer);
    if (!modules)
        return std::unexpected(modules.error());
    std::vector<MemoryMapEntry> map;
    for (const MemoryRange& range : memoryMap(memory))
        map.push_back({sizeof(MemoryMapEntry) - sizeof(MemoryMapEntry::size), range.start,
                       range.size, static_cast<std::uint32_t>(range.type)});

    Info info;
    info.flags = kInfoMemory | kInfoCommandLine | kInfoModules | kInfoMemoryMap | kInfoLoaderName;
    info.memoryLower = kConventionalMemoryEnd >> 10;
    info.memoryUpper =
        static_cast<std::uint32_t>((lowMemoryEnd(memory) - kExtendedMemoryStart) >> 10);
    info.moduleCount = static_cast<std::uint32_t>(modules->size());
    info.memoryMapSize = static_cast<std::uint32_t>(map.size() * sizeof(MemoryMapEntry));

    std::string commandLine = request.kernel.name();
    if (!request.commandLine.empty())
        commandLine += ' ' + request.commandLine;
    info.commandLine = writer.put(commandLine);
    info.loaderName = writer.put("Vireo");
    info.modules = writer.put(modules->data(), modules->size() * sizeof(Module));
    info.memoryMap = writer.put(map.data(), info.memoryMapSize);
    const std::uint32_t address = writer.put(&info, sizeof info);
    if (writer.full())
        return refuse(request.kernel,
                      "no memory is left for its Multiboot information; give the machine more "
                      "memory");
    return address;
}

}  // namespace

bool hasMultibootHeader(const ImageFile& kernel) {
    return findHeader(kernel).has_value();
}

Result<ProcessorState> loadMultiboot(const GuestMemory& memory, const BootRequest& request) {
    const ImageFile& kernel = request.kernel;
    const auto found = findHeader(kernel);
    if (!found)
        return refuse(kernel, "it has no Multiboot header");
    if (const std::uint32_t unknown = found->header.flags & 0xFFFF & ~kKnownRequirements)
        return refuse(kernel,
                      fmt::format("its Multiboot header asks for unknown features {:#x}", unknown));
    LoadLayout layout(memory);
    const auto entry = found->header.flags & kHasAddresses
                           ? loadFlat(kernel, *found, memory, layout)
                           : loadElf(kernel, memory, layout);
    if (!entry)
        return std::unexpected(entry.error());
    const auto info = writeInfo(request, memory, layout);
    if (!info)
        return std::unexpected(info.error());
    const auto descriptors =
        layout.takeLowest(kBootDescriptorTableSize, 8, 0, lowMemoryEnd(memory));
    if (!descriptors)
        return refuse(kernel,
                      "no memory is left for its descriptor table; give the machine more "
                      "memory");
    ProcessorState state = flatProtectedMode(memory, *descriptors, *entry);
    state[hypervisor::Register::Rax] = kLoaderMagic;
    state[hypervisor::Register::Rbx] = *info;
    return state;
}

}  // namespace devices
