// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace hypervisor {

namespace {

/// How many of the first `most` bytes of `text` hold UTF-8 characters that are whole.
std::size_t wholeCharacters(std::string_view text, std::size_t most) {
    if (text.size() <= most)
        return text.size();
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80)
        --most;
    return most;
}

}  // namespace

Result<std::unique_ptr<StatsMemory>> StatsMemory::create(std::uint32_t processors) {
    if (processors == 0 || processors > kStatsProcessors)
        return failure("stats pages hold 1 to 64 VPs, not " + std::to_string(processors));
    FileDescriptor file(::memfd_create("stats", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file)
        return systemFailure("cannot make stats pages", errno);
    if (::ftruncate(file.get(), sizeof(StatsPages)) != 0)
        return systemFailure("cannot reserve stats pages", errno);
    void* const memory =
        ::mmap(nullptr, sizeof(StatsPages), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (memory == MAP_FAILED)
        return systemFailure("cannot map stats pages", errno);
    // All zero is the state before anything is counted.
    auto* const pages = static_cast<StatsPages*>(memory);
    std::unique_ptr<StatsMemory> stats(new StatsMemory(std::move(file), pages));
    if (::fcntl(stats->descriptor(), F_ADD_SEALS,
                F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) != 0)
        return systemFailure("cannot seal stats pages", errno);
    pages->header.version = kStatsVersion;
    pages->header.processors = processors;
    return stats;
}

StatsMemory::~StatsMemory() {
    ::munmap(pages_, sizeof(StatsPages));
}

void StatsMemory::publish(const CountedStats& counted, std::uint64_t tscFrequency) {
    pages_->header.counted = counted;
    pages_->header.tscFrequency = tscFrequency;
    pages_->header.magic.store(kStatsMagic, std::memory_order_release);
}

std::shared_ptr<StatsSlot> StatsMemory::takeSlot(StatsSlotKind kind, std::uint32_t index,
                                                 std::string_view name) {
    const std::scoped_lock lock(mutex_);
    // Memory of slots beyond those that were ever used stays untouched.
    const auto end =
        pages_->counterSlots.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(
                                           pages_->header.slotsUsed.read() + 1, kStatsSlots));
    const auto slot = std::find_if(
        pages_->counterSlots.begin(), end,
        [](const StatsSlot& candidate) { return candidate.kind.load() == StatsSlotKind::Free; });
    if (slot == end)
        return std::make_shared<StatsSlot>();
    slot->generation.fetch_add(1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    slot->index = index;
    slot->name.fill(0);
    std::copy_n(name.begin(), wholeCharacters(name, slot->name.size()), slot->name.begin());
    for (StatsCounter& value : slot->values)
        value.set(0);
    const auto used = static_cast<std::uint64_t>(slot - pages_->counterSlots.begin()) + 1;
    pages_->header.slotsUsed.set(std::max(pages_->header.slotsUsed.read(), used));
    slot->kind.store(kind, std::memory_order_relaxed);
    slot->generation.fetch_add(1, std::memory_order_release);
    return {&*slot, [this](StatsSlot* taken) {
                const std::scoped_lock freeing(mutex_);
                taken->kind.store(StatsSlotKind::Free, std::memory_order_relaxed);
            }};
}

}  // namespace hypervisor
