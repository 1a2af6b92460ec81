// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "performance_monitor.h"

namespace service {

/// The newest figures of the host and all machines, from the sampling thread to everybody.
///
/// Thread safety: all methods from any thread.
class PublishedFigures {
  public:
    struct Entry {
        PerformanceMonitor::FiguresPointer figures;
        PerformanceMonitor::Counted counted;
    };

    void set(const std::string& id, Entry entry) {
        const std::scoped_lock lock(mutex_);
        entries_[id] = std::move(entry);
    }
    void remove(const std::string& id) {
        const std::scoped_lock lock(mutex_);
        entries_.erase(id);
    }
    [[nodiscard]] PerformanceMonitor::FiguresPointer find(const std::string& id) const {
        const std::scoped_lock lock(mutex_);
        const auto found = entries_.find(id);
        return found == entries_.end() ? nullptr : found->second.figures;
    }
    /// The host, whose id is empty, first.
    [[nodiscard]] std::vector<PerformanceMonitor::FiguresPointer> figures() const {
        const std::scoped_lock lock(mutex_);
        std::vector<PerformanceMonitor::FiguresPointer> result;
        for (const auto& [id, entry] : entries_)
            result.push_back(entry.figures);
        return result;
    }
    [[nodiscard]] std::vector<PerformanceMonitor::Counted> counted() const {
        const std::scoped_lock lock(mutex_);
        std::vector<PerformanceMonitor::Counted> result;
        for (const auto& [id, entry] : entries_)
            result.push_back(entry.counted);
        return result;
    }

  private:
    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::map<std::string, Entry> entries_;
};

}  // namespace service
