// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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

    OrderedGuest() : service_(std::make_shared<SessionService>()), name_(kName) {}
    /// One more of the same service.
    OrderedGuest(const OrderedGuest& neighbour, std::string name)
        : service_(neighbour.service_), name_(std::move(name)) {}

    /// What is missing for it, or nothing.
    [[nodiscard]] static std::optional<std::string> whatIsMissing();
    /// Of 256 MiB, with the words that its kernel is to be given.
    [[nodiscard]] static service::MachineSettings settings(const std::string& words = {},
                                                           const std::string& kernel = kCloud);

    /// Starts it, and the service where that does not run; empty, or what has gone wrong.
    [[nodiscard]] std::string start(service::MachineSettings settings,
                                    std::vector<std::string> serviceArguments = {});
    [[nodiscard]] bool order(const std::string& line) { return console_->sendLine(line); }
    /// The rest of the next line of the console that begins with "@@`word`"; nothing when the
    /// guest is silent for too long, or something else has failed in it.
    [[nodiscard]] std::optional<std::string> heard(const std::string& word);

    /// The checksum of a file or a device as the guest reads it, like sumOf(); empty: it can't.
    [[nodiscard]] std::string sum(const std::string& path);
    /// A file of the host's in the service's folder: its path, or nothing.
    [[nodiscard]] std::string write(const std::string& name, const QByteArray& content);

    [[nodiscard]] SessionService& service() { return *service_; }
    [[nodiscard]] RpcClient& client() { return *client_; }
    [[nodiscard]] service::MachineDetails details();

  private:
    std::shared_ptr<SessionService> service_;
    const std::string name_;
    std::optional<RpcClient> client_;
    std::optional<RpcClient> console_;
};

/// SHA-256 as sha256sum prints it.
[[nodiscard]] std::string sumOf(const QByteArray& content);

}  // namespace tests
