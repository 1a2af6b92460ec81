// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "devices/display/framebuffer.h"
#include "devices/display/video_memory.h"
#include "devices/synthetic/message/message_device.h"
#include "edid.h"
#include "hypervisor/error.h"
#include "video_memory_mapper.h"

namespace devices::synthetic {

/// The synthetic graphics adapter, versions 3.2 to 3.5: a linear framebuffer in video memory, which
/// the guest puts where it likes in the window for VMBus devices. The emulated adapter shows the
/// same memory, and its picture is seen again when this shows none any more. It is asked for what
/// it changes while somebody watches, and only then. Pointers are the viewers' own: what the guest
/// tells of its pointer is checked and dropped.
///
/// When no driver has the channel open any more, this shows nothing; the memory stays as it is.
class Video final : public MessageDevice, public display::FramebufferSource {
  public:
    struct Options {
        /// What guests begin with; fits the memory.
        Resolution preferred{1024, 768};
    };
    /// `memory`: of 1 to 64 MiB, a power of two. `framebuffer` and `mapper` must outlive the
    /// device.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<Video>> create(
        DeviceThread& thread, display::Framebuffer& framebuffer, VideoMemoryMapper& mapper,
        std::shared_ptr<const display::VideoMemory> memory, const Options& options);
    ~Video() override;

    [[nodiscard]] vmbus::Offer offer() const;
    [[nodiscard]] const std::shared_ptr<const display::VideoMemory>& memory() const {
        return memory_;
    }
    /// What guests may choose from, each of which fits the memory.
    [[nodiscard]] std::span<const Resolution> resolutions() const { return resolutions_; }

    void watchersChanged() override;

  private:
    Video(DeviceThread& thread, display::Framebuffer& framebuffer, VideoMemoryMapper& mapper,
          const Options& options, std::shared_ptr<const display::VideoMemory> memory,
          std::vector<Resolution> resolutions);

    void onOpened() override;
    void onPacket(const vmbus::ReceivedPacket& packet) override;
    void onClosed() override;
    void onRoom() override { askForChanges(); }

    // `message`: header and body, as long as the guest says it is.
    void takeVersion(std::span<const std::byte> message, std::uint64_t transaction);
    void takeAgreed(std::uint32_t type, std::span<const std::byte> message,
                    std::uint64_t transaction);
    void takeResolutionRequest(std::span<const std::byte> message, std::uint64_t transaction);
    void takeMemoryLocation(std::span<const std::byte> message, std::uint64_t transaction);
    void takeSituation(std::span<const std::byte> message, std::uint64_t transaction);
    void takePointerShape(std::span<const std::byte> message);
    void takeDirt(std::span<const std::byte> message);
    void acknowledge(std::uint32_t type, std::uint64_t context, std::uint64_t transaction);
    void askForChanges();
    void unmap();

    display::Framebuffer& framebuffer_;
    VideoMemoryMapper& mapper_;
    const Options options_;
    const std::shared_ptr<const display::VideoMemory> memory_;
    const std::vector<Resolution> resolutions_;

    // Of the thread.
    bool hasVersion_ = false;
    bool isMapped_ = false;
    bool hasSituation_ = false;
    /// What the guest has been asked for last.
    std::optional<bool> wantsChanges_;
};

}  // namespace devices::synthetic
