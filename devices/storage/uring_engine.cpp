// SPDX-License-Identifier: GPL-3.0-or-later
#include "uring_engine.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "ring_restriction.h"
#include "transfer.h"

namespace devices::storage {

using hypervisor::Result;
using hypervisor::systemFailure;

Result<std::unique_ptr<IoEngine>> UringEngine::create(hypervisor::FileDescriptor& wakeUp,
                                                      const IoEngineOptions& options) {
    std::unique_ptr<UringEngine> engine(
        new UringEngine(hypervisor::FileDescriptor(std::exchange(wakeUp, {}).release())));
    if (auto prepared = engine->prepare(options); !prepared) {
        wakeUp = hypervisor::FileDescriptor(::dup(engine->wakeUp()));
        return std::unexpected(prepared.error());
    }
    return engine;
}

Result<void> UringEngine::prepare(const IoEngineOptions& options) {
    depth_ = std::clamp(options.depth, 1u, 4096u);
    // The newest ways first; older kernels refuse what they do not know with EINVAL.
    constexpr std::array<unsigned, 2> kModes = {
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, 0};
    int result = -EINVAL;
    for (const unsigned mode : kModes) {
        io_uring_params parameters = {};
        parameters.flags = mode | IORING_SETUP_R_DISABLED | IORING_SETUP_CLAMP;
        result = io_uring_queue_init_params(depth_ + 1, &ring_, &parameters);
        if (result != -EINVAL)
            break;
    }
    if (result < 0)
        return systemFailure("the host refuses io_uring for disk I/O", -result);
    initialised_ = true;

    slots_.assign(std::max(options.maximumFiles, 1u) + 1, -1);
    slots_[0] = wakeUp();
    if (const int registered =
            io_uring_register_files(&ring_, slots_.data(), static_cast<unsigned>(slots_.size()));
        registered < 0)
        return systemFailure("cannot register files with io_uring", -registered);
    // Until the ring is enabled the registering above is free.
    return options.restricted ? restrictRing(ring_.ring_fd) : Result<void>();
}

UringEngine::~UringEngine() {
    if (!initialised_)
        return;
    // The kernel must not write into buffers that their owners are about to free.
    if (enabled_) {
        while (inFlight_ > 0 && io_uring_submit_and_wait(&ring_, 1) >= 0) {
            io_uring_cqe* completion = nullptr;
            while (io_uring_peek_cqe(&ring_, &completion) == 0) {
                if (io_uring_cqe_get_data(completion))
                    --inFlight_;
                io_uring_cqe_seen(&ring_, completion);
            }
        }
    }
    io_uring_queue_exit(&ring_);
}

Result<unsigned> UringEngine::attach(int descriptor) {
    const auto free = std::ranges::find(slots_, -1);
    if (free == slots_.end())
        return hypervisor::failure("too many disk images are open at once: close some");
    const auto slot = static_cast<unsigned>(free - slots_.begin());
    // A ring that is not enabled has no submitter yet, but updating is legal from here on.
    enable();
    if (const int result = io_uring_register_files_update(&ring_, slot, &descriptor, 1); result < 0)
        return systemFailure("cannot register a disk image with io_uring", -result);
    *free = descriptor;
    return slot;
}

void UringEngine::detach(unsigned slot) {
    const int none = -1;
    // Failing leaves the file registered, and open, until the ring is gone.
    [[maybe_unused]] const int result = io_uring_register_files_update(&ring_, slot, &none, 1);
    slots_[slot] = -1;
}

void UringEngine::enable() {
    if (enabled_)
        return;
    registerWithRing(ring_.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
    enabled_ = true;
}

void UringEngine::submit(FileRequest& request, unsigned slot) {
    request.slot = slot;
    request.done = 0;
    if (inFlight_ < depth_ && !firstWaiting_) {
        push(request);
        return;
    }
    request.nextReady = nullptr;
    if (lastWaiting_)
        lastWaiting_->nextReady = &request;
    else
        firstWaiting_ = &request;
    lastWaiting_ = &request;
}

void UringEngine::pushBacklog() {
    while (firstWaiting_ && inFlight_ < depth_) {
        FileRequest& request = *firstWaiting_;
        firstWaiting_ = static_cast<FileRequest*>(request.nextReady);
        if (!firstWaiting_)
            lastWaiting_ = nullptr;
        push(request);
    }
}

io_uring_sqe* UringEngine::nextEntry() {
    for (;;) {
        if (io_uring_sqe* const entry = io_uring_get_sqe(&ring_))
            return entry;
        io_uring_submit(&ring_);
    }
}

void UringEngine::push(FileRequest& request) {
    enable();
    io_uring_sqe* const entry = nextEntry();
    const auto slot = static_cast<int>(request.slot);
    switch (request.operation) {
        case FileOperation::Read:
        case FileOperation::Write: {
            const bool read = request.operation == FileOperation::Read;
            const auto buffers = nextTransfer(request);
            const std::uint64_t offset = request.offset + request.done;
            if (buffers.size() == 1) {
                // The kernel counts in 32 bits and, for one call, below 2 GiB: the rest follows.
                const auto length = static_cast<unsigned>(
                    std::min<std::size_t>(buffers[0].iov_len, std::size_t{1} << 30));
                io_uring_prep_rw(read ? IORING_OP_READ : IORING_OP_WRITE, entry, slot,
                                 buffers[0].iov_base, length, offset);
            } else {
                io_uring_prep_rw(read ? IORING_OP_READV : IORING_OP_WRITEV, entry, slot,
                                 buffers.data(), static_cast<unsigned>(buffers.size()), offset);
            }
            if (!read && request.forceUnitAccess)
                entry->rw_flags = RWF_DSYNC;
            break;
        }
        case FileOperation::Flush:
            io_uring_prep_fsync(entry, slot, IORING_FSYNC_DATASYNC);
            break;
        default:
            io_uring_prep_rw(IORING_OP_FALLOCATE, entry, slot, nullptr,
                             static_cast<unsigned>(allocationMode(request.operation)),
                             request.offset);
            entry->addr = request.length;
    }
    entry->flags |= IOSQE_FIXED_FILE;
    io_uring_sqe_set_data(entry, &request);
    ++inFlight_;
}

void UringEngine::armWakeUp() {
    if (wakeUpArmed_)
        return;
    io_uring_sqe* const entry = nextEntry();
    io_uring_prep_rw(IORING_OP_READ, entry, 0, &wakeUps_, sizeof wakeUps_, 0);
    entry->flags |= IOSQE_FIXED_FILE;
    io_uring_sqe_set_data(entry, nullptr);
    wakeUpArmed_ = true;
}

void UringEngine::exchange(Wait wait) {
    enable();
    pushBacklog();
    if (wait == Wait::Yes) {
        armWakeUp();
        io_uring_submit_and_wait(&ring_, 1);
    } else if (inFlight_ > 0) {
        io_uring_submit_and_get_events(&ring_);
    }
    reap();
}

void UringEngine::reap() {
    io_uring_cqe* completion = nullptr;
    while (io_uring_peek_cqe(&ring_, &completion) == 0) {
        auto* const request = static_cast<FileRequest*>(io_uring_cqe_get_data(completion));
        const long result = completion->res;
        io_uring_cqe_seen(&ring_, completion);
        if (!request) {
            wakeUpArmed_ = false;
            continue;
        }
        --inFlight_;
        finish(*request, result);
    }
}

void UringEngine::finish(FileRequest& request, long result) {
    const bool transfer =
        request.operation == FileOperation::Read || request.operation == FileOperation::Write;
    if (transfer ? transferred(request, result) : performed(request, result))
        schedule(request);
    else
        push(request);
}

}  // namespace devices::storage
