// SPDX-License-Identifier: GPL-3.0-or-later
#include "host_instructions.h"

#include <string>

namespace hypervisor::software {

Result<void> checkHostInstructions() {
    std::string missing;
    const auto need = [&missing](bool there, const char* name) {
        if (!there)
            missing += (missing.empty() ? "" : ", ") + std::string(name);
    };
    need(__builtin_cpu_supports("ssse3") != 0, "SSSE3");
    need(__builtin_cpu_supports("sse4.1") != 0, "SSE4.1");
    need(__builtin_cpu_supports("sse4.2") != 0, "SSE4.2");
    need(__builtin_cpu_supports("popcnt") != 0, "POPCNT");
    need(__builtin_cpu_supports("aes") != 0, "AES");
    need(__builtin_cpu_supports("pclmul") != 0, "PCLMULQDQ");
    if (missing.empty())
        return {};
    return failure("cannot run the software processor: this host's processor lacks " + missing +
                   "; if the host is itself a virtual machine, give it a newer processor model");
}

}  // namespace hypervisor::software
