// SPDX-License-Identifier: GPL-3.0-or-later
//
// vireo-worker runs one machine. It opens no path: descriptor 3 is its control socket, over which
// the order for the machine comes with all descriptors that it needs.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>

#include "backend.h"
#include "control_watch.h"
#include "machine.h"
#include "machine_order.h"
#include "service/ipc/message_socket.h"
#include "service/ipc/worker_messages.h"

namespace {

using service::encode;
using service::MessageSocket;
using service::WorkerEvent;
using service::WorkerEventKind;

constexpr int kControlDescriptor = 3;

// What goes wrong here has nobody left to hear of it.
void tell(MessageSocket& control, const WorkerEvent& event) {
    static_cast<void>(control.send(encode(event)).has_value());
}

WorkerEvent refusal(const hypervisor::Error& error) {
    return {WorkerEventKind::Refused, error.message, 0};
}

WorkerEvent run(MessageSocket& control, MessageSocket::Message message) {
    auto order = service::MachineOrder::create(std::move(message));
    if (!order)
        return refusal(order.error());
    const auto hypervisor = service::createBackend(order->backend, std::move(order->kvm));
    if (!hypervisor)
        return refusal(hypervisor.error());
    const auto machine =
        service::Machine::create(**hypervisor, order->settings, std::move(order->kernel),
                                 std::move(order->initialRamDisks), std::move(order->console));
    if (!machine)
        return refusal(machine.error());
    tell(control, {WorkerEventKind::Started, hypervisor::name((*hypervisor)->backend()), 0});
    const service::ControlWatch watch(control.descriptor(), [&] { (*machine)->stop(); });
    return (*machine)->run();
}

}  // namespace

int main() {
    ::signal(SIGPIPE, SIG_IGN);
    if (::fcntl(kControlDescriptor, F_SETFD, FD_CLOEXEC) != 0) {
        constexpr std::string_view kHelp =
            "vireo-worker is started by vireo and vireod, not by hand\n";
        static_cast<void>(!::write(STDERR_FILENO, kHelp.data(), kHelp.size()));
        return EXIT_FAILURE;
    }
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::close_range(kControlDescriptor + 1, ~0U, 0);

    MessageSocket control{hypervisor::FileDescriptor(kControlDescriptor)};
    auto message = control.receive();
    if (!message || !*message)
        return EXIT_FAILURE;
    tell(control, run(control, std::move(**message)));
    return EXIT_SUCCESS;
}
