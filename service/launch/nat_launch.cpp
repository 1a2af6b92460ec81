// SPDX-License-Identifier: GPL-3.0-or-later
#include "nat_launch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <utility>

namespace service {

using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

/// A label of a host name: RFC 1123.
std::string hostName(const std::string& text) {
    constexpr std::size_t kLongest = 63;
    std::string name;
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte < 0x80 && std::isalnum(byte) != 0)
            name += static_cast<char>(std::tolower(byte));
        else if (!name.empty() && name.back() != '-')
            name += '-';
        if (name.size() == kLongest)
            break;
    }
    while (!name.empty() && name.back() == '-')
        name.pop_back();
    return name;
}

/// As vireo-nat has it, with a field for each address, from "tcp:2222:22" or "tcp:HOST:2222:22".
std::string fullForward(const std::string& text) {
    const auto colons = std::ranges::count(text, ':');
    std::string full = text;
    if (colons == 2)
        full.insert(full.find(':'), 1, ':');
    if (colons == 2 || colons == 3)
        full.insert(full.rfind(':'), 1, ':');
    return full;
}

}  // namespace

Result<LaunchedNat> launchNat(const NatRequest& request) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return hypervisor::systemFailure("can't make the socket of a network adapter", errno);
    FileDescriptor port(ends[0]);
    const FileDescriptor other(ends[1]);
    std::vector<std::string> arguments;
    if (const std::string name = hostName(request.machineName); !name.empty())
        arguments.insert(arguments.end(), {"--hostname", name});
    for (const std::string& forward : request.forwards)
        arguments.insert(arguments.end(), {"--forward", fullForward(forward)});
    if (request.hostLoopback)
        arguments.emplace_back("--host-loopback");
    if (request.userId != 0)
        arguments.insert(arguments.end(), {"--user", std::to_string(request.userId), "--group",
                                           std::to_string(request.groupId)});
    std::vector<int> descriptors{other.get()};
    if (request.tftpFolder != -1) {
        descriptors.push_back(request.tftpFolder);
        arguments.insert(arguments.end(), {"--tftp-folder", "4"});
        if (!request.bootFile.empty())
            arguments.push_back("--boot-file=" + request.bootFile);
    }
    auto program = launchProgram("vireo-nat", arguments, descriptors);
    if (!program)
        return std::unexpected(program.error());
    return LaunchedNat{std::move(*program), std::move(port)};
}

Result<FileDescriptor> openTftpFolder(const std::string& path) {
    FileDescriptor folder(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder)
        return hypervisor::systemFailure(fmt::format("can't open the folder '{}' for TFTP", path),
                                         errno);
    struct stat status {};
    if (::fstat(folder.get(), &status) != 0)
        return hypervisor::systemFailure(fmt::format("can't examine the folder '{}'", path), errno);
    if (::geteuid() == 0 && (status.st_mode & S_IXOTH) == 0)
        return hypervisor::failure(fmt::format(
            "the folder '{}' is closed to others, and TFTP is served by a process without rights; "
            "do \"chmod o+x\", and let others read its files",
            path));
    return folder;
}

}  // namespace service
