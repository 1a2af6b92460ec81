// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "video_memory_mapper.h"

namespace devices::synthetic {

/// Settles where a guest has the video memory when two of its devices say so: the graphics adapter
/// on VMBus, whose word counts, and the one on PCI. Linux's drivers for the first put the memory
/// where the second has it.
///
/// Thread safety: any thread.
class VideoAperture final : public VideoMemoryMapper {
  public:
    /// `mapper` must outlive this.
    explicit VideoAperture(VideoMemoryMapper& mapper) : mapper_(mapper) {}

    /// As VMBus's adapter has it.
    [[nodiscard]] hypervisor::Result<void> map(
        hypervisor::Gpa gpa, std::shared_ptr<const display::VideoMemory> memory) override;
    void unmap() override;

    /// As PCI's adapter has it. Outside the window, or where the host refuses, the memory is not
    /// seen; nobody is told, as on a real bus.
    void show(std::optional<hypervisor::Gpa> gpa,
              std::shared_ptr<const display::VideoMemory> memory);

  private:
    [[nodiscard]] hypervisor::Result<void> settle();

    VideoMemoryMapper& mapper_;
    std::mutex mutex_;
    // Guarded by mutex_.
    std::shared_ptr<const display::VideoMemory> memory_;
    std::optional<hypervisor::Gpa> ofChannel_;
    std::optional<hypervisor::Gpa> ofPci_;
    std::optional<hypervisor::Gpa> mapped_;
};

}  // namespace devices::synthetic
