// SPDX-License-Identifier: GPL-3.0-or-later
#include "screen.h"

#include <functional>
#include <utility>

namespace service {

using devices::display::VideoMemory;
using devices::display::VncServer;
using devices::synthetic::DeviceThread;
using devices::synthetic::Video;
using devices::vga::GraphicsAdapter;
using hypervisor::FileDescriptor;
using hypervisor::Result;

Result<std::unique_ptr<Screen>> Screen::create(vmbus::Bus& bus, devices::Chipset& chipset,
                                               DeviceThread& thread,
                                               hypervisor::Partition& partition,
                                               FileDescriptor listener, const std::string& name) {
    std::unique_ptr<Screen> screen(
        new Screen(bus, chipset.keyboardController(), thread, partition));
    if (auto built = screen->build(chipset, thread, std::move(listener), name); !built)
        return std::unexpected(std::move(built.error()));
    return screen;
}

Result<void> Screen::addAdapter(devices::Chipset& chipset, DeviceThread& thread,
                                const std::shared_ptr<const VideoMemory>& memory) {
    auto adapter = GraphicsAdapter::create(
        thread.clock(), framebuffer_, memory,
        {.post = [this, &thread](
                     std::function<void()> function) { thread.post(this, std::move(function)); },
         .forget = [this, &thread] { thread.forget(this); },
         .placed = [this,
                    memory](std::optional<hypervisor::Gpa> at) { aperture_.show(at, memory); }});
    if (!adapter)
        return std::unexpected(adapter.error());
    adapter_ = std::move(*adapter);
    if (auto claimed = adapter_->claim(chipset.ports(), chipset.mmio()); !claimed)
        return claimed;
    return chipset.pci().add(GraphicsAdapter::kDevice, 0, *adapter_);
}

Result<void> Screen::build(devices::Chipset& chipset, DeviceThread& thread, FileDescriptor listener,
                           const std::string& name) {
    auto memory = VideoMemory::create(GraphicsAdapter::kMemoryBytes);
    if (!memory)
        return std::unexpected(memory.error());
    auto video = Video::create(thread, framebuffer_, aperture_, *memory, {});
    if (!video)
        return std::unexpected(video.error());
    video_ = std::move(*video);
    if (auto added = addAdapter(chipset, thread, *memory); !added)
        return added;
    auto server = VncServer::create(std::move(listener), framebuffer_, keyboards_, mice_, {name});
    if (!server)
        return std::unexpected(server.error());
    server_ = std::move(*server);
    controller_.plugIn(ps2Keyboard_, ps2Mouse_);
    auto added = add(video_->offer(), *video_);
    if (added)
        added = add(devices::synthetic::Keyboard::offer(), keyboard_);
    if (added)
        added = add(devices::synthetic::Mouse::offer(), mouse_);
    return added;
}

Screen::~Screen() {
    for (vmbus::ChannelDevice* const device : offered_)
        bus_.revoke(*device);
    // Viewers use the framebuffer, and keyboard and mouse.
    server_.reset();
    controller_.unplug();
}

devices::ScreenSize Screen::size() const {
    const auto view = framebuffer_.view();
    if (!view)
        return {.width = 1024, .height = 768};
    return {.width = view->mode.width, .height = view->mode.height};
}

Result<devices::display::Picture> Screen::takePicture() {
    adapter_->bringUpToDate();
    return devices::display::takePicture(framebuffer_);
}

Result<void> Screen::add(const vmbus::Offer& offer, vmbus::ChannelDevice& device) {
    auto offered = bus_.offer(offer, device);
    if (offered)
        offered_.push_back(&device);
    return offered;
}

Result<void> Screen::Mapper::map(hypervisor::Gpa gpa, std::shared_ptr<const VideoMemory> memory) {
    const std::span bytes(memory->bytes(), memory->size());
    return partition_.placeDeviceMemory(gpa, {bytes, std::move(memory)});
}

}  // namespace service
