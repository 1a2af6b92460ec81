// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker_process.h"

#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "service/launch/worker_launch.h"

namespace service::cli {

using hypervisor::FileDescriptor;
using hypervisor::Result;

Result<WorkerProcess> WorkerProcess::create() {
    auto launched = launchWorker();
    if (!launched)
        return std::unexpected(launched.error());
    return WorkerProcess(launched->process, std::move(launched->handle),
                         std::move(launched->control));
}

WorkerProcess::WorkerProcess(WorkerProcess&& other) noexcept
    : process_(std::exchange(other.process_, -1)),
      handle_(std::move(other.handle_)),
      control_(std::move(other.control_)) {}

WorkerProcess::~WorkerProcess() {
    if (process_ > 0)
        static_cast<void>(wait(std::chrono::milliseconds(0)));
}

void WorkerProcess::kill() {
    if (process_ > 0)
        ::kill(process_, SIGKILL);
}

std::string WorkerProcess::wait(std::chrono::milliseconds patience) {
    if (process_ <= 0)
        return "was waited for";
    pollfd ended{handle_.get(), POLLIN, 0};
    if (::poll(&ended, 1, static_cast<int>(patience.count())) != 1)
        kill();
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR)
        continue;
    process_ = -1;
    if (WIFSIGNALED(status))
        return fmt::format("was ended by signal {} ({})", WTERMSIG(status),
                           ::strsignal(WTERMSIG(status)));
    return fmt::format("exited with status {}", WEXITSTATUS(status));
}

}  // namespace service::cli
