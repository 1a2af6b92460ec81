// SPDX-License-Identifier: GPL-3.0-or-later
#include "open_metrics_page.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <span>
#include <utility>

#include "metrics_families.h"
#include "service/vmms/database/stored_text.h"

namespace service {

namespace {

constexpr std::size_t kMostName = 256;

void writeHead(std::string& page, const MetricsFamily& family) {
    const auto to = std::back_inserter(page);
    fmt::format_to(to, "# TYPE {} {}\n", family.name,
                   family.type == MetricsType::Counter ? "counter" : "gauge");
    if (!family.unit.empty())
        fmt::format_to(to, "# UNIT {} {}\n", family.name, family.unit);
    // The texts are ours: they need no escapes.
    fmt::format_to(to, "# HELP {} {}\n", family.name, family.help);
}

}  // namespace

OpenMetricsPage::OpenMetricsPage(std::vector<PerformanceMonitor::Counted> counted)
    : counted_(std::move(counted)) {
    for (PerformanceMonitor::Counted& one : counted_)
        one.name = storedText(one.name, kMostName, LineEnds::Replaced);
}

std::string OpenMetricsPage::next() {
    std::string piece;
    const std::span<const MetricsFamily> families = metricsFamilies();
    while (family_ < families.size() && piece.size() < kPiece) {
        const MetricsFamily& family = families[family_];
        if (!std::exchange(headed_, true))
            writeHead(piece, family);
        const std::string_view suffix = family.type == MetricsType::Counter ? "_total" : "";
        while (machine_ < counted_.size() && piece.size() < kPiece) {
            const PerformanceMonitor::Counted& one = counted_[machine_++];
            const std::array<MetricsSamples::Label, 2> owner{
                {{"machine", one.name}, {"machine_id", one.id}}};
            MetricsSamples samples(piece, family.name, suffix,
                                   std::span(owner).first(one.machine ? 2 : 0));
            family.write(one, samples);
        }
        if (machine_ < counted_.size())
            break;
        machine_ = 0;
        headed_ = false;
        ++family_;
    }
    if (family_ == families.size() && !std::exchange(ended_, true))
        piece += "# EOF\n";
    return piece;
}

}  // namespace service
