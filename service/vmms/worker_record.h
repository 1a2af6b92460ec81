// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace service {

/// Which process is a machine's worker: what the service itself has noted, because a worker, which
/// may be in its guest's hands, is not believed when it names a process.
struct WorkerRecord {
    pid_t process = 0;
    /// When it was started, in the kernel's ticks since the host's start: another process that has
    /// got the same number later has another time.
    std::uint64_t startTime = 0;

    bool operator==(const WorkerRecord&) const = default;
};

/// Of a process that runs.
[[nodiscard]] hypervisor::Result<WorkerRecord> recordOf(pid_t process);
/// A handle of the process (a pidfd), if it still is the same one.
[[nodiscard]] std::optional<hypervisor::FileDescriptor> openProcess(const WorkerRecord& record);

/// Files in a folder that only the service may write.
class WorkerRecords {
  public:
    explicit WorkerRecords(std::string folder) : folder_(std::move(folder)) {}

    /// Where the machine's worker listens for a service that adopts it.
    [[nodiscard]] std::string socket(const std::string& machine) const;
    /// A listening socket there, for the worker; replaces an older one.
    [[nodiscard]] hypervisor::Result<hypervisor::FileDescriptor> listen(
        const std::string& machine) const;
    [[nodiscard]] hypervisor::Result<hypervisor::FileDescriptor> connect(
        const std::string& machine) const;

    [[nodiscard]] hypervisor::Result<void> store(const std::string& machine,
                                                 const WorkerRecord& record) const;
    [[nodiscard]] std::optional<WorkerRecord> load(const std::string& machine) const;
    /// Ids of all machines whose workers still run.
    [[nodiscard]] std::vector<std::string> running() const;
    /// The machine has no worker any more.
    void remove(const std::string& machine) const;

  private:
    [[nodiscard]] std::string file(const std::string& machine) const;

    std::string folder_;
};

}  // namespace service
