// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "performance_monitor.h"

namespace service {

/// What has been counted, as OpenMetrics text 1.0: raw counters rather than rates, so that a
/// collector forms the rates over its own intervals. The page is made in pieces, because that of a
/// thousand machines has many MiB; all pieces are of the same moment.
class OpenMetricsPage {
  public:
    static constexpr std::string_view kContentType =
        "application/openmetrics-text; version=1.0.0; charset=utf-8";
    /// A piece has at least this size, but for the last.
    static constexpr std::size_t kPiece = 32 << 10;

    explicit OpenMetricsPage(std::vector<PerformanceMonitor::Counted> counted);

    /// The next piece; empty at the end.
    [[nodiscard]] std::string next();

  private:
    std::vector<PerformanceMonitor::Counted> counted_;
    // What comes next.
    std::size_t family_ = 0;
    std::size_t machine_ = 0;
    bool headed_ = false;
    bool ended_ = false;
};

}  // namespace service
