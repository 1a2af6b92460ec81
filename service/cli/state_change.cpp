// SPDX-License-Identifier: GPL-3.0-or-later
#include "state_change.h"

#include <fmt/format.h>

#include <chrono>

#include "enumeration_words.h"
#include "terminal_text.h"

namespace service::cli {

using client::ServiceClient;
using client::ServiceError;

namespace {

// A start may first have to read large files; a turn-off waits for a worker's end.
constexpr std::chrono::minutes kPatience{5};

/// Asks for all machines at once and takes each reply as it comes.
template <class Method>
void callForAll(
    const std::vector<std::string>& machines, ServiceSession& session,
    const std::function<void(const std::string&, const typename Method::Reply&)>& done) {
    ServiceClient& client = session.client();
    std::size_t answered = 0;
    for (const std::string& machine : machines)
        client.protocol().call<Method>(
            MachineParams{machine}, [&, machine](const RpcResult<typename Method::Reply>& reply) {
                ++answered;
                if (reply)
                    done(machine, *reply);
                else if (!client.lost())
                    session.fail(ServiceClient::refused(reply.error()));
            });
    const auto deadline = ServiceClient::Clock::now() + kPatience;
    while (answered < machines.size())
        if (!client.step(deadline))
            break;
    if (client.lost())
        session.fail(*client.lost());
    else if (answered < machines.size())
        session.fail(client.noAnswer(Method::kName));
}

}  // namespace

std::string printableName(const std::string& text) {
    return printable(text, LineEnds::Replace);
}

void startMachines(const std::vector<std::string>& machines, ServiceSession& session) {
    callForAll<MachineStartMethod>(
        machines, session, [&](const std::string& machine, const MachineStartReply& reply) {
            if (session.json())
                return session.printJson(reply);
            std::string text = fmt::format("{}: {}\n", printableName(machine), shown(reply.state));
            if (!reply.resources.note.empty())
                text += printableName(reply.resources.note) + "\n";
            session.print(text);
        });
}

template <class Method>
void changeStates(const std::vector<std::string>& machines, ServiceSession& session) {
    callForAll<Method>(
        machines, session, [&](const std::string& machine, const MachineStateReply& reply) {
            if (session.json())
                session.printJson(reply);
            else
                session.print(fmt::format("{}: {}\n", printableName(machine), shown(reply.state)));
        });
}

template void changeStates<MachineTurnOffMethod>(const std::vector<std::string>&, ServiceSession&);
template void changeStates<MachineResetMethod>(const std::vector<std::string>&, ServiceSession&);
template void changeStates<MachinePauseMethod>(const std::vector<std::string>&, ServiceSession&);
template void changeStates<MachineResumeMethod>(const std::vector<std::string>&, ServiceSession&);

}  // namespace service::cli
