// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_state.h"

#include <cstring>

namespace oracle {

void writeWindows(TestMemory& memory, std::uint64_t address, const std::byte* from,
                  std::size_t length) {
    for (std::size_t i = 0; i < length; ++i)
        for (const Window& window : kWindows)
            if (address + i - window.address < window.pages * kPage)
                memory[window.page * kPage + (address + i - window.address)] = from[i];
}

void prepareMemory(const Case& test, TestMemory& memory) {
    writeWindows(memory, test.patchAddress, test.patch.data(), test.patchLength);
    writeWindows(memory, test.initial.rip, test.code.data(), test.codeLength);
}

void collectMemory(TestMemory& memory, const TestMemory& background, Outcome& outcome) {
    outcome.changed = 0;
    for (std::size_t page = 0; page < kPages; ++page) {
        if (std::memcmp(&memory[page * kPage], &background[page * kPage], kPage) == 0)
            continue;
        for (std::size_t offset = 0; offset < kPage; offset += ChangedLine::kSize) {
            std::byte* line = &memory[page * kPage + offset];
            const std::byte* original = &background[page * kPage + offset];
            if (std::memcmp(line, original, ChangedLine::kSize) == 0)
                continue;
            if (outcome.changed < Outcome::kLines) {
                ChangedLine& to = outcome.lines[outcome.changed];
                to.line = (page * kPage + offset) / ChangedLine::kSize;
                std::memcpy(to.bytes.data(), line, ChangedLine::kSize);
            }
            ++outcome.changed;
            std::memcpy(line, original, ChangedLine::kSize);
        }
    }
}

}  // namespace oracle
