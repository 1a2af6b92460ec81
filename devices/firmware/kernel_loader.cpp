// SPDX-License-Identifier: GPL-3.0-or-later
#include "kernel_loader.h"

#include <fmt/core.h>

#include <array>
#include <string_view>

#include "elf_image.h"
#include "linux_boot.h"
#include "multiboot.h"
#include "pvh_boot.h"

namespace devices {

using hypervisor::failure;
using hypervisor::GuestMemory;
using hypervisor::ProcessorState;
using hypervisor::Result;

namespace {

struct ForeignFormat {
    std::uint64_t offset;
    std::string_view signature;
    std::string_view name;
};

// Files that people give by mistake, with what helps.
constexpr std::array<ForeignFormat, 8> kForeignFormats{{
    {0, "\x1F\x8B", "a gzip archive; unpack it first"},
    {0,
     "\xFD"
     "7zXZ",
     "an xz archive; unpack it first"},
    {0, "\x28\xB5\x2F\xFD", "a Zstandard archive; unpack it first"},
    {0, "070701", "a cpio archive: an initial RAM disk? give it with --initrd"},
    {0, "#!", "a script; give the kernel itself"},
    {0x8001, "CD001", "a CD image; give the kernel in it"},
    {56, "ARM\x64", "a kernel for ARM; use one for x86-64"},
    {0, "MZ", "an EFI program without a Linux boot header; use a Linux, Multiboot or PVH kernel"},
}};

bool matches(const ImageFile& file, const ForeignFormat& format) {
    std::string found(format.signature.size(), '\0');
    return file.read(format.offset, std::as_writable_bytes(std::span(found))) &&
           found == format.signature;
}

}  // namespace

Result<KernelFormat> recogniseKernel(const ImageFile& kernel) {
    if (isLinuxImage(kernel))
        return KernelFormat::Linux;
    if (hasMultibootHeader(kernel))
        return KernelFormat::Multiboot;
    if (ElfImage::isElf(kernel)) {
        const auto image = ElfImage::create(kernel);
        if (!image)
            return std::unexpected(image.error());
        if (hasPvhEntry(*image))
            return KernelFormat::Pvh;
        return failure(
            fmt::format("can't boot '{}': it is an ELF file with neither a Multiboot "
                        "header nor a PVH entry; give the bzImage, or build the kernel "
                        "with one of both",
                        kernel.name()));
    }
    for (const ForeignFormat& format : kForeignFormats)
        if (matches(kernel, format))
            return failure(fmt::format("can't boot '{}': it is {}", kernel.name(), format.name));
    return failure(
        fmt::format("can't boot '{}': it is not a kernel of a known format; give a Linux "
                    "bzImage, a Multiboot kernel or a PVH ELF file",
                    kernel.name()));
}

Result<ProcessorState> loadKernel(const GuestMemory& memory, const BootRequest& request) {
    const auto format = recogniseKernel(request.kernel);
    if (!format)
        return std::unexpected(format.error());
    switch (*format) {
        case KernelFormat::Linux:
            return loadLinux(memory, request);
        case KernelFormat::Multiboot:
            return loadMultiboot(memory, request);
        case KernelFormat::Pvh:
            return loadPvh(memory, request);
    }
    return failure(fmt::format("can't boot '{}': unknown format", request.kernel.name()));
}

}  // namespace devices
