// SPDX-License-Identifier: GPL-3.0-or-later
#include "signal_source.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

namespace service::cli {

using hypervisor::FileDescriptor;
using hypervisor::Result;

Result<SignalSource> SignalSource::create() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGUSR1})
        ::sigaddset(&set, signal);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    FileDescriptor signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals)
        return hypervisor::systemFailure("can't receive signals", errno);
    return SignalSource(std::move(signals));
}

std::optional<int> SignalSource::next() const {
    signalfd_siginfo information{};
    if (::read(signals_.get(), &information, sizeof information) != sizeof information)
        return std::nullopt;
    return static_cast<int>(information.ssi_signo);
}

}  // namespace service::cli
