// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "service/ipc/machine_requests.h"
#include "service/ipc/machine_settings.h"
#include "session_service.h"

namespace tests {

/// Debian's kernel as a machine of a service of its own, with a recipe that does what it is told
/// over the console (tests/guest/recipes/orders.sh).
class OrderedGuest {
  public:
    static constexpr const char* kName = "guest";

    /// The cloud kernel has no drivers but those of virtual machines.
    static constexpr const char* kCloud = "cloud";
    static constexpr const char* kStandard = "standard";

    /// What is missing for it, or nothing.
    [[nodiscard]] static std::optional<std::string> whatIsMissing();
    /// Of 256 MiB, with the words that its kernel is to be given.
    [[nodiscard]] static service::MachineSettings settings(const std::string& words = {},
                                                           const std::string& kernel = kCloud);

    /// Starts it; empty, or what has gone wrong.
    [[nodiscard]] std::string start(const service::MachineSettings& settings);
    [[nodiscard]] bool order(const std::string& line) { return console_->sendLine(line); }
    /// The rest of the next line of the console that begins with "@@`word`"; nothing when the
    /// guest is silent for too long, or something else has failed in it.
    [[nodiscard]] std::optional<std::string> heard(const std::string& word);

    [[nodiscard]] SessionService& service() { return service_; }
    [[nodiscard]] RpcClient& client() { return *client_; }
    [[nodiscard]] service::MachineDetails details();

  private:
    SessionService service_;
    std::optional<RpcClient> client_;
    std::optional<RpcClient> console_;
};

}  // namespace tests
