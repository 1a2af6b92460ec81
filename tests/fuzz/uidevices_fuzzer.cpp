// SPDX-License-Identifier: GPL-3.0-or-later
//
// Messages of a hostile guest to the synthetic keyboard, mouse and screen, with keys, pointers and
// viewers in between; and bytes of a hostile viewer up to where libvncserver would get them.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "devices/display/framebuffer.h"
#include "devices/display/vnc/viewer_input.h"
#include "devices/display/vnc/viewer_messages.h"
#include "devices/synthetic/input/keyboard.h"
#include "devices/synthetic/input/mouse.h"
#include "devices/synthetic/video/video.h"
#include "hypervisor/guest_memory.h"
#include "vmbus/client/channel_client.h"

namespace {

using namespace devices;
using namespace devices::synthetic;

void require(bool holds) {
    if (!holds)
        std::abort();
}

/// Time stands still.
class StoppedClock final : public Clock {
  public:
    [[nodiscard]] std::uint64_t now() const override { return 0; }
    [[nodiscard]] std::int64_t timeOfDay() const override { return 0; }
    [[nodiscard]] std::unique_ptr<Alarm> createAlarm(std::function<void()> /*callback*/) override {
        std::abort();
    }
};

/// What must hold of what the guest has mapped.
class CheckedMapper final : public VideoMemoryMapper {
  public:
    hypervisor::Result<void> map(hypervisor::Gpa gpa,
                                 std::shared_ptr<const display::VideoMemory> memory) override {
        require(!isMapped && gpa % hypervisor::kPageSize == 0 && gpa >= kDeviceMemoryStart &&
                gpa <= kDeviceMemoryEnd && memory->size() <= kDeviceMemoryEnd - gpa);
        isMapped = true;
        return {};
    }
    void unmap() override {
        require(isMapped);
        isMapped = false;
    }
    bool isMapped = false;
};

class Input {
  public:
    explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
    [[nodiscard]] bool isEmpty() const { return bytes_.empty(); }
    std::uint8_t byte() {
        if (bytes_.empty())
            return 0;
        const std::uint8_t first = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return first;
    }
    std::span<const std::byte> take(std::size_t count) {
        const auto taken = bytes_.first(std::min(count, bytes_.size()));
        bytes_ = bytes_.subspan(taken.size());
        return std::as_bytes(taken);
    }

  private:
    std::span<const std::uint8_t> bytes_;
};

/// All pixels that a watch may look at, so that the sanitizer sees them.
void look(display::FramebufferWatch& watch) {
    const auto state = watch.take();
    if (!state.view)
        return;
    const auto& mode = state.view->mode;
    static volatile std::byte sum{};
    for (const std::uint32_t y : {0U, mode.height - 1})
        sum = state.view->line(y)[0] | state.view->line(y)[mode.width * 4ULL - 1];
    for (const display::Rectangle& changed : state.changed)
        require(changed.width != 0 && changed.height != 0 && changed.width <= mode.width &&
                changed.height <= mode.height && changed.x <= mode.width - changed.width &&
                changed.y <= mode.height - changed.height);
}

/// Made once: a guest's memory takes longer than an input.
struct Guest {
    std::unique_ptr<hypervisor::GuestMemory> memory =
        std::move(hypervisor::GuestMemory::create(4 << 20).value());
    StoppedClock clock;
};

struct Devices {
    explicit Devices(Guest& guest)
        : thread(DeviceThread::createByHand(guest.clock)),
          video(std::move(
              Video::create(*thread, framebuffer, mapper,
                            display::VideoMemory::create(std::uint64_t{4} << 20).value(), {})
                  .value())) {
        for (std::size_t i = 0; i < clients.size(); ++i)
            clients[i] =
                std::move(vmbus::ChannelClient::create(
                              *guest.memory, vmbus::ClientRings::at(0x10'0000 + i * 0x10'0000, 4))
                              .value());
    }
    ~Devices() {
        for (std::size_t i = 0; i < clients.size(); ++i)
            close(i);
        watch.reset();
    }
    vmbus::ChannelDevice& device(std::size_t index) {
        if (index == 0)
            return keyboard;
        return index == 1 ? static_cast<vmbus::ChannelDevice&>(mouse) : *video;
    }
    void open(std::size_t index) {
        if (std::exchange(isOpen[index], true))
            return;
        clients[index]->open(device(index));
        thread->runDue();
    }
    void close(std::size_t index) {
        if (!std::exchange(isOpen[index], false))
            return;
        device(index).closing();
        thread->runDue();
        require(clients[index]->close(vmbus::ChannelClient::Limit{0}));
        require(index != 2 || (!mapper.isMapped && !framebuffer.view()));
    }
    void send(std::size_t index, std::span<const std::byte> payload, std::uint8_t kind) {
        if (!isOpen[index])
            return;
        static_cast<void>(clients[index]->send(
            {.type = (kind & 0x20) != 0 ? vmbus::PacketType::Completion : vmbus::PacketType::InBand,
             .wantsCompletion = (kind & 0x40) != 0,
             .transactionId = kind,
             .payload = {&payload, 1}},
            vmbus::ChannelClient::Limit{0}));
        device(index).doorbell();
    }
    void read(std::size_t index) {
        if (!isOpen[index])
            return;
        while (clients[index]->poll()) {
        }
        device(index).doorbell();
    }

    std::unique_ptr<DeviceThread> thread;
    display::Framebuffer framebuffer;
    CheckedMapper mapper;
    Keyboard keyboard{*thread};
    Mouse mouse{*thread};
    std::unique_ptr<Video> video;
    std::unique_ptr<display::FramebufferWatch> watch;
    std::array<std::unique_ptr<vmbus::ChannelClient>, 3> clients;
    std::array<bool, 3> isOpen{};
};

void playGuest(Input& input) {
    static Guest guest;
    Devices devices(guest);
    for (std::size_t i = 0; i < 3; ++i)
        devices.open(i);
    while (!input.isEmpty()) {
        const std::uint8_t kind = input.byte();
        const std::size_t index = (kind >> 3 & 3) % 3;
        switch (kind & 7) {
            case 0:
            case 1:
                devices.send(index, input.take(input.byte()), kind);
                break;
            case 2:
                devices.read(index);
                break;
            case 3:
                devices.close(index);
                devices.open(index);
                break;
            case 4:
                devices.keyboard.key(
                    {input.byte(), static_cast<display::ScanPrefix>(index)},
                    (kind & 0x20) != 0 ? display::KeyAction::Up : display::KeyAction::Down);
                break;
            case 5:
                devices.mouse.pointer({.x = static_cast<std::uint16_t>(input.byte() << 8),
                                       .y = input.byte(),
                                       .buttons = input.byte()},
                                      static_cast<std::int8_t>(input.byte()));
                break;
            case 6:
                devices.watch = devices.watch ? nullptr : devices.framebuffer.watch([] {});
                break;
            default:
                devices.thread->runDue();
                if (devices.watch)
                    look(*devices.watch);
                break;
        }
    }
    devices.thread->runDue();
    if (devices.watch)
        look(*devices.watch);
}

/// Checks what passes to the library, and takes the input nowhere.
class Viewer final : public display::ViewerMessages::Receiver,
                     public display::KeyboardInput,
                     public display::PointerInput {
  public:
    void pass(std::span<const std::byte> message) override {
        require(!message.empty() && message.size() <= 4 + 4 * 64);
        // From the first message behind the handshake on, their types are known ones.
        if (messages.isGreeted())
            require(message[0] == std::byte{0} || message[0] == std::byte{2} ||
                    message[0] == std::byte{3});
    }
    void wantsKeycodes() override {}
    void keysym(std::uint32_t keysym, bool isDown) override { input.keysym(keysym, isDown); }
    void keycode(std::uint32_t keycode, bool isDown) override { input.keycode(keycode, isDown); }
    void pointer(std::uint8_t buttons, std::uint16_t x, std::uint16_t y) override {
        input.pointer(buttons, x, y, 1024, 768);
    }
    void key(display::ScanCode code, display::KeyAction action) override {
        held += action == display::KeyAction::Down ? 1 : 0;
        require(code.code < 0x80);
    }
    void pointer(const display::PointerState& state, int wheel) override {
        require(state.x <= display::kMostPointer && state.y <= display::kMostPointer);
        require(wheel >= -1 && wheel <= 1);
    }
    [[nodiscard]] bool isListening() const override { return true; }

    display::ViewerMessages messages{*this};
    display::ViewerInput input{*this, *this};
    std::uint64_t held = 0;
};

void playViewer(Input& input) {
    Viewer viewer;
    while (!input.isEmpty())
        if (!viewer.messages.take(input.take(input.byte() % 64 + 1)))
            break;
    viewer.input.releaseAll();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(std::span(data, size));
    if ((input.byte() & 1) != 0)
        playViewer(input);
    else
        playGuest(input);
    return 0;
}
