// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>
#include <string>
#include <string_view>

#include "exit_status.h"
#include "quantities.h"
#include "service/ipc/methods.h"
#include "service/ipc/unix_address.h"
#include "service_verb.h"
#include "verbs.h"

namespace service::cli {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

constexpr const char* kFooter =
    "Standard input goes to the program, and what it sends to standard output. The end of input "
    "is\n"
    "the end of what is sent; the command ends when the program has ended the connection.\n"
    "In the guest a program listens with AF_VSOCK (Linux: the module hv_sock). --json tells the\n"
    "socket instead, for programs: they write \"CONNECT PORT\" and a line's end, and read \"OK "
    "PORT\".";

struct ConnectArguments {
    ServiceOptions service;
    std::string machine;
    std::string port;
};

void configure(VerbOptions& verb, ConnectArguments& arguments) {
    verb.machine(arguments.machine);
    verb.required("port", arguments.port, "PORT", "At which the guest's program listens");
}

Result<FileDescriptor> connectTo(const std::string& path) {
    const std::string what = fmt::format("can't reach the machine's socket '{}'", path);
    const auto address = unixAddress(path);
    if (!address)
        return systemFailure(what, ENAMETOOLONG);
    FileDescriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!connection)
        return systemFailure("can't create a socket", errno);
    if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&*address),
                  sizeof *address) != 0)
        return systemFailure(what, errno);
    return connection;
}

bool writeAll(int file, std::span<const char> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(file, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return true;
}

/// Asks for the program at a port; what is wrong, where the machine says that.
Result<void> ask(int connection, std::uint32_t port) {
    const std::string question = fmt::format("CONNECT {}\n", port);
    if (!writeAll(connection, question))
        return systemFailure("can't ask the machine", errno);
    std::string answer;
    // Not a byte beyond the line.
    for (char one = 0; one != '\n' && answer.size() < 4096; answer += one) {
        const ssize_t count = ::read(connection, &one, 1);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return failure("the machine has closed the connection");
    }
    answer.pop_back();
    if (answer.starts_with("OK "))
        return {};
    constexpr std::string_view kError = "ERROR ";
    return failure(answer.starts_with(kError) ? answer.substr(kError.size()) : answer);
}

/// Both ways, until the program ends the connection.
Result<void> carry(int connection) {
    std::array<char, 64 * 1024> buffer{};
    bool input = true;
    for (;;) {
        std::array<pollfd, 2> sources{
            {{connection, POLLIN, 0}, {input ? STDIN_FILENO : -1, POLLIN, 0}}};
        if (::poll(sources.data(), sources.size(), -1) < 0) {
            if (errno == EINTR)
                continue;
            return systemFailure("can't wait for input", errno);
        }
        if (sources[0].revents != 0) {
            const ssize_t count = ::read(connection, buffer.data(), buffer.size());
            if (count == 0)
                return {};
            if (count < 0)
                return systemFailure("the connection has failed", errno);
            if (!writeAll(STDOUT_FILENO, std::span(buffer).first(static_cast<std::size_t>(count))))
                return systemFailure("can't write to standard output", errno);
        }
        if (sources[1].revents == 0)
            continue;
        const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (count <= 0) {
            input = false;
            ::shutdown(connection, SHUT_WR);
        } else if (!writeAll(connection,
                             std::span(buffer).first(static_cast<std::size_t>(count)))) {
            input = false;
        }
    }
}

void connect(const ConnectArguments& arguments, ServiceSession& session) {
    const auto port = parseNumber(arguments.port, "PORT", 0, ~std::uint32_t{0});
    if (!port)
        return session.fail(kBadArguments, port.error().message);
    const auto reply = session.call<GuestSocketMethod>({arguments.machine});
    if (!reply)
        return;
    if (session.json())
        return session.printReply();
    const auto connection = connectTo(reply->socket);
    if (!connection)
        return session.fail(kRefused, connection.error().message);
    if (const auto taken = ask(connection->get(), *port); !taken)
        return session.fail(kRefused, taken.error().message);
    if (const auto carried = carry(connection->get()); !carried)
        session.fail(kProgramFailed, carried.error().message);
}

}  // namespace

void addConnectVerb(CLI::App& program, std::function<int()>& chosen) {
    addServiceVerb<ConnectArguments>(program, chosen, "connect",
                                     "Connect to a program in a running guest", configure, connect,
                                     kFooter);
}

}  // namespace service::cli
