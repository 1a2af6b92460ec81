// SPDX-License-Identifier: GPL-3.0-or-later
#include "made_up_kernels.h"

#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

namespace made_up {

devices::ImageFile imageFile(const Bytes& content, const std::string& name) {
    hypervisor::FileDescriptor file(::memfd_create("image", MFD_CLOEXEC));
    if (::write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()))
        std::abort();
    auto image = devices::ImageFile::create(std::move(file), name);
    if (!image)
        std::abort();
    return std::move(*image);
}

Bytes linuxKernel() {
    Bytes kernel(kLinuxCodeOffset + kLinuxCodeSize);
    kernel.put<std::uint8_t>(0x1F1, 4);
    kernel.put<std::uint32_t>(0x1F4, kLinuxCodeSize / 16);
    kernel.put<std::uint16_t>(0x1FE, 0xAA55);
    kernel.put<std::uint16_t>(0x200, 0x6AEB);
    kernel.put(0x202, std::string("HdrS"));
    kernel.put<std::uint16_t>(0x206, 0x020F);
    kernel.put<std::uint8_t>(0x211, 1);
    kernel.put<std::uint32_t>(0x22C, 0x7FFF'FFFF);
    kernel.put<std::uint32_t>(0x230, 0x20'0000);
    kernel.put<std::uint8_t>(0x234, 1);
    kernel.put<std::uint16_t>(0x236, 3);
    kernel.put<std::uint32_t>(0x238, 2047);
    kernel.put<std::uint64_t>(0x258, 0x100'0000);
    kernel.put<std::uint32_t>(0x260, 0x10'0000);
    kernel.fill(kLinuxCodeOffset, kLinuxCodeOffset + kLinuxCodeSize, 3);
    return kernel;
}

Bytes elf64() {
    Bytes file(kSegmentOffset + kSegmentSize);
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_EXEC;
    header.e_machine = EM_X86_64;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 1;
    header.e_entry = 0xFFFF'FFFF'8020'0010;
    file.put(0, header);
    Elf64_Phdr segment{};
    segment.p_type = PT_LOAD;
    segment.p_offset = kSegmentOffset;
    segment.p_filesz = kSegmentSize;
    segment.p_memsz = 2 * kSegmentSize;
    segment.p_vaddr = 0xFFFF'FFFF'8020'0000;
    segment.p_paddr = 0x20'0000;
    file.put(sizeof header, segment);
    file.fill(kSegmentOffset, kSegmentOffset + kSegmentSize, 5);
    return file;
}

Bytes elf32() {
    Bytes file(kSegmentOffset + kSegmentSize);
    Elf32_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS32;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_EXEC;
    header.e_machine = EM_386;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf32_Phdr);
    header.e_phnum = 1;
    header.e_entry = 0x20'0010;
    file.put(0, header);
    Elf32_Phdr segment{};
    segment.p_type = PT_LOAD;
    segment.p_offset = kSegmentOffset;
    segment.p_filesz = kSegmentSize;
    segment.p_memsz = 2 * kSegmentSize;
    segment.p_vaddr = 0x20'0000;
    segment.p_paddr = 0x20'0000;
    file.put(sizeof header, segment);
    file.fill(kSegmentOffset, kSegmentOffset + kSegmentSize, 5);
    return file;
}

void addPvhNote(Bytes& elf, std::uint64_t entry) {
    constexpr std::size_t kNoteOffset = 0x100;
    elf.put<std::uint16_t>(offsetof(Elf64_Ehdr, e_phnum), 2);
    Elf64_Phdr notes{};
    notes.p_type = PT_NOTE;
    notes.p_offset = kNoteOffset;
    notes.p_filesz = 24 + 24;
    elf.put(sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr), notes);
    // Another owner's note of the same type comes first and must be passed over.
    elf.put(kNoteOffset, Elf64_Nhdr{4, 8, 18});
    elf.put(kNoteOffset + 12, std::string("GNU"));
    elf.put<std::uint64_t>(kNoteOffset + 16, 0x666);
    elf.put(kNoteOffset + 24, Elf64_Nhdr{4, 8, 18});
    elf.put(kNoteOffset + 36, std::string("Xen"));
    elf.put<std::uint64_t>(kNoteOffset + 40, entry);
}

void addMultibootHeader(Bytes& file, std::size_t offset, std::uint32_t flags) {
    file.put<std::uint32_t>(offset, 0x1BAD'B002);
    file.put<std::uint32_t>(offset + 4, flags);
    file.put<std::uint32_t>(offset + 8, -(0x1BAD'B002 + flags));
}

Bytes flatMultiboot() {
    Bytes file(0x2000);
    file.fill(0, 0x2000, 9);
    addMultibootHeader(file, 0x400, 1U << 16);
    file.put<std::uint32_t>(0x40C, 0x10'0400);
    file.put<std::uint32_t>(0x410, 0x10'0000);
    file.put<std::uint32_t>(0x414, 0);
    file.put<std::uint32_t>(0x418, 0x10'3000);
    file.put<std::uint32_t>(0x41C, 0x10'0040);
    return file;
}

}  // namespace made_up
