// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "devices/chipset/chipset.h"
#include "devices/chipset/clock.h"
#include "devices/chipset/keyboard_controller.h"
#include "devices/display/framebuffer.h"
#include "devices/display/keyboard_choice.h"
#include "devices/display/picture.h"
#include "devices/display/pointer_choice.h"
#include "devices/display/vnc/vnc_server.h"
#include "devices/emulated/ps2/ps2_keyboard.h"
#include "devices/emulated/ps2/ps2_mouse.h"
#include "devices/emulated/vga/graphics_adapter.h"
#include "devices/synthetic/input/keyboard.h"
#include "devices/synthetic/input/mouse.h"
#include "devices/synthetic/message/device_thread.h"
#include "devices/synthetic/video/video.h"
#include "devices/synthetic/video/video_aperture.h"
#include "devices/synthetic/video/video_memory_mapper.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "hypervisor/hypervisor.h"
#include "vmbus/bus.h"

namespace service {

/// A machine's graphics adapters, which share their video memory, its keyboards and mice (those on
/// VMBus, and PS/2 ones for guests that have no driver for the others), and the socket at which
/// people look at it and use them.
///
/// Thread safety: takePicture() from any thread, all else from any but the device thread.
class Screen {
  public:
    /// `chipset` is where the emulated devices are plugged in. `listener`: a listening stream
    /// socket. `name`: what viewers call the machine. All references outlive this.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<Screen>> create(
        vmbus::Bus& bus, devices::Chipset& chipset, devices::synthetic::DeviceThread& thread,
        hypervisor::Partition& partition, hypervisor::FileDescriptor listener,
        const std::string& name);
    ~Screen();
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    /// The machine is reset; no VP may be running.
    void reset() { adapter_->resetDisplay(); }
    /// What is seen now, also when nobody has watched.
    [[nodiscard]] hypervisor::Result<devices::display::Picture> takePicture();

  private:
    class Mapper final : public devices::synthetic::VideoMemoryMapper {
      public:
        explicit Mapper(hypervisor::Partition& partition) : partition_(partition) {}
        [[nodiscard]] hypervisor::Result<void> map(
            hypervisor::Gpa gpa,
            std::shared_ptr<const devices::display::VideoMemory> memory) override;
        void unmap() override { partition_.removeDeviceMemory(); }

      private:
        hypervisor::Partition& partition_;
    };

    Screen(vmbus::Bus& bus, devices::KeyboardController& controller,
           devices::synthetic::DeviceThread& thread, hypervisor::Partition& partition)
        : bus_(bus),
          controller_(controller),
          mapper_(partition),
          aperture_(mapper_),
          keyboard_(thread),
          mouse_(thread) {}
    [[nodiscard]] hypervisor::Result<void> addAdapter(
        devices::Chipset& chipset, devices::synthetic::DeviceThread& thread,
        const std::shared_ptr<const devices::display::VideoMemory>& memory);
    [[nodiscard]] hypervisor::Result<void> build(devices::Chipset& chipset,
                                                 devices::synthetic::DeviceThread& thread,
                                                 hypervisor::FileDescriptor listener,
                                                 const std::string& name);
    [[nodiscard]] hypervisor::Result<void> add(const vmbus::Offer& offer,
                                               vmbus::ChannelDevice& device);

    /// On which the PS/2 mouse moves.
    [[nodiscard]] devices::ScreenSize size() const;

    vmbus::Bus& bus_;
    devices::KeyboardController& controller_;
    std::vector<vmbus::ChannelDevice*> offered_;
    devices::display::Framebuffer framebuffer_;
    Mapper mapper_;
    devices::synthetic::VideoAperture aperture_;
    devices::synthetic::Keyboard keyboard_;
    devices::synthetic::Mouse mouse_;
    devices::Ps2Keyboard ps2Keyboard_{[this] { controller_.fetch(); }};
    devices::Ps2Mouse ps2Mouse_{[this] { return size(); }, [this] { controller_.fetch(); }};
    devices::display::KeyboardChoice keyboards_{keyboard_, ps2Keyboard_};
    devices::display::PointerChoice mice_{mouse_, ps2Mouse_};
    std::unique_ptr<devices::synthetic::Video> video_;
    std::unique_ptr<devices::vga::GraphicsAdapter> adapter_;
    std::unique_ptr<devices::display::VncServer> server_;
};

}  // namespace service
