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

/// One machine's control group: its VP and device threads are inside, its control threads are not
/// limited. Stays when this object goes, so that a machine outlives its service; remove() ends it.
///
/// Version 1: one group with the threads. Version 2: a group with the process, where the weight is,
/// and below it one with those threads, where the limit is.
class MachineGroup {
  public:
    /// Once for a new worker, before its threads (does nothing in version 1).
    [[nodiscard]] Result<void> addProcess(pid_t process);
    [[nodiscard]] Result<void> addThread(pid_t thread);

    /// Within range of the version: groupWeights().
    [[nodiscard]] Result<void> setWeight(std::uint64_t weight);
    /// Nothing: no limit.
    [[nodiscard]] Result<void> setBandwidth(std::optional<Bandwidth> bandwidth);

    /// Moves out what is left inside and removes the group.
    [[nodiscard]] Result<void> remove();

    [[nodiscard]] const std::string& folder() const { return folder_; }

  private:
    friend class ControlGroups;
    MachineGroup(GroupVersion version, std::string folder, std::string parent)
        : version_(version), folder_(std::move(folder)), parent_(std::move(parent)) {}

    [[nodiscard]] std::string threadsFolder() const;

    const GroupVersion version_;
    const std::string folder_;
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
