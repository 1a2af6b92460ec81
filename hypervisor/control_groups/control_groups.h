// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "group_placement.h"
#include "hypervisor/error.h"
#include "hypervisor/resource_control/shares.h"

namespace hypervisor {

/// One machine's control groups: its VP threads in one, the worker's other threads in a second one
/// beside it with the same weight and limit (but at least a tenth of an LP, so that a machine with
/// a small limit still answers). A limit and a weight are so the VPs' own, as Hyper-V has them; and
/// threads that wake up for every tick of the guest's clock do not disturb the kernel's account of
/// the VPs' group. Stays when this object goes, so that a machine outlives its service; remove()
/// ends it.
class MachineGroup {
  public:
    /// The whole worker, once, before it has other threads.
    [[nodiscard]] Result<void> addProcess(pid_t process);
    [[nodiscard]] Result<void> addProcessorThread(pid_t thread);
    [[nodiscard]] Result<void> addDeviceThread(pid_t thread);

    /// Within range of the version: groupWeights().
    [[nodiscard]] Result<void> setWeight(std::uint64_t weight);
    /// Nothing: no limit.
    [[nodiscard]] Result<void> setBandwidth(std::optional<Bandwidth> bandwidth);

    /// Moves out what is left inside and removes the groups.
    [[nodiscard]] Result<void> remove();

    /// The VPs' group.
    [[nodiscard]] const std::string& folder() const { return folder_; }

  private:
    friend class ControlGroups;
    MachineGroup(GroupVersion version, std::string folder, std::string parent)
        : version_(version),
          folder_(std::move(folder)),
          devices_(folder_ + ".devices"),
          parent_(std::move(parent)) {}

    [[nodiscard]] const char* threadsFile() const {
        return version_ == GroupVersion::V2 ? "/cgroup.threads" : "/tasks";
    }

    const GroupVersion version_;
    const std::string folder_;
    const std::string devices_;
    const std::string parent_;
};

/// All machines' control groups, in a folder of their own below this process's group. In version 2
/// they are threaded, so that processes may be in that group beside them: the service itself, and
/// one that systemd starts there while the machines of the last one run.
class ControlGroups {
  public:
    /// Makes what is needed above the machines' groups. In version 2 that needs delegation, and no
    /// other processes' groups below this process's: the message says what to do.
    [[nodiscard]] static Result<std::unique_ptr<ControlGroups>> open(const std::string& name,
                                                                     std::uint32_t lps);
    [[nodiscard]] static Result<std::unique_ptr<ControlGroups>> open(
        const GroupPlacement& placement, const std::string& name, std::uint32_t lps);

    [[nodiscard]] GroupVersion version() const { return version_; }
    [[nodiscard]] WeightRange weights() const {
        return version_ == GroupVersion::V2 ? kWeightsV2 : kWeightsV1;
    }
    /// Empty when everything can be in force, else one line with what can't and why.
    [[nodiscard]] const std::string& missing() const { return missing_; }

    /// Makes a machine's group, or finds the one that is there. `machine` is a name without
    /// slashes, not beginning with a dot.
    [[nodiscard]] Result<std::unique_ptr<MachineGroup>> machineGroup(const std::string& machine);

    /// Removes the folder of all machines' groups, if it is empty.
    void remove();

  private:
    ControlGroups(GroupVersion version, std::string folder)
        : version_(version), folder_(std::move(folder)) {}

    const GroupVersion version_;
    const std::string folder_;
    std::string missing_;
};

}  // namespace hypervisor
