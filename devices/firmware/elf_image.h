// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/guest_memory.h"
#include "image_file.h"
#include "load_layout.h"

namespace devices {

/// The program headers of an executable ELF file for x86, of 32 or 64 bits, as far as a loader
/// needs them (System V ABI, "Program Loading"). Everything in it has been bounded: offsets and
/// sizes lie within the file, address ranges do not wrap.
class ElfImage {
  public:
    struct Segment {
        std::uint64_t fileOffset;
        std::uint64_t fileSize;
        std::uint64_t virtualAddress;
        hypervisor::Gpa physicalAddress;
        std::uint64_t memorySize;
    };

    [[nodiscard]] static bool isElf(const ImageFile& file);
    [[nodiscard]] static hypervisor::Result<ElfImage> create(const ImageFile& file);

    /// Puts every segment at its physical address, takes that from `layout` and clears what the
    /// file does not fill.
    [[nodiscard]] hypervisor::Result<void> load(const hypervisor::GuestMemory& memory,
                                                LoadLayout& layout) const;

    /// The entry as a physical address: kernels are also linked to virtual ones.
    [[nodiscard]] std::uint64_t physicalEntry() const;

    /// The first 4 or 8 bytes of the note of this type that `owner` has put into the file.
    [[nodiscard]] std::optional<std::uint64_t> note(std::string_view owner,
                                                    std::uint32_t type) const;

  private:
    ElfImage(const ImageFile& file, std::uint64_t entry) : file_(&file), entry_(entry) {}

    const ImageFile* file_;
    std::uint64_t entry_;
    std::vector<Segment> loadable_;
    std::vector<Segment> notes_;
};

}  // namespace devices
