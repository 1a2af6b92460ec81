// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <memory>

#include "enumeration_words.h"
#include "exit_status.h"
#include "foreground_console.h"
#include "messages.h"
#include "quantities.h"
#include "service/ipc/unix_address.h"
#include "service_verb.h"
#include "verbs.h"

namespace service::cli {

using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kMostPorts = 2;
// How long a machine may take from the end of its console to its own.
constexpr auto kEndPatience = 5s;

constexpr const char* kFooter =
    "What the port said last comes first. Ctrl-A x leaves, Ctrl-A h helps; the machine goes on.\n"
    "It ends when the machine is off.\n"
    "Without a terminal it is standard input and output, and the end of input only ends what is\n"
    "sent. --json tells the port's socket instead of attaching to it.";

struct ConsoleArguments {
    ServiceOptions service;
    std::string machine;
    std::string port = "1";
};

void configure(VerbOptions& verb, ConsoleArguments& arguments) {
    verb.machine(arguments.machine);
    verb.value("--port", arguments.port, "1|2", "Serial port: 1 is COM 1");
}

Result<FileDescriptor> connectTo(const std::string& path) {
    const std::string what = "can't reach the console's socket '" + path + "'";
    const auto address = unixAddress(path);
    if (!address)
        return systemFailure(what, ENAMETOOLONG);
    FileDescriptor port(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!port)
        return systemFailure("can't create a socket", errno);
    if (::connect(port.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
        return systemFailure(what, errno);
    return port;
}

/// The machine once it does not run any more, or as it is when patience ends; nothing after a
/// failure that has been told.
std::optional<MachineSummary> waitForEnd(const std::string& machine, ServiceSession& session) {
    const auto latest = std::make_shared<std::optional<MachineSummary>>();
    session.client().protocol().listen<MachineChangedNotification>(
        [latest](const MachineChangedNotification& changed) {
            if (*latest && changed.machine.id == (*latest)->id)
                *latest = changed.machine;
        });
    SubscribeParams wanted;
    wanted.machines = true;
    // First, so that no change is missed.
    if (!session.call<SubscribeMethod>(wanted))
        return std::nullopt;
    const auto reply = session.call<MachineGetMethod>({machine});
    if (!reply)
        return std::nullopt;
    *latest = reply->machine.summary;
    const auto deadline = client::ServiceClient::Clock::now() + kEndPatience;
    while (isActive((*latest)->state) && session.client().step(deadline)) {
    }
    return *latest;
}

/// Carries bytes until the user leaves or the service closes the port.
void attach(FileDescriptor port, const std::string& machine, ServiceSession& session) {
    auto signals = SignalSource::create();
    if (!signals)
        return session.fail(kProgramFailed, signals.error().message);
    auto console = ForegroundConsole::create(std::move(port), std::move(*signals),
                                             {"leave; the machine goes on", nullptr});
    if (!console)
        return session.fail(kProgramFailed, console.error().message);
    if ((*console)->holdTerminal())
        printMessage(fmt::format("console of '{}'; Ctrl-A x leaves, Ctrl-A h helps", machine));
    while ((*console)->portOpen() && !(*console)->requestedStatus())
        (*console)->waitForSomething(-1, [] {});
    while (!(*console)->outputIdle() && !(*console)->outputFailed() &&
           !(*console)->requestedStatus())
        (*console)->waitForSomething(-1, [] {});
    (*console)->releaseTerminal();
    if (const auto status = (*console)->requestedStatus())
        return *status == kEndedByUser ? session.print("\n") : session.end(*status);
    // Its worker serves the port, and has gone, or goes: the service hears of it at the same time.
    const auto end = waitForEnd(machine, session);
    if (!end)
        return;
    if (end->state == MachineState::Off || end->state == MachineState::Saved)
        return printMessage(fmt::format("'{}' is {}", end->name, shown(end->state)));
    session.fail(kRefused, fmt::format("the console of '{}' was closed, and the machine is {}{}{}; "
                                       "see 'vireo events'",
                                       end->name, shown(end->state),
                                       end->status.empty() ? "" : ": ", end->status));
}

void console(const ConsoleArguments& arguments, ServiceSession& session) {
    const auto port = parseNumber(arguments.port, "--port", 1, kMostPorts);
    if (!port)
        return session.fail(kBadArguments, port.error().message);
    const auto reply = session.call<ConsoleAttachMethod>({arguments.machine, *port});
    if (!reply)
        return;
    if (session.json())
        return session.printReply();
    auto connected = connectTo(reply->console.socket);
    if (!connected) {
        const auto machine = session.call<MachineGetMethod>({arguments.machine});
        if (machine && !isActive(machine->machine.summary.state))
            return session.fail(
                kRefused, fmt::format("'{0}' is {1}, so nothing is at its serial port; start it "
                                      "with 'vireo start {0}'",
                                      arguments.machine, shown(machine->machine.summary.state)));
        return session.fail(kRefused, connected.error().message);
    }
    attach(std::move(*connected), arguments.machine, session);
}

}  // namespace

void addConsoleVerb(CLI::App& program, std::function<int()>& chosen) {
    addServiceVerb<ConsoleArguments>(program, chosen, "console",
                                     "Attach the terminal to a machine's serial port", configure,
                                     console, kFooter);
}

}  // namespace service::cli
