// SPDX-License-Identifier: GPL-3.0-or-later
#include "processor_state.h"

#include <fmt/format.h>

#include <iterator>

namespace hypervisor {

std::string describe(const ProcessorState& state) {
    static constexpr std::array<const char*, 16> kRegisterNames{
        "RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI",
        "R8 ", "R9 ", "R10", "R11", "R12", "R13", "R14", "R15"};
    static constexpr std::array<const char*, kSegmentCount> kSegmentNames{"ES", "CS", "SS",
                                                                          "DS", "FS", "GS"};
    std::string text;
    auto out = std::back_inserter(text);
    fmt::format_to(out, "RIP={:016x} RFLAGS={:08x}\n", state.rip, state.rflags);
    for (std::size_t i = 0; i < state.registers.size(); ++i)
        fmt::format_to(out, "{}={:016x}{}", kRegisterNames[i], state.registers[i],
                       i % 4 == 3 ? '\n' : ' ');
    const auto segment = [&out](const char* name, const Segment& value) {
        fmt::format_to(out, "{}={:04x} base={:016x} limit={:08x} attributes={:04x}\n", name,
                       value.selector, value.base, value.limit, value.attributes);
    };
    for (std::size_t i = 0; i < kSegmentCount; ++i)
        segment(kSegmentNames[i], state.segments[i]);
    segment("LDTR", state.ldtr);
    segment("TR", state.tr);
    fmt::format_to(out, "GDTR={:016x} limit={:04x} IDTR={:016x} limit={:04x}\n", state.gdtr.base,
                   state.gdtr.limit, state.idtr.base, state.idtr.limit);
    fmt::format_to(out, "CR0={:08x} CR2={:016x} CR3={:016x} CR4={:08x} EFER={:x}\n", state.cr0,
                   state.cr2, state.cr3, state.cr4, state.efer);
    return text;
}

}  // namespace hypervisor
