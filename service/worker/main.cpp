// SPDX-License-Identifier: GPL-3.0-or-later
//
// vireo-worker runs one machine. It opens no path: descriptor 3 is its control socket, over which
// the order for the machine comes with all descriptors that it needs. docs/worker-protocol.md
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "backend.h"
#include "control_server.h"
#include "event_outbox.h"
#include "machine.h"
#include "machine_order.h"
#include "request_handler.h"
#include "sandbox.h"
#include "service/confinement/privileges.h"
#include "service/confinement/system_call_filter.h"
#include "service/ipc/message_socket.h"
#include "service/ipc/worker_messages.h"
#include "thread_list.h"

namespace {

using service::ControlServer;
using service::encode;
using service::EventOutbox;
using service::Machine;
using service::MessageSocket;
using service::SandboxList;
using service::WorkerEvent;
using service::WorkerEventKind;
using service::WorkerRequest;

constexpr int kControlDescriptor = 3;

// What goes wrong here has nobody left to hear of it.
void tell(MessageSocket& control, const WorkerEvent& event) {
    static_cast<void>(control.send(encode(event)).has_value());
}

int refuse(MessageSocket& control, const hypervisor::Error& error) {
    tell(control, {WorkerEventKind::Refused, error.message});
    return EXIT_SUCCESS;
}

// A thread without its list must not go on.
void enterOrEnd(SandboxList list) {
    if (!service::enterSandbox(list))
        ::_exit(EXIT_FAILURE);
}

int run(MessageSocket control, MessageSocket::Message message, std::chrono::nanoseconds started) {
    auto threads = service::ThreadList::create();
    if (!threads)
        return refuse(control, threads.error());
    auto order = service::MachineOrder::create(std::move(message));
    if (!order)
        return refuse(control, order.error());
    if (const auto dropped = service::dropPrivileges("the worker", order->userId, order->groupId);
        !dropped)
        return refuse(control, dropped.error());
    // The sanitizers' leak check looks at its own process as a debugger would.
    if (service::confinementIsLoose())
        ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (const auto confined = service::enterSandbox(SandboxList::Building); !confined)
        return refuse(control, confined.error());
    auto outbox = EventOutbox::create();
    if (!outbox)
        return refuse(control, outbox.error());

    const auto hypervisor = service::createBackend(order->backend, std::move(order->kvm));
    if (!hypervisor)
        return refuse(control, hypervisor.error());
    const hypervisor::Backend backend = (*hypervisor)->backend();
    const SandboxList processorList = backend == hypervisor::Backend::Kvm
                                          ? SandboxList::KvmProcessor
                                          : SandboxList::SoftwareProcessor;
    auto machine = Machine::create(**hypervisor, order->settings, std::move(order->boot),
                                   std::move(order->serial), std::move(order->synthetic),
                                   {[&](WorkerEvent event) { (*outbox)->post(std::move(event)); },
                                    [processorList] { enterOrEnd(processorList); }});
    if (!machine)
        return refuse(control, machine.error());
    (*machine)->setProcessStarted(started);

    service::RequestHandler handler(**machine, backend, std::move(*threads),
                                    [&](WorkerEvent event) { (*outbox)->post(std::move(event)); });
    // Beyond the machine's end somebody may still ask for what was counted.
    const hypervisor::FileDescriptor stats(
        ::fcntl((*machine)->stats().descriptor(), F_DUPFD_CLOEXEC, 0));
    auto server = ControlServer::create(
        std::move(control), order->listener, **outbox, stats.get(),
        {[&](const WorkerRequest& request, std::span<hypervisor::FileDescriptor> descriptors) {
             return handler.obey(request, descriptors);
         },
         [&] {
             static_cast<void>(handler.obey({0, service::WorkerRequestKind::TurnOff, 0}));
         },
         [] { enterOrEnd(SandboxList::Control); }});
    if (!server)
        return EXIT_FAILURE;
    handler.setControlThread((*server)->thread());
    WorkerEvent first{WorkerEventKind::Started, hypervisor::name(backend)};
    if (const auto confined = service::enterSandboxOnAllThreads(SandboxList::Running); !confined)
        first = {WorkerEventKind::Refused, confined.error().message};
    else if (order->settings.held)
        first.kind = WorkerEventKind::Prepared;
    first.description = handler.describe();
    const bool refused = first.kind == WorkerEventKind::Refused;
    (*outbox)->post(std::move(first));
    (*server)->begin();
    if (refused) {
        (*server)->finish();
        return EXIT_SUCCESS;
    }

    WorkerEvent end = (*machine)->run();
    if (const auto kept = (*machine)->keepLastPicture(); !kept)
        (*outbox)->post({WorkerEventKind::Notice, kept.error().message});
    handler.forgetMachine();
    machine->reset();
    (*outbox)->post(std::move(end));
    (*server)->finish();
    return EXIT_SUCCESS;
}

}  // namespace

int main() {
    const std::chrono::nanoseconds started = std::chrono::steady_clock::now().time_since_epoch();
    ::signal(SIGPIPE, SIG_IGN);
    // Threads of a worker allocate little; an arena for each would cost more than it saves.
    ::mallopt(M_ARENA_MAX, 1);
    if (::fcntl(kControlDescriptor, F_SETFD, FD_CLOEXEC) != 0) {
        constexpr std::string_view kHelp =
            "vireo-worker is started by vireo and vireod, not by hand\n";
        static_cast<void>(!::write(STDERR_FILENO, kHelp.data(), kHelp.size()));
        return EXIT_FAILURE;
    }
    ::close_range(kControlDescriptor + 1, ~0U, 0);

    MessageSocket control{hypervisor::FileDescriptor(kControlDescriptor)};
    auto message = control.receive();
    if (!message || !*message)
        return EXIT_FAILURE;
    return run(std::move(control), std::move(**message), started);
}
