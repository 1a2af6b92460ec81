// SPDX-License-Identifier: GPL-3.0-or-later
#include "own_paths.h"

#include <fmt/format.h>

namespace service {

std::vector<OwnPath> ownPaths(MachineSettings& settings) {
    std::vector<OwnPath> paths;
    for (std::size_t at = 0; at < settings.drives.size(); ++at)
        if (settings.drives[at].kind == DriveKind::HardDisk)
            paths.push_back({fmt::format("drives[{}].path", at), MachineFileKind::HardDisk,
                             &settings.drives[at].path});
    if (!settings.firmware.kernel)
        return paths;
    KernelBoot& kernel = *settings.firmware.kernel;
    paths.push_back({"firmware.kernel.path", MachineFileKind::Kernel, &kernel.path});
    for (std::size_t at = 0; at < kernel.initialRamDisks.size(); ++at)
        paths.push_back({fmt::format("firmware.kernel.initialRamDisks[{}]", at),
                         MachineFileKind::InitialRamDisk, &kernel.initialRamDisks[at]});
    return paths;
}

}  // namespace service
