// SPDX-License-Identifier: GPL-3.0-or-later
#include "memory_control.h"

#include <fmt/core.h>
#include <sys/mman.h>

#include <chrono>
#include <utility>

namespace service {

using devices::synthetic::DynamicMemory;
using devices::synthetic::PageRange;
using hypervisor::kPageSize;
using hypervisor::Result;

namespace {

MemoryBalance::Time now() {
    return std::chrono::steady_clock::now();
}

}  // namespace

MemoryControl::MemoryControl(devices::synthetic::DeviceThread& thread,
                             hypervisor::Partition& partition, hypervisor::StatsMemory& stats,
                             GuestWatch& watch, const Options& options, Callbacks callbacks)
    : partition_(partition),
      stats_(stats),
      watch_(watch),
      callbacks_(std::move(callbacks)),
      balance_({.startupBytes = partition.memory().size(),
                .minimumBytes = options.minimumBytes,
                .mostGrowth = partition.memory().mostGrowth(),
                .bufferPercent = options.bufferPercent}),
      device_(thread,
              {.release = [this](PageRange range) { release(range); },
               // What was dropped comes back by itself.
               .back = [](PageRange) { return true; },
               .changed = [this] { guestChanged(); }},
              {.mostPages =
                   (partition.memory().size() + partition.memory().mostGrowth()) / kPageSize}) {}

void MemoryControl::setCeiling(std::uint64_t bytes) {
    const std::scoped_lock lock(mutex_);
    balance_.setCeiling(bytes);
}

void MemoryControl::setBounds(std::uint64_t minimumBytes, std::uint32_t bufferPercent) {
    const std::scoped_lock lock(mutex_);
    balance_.setBounds(minimumBytes, bufferPercent);
}

void MemoryControl::reset() {
    // What the last guest could do without, the next one may need to boot.
    device_.setTarget(0);
    const std::scoped_lock lock(mutex_);
    balance_.reset();
    offlineTold_ = false;
}

/// Gives the host back what is behind pages that the guest does not use; they read as zeroes
/// then, and take memory again when they are touched.
void MemoryControl::release(PageRange range) {
    const hypervisor::GuestMemory& memory = partition_.memory();
    std::byte* const host = memory.at(range.first * kPageSize, range.count * kPageSize);
    if (host == nullptr)
        return;
    ::madvise(host, range.count * kPageSize, MADV_REMOVE);
    memory.written(range.first * kPageSize, range.count * kPageSize);
}

void MemoryControl::guestChanged() {
    Status status = device_.status();
    MemoryBalance::Wish wish;
    std::uint64_t before = 0;
    bool tellsOffline = false;
    {
        const std::scoped_lock lock(mutex_);
        wish = balance_.wish(status, now());
        tellsOffline = balance_.isHeldOffline() && !std::exchange(offlineTold_, true);
        if (wish.targetPages)
            status.targetPages = *wish.targetPages;
        before = balance_.addedBytes();
        if (wish.addBytes != 0)
            balance_.adding(status, wish.addBytes, now());
        tell(status);
    }
    if (tellsOffline && callbacks_.onNotice)
        callbacks_.onNotice(
            "the guest does not use the memory that it has got: nothing in it puts that online. "
            "Give its kernel memhp_default_state=online");
    if (wish.targetPages)
        device_.setTarget(*wish.targetPages);
    if (wish.addBytes != 0)
        add(before, wish.addBytes);
}

void MemoryControl::tell(const Status& status) {
    const std::uint64_t demand = balance_.demandBytes(status);
    const std::uint64_t assigned = balance_.assignedBytes(status);
    watch_.setMemory(demand, assigned, balance_.leastBytes(status));
    stats_.header().assignedMemory.set(assigned);
    stats_.header().memoryDemand.set(demand);
}

void MemoryControl::add(std::uint64_t before, std::uint64_t bytes) {
    const hypervisor::GuestMemory& memory = partition_.memory();
    // What the guest has not taken before is there already.
    const std::uint64_t needed = before + bytes;
    if (needed > memory.growth()) {
        if (const auto grown = partition_.growMemory(needed - memory.growth()); !grown) {
            if (callbacks_.onNotice)
                callbacks_.onNotice("the machine gets no more memory: " + grown.error().message);
            return added(0);
        }
    }
    device_.hotAdd(
        {(memory.growthStart() + before) / kPageSize, bytes / kPageSize}, std::nullopt,
        [this](const Result<std::uint64_t>& pages) { added(pages ? *pages * kPageSize : 0); });
}

void MemoryControl::added(std::uint64_t bytes) {
    // A part of a piece is as good as none.
    bytes -= bytes % hypervisor::kGrowthUnit;
    const std::scoped_lock lock(mutex_);
    balance_.added(bytes, now());
}

}  // namespace service
