// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_session.h"

#include <fmt/core.h>
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

using namespace std::chrono_literals;

// How long a worker may take to end its machine before it is killed, and output to be taken.
constexpr auto kEndPatience = 2s;
constexpr auto kOutputPatience = 1s;

// Input waiting for the guest. A terminal's goes on being read so that Ctrl-A x works whatever
// the guest does, and what is beyond this is lost; a pipe or file is held back.
constexpr std::size_t kMostWaitingInput = 64 << 10;

}  // namespace

Result<std::unique_ptr<MachineSession>> MachineSession::create(WorkerProcess worker,
                                                               FileDescriptor console,
                                                               SignalSource signals) {
    auto output = OutputWriter::create(STDOUT_FILENO);
    if (!output)
        return std::unexpected(output.error());
    return std::unique_ptr<MachineSession>(new MachineSession(
        std::move(worker), std::move(console), std::move(signals), std::move(*output)));
}

MachineSession::MachineSession(WorkerProcess worker, FileDescriptor console, SignalSource signals,
                               std::unique_ptr<OutputWriter> output)
    : worker_(std::move(worker)),
      console_(std::move(console)),
      signals_(std::move(signals)),
      output_(std::move(output)),
      terminal_(STDIN_FILENO) {}

int MachineSession::run() {
    while (controlOpen_) {
        waitForSomething();
        if (requestedStatus_ && std::chrono::steady_clock::now() >= endDeadline_)
            worker_.kill();
    }
    // The worker has gone, or is going: what the guest said last is still on its way. Only who
    // ends the machine from outside does not wait for a reader that has stopped.
    const auto deadline = std::chrono::steady_clock::now() + kOutputPatience;
    while ((consoleOpen_ || !output_->idle()) && output_->failure() == 0 &&
           (!requestedStatus_ || std::chrono::steady_clock::now() < deadline))
        waitForSomething();
    return finish();
}

void MachineSession::waitForSomething() {
    const bool waitsForTerminal = terminal_.present() && !terminal_.held();
    const bool wantsInput = inputOpen_ && !waitsForTerminal &&
                            (terminal_.present() || toGuest_.size() < kMostWaitingInput);
    const bool wantsOutput = consoleOpen_ && output_->hasRoom();
    const short consoleEvents =
        static_cast<short>((wantsOutput ? POLLIN : 0) | (!toGuest_.empty() ? POLLOUT : 0));
    std::array<pollfd, 5> sources{{
        {signals_.descriptor(), POLLIN, 0},
        {wantsInput ? STDIN_FILENO : -1, POLLIN, 0},
        {consoleOpen_ && consoleEvents != 0 ? console_.get() : -1, consoleEvents, 0},
        {controlOpen_ ? worker_.control().descriptor() : -1, POLLIN, 0},
        {output_->changed(), POLLIN, 0},
    }};
    // The deadlines that follow a wish to end are all that needs looking after in between.
    const int timeout = requestedStatus_ ? 100 : -1;
    if (::poll(sources.data(), sources.size(), timeout) < 0)
        return;
    if (sources[0].revents != 0)
        obeySignals();
    if (sources[1].revents != 0)
        readInput();
    // What the worker tells comes before what the guest says.
    if (sources[3].revents != 0)
        readControl();
    if (sources[2].revents & POLLOUT)
        writeConsole();
    if (wantsOutput && (sources[2].revents & (POLLIN | POLLHUP | POLLERR)))
        readConsole();
    else if (sources[2].revents & (POLLHUP | POLLERR))
        toGuest_.clear();
    if (sources[4].revents != 0)
        checkOutput();
}

void MachineSession::obeySignals() {
    while (const auto signal = signals_.next()) {
        switch (*signal) {
            case SIGTSTP:
                stopUntilContinued();
                break;
            case SIGCONT:
                if (!requestedStatus_)
                    terminal_.hold();
                break;
            case SIGUSR1:
                requestReport();
                break;
            default:
                if (requestedStatus_)
                    worker_.kill();
                else
                    requestEnd(endedBySignal(*signal));
        }
    }
}

void MachineSession::stopUntilContinued() {
    terminal_.release();
    ::raise(SIGSTOP);
    // Continued: SIGCONT is waiting in the signal source and takes the terminal again.
}

void MachineSession::readInput() {
    std::array<char, 4096> bytes{};
    const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (count <= 0) {
        // The end of a file or pipe leaves the machine running. A terminal has hung up.
        inputOpen_ = false;
        if (terminal_.present() && !requestedStatus_)
            requestEnd(endedBySignal(SIGHUP));
        return;
    }
    const std::span<const char> typed(bytes.data(), static_cast<std::size_t>(count));
    if (!terminal_.present()) {
        toGuest_.append(typed.data(), typed.size());
    } else {
        const auto meaning = keys_.type(typed);
        if (toGuest_.size() + meaning.toGuest.size() <= kMostWaitingInput)
            toGuest_ += meaning.toGuest;
        if (meaning.help)
            printReport("\n" + EscapeKeys::help());
        if (meaning.processors)
            requestReport();
        if (meaning.end)
            requestEnd(kEndedByUser);
    }
    writeConsole();
}

void MachineSession::writeConsole() {
    if (!consoleOpen_)
        toGuest_.clear();
    if (toGuest_.empty())
        return;
    const ssize_t count =
        ::send(console_.get(), toGuest_.data(), toGuest_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0)
        toGuest_.erase(0, static_cast<std::size_t>(count));
    else if (count < 0 && errno != EAGAIN && errno != EINTR)
        toGuest_.clear();
}

void MachineSession::readConsole() {
    std::array<char, 16384> bytes{};
    const ssize_t count = ::recv(console_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count > 0)
        output_->write({bytes.data(), static_cast<std::size_t>(count)});
    else if (count == 0 || (errno != EAGAIN && errno != EINTR))
        consoleOpen_ = false;
}

void MachineSession::readControl() {
    const auto more = worker_.control().readAvailable();
    while (const auto message = worker_.control().next()) {
        const auto event = decodeWorkerEvent(message->line);
        if (!event) {
            printMessage(event.error().message);
            worker_.kill();
            controlOpen_ = false;
            return;
        }
        take(*event);
    }
    if (!more || !*more)
        controlOpen_ = false;
}

void MachineSession::take(const WorkerEvent& event) {
    switch (event.kind) {
        case WorkerEventKind::Started:
            if (requestedStatus_)
                break;
            terminal_.hold();
            if (terminal_.held())
                printMessage(
                    fmt::format("{}; Ctrl-A x ends the machine, Ctrl-A h helps", event.text));
            break;
        case WorkerEventKind::Notice:
        case WorkerEventKind::Failed:
            printMessage(event.text);
            break;
        case WorkerEventKind::Done:
            printReport("\n" + event.text);
            break;
        default:
            if (isLast(event.kind) && !end_)
                end_ = event;
    }
}

void MachineSession::requestReport() {
    // The only kind of request that is made here, so that one number does for all.
    if (!requestedStatus_ && controlOpen_)
        static_cast<void>(
            worker_.control().send(encode(WorkerRequest{1, WorkerRequestKind::Inspect, 0})));
}

void MachineSession::requestEnd(int status) {
    if (requestedStatus_)
        return;
    requestedStatus_ = status;
    endDeadline_ = std::chrono::steady_clock::now() + kEndPatience;
    inputOpen_ = false;
    worker_.control().shutDownSending();
}

void MachineSession::checkOutput() {
    output_->acknowledgeChange();
    const int error = output_->failure();
    if (error == 0 || requestedStatus_)
        return;
    if (error != EPIPE)
        printMessage(
            hypervisor::systemFailure("can't write to standard output", error).error().message);
    requestEnd(error == EPIPE ? endedBySignal(SIGPIPE) : kVireoFailed);
}

int MachineSession::finish() {
    const std::string workerEnd = worker_.wait(kEndPatience);
    terminal_.release();
    if (requestedStatus_)
        return *requestedStatus_;
    if (!end_) {
        printMessage(
            fmt::format("the machine has ended because its worker process {}; this is an "
                        "error in Vireo, please report it",
                        workerEnd));
        return kVireoFailed;
    }
    switch (end_->kind) {
        case WorkerEventKind::PoweredOff:
        case WorkerEventKind::Reset:
            return kPoweredOff;
        case WorkerEventKind::DebugExit:
            return debugExit(end_->value);
        case WorkerEventKind::Refused:
            printMessage(end_->text);
            return kBadArguments;
        case WorkerEventKind::Crashed:
            printReport(end_->text);
            return kGuestCrashed;
        default:
            printMessage("the machine was stopped by its worker");
            return kVireoFailed;
    }
}

}  // namespace service::cli
