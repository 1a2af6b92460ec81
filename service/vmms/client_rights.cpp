// SPDX-License-Identifier: GPL-3.0-or-later
#include "client_rights.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

namespace service {

using hypervisor::failure;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

constexpr std::size_t kMaximumGroups = 65'536;
constexpr std::size_t kUserRecord = 64 << 10;

// glibc's setgroups() changes all threads; the kernel's changes the one that calls.
bool setThreadGroups(const std::vector<gid_t>& groups) {
    return ::syscall(SYS_setgroups, groups.size(), groups.data()) == 0;
}

std::vector<gid_t> threadGroups() {
    std::vector<gid_t> groups(kMaximumGroups);
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(static_cast<std::size_t>(std::max(count, 0)));
    return groups;
}

// Both return what was before and tell no error; asking again tells what is now.
bool setThreadUser(uid_t user) {
    ::setfsuid(user);
    return static_cast<uid_t>(::setfsuid(static_cast<uid_t>(-1))) == user;
}

bool setThreadGroup(gid_t group) {
    ::setfsgid(group);
    return static_cast<gid_t>(::setfsgid(static_cast<gid_t>(-1))) == group;
}

}  // namespace

Result<ClientRights> ClientRights::ofPeer(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return systemFailure("can't learn who has connected", errno);
    std::vector<gid_t> groups(64);
    for (;;) {
        socklen_t bytes = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
        if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes) == 0) {
            groups.resize(bytes / sizeof(gid_t));
            return ClientRights{peer.uid, peer.gid, std::move(groups)};
        }
        if (errno != ERANGE || groups.size() >= kMaximumGroups)
            return systemFailure("can't learn the groups of who has connected", errno);
        groups.resize(groups.size() * 4);
    }
}

Result<ClientRights> ClientRights::ofUser(uid_t user) {
    passwd record{};
    passwd* found = nullptr;
    std::vector<char> text(kUserRecord);
    if (const int error = ::getpwuid_r(user, &record, text.data(), text.size(), &found);
        error != 0 || found == nullptr)
        return failure(fmt::format("there is no user {} on this host", user));
    std::vector<gid_t> groups(64);
    for (;;) {
        int count = static_cast<int>(groups.size());
        if (::getgrouplist(found->pw_name, found->pw_gid, groups.data(), &count) >= 0) {
            groups.resize(static_cast<std::size_t>(count));
            return ClientRights{user, found->pw_gid, std::move(groups)};
        }
        if (groups.size() >= kMaximumGroups)
            return failure(fmt::format("user {} is in too many groups", user));
        groups.resize(groups.size() * 4);
    }
}

ClientRights ClientRights::own() {
    return {::geteuid(), ::getegid(), threadGroups()};
}

Result<ActingAs> ActingAs::create(const ClientRights& rights) {
    ActingAs acting;
    if (rights.user == ::geteuid())
        return acting;
    if (::geteuid() != 0)
        return failure(fmt::format(
            "a session's service can't open files for user {}; connect as the session's user",
            rights.user));
    acting.ownGroups_ = threadGroups();
    acting.active_ = true;
    // The user last: after that the thread has lost the power to change the rest.
    if (!setThreadGroups(rights.groups) || !setThreadGroup(rights.group) ||
        !setThreadUser(rights.user))
        return failure(fmt::format("can't take on the rights of user {}", rights.user));
    return acting;
}

ActingAs::ActingAs(ActingAs&& other) noexcept
    : active_(std::exchange(other.active_, false)), ownGroups_(std::move(other.ownGroups_)) {}

ActingAs::~ActingAs() {
    if (!active_)
        return;
    if (!setThreadUser(::geteuid()) || !setThreadGroup(::getegid()) || !setThreadGroups(ownGroups_))
        std::abort();
}

}  // namespace service
