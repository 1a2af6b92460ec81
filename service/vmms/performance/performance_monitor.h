// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "figures.h"
#include "history_query.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "hypervisor/stats/performance_counters.h"
#include "service/vmms/database/database_thread.h"

namespace service {

/// Samples the host and every running machine once a second on a thread of its own, and keeps
/// their history in the database. Who asks for it gets some of them ten times a second.
///
/// Thread safety: all methods from any thread; none waits for a sample or for the disk.
class PerformanceMonitor {
  public:
    using FiguresPointer = std::shared_ptr<const Figures>;

    /// Ends with this object; after that, on the executor's thread, nothing is called any more.
    class Subscription {
      public:
        virtual ~Subscription() = default;
    };

    /// What a machine has counted at last, for pages of raw counters.
    struct Counted {
        /// Empty id: the host, which has `host` instead of `machine`.
        std::string id;
        std::string name;
        std::shared_ptr<const hypervisor::MachineSample> machine;
        std::shared_ptr<const hypervisor::HostSample> host;
    };

    /// For DatabaseThread::create().
    [[nodiscard]] static std::string schema();

    /// Callbacks come on `executor`, whose loop is run by one thread. `database` outlives this.
    [[nodiscard]] static std::unique_ptr<PerformanceMonitor> create(
        boost::asio::any_io_executor executor, DatabaseThread& database);
    virtual ~PerformanceMonitor() = default;
    PerformanceMonitor(const PerformanceMonitor&) = delete;
    PerformanceMonitor& operator=(const PerformanceMonitor&) = delete;

    /// A machine runs (or was adopted). `statsPages` came from its worker; not needed afterwards.
    /// Replaces an earlier one of the same id. `name` is shown on the metrics page.
    [[nodiscard]] virtual hypervisor::Result<void> add(const std::string& id,
                                                       const std::string& name,
                                                       const hypervisor::FileDescriptor& statsPages,
                                                       pid_t worker) = 0;
    virtual void rename(const std::string& id, const std::string& name) = 0;
    /// It does not run any more; its history stays.
    virtual void remove(const std::string& id) = 0;
    /// It was deleted, and its history with it.
    virtual void forget(const std::string& id) = 0;

    /// The last second's figures: of one machine (nothing if it does not run or has just begun),
    /// of the host (empty id), of all with the host first.
    [[nodiscard]] virtual FiguresPointer latest(const std::string& id) const = 0;
    [[nodiscard]] virtual std::vector<FiguresPointer> latest() const = 0;
    [[nodiscard]] virtual std::vector<Counted> counted() const = 0;

    enum class Pace : std::uint8_t { EverySecond, TenTimesASecond };
    /// Calls back with new figures of these machines (empty id: the host), while they run; with
    /// none named, of all and of the host. An executor that is behind gets only the newest ones.
    /// TenTimesASecond is for at most kMostFast machines named one by one; others come each second.
    static constexpr std::size_t kMostFast = 64;
    [[nodiscard]] virtual std::unique_ptr<Subscription> subscribe(
        std::vector<std::string> ids, Pace pace,
        std::function<void(std::vector<FiguresPointer> figures)> onFigures) = 0;

    /// Refused with the reason when the query asks for too much or makes no sense.
    using HistoryCallback = std::function<void(hypervisor::Result<HistoryAnswer> answer)>;
    virtual void query(HistoryQuery query, HistoryCallback callback) = 0;

    /// What is not written yet goes to the database; before a clean stop, then drain that.
    virtual void flush() = 0;

  protected:
    PerformanceMonitor() = default;
};

}  // namespace service
