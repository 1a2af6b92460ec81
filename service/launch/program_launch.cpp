// SPDX-License-Identifier: GPL-3.0-or-later
#include "program_launch.h"

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

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

constexpr int kFirstGiven = 3;
/// Above those that a program is given.
constexpr int kAside = 64;

Result<std::string> findProgram(const std::string& name) {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error)
        return failure(fmt::format("can't find {}: /proc/self/exe: {}", name, error.message()));
    const auto folder = self.parent_path();
    for (const auto& candidate : {folder / name, folder.parent_path() / "libexec/vireo" / name})
        if (::access(candidate.c_str(), X_OK) == 0)
            return candidate.string();
    return failure(fmt::format("can't find {} beside '{}' nor in libexec; reinstall Vireo", name,
                               self.string()));
}

// What a process is started with, freed in the end.
class SpawnPlan {
  public:
    explicit SpawnPlan(std::span<const FileDescriptor> descriptors) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        int given = kFirstGiven;
        for (const FileDescriptor& descriptor : descriptors)
            ::posix_spawn_file_actions_adddup2(&actions_, descriptor.get(), given++);
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

    /// `words` begin with the program's name.
    [[nodiscard]] int run(const std::string& program, std::vector<std::string> words,
                          pid_t& process) {
        std::vector<char*> arguments;
        for (std::string& word : words)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        return ::posix_spawn(&process, program.c_str(), &actions_, &attributes_, arguments.data(),
                             environ);
    }

  private:
    posix_spawn_file_actions_t actions_;
    posix_spawnattr_t attributes_;
};

}  // namespace

Result<LaunchedProgram> launchProgram(const std::string& name,
                                      const std::vector<std::string>& arguments,
                                      std::span<const int> descriptors) {
    const auto program = findProgram(name);
    if (!program)
        return std::unexpected(program.error());
    // None of them is where another shall be.
    std::vector<FileDescriptor> aside;
    for (const int descriptor : descriptors) {
        aside.emplace_back(::fcntl(descriptor, F_DUPFD_CLOEXEC, kAside));
        if (!aside.back())
            return systemFailure(fmt::format("can't hand descriptors to '{}'", *program), errno);
    }
    std::vector<std::string> words{name};
    words.insert(words.end(), arguments.begin(), arguments.end());
    pid_t process = -1;
    if (const int error = SpawnPlan(aside).run(*program, std::move(words), process))
        return systemFailure(fmt::format("can't start '{}'", *program), error);
    FileDescriptor handle(::pidfd_open(process, 0));
    if (!handle) {
        const int error = errno;
        ::kill(process, SIGKILL);
        ::waitpid(process, nullptr, 0);
        return systemFailure(fmt::format("can't watch the process of {}", name), error);
    }
    return LaunchedProgram{process, std::move(handle)};
}

ProcessEnd takeEnd(pid_t child) {
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) != child)
        return {};
    if (WIFSIGNALED(status))
        return {false, fmt::format("was ended by signal {} ({})", WTERMSIG(status),
                                   ::strsignal(WTERMSIG(status)))};
    return {WEXITSTATUS(status) == 0, fmt::format("exited with status {}", WEXITSTATUS(status))};
}

}  // namespace service
