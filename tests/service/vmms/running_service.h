// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "service/ipc/client/service_client.h"

namespace tests {

/// A real vireod that the test has started: a session's, below a folder of the test's own, or the
/// system's, whose folders the test has put mounts of its own over.
class RunningService {
  public:
    static constexpr std::chrono::seconds kPatience{60};

    /// Below `folder`, which becomes XDG_RUNTIME_DIR and XDG_DATA_HOME of this process, so that
    /// programs which it starts find the service, too.
    static std::unique_ptr<RunningService> session(const std::string& folder);
    static std::unique_ptr<RunningService> system();
    /// Ends it, and the machines that run.
    ~RunningService();
    RunningService(const RunningService&) = delete;
    RunningService& operator=(const RunningService&) = delete;

    [[nodiscard]] pid_t process() const { return process_; }
    [[nodiscard]] const std::string& socket() const { return socket_; }
    /// Has not ended.
    [[nodiscard]] bool runs();

    [[nodiscard]] std::unique_ptr<service::client::ServiceClient> connect() const;

    /// In KiB; of the service alone.
    [[nodiscard]] long residentMemory() const;

  private:
    RunningService(std::vector<std::string> arguments, std::string socket);

    pid_t process_ = -1;
    std::string socket_;
};

}  // namespace tests
