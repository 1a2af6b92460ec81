// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hypervisor/error.h"

namespace hypervisor {

enum class GroupVersion : std::uint8_t { V1, V2 };

/// Where this process is in the hierarchy of control groups that distributes processor time.
struct GroupPlacement {
    GroupVersion version;
    /// The folder of the process's own group.
    std::string folder;

    bool operator==(const GroupPlacement&) const = default;
};

/// From the texts of /proc/self/mountinfo and /proc/self/cgroup. A version 2 mount counts only if
/// it has the controller, which `hasController` says of its folder: it may stand beside version 1
/// hierarchies that have them all.
[[nodiscard]] Result<GroupPlacement> findPlacement(
    std::string_view mounts, std::string_view groups,
    bool (*hasController)(const std::string& folder));

/// Of this process, as it is now.
[[nodiscard]] Result<GroupPlacement> findPlacement();

}  // namespace hypervisor
