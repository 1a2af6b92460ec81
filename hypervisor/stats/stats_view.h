// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "stats_page.h"

namespace hypervisor {

/// A worker's counters at one moment: a copy, checked.
struct StatsSnapshot {
    struct Processor {
        std::uint32_t thread = 0;
        std::array<std::uint64_t, kVpCounterKinds> counters{};
        std::array<std::uint64_t, kInterceptKinds> intercepts{};
    };
    struct Slot {
        StatsSlotKind kind = StatsSlotKind::Free;
        std::uint32_t index = 0;
        /// The worker's bytes, not checked but for their number.
        std::string name;
        std::array<std::uint64_t, kSlotValues> values{};
    };

    CountedStats counted;
    std::uint64_t tscFrequency = 0;
    std::uint64_t processStarted = 0;
    std::uint64_t firstInstruction = 0;
    std::uint64_t pausedTime = 0;
    /// In bytes; 0: not known.
    std::uint64_t assignedMemory = 0;
    std::uint64_t memoryDemand = 0;
    std::vector<Processor> processors;
    std::vector<Slot> counterSlots;
};

/// Stats pages as another process sees them: read-only, and checked, because the worker that
/// writes them may be in its guest's hands.
class StatsView {
  public:
    /// Maps the pages; `file` is not needed any more afterwards. Refuses what could shrink, since
    /// a mapping of it could be made to fault.
    [[nodiscard]] static Result<std::unique_ptr<StatsView>> open(const FileDescriptor& file);
    ~StatsView();
    StatsView(const StatsView&) = delete;
    StatsView& operator=(const StatsView&) = delete;

    /// Fails while nothing is published yet, or when the layout is of another version.
    [[nodiscard]] Result<StatsSnapshot> read() const;

  private:
    explicit StatsView(const StatsPages* pages) : pages_(pages) {}

    const StatsPages* const pages_;
};

}  // namespace hypervisor
