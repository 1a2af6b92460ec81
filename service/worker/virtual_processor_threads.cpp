// SPDX-License-Identifier: GPL-3.0-or-later
#include "virtual_processor_threads.h"

#include <fmt/core.h>
#include <pthread.h>
#include <time.h>

#include <utility>

namespace service {

using hypervisor::ExitReason;
using hypervisor::Partition;
using hypervisor::Result;
using hypervisor::VirtualProcessor;
using hypervisor::VpIndex;

VirtualProcessorThreads::VirtualProcessorThreads(Partition& partition, Callbacks callbacks)
    : partition_(partition),
      callbacks_(std::move(callbacks)),
      starting_(partition.processorCount()) {}

Result<std::unique_ptr<VirtualProcessorThreads>> VirtualProcessorThreads::create(
    Partition& partition, Callbacks callbacks) {
    std::unique_ptr<VirtualProcessorThreads> threads(
        new VirtualProcessorThreads(partition, std::move(callbacks)));
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

void VirtualProcessorThreads::resume(const std::optional<hypervisor::ProcessorState>& first) {
    const std::scoped_lock lock(mutex_);
    parking_ = false;
    first_ = first;
    running_ = partition_.processorCount();
    ++runs_;
    changed_.notify_all();
}

void VirtualProcessorThreads::requestPark() {
    {
        const std::scoped_lock lock(mutex_);
        parking_ = true;
        changed_.notify_all();
    }
    stopAll();
}

void VirtualProcessorThreads::hold(bool held) {
    {
        const std::scoped_lock lock(mutex_);
        if (held_ == held)
            return;
        held_ = held;
        changed_.notify_all();
    }
    if (held)
        stopAll();
}

std::chrono::nanoseconds VirtualProcessorThreads::runTime() {
    std::chrono::nanoseconds sum{0};
    for (std::jthread& thread : threads_) {
        clockid_t clock{};
        timespec time{};
        if (::pthread_getcpuclockid(thread.native_handle(), &clock) == 0 &&
            ::clock_gettime(clock, &time) == 0)
            sum += std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    }
    return sum;
}

void VirtualProcessorThreads::stopAll() {
    for (VpIndex index = 0; index < partition_.processorCount(); ++index)
        partition_.processor(index).requestStop();
}

void VirtualProcessorThreads::waitUntilParked() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return running_ == 0; });
}

std::vector<std::string> VirtualProcessorThreads::reports() {
    std::unique_lock lock(mutex_);
    reports_.assign(partition_.processorCount(), {});
    reporting_ = partition_.processorCount();
    ++reportsWanted_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return reporting_ == 0; });
    return std::exchange(reports_, {});
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
    std::uint64_t reported = 0;
    for (std::uint64_t run = 0;;) {
        changed_.wait(lock, [&] { return ended_ || runs_ != run || reportsWanted_ != reported; });
        if (ended_)
            return;
        if (reportsWanted_ != reported) {
            reported = reportsWanted_;
            lock.unlock();
            std::string report = processor.report();
            lock.lock();
            reports_[index] = std::move(report);
            --reporting_;
            changed_.notify_all();
            continue;
        }
        run = runs_;
        const std::optional<hypervisor::ProcessorState> first = first_;
        lock.unlock();
        if (run == 1 && callbacks_.onFirstRun)
            callbacks_.onFirstRun(index);
        const auto started = index == 0 && first ? processor.setState(*first) : Result<void>();
        if (started)
            runUntilParked(processor);
        else
            callbacks_.onCrash(started.error().message);
        lock.lock();
        --running_;
        changed_.notify_all();
    }
}

void VirtualProcessorThreads::runUntilParked(VirtualProcessor& processor) {
    while (!parking_) {
        if (held_) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return !held_ || parking_; });
            continue;
        }
        switch (processor.run()) {
            case ExitReason::Stopped:
                break;
            case ExitReason::TripleFault:
                callbacks_.onCrash("the guest has crashed: triple fault\n" + processor.report());
                return;
            case ExitReason::EmulationFailure:
                callbacks_.onCrash("the guest has crashed: it can't be executed further\n" +
                                   processor.report());
                return;
        }
    }
}

}  // namespace service
