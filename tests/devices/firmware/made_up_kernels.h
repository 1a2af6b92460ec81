// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "devices/firmware/image_file.h"

/// Small files in the formats that the loaders take, whose code is a pattern.
namespace made_up {

class Bytes {
  public:
    explicit Bytes(std::size_t size = 0) : bytes_(size) {}

    template <class T>
    requires std::is_trivially_copyable_v<T>
    void put(std::size_t offset, T value) {
        if (bytes_.size() < offset + sizeof value)
            bytes_.resize(offset + sizeof value);
        std::memcpy(bytes_.data() + offset, &value, sizeof value);
    }
    void put(std::size_t offset, const std::string& text) {
        for (const char character : text)
            put(offset++, character);
    }
    void fill(std::size_t from, std::size_t to, std::uint8_t seed) {
        for (std::size_t offset = from; offset < to; ++offset)
            put(offset, static_cast<std::uint8_t>(seed + offset * 7));
    }
    void truncate(std::size_t size) { bytes_.resize(size); }

    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
    [[nodiscard]] const std::byte* data() const { return bytes_.data(); }
    [[nodiscard]] std::byte& operator[](std::size_t offset) { return bytes_[offset]; }

  private:
    std::vector<std::byte> bytes_;
};

/// A file in memory with this content.
[[nodiscard]] devices::ImageFile imageFile(const Bytes& content, const std::string& name);

inline constexpr std::size_t kLinuxCodeOffset = 5 * 512;
inline constexpr std::size_t kLinuxCodeSize = 4096;
/// Boot protocol 2.15, relocatable, preferring 16 MiB, of which it needs 1 MiB.
[[nodiscard]] Bytes linuxKernel();

/// An ELF file with one segment of `kSegmentSize` bytes, followed by as much uninitialised data, at
/// virtual address 0xFFFFFFFF80200000 and physical address 2 MiB, and the entry 0x10 after it.
inline constexpr std::size_t kSegmentOffset = 0x200;
inline constexpr std::size_t kSegmentSize = 0x1000;
[[nodiscard]] Bytes elf64();
/// The same of 32 bits, identity mapped.
[[nodiscard]] Bytes elf32();
/// Adds a PVH note with this entry to an elf64().
void addPvhNote(Bytes& elf, std::uint64_t entry);
/// Puts a Multiboot header without addresses at `offset`.
void addMultibootHeader(Bytes& file, std::size_t offset, std::uint32_t flags);
/// A file without other headers, loaded to 1 MiB, entry 0x100040, 0x3000 bytes with its
/// uninitialised data.
[[nodiscard]] Bytes flatMultiboot();

}  // namespace made_up
