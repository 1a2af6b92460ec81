// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_sockets.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "service/vmms/sockets/listening_socket.h"

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

constexpr unsigned kPorts = 4;
constexpr std::size_t kMostName = 64;
constexpr std::string_view kScreenEnding = ".screen";
constexpr std::string_view kGuestEnding = ".guest";

bool isId(std::string_view text) {
    return !text.empty() && text.size() <= kMostName && std::ranges::all_of(text, [](char one) {
        return (one >= '0' && one <= '9') || (one >= 'a' && one <= 'z') ||
               (one >= 'A' && one <= 'Z') || one == '-';
    });
}

}  // namespace

Result<ConsoleSockets> ConsoleSockets::create(Options options) {
    const std::string& folder = options.folder;
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return systemFailure("can't make the folder of console sockets " + folder, errno);
    struct stat status {};
    if (::lstat(folder.c_str(), &status) != 0)
        return systemFailure("can't examine the folder of console sockets " + folder, errno);
    if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid())
        return failure(folder +
                       " is no folder of this service's user, so no console sockets can be there; "
                       "remove it");
    if (options.group && ::lchown(folder.c_str(), static_cast<uid_t>(-1), *options.group) != 0)
        return systemFailure(fmt::format("can't give {} to group {}", folder, *options.group),
                             errno);
    if (::chmod(folder.c_str(), options.group ? 0750 : 0700) != 0)
        return systemFailure("can't set the mode of " + folder, errno);
    return ConsoleSockets(std::move(options));
}

std::string ConsoleSockets::path(const std::string& machine, unsigned port) const {
    return fmt::format("{}/{}.com{}", options_.folder, machine, port);
}

Result<FileDescriptor> ConsoleSockets::open(const std::string& machine, unsigned port) const {
    if (!isId(machine) || port == 0 || port > kPorts)
        return failure(
            fmt::format("there is no console socket for COM{} of \"{}\"", port, machine));
    return listen(path(machine, port));
}

std::string ConsoleSockets::screenPath(const std::string& machine) const {
    return fmt::format("{}/{}{}", options_.folder, machine, kScreenEnding);
}

Result<FileDescriptor> ConsoleSockets::openScreen(const std::string& machine) const {
    if (!isId(machine))
        return failure(fmt::format("there is no socket for the screen of \"{}\"", machine));
    return listen(screenPath(machine));
}

std::string ConsoleSockets::guestPath(const std::string& machine) const {
    return fmt::format("{}/{}{}", options_.folder, machine, kGuestEnding);
}

Result<FileDescriptor> ConsoleSockets::openGuest(const std::string& machine) const {
    if (!isId(machine))
        return failure(fmt::format("there is no socket for programs of \"{}\"", machine));
    return listen(guestPath(machine));
}

Result<FileDescriptor> ConsoleSockets::listen(const std::string& path) const {
    return createListeningSocket(
        path, {static_cast<mode_t>(options_.group ? 0660 : 0600), options_.group});
}

void ConsoleSockets::remove(const std::string& machine) const {
    if (!isId(machine))
        return;
    for (unsigned port = 1; port <= kPorts; ++port)
        ::unlink(path(machine, port).c_str());
    ::unlink(screenPath(machine).c_str());
    ::unlink(guestPath(machine).c_str());
}

void ConsoleSockets::removeAllBut(const std::vector<std::string>& machines) const {
    std::error_code error;
    std::filesystem::directory_iterator entry(options_.folder, error);
    std::vector<std::string> old;
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        const std::string machine = name.substr(0, name.rfind('.'));
        if (isId(machine) && std::ranges::find(machines, machine) == machines.end())
            old.push_back(machine);
    }
    for (const std::string& machine : old)
        remove(machine);
}

}  // namespace service
