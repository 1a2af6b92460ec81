// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

#include "service/ipc/error_codes.h"
#include "service/ipc/host_requests.h"
#include "service/vmms/performance/performance_monitor.h"

namespace service {

// The performance monitor's figures as the interface tells them.

[[nodiscard]] PerformanceSample toSample(const Figures& figures);

/// The newest figures of a machine, or the host (empty id).
[[nodiscard]] RpcResult<StatsReply> latestFigures(const PerformanceMonitor& performance,
                                                  const std::string& id);

/// `id` is the machine's, or empty for the host.
void queryHistory(PerformanceMonitor& performance, const std::string& id,
                  const StatsHistoryParams& params,
                  std::function<void(RpcResult<StatsHistoryReply> reply)> onReply);

}  // namespace service
