// SPDX-License-Identifier: GPL-3.0-or-later
#include "request_handler.h"

#include <unistd.h>

#include <algorithm>

#include "sandbox.h"
#include "synthetic_order.h"

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

std::optional<WorkerEvent> RequestHandler::obey(const WorkerRequest& request,
                                                std::span<hypervisor::FileDescriptor> descriptors) {
    const std::scoped_lock lock(mutex_);
    if (machine_ != nullptr && begin(request, descriptors))
        return std::nullopt;
    if (request.kind == WorkerRequestKind::Describe) {
        WorkerEvent event{WorkerEventKind::Description, {}};
        event.description = describeLocked();
        if (machine_ != nullptr)
            event.guest = machine_->guestReport();
        return event;
    }
    if (request.kind == WorkerRequestKind::Inspect && machine_ != nullptr) {
        auto text = machine_->inspect();
        return text ? WorkerEvent{WorkerEventKind::Done, std::move(*text)}
                    : WorkerEvent{WorkerEventKind::Failed, text.error().message};
    }
    if (const auto done = carryOut(request, descriptors); !done)
        return WorkerEvent{WorkerEventKind::Failed, done.error().message};
    return WorkerEvent{WorkerEventKind::Done, {}};
}

bool RequestHandler::begin(const WorkerRequest& request,
                           std::span<hypervisor::FileDescriptor> descriptors) {
    const auto answer = [later = later_, id = request.id](const Result<void>& done) {
        WorkerEvent event{done ? WorkerEventKind::Done : WorkerEventKind::Failed,
                          done ? std::string() : done.error().message};
        event.request = id;
        later(std::move(event));
    };
    switch (request.kind) {
        case WorkerRequestKind::ShutDownGuest:
            machine_->shutDownGuest(request.value == 1, answer);
            return true;
        case WorkerRequestKind::AttachDrive: {
            auto drive = takeDrive(request.drive.value_or(WorkerDrive{}), descriptors);
            if (drive)
                machine_->attachDrive(std::move(*drive), answer);
            else
                answer(std::unexpected(drive.error()));
            return true;
        }
        case WorkerRequestKind::DetachDrive:
            machine_->detachDrive(request.drive.value_or(WorkerDrive{}), answer);
            return true;
        case WorkerRequestKind::TakePicture:
            if (descriptors.empty())
                answer(failure("no file has come for the picture"));
            else
                machine_->takePicture(std::move(descriptors.front()), request.value, answer);
            return true;
        case WorkerRequestKind::PlugAdapter: {
            auto adapter = takeAdapter(request.adapter.value_or(WorkerAdapter{}), descriptors);
            answer(adapter ? machine_->plugAdapter(std::move(*adapter))
                           : std::unexpected(adapter.error()));
            return true;
        }
        default:
            return false;
    }
}

Result<void> RequestHandler::carryOut(const WorkerRequest& request,
                                      std::span<hypervisor::FileDescriptor> descriptors) {
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
        case WorkerRequestKind::SetMemoryCeiling:
            return machine_->setMemoryCeiling(std::uint64_t{request.value} << 20);
        case WorkerRequestKind::SetMemory:
            if (!request.memory)
                return failure("the minimum and the buffer are missing");
            return machine_->setMemory(*request.memory);
        case WorkerRequestKind::CopyFile:
            if (!request.file || descriptors.empty())
                return failure("the file that is to be copied is missing");
            return machine_->copyFile(*request.file, std::move(descriptors.front()));
        case WorkerRequestKind::CancelCopy:
            machine_->cancelCopy();
            return {};
        default:
            break;
    }
    return failure("the request is unknown");
}

}  // namespace service
