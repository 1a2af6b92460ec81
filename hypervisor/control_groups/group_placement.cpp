// SPDX-License-Identifier: GPL-3.0-or-later
#include "group_placement.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <vector>

namespace hypervisor {

namespace {

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    std::istringstream stream{std::string(text)};
    for (std::string part; std::getline(stream, part, separator);)
        parts.push_back(std::move(part));
    return parts;
}

bool contains(const std::vector<std::string>& list, std::string_view word) {
    return std::ranges::find(list, word) != list.end();
}

struct Mount {
    std::string root;
    std::string point;
};

/// The mount of this kind of file system that has `option` among its own options.
std::optional<Mount> findMount(std::string_view mounts, std::string_view kind,
                               std::string_view option) {
    for (const std::string& line : split(mounts, '\n')) {
        // ID, parent, device, root, mount point, options, optional fields, "-", kind, source,
        // the file system's options (proc(5)).
        const std::vector<std::string> words = split(line, ' ');
        const auto dash = std::ranges::find(words, "-");
        if (words.size() < 10 || words.end() - dash < 4 || dash[1] != kind)
            continue;
        if (option.empty() || contains(split(dash[3], ','), option))
            return Mount{words[3], words[4]};
    }
    return std::nullopt;
}

/// The path of the group that /proc/self/cgroup names for this controller; "" is version 2.
std::optional<std::string> findGroup(std::string_view groups, std::string_view controller) {
    for (const std::string& line : split(groups, '\n')) {
        // ID, controllers, path, which may hold colons itself.
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos)
            continue;
        const std::string names = line.substr(first + 1, second - first - 1);
        if (controller.empty() ? names.empty() : contains(split(names, ','), controller))
            return line.substr(second + 1);
    }
    return std::nullopt;
}

std::string folderOf(const Mount& mount, std::string group) {
    // A mount may show only a part of the hierarchy.
    if (mount.root != "/" && group.starts_with(mount.root))
        group.erase(0, mount.root.size());
    return group.empty() || group == "/" ? mount.point : mount.point + group;
}

std::string readWhole(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Result<GroupPlacement> findPlacement(std::string_view mounts, std::string_view groups,
                                     bool (*hasController)(const std::string& folder)) {
    if (const auto mount = findMount(mounts, "cgroup2", ""))
        if (const auto group = findGroup(groups, "")) {
            const std::string folder = folderOf(*mount, *group);
            if (hasController(folder))
                return GroupPlacement{GroupVersion::V2, folder};
        }
    if (const auto mount = findMount(mounts, "cgroup", "cpu"))
        if (const auto group = findGroup(groups, "cpu"))
            return GroupPlacement{GroupVersion::V1, folderOf(*mount, *group)};
    return failure(
        "no control groups for processor time: neither a version 2 hierarchy with the cpu "
        "controller for this process, nor a version 1 hierarchy of cpu is mounted");
}

Result<GroupPlacement> findPlacement() {
    return findPlacement(readWhole("/proc/self/mountinfo"), readWhole("/proc/self/cgroup"),
                         [](const std::string& folder) {
                             std::string controllers = readWhole(folder + "/cgroup.controllers");
                             std::ranges::replace(controllers, '\n', ' ');
                             return contains(split(controllers, ' '), "cpu");
                         });
}

}  // namespace hypervisor
