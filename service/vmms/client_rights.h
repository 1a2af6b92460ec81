// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <vector>

#include "hypervisor/error.h"

namespace service {

/// A user as the kernel judges access to files.
struct ClientRights {
    uid_t user = 0;
    gid_t group = 0;
    std::vector<gid_t> groups;

    bool operator==(const ClientRights&) const = default;

    /// Of who has connected this Unix socket, at that moment.
    [[nodiscard]] static hypervisor::Result<ClientRights> ofPeer(int socket);
    /// Of a user by the host's user database; fails for a user that there is no more.
    [[nodiscard]] static hypervisor::Result<ClientRights> ofUser(uid_t user);
    /// Of this process.
    [[nodiscard]] static ClientRights own();
};

/// While it lives, the calling thread, and no other, opens files with a client's rights: its
/// file-system user and group and its groups are the client's, and root's power over files is away
/// with them. The thread can't be sent signals by that user in the meantime, because its real and
/// effective users stay (setfsuid(2), kill(2)), nor be traced, because the kernel then takes the
/// process for one that may not be (prctl(2), PR_SET_DUMPABLE).
///
/// A process that is not root's can only act as itself.
class ActingAs {
  public:
    [[nodiscard]] static hypervisor::Result<ActingAs> create(const ClientRights& rights);
    /// Ends the process if the thread can't have its own rights back.
    ~ActingAs();
    ActingAs(ActingAs&& other) noexcept;
    ActingAs& operator=(ActingAs&&) = delete;

  private:
    ActingAs() = default;

    bool active_ = false;
    std::vector<gid_t> ownGroups_;
};

}  // namespace service
