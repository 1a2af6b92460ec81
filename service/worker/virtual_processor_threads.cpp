// SPDX-License-Identifier: GPL-3.0-or-later
#include "virtual_processor_threads.h"

#include <fmt/core.h>
#include <pthread.h>

#include <utility>

namespace service {

using hypervisor::ExitReason;
using hypervisor::Partition;
using hypervisor::Result;
using hypervisor::VirtualProcessor;
using hypervisor::VpIndex;

VirtualProcessorThreads::VirtualProcessorThreads(Partition& partition,
                                                 std::function<void(std::string report)> onCrash)
    : partition_(partition), onCrash_(std::move(onCrash)), starting_(partition.processorCount()) {}

Result<std::unique_ptr<VirtualProcessorThreads>> VirtualProcessorThreads::create(
    Partition& partition, std::function<void(std::string report)> onCrash) {
    std::unique_ptr<VirtualProcessorThreads> threads(
        new VirtualProcessorThreads(partition, std::move(onCrash)));
    for (VpIndex index = 0; index < partition.processorCount(); ++index)
        threads->threads_.emplace_back([owner = threads.get(), index] { owner->serve(index); });
    std::unique_lock lock(threads->mutex_);
    threads->changed_.wait(lock, [&] { return threads->starting_ == 0; });
    if (threads->bindFailure_)
        return std::unexpected(*threads->bindFailure_);
    lock.unlock();
    return threads;
}

VirtualProcessorThreads::~VirtualProcessorThreads() {
    requestPark();
    {
        const std::scoped_lock lock(mutex_);
        ended_ = true;
        changed_.notify_all();
    }
    for (std::jthread& thread : threads_)
        thread.join();
}

void VirtualProcessorThreads::resume(const hypervisor::ProcessorState& first) {
    const std::scoped_lock lock(mutex_);
    parking_ = false;
    first_ = first;
    running_ = partition_.processorCount();
    ++runs_;
    changed_.notify_all();
}

void VirtualProcessorThreads::requestPark() {
    parking_ = true;
    for (VpIndex index = 0; index < partition_.processorCount(); ++index)
        partition_.processor(index).requestStop();
}

void VirtualProcessorThreads::waitUntilParked() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return running_ == 0; });
}

void VirtualProcessorThreads::serve(VpIndex index) {
    ::pthread_setname_np(::pthread_self(), fmt::format("vp {}", index).c_str());
    VirtualProcessor& processor = partition_.processor(index);
    const auto bound = processor.bind();
    std::unique_lock lock(mutex_);
    --starting_;
    if (!bound && !bindFailure_)
        bindFailure_ = bound.error();
    changed_.notify_all();
    for (std::uint64_t run = 0;;) {
        changed_.wait(lock, [&] { return ended_ || runs_ != run; });
        if (ended_)
            return;
        run = runs_;
        const hypervisor::ProcessorState first = first_;
        lock.unlock();
        const auto started = index == 0 ? processor.setState(first) : Result<void>();
        if (started)
            runUntilParked(processor);
        else
            onCrash_(started.error().message);
        lock.lock();
        --running_;
        changed_.notify_all();
    }
}

void VirtualProcessorThreads::runUntilParked(VirtualProcessor& processor) {
    while (!parking_) {
        switch (processor.run()) {
            case ExitReason::Stopped:
                break;
            case ExitReason::TripleFault:
                onCrash_("the guest has crashed: triple fault\n" + processor.crashReport());
                return;
            case ExitReason::EmulationFailure:
                onCrash_("the guest has crashed: it can't be executed further\n" +
                         processor.crashReport());
                return;
        }
    }
}

}  // namespace service
