// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "performance_monitor.h"

namespace service {

/// Appends a family's samples of one machine, or of the host, to a page.
class MetricsSamples {
  public:
    struct Label {
        std::string_view name;
        std::string_view value;
    };

    /// `suffix` ends the samples' name; `owner` names the machine by its labels.
    MetricsSamples(std::string& page, std::string_view name, std::string_view suffix,
                   std::span<const Label> owner)
        : page_(page), name_(name), suffix_(suffix), owner_(owner) {}

    void add(std::initializer_list<Label> labels, std::uint64_t value);
    /// As seconds.
    void addNanoseconds(std::initializer_list<Label> labels, std::uint64_t value);

  private:
    void begin(std::initializer_list<Label> labels);
    void append(const Label& label, bool first);

    std::string& page_;
    const std::string_view name_;
    const std::string_view suffix_;
    const std::span<const Label> owner_;
};

enum class MetricsType : std::uint8_t { Counter, Gauge };

struct MetricsFamily {
    std::string_view name;
    MetricsType type;
    /// "seconds" or "bytes", which also ends the name; or nothing.
    std::string_view unit;
    std::string_view help;
    void (*write)(const PerformanceMonitor::Counted& counted, MetricsSamples& samples);
};

[[nodiscard]] std::span<const MetricsFamily> metricsFamilies();

}  // namespace service
