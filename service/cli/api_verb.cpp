// SPDX-License-Identifier: GPL-3.0-or-later
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "exit_status.h"
#include "messages.h"
#include "service/ipc/interface_description.h"
#include "service_verb.h"
#include "verbs.h"

namespace service::cli {

namespace {

constexpr const char* kFooter =
    "JSON Schema of every request, reply and notification, the errors' codes, and which action is\n"
    "legal in which state. The service speaks JSON-RPC 2.0, one message a line, on its socket:\n"
    "\n"
    "  echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"machine.list\"}' |\n"
    "      socat - UNIX-CONNECT:/run/vireo/vireod.sock\n"
    "\n"
    "It is this program's own; --live asks the service for what it speaks.";

struct ApiArguments {
    ServiceOptions service;
    bool live = false;
};

int describe(const ApiArguments& arguments) {
    if (!arguments.live) {
        const std::string text = boost::json::serialize(describeInterface()) + "\n";
        return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
                       std::fflush(stdout) == 0
                   ? kDone
                   : kProgramFailed;
    }
    int status = 0;
    const auto session = ServiceSession::connect(arguments.service, status);
    if (!session)
        return status;
    if (const auto reply = session->call<ApiDescribeMethod>({}))
        session->printJson(boost::json::value(reply->description));
    return session->status();
}

}  // namespace

void addApiVerb(CLI::App& program, std::function<int()>& chosen) {
    const auto arguments = std::make_shared<ApiArguments>();
    addVerb(
        program, chosen, "api", "The service's interface as JSON Schema",
        [&](VerbOptions& options) {
            options.flag("--live", arguments->live, "The interface of the service that runs");
            addServiceOptions(options, arguments->service);
            options.footer(serviceVerbFooter(kFooter));
        },
        [arguments] { return describe(*arguments); });
}

}  // namespace service::cli
