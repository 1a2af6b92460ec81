// SPDX-License-Identifier: GPL-3.0-or-later
#include "memory_balance.h"

#include <algorithm>
#include <array>
#include <utility>

#include "hypervisor/guest_memory.h"

namespace service {

using hypervisor::kGrowthUnit;
using hypervisor::kPageSize;

namespace {

/// Not for every page: each change costs the guest work.
constexpr std::uint64_t kStepPages = (16 << 20) / kPageSize;
/// Guests give up whole ones.
constexpr std::uint64_t kChunkPages = (2 << 20) / kPageSize;
/// Of one request, so that its answer does not take too long; more where that would make too many
/// requests of all that may come.
constexpr std::uint64_t kUsualGrowth = 8 * kGrowthUnit;
constexpr std::uint64_t kMostRequests = 256;
/// A range of pages in a message reaches this far.
constexpr std::uint64_t kLargestGrowth = std::uint64_t{32} << 30;
/// Far beyond any guest's memory, and far from where sums wrap.
constexpr std::uint64_t kMostPages = std::uint64_t{1} << 36;

constexpr std::chrono::seconds kRetryInterval{30};
/// So long Linux waits for each 128 MiB that nobody puts online.
constexpr std::chrono::milliseconds kOnlinePatience{4'500};
/// It reports once a second.
constexpr std::chrono::seconds kDoubtTime{3};

/// Free pages that a Linux guest keeps for itself; asked for more it complains.
std::uint64_t floorOf(std::uint64_t pages) {
    constexpr std::uint64_t kMegabyte = (1 << 20) / kPageSize;
    struct Rule {
        std::uint64_t belowMegabytes;
        std::uint64_t megabytes;
        unsigned shift;
    };
    static constexpr std::array<Rule, 4> kRules{
        {{128, 8, 1}, {512, 40, 2}, {2048, 104, 3}, {8192, 256, 4}}};
    for (const Rule& rule : kRules)
        if (pages < rule.belowMegabytes * kMegabyte)
            return rule.megabytes * kMegabyte + (pages >> rule.shift);
    return 512 * kMegabyte + (pages >> 5);
}

std::uint64_t roundedUp(std::uint64_t bytes, std::uint64_t unit) {
    return (bytes + unit - 1) / unit * unit;
}

/// Nearly all.
bool isMostOf(std::uint64_t part, std::uint64_t whole) {
    return part >= whole / 10 * 9;
}

}  // namespace

std::uint64_t MemoryBalance::demandBytes(const Status& status) const {
    const std::uint64_t committed = std::min(status.committedPages, kMostPages);
    // The guest counts what it has given up, and what it does not use yet, as promised too.
    const std::uint64_t besides = status.balloonedPages + offlineBytes_ / kPageSize;
    if (committed == 0)
        return 0;
    return (committed > besides ? committed - besides : 1) * kPageSize;
}

std::uint64_t MemoryBalance::assignedBytes(const Status& status) const {
    const std::uint64_t all = limits_.startupBytes + addedBytes_ + (adding_ ? adding_->bytes : 0);
    // What it may have back counts as its own.
    const std::uint64_t without = std::min(status.balloonedPages, status.targetPages);
    return all - std::min(all, without * kPageSize);
}

std::uint64_t MemoryBalance::leastBytes(const Status& status) const {
    if (!status.canBalloon || demandBytes(status) == 0)
        return 0;
    const std::uint64_t all = limits_.startupBytes + addedBytes_;
    return std::max(std::min(limits_.minimumBytes, all),
                    all - std::min(all, sparePages(status) * kPageSize));
}

std::uint64_t MemoryBalance::sparePages(const Status& status) const {
    const std::uint64_t floor = floorOf((limits_.startupBytes + addedBytes_) / kPageSize);
    const std::uint64_t available = std::min(status.availablePages, kMostPages);
    return std::min(status.balloonedPages, kMostPages) +
           (available > floor ? available - floor : 0);
}

MemoryBalance::Wish MemoryBalance::wish(const Status& status, Time now) {
    judgeDoubt(status, now);
    const std::uint64_t demand = demandBytes(status);
    if (demand == 0)
        return {};
    const std::uint64_t all = limits_.startupBytes + addedBytes_;
    const std::uint64_t limit = limits_.startupBytes + limits_.mostGrowth;
    const std::uint64_t wanted =
        std::min(limit, demand) / 100 * (100 + std::uint64_t{limits_.bufferPercent});
    const std::uint64_t least = std::min(limits_.minimumBytes, all);
    const std::uint64_t ceiling = std::max(least, std::min(limit, ceiling_));
    const std::uint64_t kept = std::clamp(wanted, least, ceiling);
    Wish wish;
    if (kept <= all) {
        const std::uint64_t free = sparePages(status);
        const std::uint64_t spare = (all - kept) / kPageSize;
        const std::uint64_t most = (all - least) / kPageSize;
        // What is above the ceiling is given up to the last chunk: others wait for it.
        const std::uint64_t above = (all - std::min(all, ceiling)) / kPageSize;
        const std::uint64_t given =
            std::max(spare - spare % kStepPages,
                     std::min(roundedUp(above, kChunkPages), most - most % kChunkPages));
        // And what it has given up does not come back for a step's sake.
        const std::uint64_t can =
            std::max(free - free % kStepPages, std::min(status.balloonedPages, kMostPages));
        const std::uint64_t without = std::min(given, can);
        if (without != status.targetPages)
            wish.targetPages = without;
        return wish;
    }
    if (status.targetPages != 0)
        wish.targetPages = 0;
    // What it has given up comes first.
    const bool mayAdd = status.canHotAdd && status.balloonedPages == 0 && !adding_ && !doubt_ &&
                        offlineBytes_ == 0 && (!notBefore_ || now >= *notBefore_);
    if (mayAdd)
        wish.addBytes = growthFor(kept - all, ceiling);
    return wish;
}

std::uint64_t MemoryBalance::growthFor(std::uint64_t missing, std::uint64_t limit) const {
    const std::uint64_t room = limit - (limits_.startupBytes + addedBytes_);
    const std::uint64_t least = roundedUp(limits_.mostGrowth / kMostRequests, kGrowthUnit);
    const std::uint64_t wanted =
        std::clamp(roundedUp(missing, kGrowthUnit), least, std::max(least, kUsualGrowth));
    return std::min({wanted, kLargestGrowth, room / kGrowthUnit * kGrowthUnit});
}

void MemoryBalance::adding(const Status& status, std::uint64_t bytes, Time now) {
    adding_ = Adding{now, std::min(status.committedPages, kMostPages), bytes};
}

void MemoryBalance::added(std::uint64_t bytes, Time now) {
    const std::optional<Adding> begun = std::exchange(adding_, std::nullopt);
    if (bytes == 0) {
        notBefore_ = now + kRetryInterval;
        return;
    }
    addedBytes_ += bytes;
    const auto patience = kOnlinePatience * static_cast<std::int64_t>(bytes / kGrowthUnit);
    if (begun && now - begun->since >= patience)
        doubt_ = Doubt{now + kDoubtTime, begun->committedPages, bytes};
}

void MemoryBalance::judgeDoubt(const Status& status, Time now) {
    const std::uint64_t committed = std::min(status.committedPages, kMostPages);
    if (offlineBytes_ != 0 && committed < offlineCommittedPages_ &&
        isMostOf((offlineCommittedPages_ - committed) * kPageSize, offlineBytes_))
        offlineBytes_ = 0;
    if (!doubt_)
        return;
    if (committed > doubt_->committedPages &&
        isMostOf((committed - doubt_->committedPages) * kPageSize, doubt_->bytes)) {
        offlineBytes_ += doubt_->bytes;
        offlineCommittedPages_ = committed;
        doubt_.reset();
    } else if (now >= doubt_->until) {
        doubt_.reset();
    }
}

void MemoryBalance::reset() {
    addedBytes_ = 0;
    adding_.reset();
    notBefore_.reset();
    doubt_.reset();
    offlineBytes_ = 0;
}

}  // namespace service
