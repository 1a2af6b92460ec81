// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "stats_page.h"

namespace hypervisor {

/// A worker's stats pages, writable. The memory can't shrink, so that a reader's mapping stays
/// valid, and nobody who gets the descriptor can write through it.
///
/// Thread safety: a VP's counters belong to its thread; takeSlot() is for any.
class StatsMemory {
  public:
    [[nodiscard]] static Result<std::unique_ptr<StatsMemory>> create(std::uint32_t processors);
    ~StatsMemory();
    StatsMemory(const StatsMemory&) = delete;
    StatsMemory& operator=(const StatsMemory&) = delete;

    /// For readers: StatsView::open().
    [[nodiscard]] int descriptor() const { return file_.get(); }

    [[nodiscard]] StatsHeader& header() { return pages_->header; }
    [[nodiscard]] std::span<VpStats> processors() {
        return std::span(pages_->processors).first(pages_->header.processors);
    }

    /// What is counted and how fast the TSC goes is known now: readers may begin.
    void publish(const CountedStats& counted, std::uint64_t tscFrequency);

    /// A slot for a channel or device, all zero, for as long as the pointer is held, but not longer
    /// than these pages are there. When all are taken it is one that no reader sees. A name that is
    /// too long is cut.
    [[nodiscard]] std::shared_ptr<StatsSlot> takeSlot(StatsSlotKind kind, std::uint32_t index,
                                                      std::string_view name);

  private:
    StatsMemory(FileDescriptor file, StatsPages* pages) : file_(std::move(file)), pages_(pages) {}

    const FileDescriptor file_;
    StatsPages* const pages_;
    /// Guards which slots are taken.
    std::mutex mutex_;
};

}  // namespace hypervisor
