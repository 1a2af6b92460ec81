// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace devices::display {

/// The memory of a graphics adapter: an anonymous file, mapped once; the guest has it where it
/// likes. Zero at first.
///
/// Thread safety: any thread. The guest writes whenever it likes: who decides on content copies it.
class VideoMemory {
  public:
    /// `size` in bytes, of whole pages, at most 1 GiB.
    [[nodiscard]] static hypervisor::Result<std::shared_ptr<VideoMemory>> create(
        std::uint64_t size);
    ~VideoMemory();
    VideoMemory(const VideoMemory&) = delete;
    VideoMemory& operator=(const VideoMemory&) = delete;

    [[nodiscard]] std::byte* bytes() const { return bytes_; }
    [[nodiscard]] std::uint64_t size() const { return size_; }

    /// Zero again; the host has its pages back.
    void clear() const;

  private:
    VideoMemory(hypervisor::FileDescriptor file, std::byte* bytes, std::uint64_t size);

    const hypervisor::FileDescriptor file_;
    std::byte* const bytes_;
    const std::uint64_t size_;
};

}  // namespace devices::display
