// SPDX-License-Identifier: GPL-3.0-or-later
#include "service_address.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace service::client {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr const char* kSystemSocket = "/run/vireo/vireod.sock";

bool isUsable(const std::string& socket) {
    return ::access(socket.c_str(), R_OK | W_OK) == 0;
}

}  // namespace

ServiceAddress ServiceAddress::system() {
    return {ServiceKind::System, kSystemSocket};
}

Result<ServiceAddress> ServiceAddress::session() {
    // Another user's folder, as sudo and su leave it behind, is no place for our sockets; but its
    // owner is the service's to judge.
    const char* const folder = std::getenv("XDG_RUNTIME_DIR");
    if (!folder || folder[0] != '/')
        return failure(
            "XDG_RUNTIME_DIR does not name a folder, so there is no place for a "
            "session's socket; log in anew, or name the socket with --socket");
    return ServiceAddress{ServiceKind::Session, std::string(folder) + "/vireo/vireod.sock"};
}

ServiceAddress ServiceAddress::at(std::string socket) {
    return {ServiceKind::Other, std::move(socket)};
}

ServiceAddress ServiceAddress::usual() {
    const ServiceAddress host = system();
    if (isUsable(host.socket))
        return host;
    const auto own = session();
    return own && isUsable(own->socket) ? *own : host;
}

Result<ServiceAddress> ServiceAddress::chosen(const Options& options) {
    if (!options.socket.empty())
        return at(options.socket);
    if (options.session)
        return session();
    return options.system ? system() : usual();
}

std::string howToReach(const ServiceAddress& address, int error) {
    if (error == EACCES || error == EPERM)
        return address.kind == ServiceKind::System
                   ? "become a member of the group with 'sudo adduser $USER vireo' and log in "
                     "again, or run a service of your own with 'vireod --session'"
                   : "ask the owner of the service";
    if (error == EAGAIN || error == ETIMEDOUT)
        return "it is busy or hangs; try again, and see 'systemctl status vireod'";
    switch (address.kind) {
        case ServiceKind::System:
            return "start it with 'sudo systemctl start vireod', or one of your own with "
                   "'vireod --session'";
        case ServiceKind::Session:
            return "start it with 'vireod --session'";
        default:
            return "check the name, or start the service that listens there";
    }
}

}  // namespace service::client
