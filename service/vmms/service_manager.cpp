// SPDX-License-Identifier: GPL-3.0-or-later
#include "service_manager.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

constexpr int kFirstInherited = 3;

std::string scopeOf(ServiceMode mode) {
    return mode == ServiceMode::Session ? "--user" : "--system";
}

struct Ended {
    std::string output;
    /// As waitpid() has it; -1 for a program that could not be started.
    int status = -1;
};

/// A program that is done soon, and writes little.
Ended run(const char* program, std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return {};
    const FileDescriptor reading(ends[0]);
    FileDescriptor writing(ends[1]);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t process = -1;
    const int error =
        ::posix_spawnp(&process, program, &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        return {};
    writing = FileDescriptor();
    Ended ended;
    std::array<char, 256> bytes{};
    for (;;) {
        const ssize_t count = ::read(reading.get(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        ended.output.append(bytes.data(), static_cast<std::size_t>(count));
    }
    while (::waitpid(process, &ended.status, 0) < 0 && errno == EINTR)
        continue;
    return ended;
}

}  // namespace

void notifyServiceManager(std::string_view state) {
    const char* const path = std::getenv("NOTIFY_SOCKET");
    if (path == nullptr || (path[0] != '/' && path[0] != '@'))
        return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string_view name(path);
    if (name.size() >= sizeof address.sun_path)
        return;
    name.copy(address.sun_path, name.size());
    if (address.sun_path[0] == '@')
        address.sun_path[0] = '\0';
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    // Nobody to tell it to if it does not arrive.
    static_cast<void>(::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
                               reinterpret_cast<const sockaddr*>(&address), size) < 0);
}

std::optional<InheritedSocket> takeInheritedSocket() {
    const char* const process = std::getenv("LISTEN_PID");
    const char* const count = std::getenv("LISTEN_FDS");
    const bool ours = process != nullptr && count != nullptr &&
                      std::string(process) == std::to_string(::getpid()) &&
                      std::strtol(count, nullptr, 10) >= 1;
    const char* const names = std::getenv("LISTEN_FDNAMES");
    std::string unit = names != nullptr ? names : "";
    unit.erase(std::min(unit.find(':'), unit.size()));
    ::unsetenv("LISTEN_PID");
    ::unsetenv("LISTEN_FDS");
    ::unsetenv("LISTEN_FDNAMES");
    if (!ours)
        return std::nullopt;
    FileDescriptor socket(kFirstInherited);
    int listens = 0;
    socklen_t size = sizeof listens;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || !listens) {
        static_cast<void>(socket.release());
        return std::nullopt;
    }
    ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
    if (!unit.ends_with(".socket"))
        unit.clear();
    return InheritedSocket{std::move(socket), std::move(unit)};
}

Result<void> stopSocketUnit(ServiceMode mode, const std::string& unit) {
    const Ended ended =
        run("systemctl", {"systemctl", scopeOf(mode), "--no-block", "stop", "--", unit});
    if (ended.status == 0)
        return {};
    return failure("systemd goes on listening at '" + unit +
                   "', so the service would be started again at once");
}

bool isHostGoingDown(ServiceMode mode) {
    if (::access("/run/systemd/system", F_OK) != 0)
        return false;
    return run("systemctl", {"systemctl", scopeOf(mode), "is-system-running"})
        .output.starts_with("stopping");
}

}  // namespace service
