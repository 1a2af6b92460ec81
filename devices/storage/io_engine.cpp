// SPDX-License-Identifier: GPL-3.0-or-later
#include "io_engine.h"

#include <sys/eventfd.h>

#include "thread_pool_engine.h"
#include "uring_engine.h"

namespace devices::storage {

using hypervisor::Result;

Result<std::unique_ptr<IoEngine>> IoEngine::create(const IoEngineOptions& options) {
    hypervisor::FileDescriptor wakeUp(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wakeUp)
        return hypervisor::systemFailure("cannot make an event descriptor for disk I/O", errno);
    if (options.kind == IoEngineKind::ThreadPool)
        return ThreadPoolEngine::create(std::move(wakeUp));
    auto ring = UringEngine::create(wakeUp, options);
    if (ring || options.kind == IoEngineKind::Uring || options.restricted)
        return ring;
    return ThreadPoolEngine::create(std::move(wakeUp));
}

IoEngine::~IoEngine() {
    for (PostedItem* item = posted_.exchange(nullptr); item;)
        delete std::exchange(item, item->next);
}

void IoEngine::schedule(ReadyItem& item) {
    item.nextReady = nullptr;
    if (lastReady_)
        lastReady_->nextReady = &item;
    else
        firstReady_ = &item;
    lastReady_ = &item;
}

void IoEngine::post(Posted function) {
    auto item = std::make_unique<PostedItem>(std::move(function), posted_.load());
    while (!posted_.compare_exchange_weak(item->next, item.get())) {
    }
    static_cast<void>(item.release());
    wake();
}

void IoEngine::wake() {
    if (!asleep_.exchange(false))
        return;
    // A full counter is readable too, so its failure does no harm.
    [[maybe_unused]] const int written = ::eventfd_write(wakeUp_.get(), 1);
}

void IoEngine::run() {
    while (!stopRequested_.load())
        turn(Wait::Yes);
    stopRequested_ = false;
}

void IoEngine::stop() {
    stopRequested_ = true;
    wake();
}

void IoEngine::turn(Wait wait) {
    const bool posted = runPosted();
    const bool ready = runReady();
    if (wait == Wait::No || posted || ready || firstReady_) {
        exchange(Wait::No);
        return;
    }
    // Who posts after this store wakes us; who posted before it is seen by the loads.
    asleep_ = true;
    if (posted_.load() || stopRequested_.load())
        exchange(Wait::No);
    else
        exchange(Wait::Yes);
    asleep_ = false;
}

bool IoEngine::runPosted() {
    if (!posted_.load(std::memory_order_relaxed))
        return false;
    PostedItem* oldest = nullptr;
    for (PostedItem* item = posted_.exchange(nullptr); item;) {
        PostedItem* const next = item->next;
        item->next = oldest;
        oldest = item;
        item = next;
    }
    while (oldest) {
        const std::unique_ptr<PostedItem> item(oldest);
        oldest = item->next;
        item->function();
    }
    return true;
}

// What is scheduled meanwhile waits for the next turn, so that the kernel gets its share.
bool IoEngine::runReady() {
    ReadyItem* item = firstReady_;
    if (!item)
        return false;
    firstReady_ = nullptr;
    lastReady_ = nullptr;
    while (item) {
        ReadyItem* const next = item->nextReady;
        item->run(*item);
        item = next;
    }
    return true;
}

DetachedTask spawn(Task<void> task) {
    co_await task;
}

}  // namespace devices::storage
