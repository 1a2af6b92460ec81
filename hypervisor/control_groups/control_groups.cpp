// SPDX-License-Identifier: GPL-3.0-or-later
#include "control_groups.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "hypervisor/file_descriptor.h"

namespace hypervisor {

namespace {

constexpr mode_t kFolderMode = 0755;
// A tenth of an LP: what a worker needs for its guest's clock and to answer, however little its VPs
// may run.
constexpr int kLeastForDevices = 10;
// What a group weighs that nobody has set, for each LP that machines may use.
constexpr std::uint64_t kUsualWeightV1 = 1024;
constexpr std::uint64_t kUsualWeightV2 = 100;

Result<void> writeValue(const std::string& path, const std::string& value) {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file)
        return systemFailure(fmt::format("can't open '{}'", path), errno);
    if (::write(file.get(), value.data(), value.size()) < 0)
        return systemFailure(fmt::format("can't write '{}' to '{}'", value, path), errno);
    return {};
}

Result<void> makeFolder(const std::string& path) {
    if (::mkdir(path.c_str(), kFolderMode) == 0 || errno == EEXIST)
        return {};
    const int error = errno;
    return failure(fmt::format(
        "can't make the control group '{}': {}; run the service as root, or have a part of the "
        "hierarchy delegated to it (systemd: Delegate=yes)",
        path, std::strerror(error)));
}

std::vector<std::string> readLines(const std::string& path) {
    std::vector<std::string> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        lines.push_back(std::move(line));
    return lines;
}

bool isThere(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

/// Lets groups below `folder` have weights and limits.
Result<void> enableController(const std::string& folder) {
    const std::string control = folder + "/cgroup.subtree_control";
    for (const std::string& line : readLines(control))
        if ((' ' + line + ' ').find(" cpu ") != std::string::npos)
            return {};
    return writeValue(control, "+cpu");
}

/// Version 2: one that may hold threads beside groups, below one that may hold processes beside
/// them.
Result<void> makeGroup(GroupVersion version, const std::string& path) {
    if (auto made = makeFolder(path); !made || version == GroupVersion::V1)
        return made;
    const std::string type = path + "/cgroup.type";
    const std::vector<std::string> lines = readLines(type);
    if (!lines.empty() && lines.front() == "threaded")
        return {};
    return writeValue(type, "threaded");
}

Result<void> writeWeight(GroupVersion version, const std::string& folder, std::uint64_t weight) {
    return writeValue(folder + (version == GroupVersion::V2 ? "/cpu.weight" : "/cpu.shares"),
                      std::to_string(weight));
}

Result<void> setBandwidthV2(const std::string& folder, std::optional<Bandwidth> bandwidth) {
    return writeValue(
        folder + "/cpu.max",
        bandwidth ? fmt::format("{} {}", bandwidth->quota.count(), bandwidth->period.count())
                  : "max");
}

Result<void> setBandwidthV1(const std::string& folder, std::optional<Bandwidth> bandwidth) {
    const std::string quota = folder + "/cpu.cfs_quota_us";
    if (!bandwidth)
        return writeValue(quota, "-1");
    if (auto period =
            writeValue(folder + "/cpu.cfs_period_us", std::to_string(bandwidth->period.count()));
        !period)
        return period;
    return writeValue(quota, std::to_string(bandwidth->quota.count()));
}

}  // namespace

Result<std::unique_ptr<ControlGroups>> ControlGroups::open(const std::string& name,
                                                           std::uint32_t lps) {
    const auto placement = findPlacement();
    if (!placement)
        return std::unexpected(placement.error());
    return open(*placement, name, lps);
}

Result<std::unique_ptr<ControlGroups>> ControlGroups::open(const GroupPlacement& placement,
                                                           const std::string& name,
                                                           std::uint32_t lps) {
    const std::string folder = placement.folder + "/" + name;
    const bool v2 = placement.version == GroupVersion::V2;
    if (v2)
        if (auto enabled = enableController(placement.folder); !enabled)
            return failure(fmt::format(
                "{}; start the service in a group that is its own (systemd: a unit with "
                "Delegate=cpu)",
                enabled.error().message));
    if (auto made = makeGroup(placement.version, folder); !made)
        return std::unexpected(made.error());
    std::unique_ptr<ControlGroups> groups(new ControlGroups(placement.version, folder));
    if (v2)
        if (auto enabled = enableController(folder); !enabled)
            return std::unexpected(enabled.error());
    // Beside other groups of the host, machines weigh as many as there are LPs.
    const WeightRange range = groups->weights();
    const std::uint64_t weight =
        std::clamp((v2 ? kUsualWeightV2 : kUsualWeightV1) * lps, range.least, range.most);
    if (auto written = writeWeight(placement.version, folder, weight); !written)
        return std::unexpected(written.error());
    if (!isThere(folder + (v2 ? "/cpu.max" : "/cpu.cfs_quota_us")))
        groups->missing_ =
            "limits are not in force: this kernel's control groups have no CPU bandwidth "
            "(CONFIG_CFS_BANDWIDTH)";
    return groups;
}

Result<std::unique_ptr<MachineGroup>> ControlGroups::machineGroup(const std::string& machine) {
    if (machine.empty() || machine.front() == '.' || machine.find('/') != std::string::npos)
        return failure(fmt::format("'{}' can't be the name of a control group", machine));
    const std::string folder = folder_ + "/" + machine;
    std::unique_ptr<MachineGroup> group(new MachineGroup(version_, folder, folder_));
    for (const std::string& each : {group->folder_, group->devices_})
        if (auto made = makeGroup(version_, each); !made)
            return std::unexpected(made.error());
    return group;
}

void ControlGroups::remove() {
    ::rmdir(folder_.c_str());
}

Result<void> MachineGroup::addProcess(pid_t process) {
    return writeValue(devices_ + "/cgroup.procs", std::to_string(process));
}

Result<void> MachineGroup::addProcessorThread(pid_t thread) {
    return writeValue(folder_ + threadsFile(), std::to_string(thread));
}

Result<void> MachineGroup::addDeviceThread(pid_t thread) {
    return writeValue(devices_ + threadsFile(), std::to_string(thread));
}

Result<void> MachineGroup::setWeight(std::uint64_t weight) {
    for (const std::string& each : {folder_, devices_})
        if (auto set = writeWeight(version_, each, weight); !set)
            return set;
    return {};
}

Result<void> MachineGroup::setBandwidth(std::optional<Bandwidth> bandwidth) {
    std::optional<Bandwidth> devices = bandwidth;
    if (devices)
        devices->quota = std::max(devices->quota, devices->period / kLeastForDevices);
    const auto set = version_ == GroupVersion::V2 ? &setBandwidthV2 : &setBandwidthV1;
    if (auto done = set(folder_, bandwidth); !done)
        return done;
    return set(devices_, devices);
}

Result<void> MachineGroup::remove() {
    for (const std::string& each : {folder_, devices_}) {
        // Threads that still run there go to where the other machines' groups are.
        for (const std::string& thread : readLines(each + threadsFile()))
            static_cast<void>(writeValue(parent_ + threadsFile(), thread).has_value());
        if (::rmdir(each.c_str()) != 0 && errno != ENOENT)
            return systemFailure(fmt::format("can't remove the control group '{}'", each), errno);
    }
    return {};
}

}  // namespace hypervisor
