// SPDX-License-Identifier: GPL-3.0-or-later
#include "service_session.h"

#include <boost/json/serialize.hpp>
#include <cstdio>

#include "exit_status.h"
#include "messages.h"

namespace service::cli {

using client::ServiceAddress;
using client::ServiceClient;
using client::ServiceError;

namespace {

boost::json::value plainError(std::string_view message) {
    return boost::json::object{{"error", message}};
}

/// False when nobody takes it.
bool writeOut(std::string_view text) {
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
           std::fflush(stdout) == 0;
}

void reportTo(bool json, const boost::json::value& report, std::string_view message) {
    if (json)
        static_cast<void>(writeOut(boost::json::serialize(report) + "\n"));
    printMessage(message);
}

}  // namespace

void addServiceOptions(VerbOptions& verb, ServiceOptions& options) {
    verb.section("Options");
    verb.flag("--json", options.json,
              "One JSON object a line, as 'vireo api' describes the replies");
    verb.section("Service");
    verb.value("--socket", options.socket, "FILE", "Of the service to speak with");
    verb.flag("--session", options.session, "The user's own service");
    verb.flag("--system", options.system, "The host's service");
    verb.exclude("--session", "--socket");
    verb.exclude("--session", "--system");
    verb.exclude("--system", "--socket");
}

std::string serviceVerbFooter(const std::string& text) {
    return text + (text.empty() ? "" : "\n\n") +
           "Exit status:\n"
           "  0  done\n"
           "  1  Vireo itself failed\n"
           "  2  bad arguments\n"
           "  3  the service refused\n"
           "  4  there is no such machine\n"
           "  5  the service can't be reached";
}

std::unique_ptr<ServiceSession> ServiceSession::connect(const ServiceOptions& options,
                                                        int& status) {
    const auto address = ServiceAddress::chosen(options);
    if (!address) {
        reportTo(options.json, plainError(address.error().message), address.error().message);
        status = kUnreachable;
        return nullptr;
    }
    auto client = ServiceClient::connect(*address);
    if (!client) {
        reportTo(options.json, errorReport(client.error()), client.error().message);
        status = kUnreachable;
        return nullptr;
    }
    return std::unique_ptr<ServiceSession>(new ServiceSession(std::move(*client), options.json));
}

void ServiceSession::fail(const ServiceError& error) {
    reportTo(json_, errorReport(error), error.message);
    if (status_ == 0)
        status_ = error.kind == ServiceError::Kind::Unreachable ? kUnreachable
                                                                : statusOf(error.refusal.code);
}

void ServiceSession::fail(int status, std::string_view message) {
    reportTo(json_, plainError(message), message);
    if (status_ == 0)
        status_ = status;
}

void ServiceSession::print(std::string_view text) {
    if (!writeOut(text) && status_ == 0) {
        printMessage("can't write to standard output; is there room?");
        status_ = kProgramFailed;
    }
}

void ServiceSession::printJson(const boost::json::value& value) {
    print(boost::json::serialize(value) + "\n");
}

int statusOf(ErrorCode code) {
    switch (code) {
        case ErrorCode::InvalidParams:
            return kBadArguments;
        case ErrorCode::NotFound:
            return kNotFound;
        default:
            return kRefused;
    }
}

boost::json::value errorReport(const ServiceError& error) {
    if (error.kind == ServiceError::Kind::Unreachable)
        return plainError(error.message);
    const RpcError& refusal = error.refusal;
    boost::json::object report{{"error", refusal.message},
                               {"code", static_cast<std::int32_t>(refusal.code)}};
    const boost::json::value data = encodeValue(refusal.data);
    for (const auto& [name, value] : data.get_object())
        report[name] = value;
    return report;
}

}  // namespace service::cli
