// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "hypervisor/guest_memory.h"

namespace devices {

/// A kernel or initial RAM disk that somebody else has opened: content is hostile, and may change
/// while it is read. A reader copies what it takes a decision on.
///
/// Thread safety: none needed, every method is a plain read.
class ImageFile {
  public:
    /// `name` is what messages and command lines call the file. Fails when `file` is not a
    /// regular file or is empty.
    [[nodiscard]] static hypervisor::Result<ImageFile> create(hypervisor::FileDescriptor file,
                                                              std::string name);

    [[nodiscard]] const std::string& name() const { return name_; }
    /// In bytes, as found by create().
    [[nodiscard]] std::uint64_t size() const { return size_; }

    /// Fills `to` from `offset`; fails when the file ends before.
    [[nodiscard]] hypervisor::Result<void> read(std::uint64_t offset,
                                                std::span<std::byte> to) const;

    template <class T>
    requires std::is_trivially_copyable_v<T>
    [[nodiscard]] hypervisor::Result<T> read(std::uint64_t offset) const {
        T value;
        if (auto done = read(offset, std::as_writable_bytes(std::span(&value, 1))); !done)
            return std::unexpected(done.error());
        return value;
    }

    /// Reads straight into guest memory; fails when the range is not RAM.
    [[nodiscard]] hypervisor::Result<void> load(std::uint64_t offset, std::uint64_t size,
                                                const hypervisor::GuestMemory& memory,
                                                hypervisor::Gpa to) const;

  private:
    ImageFile(hypervisor::FileDescriptor file, std::string name, std::uint64_t size);

    hypervisor::FileDescriptor file_;
    std::string name_;
    std::uint64_t size_;
};

}  // namespace devices
