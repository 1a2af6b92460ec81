// SPDX-License-Identifier: GPL-3.0-or-later
#include "elf_image.h"

#include <elf.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace devices {

using hypervisor::failure;
using hypervisor::GuestMemory;
using hypervisor::Result;

namespace {

// No kernel has more notes than fit here; a file that claims so is hostile.
constexpr std::uint64_t kMaximumNotesSize = 1 << 20;

auto refuse(const ImageFile& file, std::string_view why) {
    return failure(fmt::format("can't boot '{}': {}", file.name(), why));
}

template <class ProgramHeader>
struct ElfTables {
    std::uint64_t entry;
    std::vector<ProgramHeader> programHeaders;
};

template <class Header, class ProgramHeader>
Result<ElfTables<ProgramHeader>> readTables(const ImageFile& file,
                                            std::initializer_list<unsigned> machines) {
    const auto header = file.read<Header>(0);
    if (!header)
        return std::unexpected(header.error());
    if (std::ranges::find(machines, header->e_machine) == machines.end())
        return refuse(file, "it is an ELF file for another processor; use a kernel for x86");
    if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
        return refuse(file, "it is an ELF file that is not executable; use a linked kernel");
    if (header->e_phentsize != sizeof(ProgramHeader) || header->e_phnum == 0)
        return refuse(file, "its ELF program headers are missing or damaged");
    ElfTables<ProgramHeader> tables{header->e_entry, {}};
    tables.programHeaders.resize(header->e_phnum);
    if (const auto done =
            file.read(header->e_phoff, std::as_writable_bytes(std::span(tables.programHeaders)));
        !done)
        return std::unexpected(done.error());
    return tables;
}

}  // namespace

bool ElfImage::isElf(const ImageFile& file) {
    const auto magic = file.read<std::array<char, SELFMAG>>(0);
    return magic && std::memcmp(magic->data(), ELFMAG, SELFMAG) == 0;
}

Result<ElfImage> ElfImage::create(const ImageFile& file) {
    const auto identification = file.read<std::array<std::uint8_t, EI_NIDENT>>(0);
    if (!identification || !isElf(file))
        return refuse(file, "it is not an ELF file");
    if ((*identification)[EI_DATA] != ELFDATA2LSB)
        return refuse(file, "it is an ELF file for another processor; use a kernel for x86");

    const auto collect = [&file](const auto& tables) -> Result<ElfImage> {
        if (!tables)
            return std::unexpected(tables.error());
        ElfImage image(file, tables->entry);
        for (const auto& header : tables->programHeaders) {
            if (header.p_type != PT_LOAD && header.p_type != PT_NOTE)
                continue;
            const Segment segment{header.p_offset, header.p_filesz, header.p_vaddr, header.p_paddr,
                                  header.p_memsz};
            if (segment.fileOffset > file.size() ||
                segment.fileSize > file.size() - segment.fileOffset)
                return refuse(file,
                              "it ends before its segments do; it is truncated, copy it again");
            if (header.p_type == PT_NOTE) {
                image.notes_.push_back(segment);
                continue;
            }
            if (segment.fileSize > segment.memorySize ||
                segment.memorySize > ~std::uint64_t{0} - segment.physicalAddress ||
                segment.memorySize > ~std::uint64_t{0} - segment.virtualAddress)
                return refuse(file, "an ELF segment of it has an impossible size; it is damaged");
            if (segment.memorySize != 0)
                image.loadable_.push_back(segment);
        }
        if (image.loadable_.empty())
            return refuse(file, "it is an ELF file with nothing to load; use a linked kernel");
        return image;
    };
    if ((*identification)[EI_CLASS] == ELFCLASS64)
        return collect(readTables<Elf64_Ehdr, Elf64_Phdr>(file, {EM_X86_64}));
    // An x86-64 program wrapped for loaders that know 32 bits alone keeps one of both machines.
    return collect(readTables<Elf32_Ehdr, Elf32_Phdr>(file, {EM_386, EM_X86_64}));
}

Result<void> ElfImage::load(const GuestMemory& memory, LoadLayout& layout) const {
    for (const Segment& segment : loadable_) {
        if (!layout.take(segment.physicalAddress, segment.memorySize))
            return refuse(*file_, fmt::format("its segment at {:#x} of {} bytes does not lie in "
                                              "free memory; give the machine more memory, or link "
                                              "the kernel elsewhere",
                                              segment.physicalAddress, segment.memorySize));
        if (const auto loaded =
                file_->load(segment.fileOffset, segment.fileSize, memory, segment.physicalAddress);
            !loaded)
            return loaded;
        std::byte* const host = memory.at(segment.physicalAddress, segment.memorySize);
        std::memset(host + segment.fileSize, 0, segment.memorySize - segment.fileSize);
    }
    return {};
}

std::uint64_t ElfImage::physicalEntry() const {
    for (const Segment& segment : loadable_)
        if (entry_ >= segment.virtualAddress &&
            entry_ - segment.virtualAddress < segment.memorySize)
            return entry_ - segment.virtualAddress + segment.physicalAddress;
    return entry_;
}

std::optional<std::uint64_t> ElfImage::note(std::string_view owner, std::uint32_t type) const {
    const auto aligned = [](std::uint64_t size) { return (size + 3) & ~std::uint64_t{3}; };
    for (const Segment& segment : notes_) {
        const std::uint64_t end =
            segment.fileOffset + std::min(segment.fileSize, kMaximumNotesSize);
        std::uint64_t position = segment.fileOffset;
        while (end - position >= sizeof(Elf32_Nhdr)) {
            const auto header = file_->read<Elf32_Nhdr>(position);
            if (!header)
                return std::nullopt;
            position += sizeof(Elf32_Nhdr);
            const std::uint64_t nameSize = header->n_namesz;
            const std::uint64_t contentSize = header->n_descsz;
            if (aligned(nameSize) > end - position ||
                aligned(contentSize) > end - position - aligned(nameSize))
                break;
            if (header->n_type == type && nameSize == owner.size() + 1) {
                std::string name(nameSize, '\0');
                if (!file_->read(position, std::as_writable_bytes(std::span(name))) ||
                    name.compare(0, owner.size(), owner) != 0 || name.back() != '\0')
                    name.clear();
                const std::uint64_t content = position + aligned(nameSize);
                if (!name.empty() && contentSize >= 8)
                    if (const auto value = file_->read<std::uint64_t>(content))
                        return *value;
                if (!name.empty() && contentSize >= 4)
                    if (const auto value = file_->read<std::uint32_t>(content))
                        return *value;
            }
            position += aligned(nameSize) + aligned(contentSize);
        }
    }
    return std::nullopt;
}

}  // namespace devices
