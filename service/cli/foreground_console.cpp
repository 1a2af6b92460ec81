// SPDX-License-Identifier: GPL-3.0-or-later
#include "foreground_console.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "exit_status.h"
#include "messages.h"

namespace service::cli {

using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

// Input waiting for the guest. A terminal's goes on being read so that Ctrl-A x works whatever
// the guest does, and what is beyond this is lost; a pipe or file is held back.
constexpr std::size_t kMostWaitingInput = 64 << 10;

}  // namespace

Result<std::unique_ptr<ForegroundConsole>> ForegroundConsole::create(FileDescriptor port,
                                                                     SignalSource signals,
                                                                     Keys keys) {
    auto output = OutputWriter::create(STDOUT_FILENO);
    if (!output)
        return std::unexpected(output.error());
    return std::unique_ptr<ForegroundConsole>(new ForegroundConsole(
        std::move(port), std::move(signals), std::move(*output), std::move(keys)));
}

ForegroundConsole::ForegroundConsole(FileDescriptor port, SignalSource signals,
                                     std::unique_ptr<OutputWriter> output, Keys keys)
    : port_(std::move(port)),
      signals_(std::move(signals)),
      output_(std::move(output)),
      terminal_(STDIN_FILENO),
      keys_(std::move(keys)) {}

bool ForegroundConsole::holdTerminal() {
    if (requestedStatus_)
        return false;
    terminal_.hold();
    return terminal_.held();
}

void ForegroundConsole::waitForSomething(int descriptor, const std::function<void()>& ready) {
    const bool waitsForTerminal = terminal_.present() && !terminal_.held();
    const bool wantsInput = inputOpen_ && !waitsForTerminal &&
                            (terminal_.present() || toGuest_.size() < kMostWaitingInput);
    const bool wantsOutput = portOpen_ && output_->hasRoom();
    const short portEvents =
        static_cast<short>((wantsOutput ? POLLIN : 0) | (!toGuest_.empty() ? POLLOUT : 0));
    std::array<pollfd, 5> sources{{
        {signals_.descriptor(), POLLIN, 0},
        {wantsInput ? STDIN_FILENO : -1, POLLIN, 0},
        {portOpen_ && portEvents != 0 ? port_.get() : -1, portEvents, 0},
        {descriptor, POLLIN, 0},
        {output_->changed(), POLLIN, 0},
    }};
    const int timeout = requestedStatus_ ? 100 : -1;
    if (::poll(sources.data(), sources.size(), timeout) < 0)
        return;
    if (sources[0].revents != 0)
        obeySignals();
    if (sources[1].revents != 0)
        readInput();
    if (sources[3].revents != 0)
        ready();
    if (sources[2].revents & POLLOUT)
        writePort();
    if (wantsOutput && (sources[2].revents & (POLLIN | POLLHUP | POLLERR)))
        readPort();
    else if (sources[2].revents & (POLLHUP | POLLERR))
        toGuest_.clear();
    if (sources[4].revents != 0)
        checkOutput();
}

void ForegroundConsole::obeySignals() {
    while (const auto signal = signals_.next()) {
        switch (*signal) {
            case SIGTSTP:
                stopUntilContinued();
                break;
            case SIGCONT:
                holdTerminal();
                break;
            case SIGUSR1:
                if (keys_.report) {
                    keys_.report();
                    break;
                }
                [[fallthrough]];
            default:
                insisted_ = requestedStatus_.has_value();
                requestEnd(endedBySignal(*signal));
        }
    }
}

void ForegroundConsole::stopUntilContinued() {
    terminal_.release();
    ::raise(SIGSTOP);
    // Continued: SIGCONT is waiting in the signal source and takes the terminal again.
}

void ForegroundConsole::readInput() {
    std::array<char, 4096> bytes{};
    const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (count <= 0) {
        // The end of a file or pipe leaves the machine running. A terminal has hung up.
        inputOpen_ = false;
        if (terminal_.present())
            requestEnd(endedBySignal(SIGHUP));
        return;
    }
    const std::span<const char> typed(bytes.data(), static_cast<std::size_t>(count));
    if (!terminal_.present()) {
        toGuest_.append(typed.data(), typed.size());
    } else {
        const auto meaning = typed_.type(typed);
        if (toGuest_.size() + meaning.toGuest.size() <= kMostWaitingInput)
            toGuest_ += meaning.toGuest;
        if (meaning.help)
            printReport("\n" + EscapeKeys::help(
                                   keys_.end, {keys_.report != nullptr, keys_.picture != nullptr}));
        if (meaning.processors && keys_.report)
            keys_.report();
        if (meaning.picture && keys_.picture)
            keys_.picture();
        if (meaning.end)
            requestEnd(kEndedByUser);
    }
    writePort();
}

void ForegroundConsole::writePort() {
    if (!portOpen_)
        toGuest_.clear();
    if (toGuest_.empty())
        return;
    const ssize_t count =
        ::send(port_.get(), toGuest_.data(), toGuest_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0)
        toGuest_.erase(0, static_cast<std::size_t>(count));
    else if (count < 0 && errno != EAGAIN && errno != EINTR)
        toGuest_.clear();
}

void ForegroundConsole::readPort() {
    std::array<char, 16384> bytes{};
    const ssize_t count = ::recv(port_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count > 0)
        output_->write({bytes.data(), static_cast<std::size_t>(count)});
    else if (count == 0 || (errno != EAGAIN && errno != EINTR))
        portOpen_ = false;
}

void ForegroundConsole::checkOutput() {
    output_->acknowledgeChange();
    const int error = output_->failure();
    if (error == 0 || requestedStatus_)
        return;
    if (error != EPIPE)
        printMessage(
            hypervisor::systemFailure("can't write to standard output", error).error().message);
    requestEnd(error == EPIPE ? endedBySignal(SIGPIPE) : kVireoFailed);
}

void ForegroundConsole::requestEnd(int status) {
    if (requestedStatus_)
        return;
    requestedStatus_ = status;
    inputOpen_ = false;
}

}  // namespace service::cli
