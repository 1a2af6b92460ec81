// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "performance_monitor.h"

namespace service {

/// The way of figures from the sampling thread to one subscriber on the executor's. One delivery is
/// under way at most, and what comes meanwhile replaces what it brings.
class FiguresSubscriber : public std::enable_shared_from_this<FiguresSubscriber> {
  public:
    using Deliver = std::function<void(std::vector<PerformanceMonitor::FiguresPointer>)>;

    FiguresSubscriber(boost::asio::any_io_executor executor, std::set<std::string> someIds,
                      PerformanceMonitor::Pace somePace, Deliver deliver)
        : ids(std::move(someIds)),
          pace(somePace),
          executor_(std::move(executor)),
          deliver_(std::move(deliver)) {}

    /// All and the host when there are none.
    const std::set<std::string> ids;
    const PerformanceMonitor::Pace pace;

    /// On the sampling thread.
    void offer(std::vector<PerformanceMonitor::FiguresPointer> figures) {
        {
            const std::scoped_lock lock(mutex_);
            const bool underWay = newest_.has_value();
            newest_ = std::move(figures);
            if (underWay)
                return;
        }
        boost::asio::post(executor_, [self = shared_from_this()] { self->deliver(); });
    }
    /// On the executor's thread: nothing is delivered after that.
    void end() { ended_ = true; }

  private:
    void deliver() {
        std::optional<std::vector<PerformanceMonitor::FiguresPointer>> figures;
        {
            const std::scoped_lock lock(mutex_);
            figures = std::exchange(newest_, std::nullopt);
        }
        if (!ended_ && figures)
            deliver_(std::move(*figures));
    }

    const boost::asio::any_io_executor executor_;
    const Deliver deliver_;
    std::mutex mutex_;
    // Guarded by mutex_.
    std::optional<std::vector<PerformanceMonitor::FiguresPointer>> newest_;
    // The executor's thread's.
    bool ended_ = false;
};

}  // namespace service
