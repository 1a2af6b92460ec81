// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "service/ipc/client/service_client.h"
#include "verb_options.h"

namespace service::cli {

/// Options that all verbs of the service have.
struct ServiceOptions : client::ServiceAddress::Options {
    bool json = false;
};

void addServiceOptions(VerbOptions& verb, ServiceOptions& options);

/// A footer that tells the exit statuses of such verbs, behind `text`.
[[nodiscard]] std::string serviceVerbFooter(const std::string& text);

/// One verb's conversation with the service. Failures are printed where they happen, one line
/// each, and kept as the exit status; the first one counts.
class ServiceSession {
  public:
    /// Connects; without a connection, run() of a verb has nothing to do: the exit status is set.
    [[nodiscard]] static std::unique_ptr<ServiceSession> connect(const ServiceOptions& options,
                                                                 int& status);

    [[nodiscard]] client::ServiceClient& client() { return *client_; }
    [[nodiscard]] bool json() const { return json_; }

    /// The reply, or nothing after a failure has been told.
    template <class Method>
    [[nodiscard]] std::optional<typename Method::Reply> call(
        const typename Method::Params& params,
        std::chrono::milliseconds patience = client::ServiceClient::kPatience) {
        auto reply = client_->call<Method>(params, patience);
        if (!reply) {
            fail(reply.error());
            return std::nullopt;
        }
        return std::move(*reply);
    }

    void fail(const client::ServiceError& error);
    /// A failure that the program has found itself; `status` is one of exit_status.h.
    void fail(int status, std::string_view message);

    /// Ends with this status, and nothing to tell.
    void end(int status) { status_ = status; }

    /// To standard output, at once.
    void print(std::string_view text);
    void printJson(const boost::json::value& value);
    /// The reply of the last call() as the service said it, with what only it knows.
    void printReply() { printJson(client_->lastReply()); }
    template <class Struct>
    void printJson(const Struct& reply) requires(!std::convertible_to<Struct, boost::json::value>) {
        printJson(encodeValue(reply));
    }

    /// What the verb ends with so far.
    [[nodiscard]] int status() const { return status_; }

  private:
    ServiceSession(std::unique_ptr<client::ServiceClient> client, bool json)
        : client_(std::move(client)), json_(json) {}

    std::unique_ptr<client::ServiceClient> client_;
    bool json_;
    int status_ = 0;
};

/// The exit status for an error that the service has answered with.
[[nodiscard]] int statusOf(ErrorCode code);

/// {"error": ..., "code": ..., ...}, for standard output with --json.
[[nodiscard]] boost::json::value errorReport(const client::ServiceError& error);

}  // namespace service::cli
