// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <string>

namespace tests {

/// A process that speaks the service's protocol and plays many machines that all run and change
/// every second: no host has room for so many real ones. Ends with this object.
class PlayedService {
  public:
    /// Listens at `socket` when this returns. With `states`, machines also change their state.
    PlayedService(std::string socket, int machines, bool states);
    ~PlayedService();
    PlayedService(const PlayedService&) = delete;
    PlayedService& operator=(const PlayedService&) = delete;

    [[nodiscard]] bool runs() const { return process_ > 0; }
    [[nodiscard]] const std::string& socket() const { return socket_; }

  private:
    std::string socket_;
    pid_t process_ = -1;
};

}  // namespace tests
