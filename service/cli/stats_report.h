// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "service/ipc/host_requests.h"

namespace service::cli {

/// For people: a table for each counter set, a row for each counter, a column for each instance;
/// with many instances a line for each figure.
[[nodiscard]] std::string sampleText(const PerformanceSample& sample);
/// Least, mean, greatest and newest figure of each counter.
[[nodiscard]] std::string historyText(const StatsHistoryReply& history);

/// The names of the columns. History has the greatest figure of each step behind its mean.
[[nodiscard]] std::string sampleCsvHead();
[[nodiscard]] std::string historyCsvHead();
/// A line for each figure; `machine` is empty for the host. Figures that are not there are empty.
[[nodiscard]] std::string sampleCsv(const PerformanceSample& sample, std::string_view machine);
[[nodiscard]] std::string historyCsv(const StatsHistoryReply& history, std::string_view machine);

/// Only counters whose set or name has `words` in it, in upper or lower case alike.
void keepCounters(const std::vector<std::string>& words, std::vector<CounterValue>& counters);
void keepCounters(const std::vector<std::string>& words, std::vector<CounterSeries>& series);

}  // namespace service::cli
