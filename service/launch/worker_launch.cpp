// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker_launch.h"

// glibc 2.36 declares pidfd_open() without C linkage.
extern "C" {
#include <sys/pidfd.h>
}

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string>

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

// Where a worker finds its control socket.
constexpr int kControlDescriptor = 3;

Result<std::string> findWorker() {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error)
        return failure("can't find vireo-worker: /proc/self/exe: " + error.message());
    const auto folder = self.parent_path();
    for (const auto& candidate :
         {folder / "vireo-worker", folder.parent_path() / "libexec/vireo/vireo-worker"})
        if (::access(candidate.c_str(), X_OK) == 0)
            return candidate.string();
    return failure(fmt::format(
        "can't find vireo-worker beside '{}' nor in libexec; reinstall Vireo", self.string()));
}

// What a process is started with, freed in the end.
class SpawnPlan {
  public:
    explicit SpawnPlan(int control) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions_, control, kControlDescriptor);
        ::posix_spawnattr_init(&attributes_);
        sigset_t none;
        ::sigemptyset(&none);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        sigset_t all;
        ::sigfillset(&all);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    [[nodiscard]] int run(const std::string& program, pid_t& process) {
        std::string name = "vireo-worker";
        std::array<char*, 2> arguments{name.data(), nullptr};
        return ::posix_spawn(&process, program.c_str(), &actions_, &attributes_, arguments.data(),
                             environ);
    }

  private:
    posix_spawn_file_actions_t actions_;
    posix_spawnattr_t attributes_;
};

}  // namespace

Result<LaunchedWorker> launchWorker() {
    const auto program = findWorker();
    if (!program)
        return std::unexpected(program.error());
    auto sockets = MessageSocket::createPair();
    if (!sockets)
        return std::unexpected(sockets.error());
    pid_t process = -1;
    if (const int error = SpawnPlan(sockets->second.descriptor()).run(*program, process))
        return systemFailure(fmt::format("can't start '{}'", *program), error);
    FileDescriptor handle(::pidfd_open(process, 0));
    if (!handle) {
        const int error = errno;
        ::kill(process, SIGKILL);
        ::waitpid(process, nullptr, 0);
        return systemFailure("can't watch the worker process", error);
    }
    return LaunchedWorker{process, std::move(handle), std::move(sockets->first)};
}

}  // namespace service
