// SPDX-License-Identifier: GPL-3.0-or-later
#include "request_handler.h"

#include <unistd.h>

#include <algorithm>

#include "sandbox.h"

namespace service {

using hypervisor::failure;
using hypervisor::Result;

void RequestHandler::setControlThread(int thread) {
    const std::scoped_lock lock(mutex_);
    controlThread_ = static_cast<std::uint32_t>(thread);
}

void RequestHandler::forgetMachine() {
    const std::scoped_lock lock(mutex_);
    last_ = describeLocked();
    machine_ = nullptr;
}

MachineDescription RequestHandler::describe() {
    const std::scoped_lock lock(mutex_);
    return describeLocked();
}

MachineDescription RequestHandler::describeLocked() {
    MachineDescription description = machine_ != nullptr ? machine_->describe() : last_;
    description.backend =
        backend_ == hypervisor::Backend::Kvm ? BackendChoice::Kvm : BackendChoice::Software;
    description.processId = static_cast<std::uint32_t>(::getpid());
    description.sandbox = describeSandbox();
    if (machine_ == nullptr)
        description.threads.clear();
    // All that is neither a VP's nor one of the two that answer and wait is a device's.
    for (const std::uint32_t thread : threads_.read()) {
        const bool listed = std::ranges::any_of(
            description.threads, [thread](const WorkerThread& one) { return one.id == thread; });
        if (listed)
            continue;
        const bool control = thread == controlThread_ || thread == description.processId;
        description.threads.push_back(
            {thread, control ? WorkerThreadKind::Control : WorkerThreadKind::Device, 0});
    }
    return description;
}

WorkerEvent RequestHandler::obey(const WorkerRequest& request) {
    const std::scoped_lock lock(mutex_);
    if (request.kind == WorkerRequestKind::Describe) {
        WorkerEvent event{WorkerEventKind::Description, {}};
        event.description = describeLocked();
        return event;
    }
    if (request.kind == WorkerRequestKind::Inspect && machine_ != nullptr) {
        auto text = machine_->inspect();
        return text ? WorkerEvent{WorkerEventKind::Done, std::move(*text)}
                    : WorkerEvent{WorkerEventKind::Failed, text.error().message};
    }
    if (const auto done = carryOut(request); !done)
        return {WorkerEventKind::Failed, done.error().message};
    return {WorkerEventKind::Done, {}};
}

Result<void> RequestHandler::carryOut(const WorkerRequest& request) {
    if (machine_ == nullptr)
        return failure("the machine has ended");
    switch (request.kind) {
        case WorkerRequestKind::Run:
            return machine_->start();
        case WorkerRequestKind::Pause:
            return machine_->pause();
        case WorkerRequestKind::Resume:
            return machine_->resume();
        case WorkerRequestKind::Reset:
            return machine_->requestReset();
        case WorkerRequestKind::TurnOff:
            machine_->stop();
            return {};
        case WorkerRequestKind::PressPowerButton:
            return machine_->pressPowerButton();
        case WorkerRequestKind::SetPacing:
            return machine_->setPacing(request.value);
        case WorkerRequestKind::Describe:
        case WorkerRequestKind::Inspect:
            break;
    }
    return failure("the request is unknown");
}

}  // namespace service
