// SPDX-License-Identifier: GPL-3.0-or-later
#include "thread_pool_engine.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "transfer.h"

namespace devices::storage {

namespace {

constexpr unsigned kThreads = 4;

long callKernel(FileRequest& request, int descriptor) {
    const auto offset = static_cast<off_t>(request.offset + request.done);
    long result = 0;
    switch (request.operation) {
        case FileOperation::Read: {
            const auto buffers = nextTransfer(request);
            result = ::preadv(descriptor, buffers.data(), static_cast<int>(buffers.size()), offset);
            break;
        }
        case FileOperation::Write: {
            const auto buffers = nextTransfer(request);
            result = ::pwritev2(descriptor, buffers.data(), static_cast<int>(buffers.size()),
                                offset, request.forceUnitAccess ? RWF_DSYNC : 0);
            break;
        }
        case FileOperation::Flush:
            result = ::fdatasync(descriptor);
            break;
        default:
            result = ::fallocate(descriptor, allocationMode(request.operation), offset,
                                 static_cast<off_t>(request.length));
    }
    return result < 0 ? -errno : result;
}

void carryOut(FileRequest& request, int descriptor) {
    const bool transfer =
        request.operation == FileOperation::Read || request.operation == FileOperation::Write;
    for (;;) {
        const long result = callKernel(request, descriptor);
        if (transfer ? transferred(request, result) : performed(request, result))
            return;
    }
}

}  // namespace

hypervisor::Result<std::unique_ptr<IoEngine>> ThreadPoolEngine::create(
    hypervisor::FileDescriptor wakeUp) {
    std::unique_ptr<ThreadPoolEngine> engine(new ThreadPoolEngine(std::move(wakeUp)));
    try {
        for (unsigned i = 0; i < kThreads; ++i)
            engine->threads_.emplace_back([raw = engine.get()] { raw->serve(); });
    } catch (const std::system_error& error) {
        return hypervisor::systemFailure("cannot start threads for disk I/O", error.code().value());
    }
    return engine;
}

ThreadPoolEngine::~ThreadPoolEngine() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    work_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
}

hypervisor::Result<unsigned> ThreadPoolEngine::attach(int descriptor) {
    auto free = std::ranges::find(slots_, -1);
    if (free == slots_.end())
        free = slots_.insert(slots_.end(), -1);
    *free = descriptor;
    return static_cast<unsigned>(free - slots_.begin());
}

void ThreadPoolEngine::detach(unsigned slot) {
    slots_[slot] = -1;
}

void ThreadPoolEngine::submit(FileRequest& request, unsigned slot) {
    request.done = 0;
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back({&request, slots_[slot]});
    }
    work_.notify_one();
}

void ThreadPoolEngine::serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
        work_.wait(lock, [this] { return closing_ || !queue_.empty(); });
        if (closing_)
            return;
        const Work work = queue_.front();
        queue_.pop_front();
        lock.unlock();
        carryOut(*work.request, work.descriptor);
        lock.lock();
        const bool first = ended_.empty();
        ended_.push_back(work.request);
        // One wake-up is enough until the loop has looked.
        if (first) [[maybe_unused]]
            const int written = ::eventfd_write(wakeUp(), 1);
    }
}

void ThreadPoolEngine::collect() {
    eventfd_t wakeUps = 0;
    [[maybe_unused]] const int read = ::eventfd_read(wakeUp(), &wakeUps);
    std::vector<FileRequest*> ended;
    {
        const std::lock_guard lock(mutex_);
        ended.swap(ended_);
    }
    for (FileRequest* const request : ended)
        schedule(*request);
}

void ThreadPoolEngine::exchange(Wait wait) {
    pollfd wakeUpReadable = {wakeUp(), POLLIN, 0};
    // A signal or a failure here is an empty turn of the loop.
    if (::poll(&wakeUpReadable, 1, wait == Wait::Yes ? -1 : 0) > 0)
        collect();
}

}  // namespace devices::storage
