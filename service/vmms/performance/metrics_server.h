// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>
#include <string>

#include "hypervisor/error.h"
#include "performance_monitor.h"

namespace service {

/// An OpenMetrics page of all that is counted, over HTTP/1.1 on a Unix socket, for collectors in
/// Prometheus's manner: GET /metrics. A page is made piece by piece as its reader takes it. Who
/// sends nonsense, too much or nothing is cut off; a few connections at a time are served.
///
/// Thread safety: one thread, the executor's.
class MetricsServer {
  public:
    struct Options {
        std::string path;
        mode_t mode = 0660;
        /// The socket's group, if another than the process's.
        std::optional<gid_t> group;
    };

    /// `monitor` outlives this. A socket that was left at the path is replaced.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<MetricsServer>> create(
        boost::asio::any_io_executor executor, const PerformanceMonitor& monitor, Options options);
    virtual ~MetricsServer() = default;
    MetricsServer(const MetricsServer&) = delete;
    MetricsServer& operator=(const MetricsServer&) = delete;

  protected:
    MetricsServer() = default;
};

}  // namespace service
