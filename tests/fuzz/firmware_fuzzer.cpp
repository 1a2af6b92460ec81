// SPDX-License-Identifier: GPL-3.0-or-later

// A hostile guest at the firmware's ports: the input is a series of accesses of any size to the
// firmware configuration (fw_cfg) and to the firmware's log. Whatever comes, a selected item reads
// as it is and then as zeros, and the owner hears of nothing to boot once until a reset, in one
// printable line.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../../devices/firmware/firmware_configuration.h"
#include "../../devices/firmware/firmware_log.h"
#include "devices/chipset/port_bus.h"
#include "input.h"

using devices::FirmwareConfiguration;
using devices::FirmwareFile;
using devices::FirmwareLog;
using devices::PortBus;
using fuzz::Input;

namespace {

constexpr std::uint16_t kSelector = FirmwareConfiguration::kSelectorPort;
constexpr std::uint16_t kData = kSelector + 1;
constexpr std::uint16_t kFirstFile = 0x20;
/// What SeaBIOS says, of which inputs are put together.
constexpr std::array<const char*, 7> kLines{
    "Booting from Hard Disk...\n", "Booting from DVD/CD...\n", "Boot failed: could not read\n",
    "No bootable device.\n",       "Booting from Floppy...\n", "Boot failed: not a bootable disk\n",
    "enter handle_18:\n  NULL\n"};

std::vector<std::byte> contentOf(std::size_t size) {
    std::vector<std::byte> content(size);
    for (std::size_t i = 0; i < size; ++i)
        content[i] = static_cast<std::byte>(i * 7 + size);
    return content;
}

const std::array<FirmwareFile, 3> kFiles{
    {{"etc/table-loader", contentOf(300)}, {"bootorder", contentOf(1)}, {"empty", {}}}};

struct Machine {
    Machine()
        : configuration(4, 1 << 30, {kFiles.begin(), kFiles.end()}),
          log([this](const std::string& why) { heard(why); }) {
        if (!configuration.claimPorts(ports) || !log.claimPorts(ports))
            std::abort();
    }
    void heard(const std::string& why) {
        if (std::exchange(told, true) || why.size() > 4096)
            std::abort();
        for (const char letter : why)
            if (letter < ' ' || letter > '~')
                std::abort();
    }
    void select(std::uint16_t item) {
        ports.write(kSelector, 2, item);
        expected.reset();
        if (item >= kFirstFile)
            expected = item < kFirstFile + kFiles.size() ? kFiles[item - kFirstFile].content
                                                         : std::vector<std::byte>();
        position = 0;
    }
    void readByte() {
        const std::uint32_t byte = ports.read(kData, 1);
        if (!expected)
            return;
        const std::uint32_t right =
            position < expected->size() ? std::to_integer<std::uint32_t>((*expected)[position]) : 0;
        if (byte != right)
            std::abort();
        ++position;
    }

    FirmwareConfiguration configuration;
    FirmwareLog log;
    PortBus ports;
    bool told = false;
    /// Of the selected item, where that is known.
    std::optional<std::vector<std::byte>> expected;
    std::size_t position = 0;
};

void step(Machine& machine, Input& input) {
    const std::uint8_t what = input.byte();
    const unsigned size = 1U << (what >> 4) % 3;
    switch (what & 7) {
        case 0:
            machine.select(input.value<std::uint16_t>());
            break;
        case 1:
            machine.select(static_cast<std::uint16_t>(kFirstFile + (what >> 4)));
            break;
        case 2:
            for (unsigned left = 1 + input.byte() * 2U; left > 0; --left)
                machine.readByte();
            break;
        case 3:
            static_cast<void>(machine.ports.read(
                static_cast<std::uint16_t>(kSelector - 3 + input.byte() % 8), size));
            machine.expected.reset();
            break;
        case 4:
            machine.ports.write(static_cast<std::uint16_t>(kSelector - 3 + input.byte() % 8), size,
                                input.number());
            machine.expected.reset();
            break;
        case 5:
            machine.ports.write(FirmwareLog::kPort, size, input.number());
            break;
        case 6:
            for (const char* letter = kLines[(what >> 4U) % kLines.size()]; *letter != 0; ++letter)
                machine.ports.write(FirmwareLog::kPort, 1, static_cast<std::uint8_t>(*letter));
            break;
        default:
            machine.configuration.reset();
            machine.log.reset();
            machine.expected.reset();
            machine.told = false;
            break;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length) {
    Machine machine;
    Input input(data, length);
    while (!input.empty())
        step(machine, input);
    return 0;
}
