// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_session.h"

#include <fmt/core.h>

#include <array>
#include <functional>
#include <utility>

#include "exit_status.h"
#include "messages.h"
#include "picture_output.h"

namespace service::cli {

using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

using namespace std::chrono_literals;

// How long a worker may take to end its machine before it is killed, and output to be taken.
constexpr auto kEndPatience = 2s;
constexpr auto kOutputPatience = 1s;

// Requests are told apart by their numbers.
constexpr std::uint64_t kReportRequest = 1;
constexpr std::uint64_t kPictureRequest = 2;

}  // namespace

Result<std::unique_ptr<MachineSession>> MachineSession::create(WorkerProcess worker,
                                                               FileDescriptor console,
                                                               SignalSource signals,
                                                               std::optional<Picture> picture) {
    std::unique_ptr<MachineSession> session(
        new MachineSession(std::move(worker), std::move(picture)));
    MachineSession* const owner = session.get();
    std::function<void()> onPicture;
    if (session->picture_)
        onPicture = [owner] { owner->requestPicture(); };
    auto foreground = ForegroundConsole::create(
        std::move(console), std::move(signals),
        {"end the machine", [owner] { owner->requestReport(); }, std::move(onPicture)});
    if (!foreground)
        return std::unexpected(foreground.error());
    session->console_ = std::move(*foreground);
    return session;
}

int MachineSession::run() {
    while (controlOpen_) {
        waitForSomething();
        endIfRequested();
    }
    // The worker has gone, or is going: what the guest said last is still on its way. Only who
    // ends the machine from outside does not wait for a reader that has stopped.
    const auto deadline = std::chrono::steady_clock::now() + kOutputPatience;
    while ((console_->portOpen() || !console_->outputIdle()) && !console_->outputFailed() &&
           (!console_->requestedStatus() || std::chrono::steady_clock::now() < deadline))
        waitForSomething();
    return finish();
}

void MachineSession::waitForSomething() {
    console_->waitForSomething(controlOpen_ ? worker_.control().descriptor() : -1,
                               [this] { readControl(); });
}

void MachineSession::endIfRequested() {
    if (!console_->requestedStatus())
        return;
    if (!endDeadline_) {
        endDeadline_ = std::chrono::steady_clock::now() + kEndPatience;
        worker_.control().shutDownSending();
    }
    if (console_->insisted() || std::chrono::steady_clock::now() >= *endDeadline_)
        worker_.kill();
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
            if (console_->holdTerminal())
                printMessage(
                    fmt::format("{}; Ctrl-A x ends the machine, Ctrl-A h helps", event.text));
            break;
        case WorkerEventKind::Failed:
            if (event.request == kPictureRequest)
                requestedPicture_.reset();
            [[fallthrough]];
        case WorkerEventKind::Notice:
        case WorkerEventKind::NothingToBoot:
        case WorkerEventKind::DriveFailed:
        case WorkerEventKind::DiscEjected:
            printMessage(event.text);
            break;
        case WorkerEventKind::Done:
            if (event.request != kPictureRequest)
                printReport("\n" + event.text);
            else if (requestedPicture_ && keepPicture(*requestedPicture_))
                printMessage(fmt::format("a picture of the screen is in '{}'", picture_->path));
            if (event.request == kPictureRequest)
                requestedPicture_.reset();
            break;
        default:
            if (isLast(event.kind) && !end_)
                end_ = event;
    }
}

void MachineSession::requestReport() {
    // One number does for all of a kind.
    if (!console_->requestedStatus() && controlOpen_)
        static_cast<void>(worker_.control().send(
            encode(WorkerRequest{kReportRequest, WorkerRequestKind::Inspect, 0})));
}

void MachineSession::requestPicture() {
    if (console_->requestedStatus() || !controlOpen_ || requestedPicture_)
        return;
    auto file = PictureFile::create();
    if (!file)
        return printMessage(file.error().message);
    const std::array descriptors{file->descriptor()};
    if (const auto sent = worker_.control().send(
            encode(WorkerRequest{kPictureRequest, WorkerRequestKind::TakePicture, 0}), descriptors);
        !sent)
        return printMessage(sent.error().message);
    requestedPicture_ = std::move(*file);
}

bool MachineSession::keepPicture(const PictureFile& file) {
    const auto bytes = file.read();
    // Why there is none was told.
    if (bytes && bytes->empty())
        return false;
    const auto written = bytes ? replacePicture(picture_->path, *bytes)
                               : Result<void>(std::unexpected(bytes.error()));
    if (!written)
        printMessage(written.error().message);
    return written.has_value();
}

int MachineSession::finish() {
    const std::string workerEnd = worker_.wait(kEndPatience);
    console_->releaseTerminal();
    const int status = statusOfEnd(workerEnd);
    const bool wantsPicture = picture_ && end_ && end_->kind != WorkerEventKind::Refused;
    return wantsPicture && !keepPicture(picture_->last) && status == kPoweredOff ? kVireoFailed
                                                                                 : status;
}

int MachineSession::statusOfEnd(const std::string& workerEnd) {
    if (const auto status = console_->requestedStatus())
        return *status;
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
