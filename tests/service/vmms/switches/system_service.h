// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <QTemporaryDir>
#include <string>

namespace tests {

/// Puts this process where the system's service has a network, sockets and data of its own: other
/// namespaces for networks and mounts. False where that is not permitted. Before any thread.
[[nodiscard]] bool enterOwnSystem();

/// The system's vireod, in such a place.
class SystemService {
  public:
    static constexpr const char* kSocket = "/run/vireo/vireod.sock";
    static constexpr const char* kData = "/var/lib/vireo";

    ~SystemService();

    /// Until it answers.
    [[nodiscard]] bool start();
    /// SIGTERM; machines go on. Whether it ended well.
    [[nodiscard]] bool stop();
    [[nodiscard]] bool runs() const { return process_ > 0; }
    [[nodiscard]] std::string output() const;

  private:
    QTemporaryDir folder_;
    pid_t process_ = -1;
};

}  // namespace tests
