// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats_view.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace hypervisor {

namespace {

/// Reads once what the worker may be changing.
template <class T>
T readOnce(const T& value) {
    return *static_cast<const volatile T*>(&value);
}

}  // namespace

Result<std::unique_ptr<StatsView>> StatsView::open(const FileDescriptor& file) {
    const int seals = ::fcntl(file.get(), F_GET_SEALS);
    if (seals < 0 || (seals & F_SEAL_SHRINK) == 0)
        return failure("what a worker gave as its stats pages is no memory that keeps its size");
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        return systemFailure("cannot examine stats pages", errno);
    if (status.st_size < static_cast<off_t>(sizeof(StatsPages)))
        return failure("a worker's stats pages have " + std::to_string(status.st_size) +
                       " bytes instead of " + std::to_string(sizeof(StatsPages)));
    void* const memory = ::mmap(nullptr, sizeof(StatsPages), PROT_READ, MAP_SHARED, file.get(), 0);
    if (memory == MAP_FAILED)
        return systemFailure("cannot map stats pages", errno);
    return std::unique_ptr<StatsView>(new StatsView(static_cast<const StatsPages*>(memory)));
}

StatsView::~StatsView() {
    ::munmap(const_cast<StatsPages*>(pages_), sizeof(StatsPages));
}

Result<StatsSnapshot> StatsView::read() const {
    const StatsHeader& header = pages_->header;
    if (header.magic.load(std::memory_order_acquire) != kStatsMagic)
        return failure("a worker's stats pages are not filled in yet; try again when it runs");
    if (const std::uint32_t version = readOnce(header.version); version != kStatsVersion)
        return failure("a worker's stats pages have layout version " + std::to_string(version) +
                       ", and this program knows version " + std::to_string(kStatsVersion) +
                       "; restart the machine");
    StatsSnapshot snapshot;
    snapshot.counted = {readOnce(header.counted.counters), readOnce(header.counted.intercepts)};
    snapshot.tscFrequency = readOnce(header.tscFrequency);
    snapshot.processStarted = header.processStarted.read();
    snapshot.firstInstruction = header.firstInstruction.read();
    snapshot.pausedTime = header.pausedTime.read();
    snapshot.assignedMemory = header.assignedMemory.read();
    snapshot.memoryDemand = header.memoryDemand.read();
    const std::size_t processors =
        std::min<std::size_t>(readOnce(header.processors), kStatsProcessors);
    snapshot.processors.resize(processors);
    for (std::size_t index = 0; index < processors; ++index) {
        const VpStats& from = pages_->processors[index];
        StatsSnapshot::Processor& to = snapshot.processors[index];
        to.thread = static_cast<std::uint32_t>(from.thread.read());
        for (std::size_t kind = 0; kind < kVpCounterKinds; ++kind)
            to.counters[kind] = from.counters[kind].read();
        for (std::size_t kind = 0; kind < kInterceptKinds; ++kind)
            to.intercepts[kind] = from.intercepts[kind].read();
    }
    const auto slots = std::min<std::uint64_t>(header.slotsUsed.read(), kStatsSlots);
    for (std::uint64_t index = 0; index < slots; ++index) {
        const StatsSlot& from = pages_->counterSlots[index];
        const std::uint64_t generation = from.generation.load(std::memory_order_acquire);
        const StatsSlotKind kind = from.kind.load(std::memory_order_relaxed);
        if (kind == StatsSlotKind::Free)
            continue;
        StatsSnapshot::Slot& to = snapshot.counterSlots.emplace_back();
        to.kind = kind;
        to.index = readOnce(from.index);
        for (const char& character : from.name) {
            const char byte = readOnce(character);
            if (byte == 0)
                break;
            to.name += byte;
        }
        for (std::size_t value = 0; value < kSlotValues; ++value)
            to.values[value] = from.values[value].read();
        // Given back, or another's, meanwhile: next time.
        std::atomic_thread_fence(std::memory_order_acquire);
        if (generation % 2 != 0 || from.generation.load(std::memory_order_relaxed) != generation ||
            from.kind.load(std::memory_order_relaxed) != kind)
            snapshot.counterSlots.pop_back();
    }
    return snapshot;
}

}  // namespace hypervisor
