// SPDX-License-Identifier: GPL-3.0-or-later
//
// A hostile guest at the ports of the keyboard controller, with keyboard and mouse plugged in, and
// keys and pointers in between.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "devices/chipset/keyboard_controller.h"
#include "devices/emulated/ps2/ps2_keyboard.h"
#include "devices/emulated/ps2/ps2_mouse.h"

namespace {

using namespace devices;

constexpr std::uint16_t kData = KeyboardController::kDataPort;
constexpr std::uint16_t kCommand = KeyboardController::kCommandPort;
constexpr std::uint32_t kOutputFull = 0x01;
constexpr std::uint32_t kAuxiliaryData = 0x20;
/// More bytes than can ever wait: keys, their releases, and the reports of all movements.
constexpr int kMostWaiting = 6'000;

void require(bool holds) {
    if (!holds)
        std::abort();
}

struct Control final : public MachineControl {
    void powerOff() override { std::abort(); }
    void reset() override { ++resets; }
    void debugExit(std::uint32_t /*value*/) override { std::abort(); }
    int resets = 0;
};

struct Machine {
    Machine() { controller.plugIn(keyboard, mouse); }
    ~Machine() { controller.unplug(); }

    void write(std::uint16_t port, std::uint8_t value) { controller.writePort(port, 1, value); }
    [[nodiscard]] std::uint32_t read(std::uint16_t port) { return controller.readPort(port, 1); }
    /// The interrupts are what the output buffer has.
    void check() {
        const std::uint32_t status = read(kCommand);
        const bool isFull = (status & kOutputFull) != 0;
        const bool isAuxiliary = (status & kAuxiliaryData) != 0;
        require(isFull || !isAuxiliary);
        require(!keyboardLine || (isFull && !isAuxiliary));
        require(!mouseLine || (isFull && isAuxiliary));
    }
    void drain() {
        int bytes = 0;
        while ((read(kCommand) & kOutputFull) != 0) {
            static_cast<void>(read(kData));
            require(++bytes < kMostWaiting);
        }
    }

    Control control;
    bool keyboardLine = false;
    bool mouseLine = false;
    ScreenSize screen{.width = 1024, .height = 768};
    AddressLine20 addressLine20{[](bool) {}};
    KeyboardController controller{
        control, addressLine20,
        hypervisor::InterruptLine([this](bool asserted) { keyboardLine = asserted; }),
        hypervisor::InterruptLine([this](bool asserted) { mouseLine = asserted; })};
    Ps2Keyboard keyboard{[this] { controller.fetch(); }};
    Ps2Mouse mouse{[this] { return screen; }, [this] { controller.fetch(); }};
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
    std::uint16_t word() { return static_cast<std::uint16_t>(byte() << 8 | byte()); }

  private:
    std::span<const std::uint8_t> bytes_;
};

void play(Machine& machine, Input& input) {
    const std::uint8_t kind = input.byte();
    switch (kind & 7) {
        case 0:
            return machine.write(kData, input.byte());
        case 1:
            return machine.write(kCommand, input.byte());
        case 2:
            // As hosts send a byte to the mouse.
            machine.write(kCommand, 0xD4);
            return machine.write(kData, input.byte());
        case 3:
            return static_cast<void>(machine.read(kData));
        case 4:
            return machine.keyboard.key(
                {input.byte(), static_cast<display::ScanPrefix>(kind >> 4 & 3)},
                (kind & 8) != 0 ? display::KeyAction::Up : display::KeyAction::Down);
        case 5: {
            const std::uint16_t x = input.word();
            const std::uint16_t y = input.word();
            return machine.mouse.pointer({.x = x, .y = y, .buttons = input.byte()},
                                         static_cast<std::int8_t>(input.byte()));
        }
        case 6:
            machine.screen = {.width = input.word(), .height = input.word()};
            return;
        default:
            if ((kind & 0x18) == 0)
                return machine.controller.reset();
            return machine.drain();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Machine machine;
    Input input(std::span(data, size));
    while (!input.isEmpty()) {
        play(machine, input);
        machine.check();
    }
    machine.drain();
    // Whatever was done to it, it can be used again.
    machine.controller.reset();
    require((machine.read(kCommand) & kOutputFull) == 0);
    machine.write(kData, 0xF2);
    for (const std::uint32_t expected : {0xFAU, 0xABU, 0x41U})
        require(machine.read(kData) == expected);
    return 0;
}
