// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "devices/synthetic/integration/dynamic_memory.h"

namespace service {

/// How much memory a machine with dynamic memory is to have, of what its guest tells. The guest
/// gives up what it does not need (the balloon) down to the minimum, and gets more than at the
/// start, up to the maximum, when it needs that. Only arithmetic: no clock and no thread.
class MemoryBalance {
  public:
    using Status = devices::synthetic::DynamicMemory::Status;
    using Time = std::chrono::steady_clock::time_point;

    struct Limits {
        std::uint64_t startupBytes = 0;
        std::uint64_t minimumBytes = 0;
        /// Beyond the start; a multiple of hypervisor::kGrowthUnit.
        std::uint64_t mostGrowth = 0;
        /// What the guest keeps beyond its demand, in percent of that.
        std::uint32_t bufferPercent = 20;
    };
    struct Wish {
        /// What the guest is to do without; nothing: as it is.
        std::optional<std::uint64_t> targetPages;
        /// What it is to get; a multiple of hypervisor::kGrowthUnit.
        std::uint64_t addBytes = 0;
    };

    explicit MemoryBalance(const Limits& limits)
        : limits_(limits), ceiling_(limits.startupBytes) {}

    /// In use or promised by the guest, without what it has given up; 0: it has not told.
    [[nodiscard]] std::uint64_t demandBytes(const Status& status) const;
    /// What it has, with what it is just given, and with what it has given up and may have back.
    [[nodiscard]] std::uint64_t assignedBytes(const Status& status) const;
    /// Down to which the guest can give memory up now; 0: it has not told, or can't.
    [[nodiscard]] std::uint64_t leastBytes(const Status& status) const;
    /// What the guest has taken beyond the start.
    [[nodiscard]] std::uint64_t addedBytes() const { return addedBytes_; }

    /// The machine is not to have more than this, but for its minimum, whatever it needs; holds for
    /// later guests, too. At first it is what the machine starts with.
    void setCeiling(std::uint64_t bytes) { ceiling_ = bytes; }

    /// Others of these than at the beginning.
    void setBounds(std::uint64_t minimumBytes, std::uint32_t bufferPercent) {
        limits_.minimumBytes = minimumBytes;
        limits_.bufferPercent = bufferPercent;
    }

    [[nodiscard]] Wish wish(const Status& status, Time now);

    /// The guest has been given what wish() said, and answers by added().
    void adding(const Status& status, std::uint64_t bytes, Time now);
    /// So much of it; with 0 it is not asked again for a while.
    void added(std::uint64_t bytes, Time now);
    /// The guest has memory added that it does not use: nobody in it puts it online.
    [[nodiscard]] bool isHeldOffline() const { return offlineBytes_ != 0; }
    /// The machine begins anew.
    void reset();

  private:
    struct Adding {
        Time since;
        std::uint64_t committedPages;
        std::uint64_t bytes;
    };
    /// Memory that a guest was slow to take: its next reports show whether it is online.
    struct Doubt {
        Time until;
        std::uint64_t committedPages;
        std::uint64_t bytes;
    };

    /// What it has given up, and what it could besides.
    [[nodiscard]] std::uint64_t sparePages(const Status& status) const;
    void judgeDoubt(const Status& status, Time now);
    /// What fits below `limit`.
    [[nodiscard]] std::uint64_t growthFor(std::uint64_t missing, std::uint64_t limit) const;

    Limits limits_;
    std::uint64_t ceiling_;
    std::uint64_t addedBytes_ = 0;
    std::optional<Adding> adding_;
    std::optional<Time> notBefore_;
    std::optional<Doubt> doubt_;
    std::uint64_t offlineBytes_ = 0;
    /// What the guest had promised when that was found out.
    std::uint64_t offlineCommittedPages_ = 0;
};

}  // namespace service
