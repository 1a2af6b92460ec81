// SPDX-License-Identifier: GPL-3.0-or-later
#include "disk_history.h"

#include <algorithm>

std::size_t DiskHistory::submitted(Kind kind, std::uint64_t firstSector, std::uint64_t sectors,
                                   std::uint64_t value, bool forceUnitAccess, std::size_t moment) {
    operations_.push_back({kind, value, forceUnitAccess, moment, kNever});
    for (std::uint64_t i = 0; i < sectors; ++i)
        bySector_[firstSector + i].push_back(operations_.size() - 1);
    return operations_.size() - 1;
}

void DiskHistory::completed(std::size_t operation, std::size_t moment) {
    operations_[operation].completed = moment;
}

void DiskHistory::flushed(std::size_t submitted, std::size_t completed) {
    flushes_.push_back({submitted, completed});
}

std::set<std::uint64_t> DiskHistory::possibleAfterCut(std::uint64_t sector,
                                                      std::size_t moment) const {
    std::set<std::uint64_t> possible{initial_(sector)};
    const auto found = bySector_.find(sector);
    if (found == bySector_.end())
        return possible;
    std::size_t covered = 0;
    for (const Flush& flush : flushes_)
        if (flush.completed <= moment)
            covered = std::max(covered, flush.submitted);
    for (const std::size_t index : found->second) {
        const Operation& operation = operations_[index];
        // A request at this moment may have begun its first write right after it.
        if (operation.submitted > moment)
            break;
        const bool durable = operation.completed <= covered ||
                             (operation.forceUnitAccess && operation.completed <= moment);
        if (durable && operation.kind == Kind::Write)
            possible.clear();
        possible.insert(operation.value);
    }
    return possible;
}

std::set<std::uint64_t> DiskHistory::possibleNow(std::uint64_t sector) const {
    std::set<std::uint64_t> possible{initial_(sector)};
    const auto found = bySector_.find(sector);
    if (found == bySector_.end())
        return possible;
    for (const std::size_t index : found->second) {
        if (operations_[index].kind == Kind::Write)
            possible.clear();
        possible.insert(operations_[index].value);
    }
    return possible;
}
