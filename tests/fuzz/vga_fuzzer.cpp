// SPDX-License-Identifier: GPL-3.0-or-later
//
// A hostile guest's ports, memory accesses and unseen writes to the emulated graphics adapter, with
// pictures of it in between.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "devices/chipset/clock.h"
#include "devices/chipset/mmio_bus.h"
#include "devices/chipset/port_bus.h"
#include "devices/display/framebuffer.h"
#include "devices/emulated/vga/graphics_adapter.h"

namespace {

using namespace devices;

void require(bool holds) {
    if (!holds)
        std::abort();
}

/// Time that goes on only by hand, and whose alarms ring by hand.
class PlayedClock final : public Clock {
  public:
    [[nodiscard]] std::uint64_t now() const override { return time; }
    [[nodiscard]] std::int64_t timeOfDay() const override { return 0; }
    [[nodiscard]] std::unique_ptr<Alarm> createAlarm(std::function<void()> callback) override {
        return std::make_unique<PlayedAlarm>(*this, std::move(callback));
    }
    void advance(std::uint64_t nanoseconds) {
        time += nanoseconds;
        const std::vector<PlayedAlarm*> all = alarms_;
        for (PlayedAlarm* const alarm : all)
            if (alarm->when && *alarm->when <= time) {
                alarm->when.reset();
                alarm->callback();
            }
    }
    std::uint64_t time = 0;

  private:
    struct PlayedAlarm final : public Alarm {
        PlayedAlarm(PlayedClock& owner, std::function<void()> function)
            : clock(owner), callback(std::move(function)) {
            clock.alarms_.push_back(this);
        }
        ~PlayedAlarm() override { std::erase(clock.alarms_, this); }
        void set(std::uint64_t nanoseconds) override { when = nanoseconds; }
        void cancel() override { when.reset(); }
        PlayedClock& clock;
        std::function<void()> callback;
        std::optional<std::uint64_t> when;
    };
    std::vector<PlayedAlarm*> alarms_;
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
    std::uint16_t word() {
        const unsigned low = byte();
        return static_cast<std::uint16_t>(low | byte() << 8U);
    }

  private:
    std::span<const std::uint8_t> bytes_;
};

/// Made once: memory takes longer than an input. As little as there may be, so that the sanitizer
/// sees what is behind it.
std::shared_ptr<display::VideoMemory> videoMemory(bool isSmall) {
    static const auto small = display::VideoMemory::create(256 << 10).value();
    static const auto large = display::VideoMemory::create(std::uint64_t{16} << 20).value();
    return isSmall ? small : large;
}

class Machine {
  public:
    explicit Machine(bool isSmall) : memory_(videoMemory(isSmall)) {
        adapter_ = std::move(
            vga::GraphicsAdapter::create(
                clock_, framebuffer_, memory_,
                {[this](std::function<void()> function) { posted_.push_back(std::move(function)); },
                 [this] { posted_.clear(); },
                 [](std::optional<hypervisor::Gpa> at) {
                     require(!at || *at % hypervisor::kPageSize == 0);
                 }})
                .value());
        require(adapter_->claim(ports_, mmio_).has_value());
        adapter_->write(4, 2, 3);
        adapter_->resetDisplay();
    }
    ~Machine() { watch_.reset(); }

    void play(Input& input);

  private:
    void run() {
        while (!posted_.empty())
            for (const auto& function : std::exchange(posted_, {}))
                function();
    }
    /// All pixels that a watch may look at.
    void look() const {
        const auto view = framebuffer_.view();
        if (!view)
            return;
        require(view->mode.width <= 2560 && view->mode.height <= 1600);
        static volatile std::byte sum{};
        for (std::uint32_t y = 0; y < view->mode.height; ++y)
            sum = view->line(y)[0] | view->line(y)[view->mode.width * 4ULL - 1];
    }

    PlayedClock clock_;
    display::Framebuffer framebuffer_;
    const std::shared_ptr<display::VideoMemory> memory_;
    std::vector<std::function<void()>> posted_;
    std::unique_ptr<vga::GraphicsAdapter> adapter_;
    PortBus ports_;
    MmioBus mmio_;
    std::unique_ptr<display::FramebufferWatch> watch_;
    unsigned pictures_ = 0;
};

void Machine::play(Input& input) {
    constexpr std::array<std::uint16_t, 6> kIndexed{0x3C4, 0x3CE, 0x3D4, 0x3B4, 0x3C0, 0x3C8};
    while (!input.isEmpty()) {
        const std::uint8_t kind = input.byte();
        const unsigned size = 1U << (kind >> 4 & 3);
        switch (kind & 15) {
            case 0:
            case 1:
            case 2: {
                const std::uint16_t index = kIndexed[(kind >> 4) % kIndexed.size()];
                ports_.write(index, 2, input.word());
                break;
            }
            case 3:
                ports_.write(static_cast<std::uint16_t>(0x3B0 + input.byte() % 0x30),
                             std::min(size, 4U), input.word());
                break;
            case 4:
                static_cast<void>(ports_.read(
                    static_cast<std::uint16_t>(0x3B0 + input.byte() % 0x30), std::min(size, 4U)));
                break;
            case 5:
            case 6:
                ports_.write(0x1CE, 2, kind >> 4);
                ports_.write(0x1CF, 2, input.word());
                break;
            case 7:
                static_cast<void>(ports_.read(static_cast<std::uint16_t>(0x1CE + input.byte() % 3),
                                              std::min(size, 4U)));
                break;
            case 8:
            case 9:
                mmio_.write(0xA'0000 + input.word() * 2ULL + (kind >> 7), size,
                            input.word() * 0x0001'0001'0001ULL);
                break;
            case 10:
                static_cast<void>(mmio_.read(0xA'0000 + input.word() * 2ULL + (kind >> 7), size));
                break;
            case 11:
                // By the linear framebuffer.
                std::memset(memory_->bytes() + input.word() % (memory_->size() / 256) * 256,
                            input.byte(), 256);
                break;
            case 12:
                watch_ = watch_ ? nullptr : framebuffer_.watch([] {});
                run();
                break;
            case 13:
                clock_.advance(input.byte() * std::uint64_t{1'000'000});
                // A large picture takes milliseconds, and an input has many bytes.
                if (++pictures_ <= 16)
                    run();
                break;
            case 14:
                if (++pictures_ > 16)
                    break;
                adapter_->bringUpToDate();
                look();
                break;
            default:
                if ((kind & 0x70) == 0)
                    adapter_->resetDisplay();
                else
                    adapter_->write(input.byte() & 0x3C, 4, input.word() * 0x1'0001U);
                break;
        }
    }
    adapter_->bringUpToDate();
    look();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(std::span(data, size));
    Machine machine((input.byte() & 1) != 0);
    machine.play(input);
    return 0;
}
