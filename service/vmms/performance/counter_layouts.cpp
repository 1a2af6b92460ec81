// SPDX-License-Identifier: GPL-3.0-or-later
#include "counter_layouts.h"

#include <algorithm>
#include <array>
#include <ranges>
#include <utility>

#include "service/vmms/database/stored_text.h"

namespace service {

using hypervisor::PerformanceCounter;

namespace {

constexpr std::string_view kTotal = "_Total";
constexpr std::string_view kVirtualProcessor = "Hyper-V Hypervisor Virtual Processor";
constexpr std::string_view kBus = "Hyper-V Virtual Machine Bus";
constexpr std::array<std::string_view, 7> kKeptOfVirtualProcessor{
    "% Guest Run Time",     "% Hypervisor Run Time", "% Total Run Time",    "% Wait Time",
    "Context Switches/sec", "Hypercalls/sec",        "Total Intercepts/sec"};

constexpr std::size_t kMostName = 128;
constexpr char kFieldEnd = '\t';
constexpr char kLineEnd = '\n';

bool isPlain(const std::string& text) {
    return std::ranges::all_of(text, [](char one) { return one >= ' ' && one <= '~'; });
}

bool isSame(const std::vector<PerformanceCounter>& counters, const CounterLayout& layout) {
    return std::ranges::equal(counters, layout,
                              [](const PerformanceCounter& counter, const CounterName& name) {
                                  return counter.instance == name.instance &&
                                         counter.name == name.name && counter.set == name.set;
                              });
}

bool isKept(const CounterName& counter) {
    if (counter.instance == kTotal)
        return true;
    if (counter.set == kVirtualProcessor)
        return std::ranges::find(kKeptOfVirtualProcessor, counter.name) !=
               kKeptOfVirtualProcessor.end();
    return counter.set != kBus;
}

std::shared_ptr<const KnownLayout> makeLayout(CounterLayout all) {
    auto layout = std::make_shared<KnownLayout>();
    // Should there be more than room: totals first.
    for (const bool totals : {true, false})
        for (std::size_t place = 0; place < all.size(); ++place)
            if (layout->keptPlaces.size() < CounterLayouts::kMostKept &&
                (all[place].instance == kTotal) == totals && isKept(all[place]))
                layout->keptPlaces.push_back(static_cast<std::uint32_t>(place));
    std::ranges::sort(layout->keptPlaces);
    CounterLayout kept;
    for (const std::uint32_t place : layout->keptPlaces)
        kept.push_back(all[place]);
    layout->kept = std::make_shared<const CounterLayout>(std::move(kept));
    layout->all = std::make_shared<const CounterLayout>(std::move(all));
    return layout;
}

}  // namespace

std::shared_ptr<const KnownLayout> CounterLayouts::find(
    std::vector<PerformanceCounter>& counters, const std::shared_ptr<const KnownLayout>& before) {
    for (PerformanceCounter& counter : counters)
        if (!isPlain(counter.instance))
            counter.instance = storedText(counter.instance, kMostName, LineEnds::Replaced);
    if (before && isSame(counters, *before->all))
        return before;
    CounterLayout all;
    for (const PerformanceCounter& counter : counters)
        all.push_back({std::string(counter.set), counter.instance, std::string(counter.name)});
    std::weak_ptr<const KnownLayout>& known = layouts_[all];
    auto layout = known.lock();
    if (!layout) {
        layout = makeLayout(std::move(all));
        known = layout;
    }
    if (layouts_.size() >= pruneAt_) {
        std::erase_if(layouts_, [](const auto& entry) { return entry.second.expired(); });
        pruneAt_ = 2 * layouts_.size() + 64;
    }
    return layout;
}

std::string layoutText(const CounterLayout& layout) {
    std::string text;
    for (const CounterName& counter : layout)
        text += counter.set + kFieldEnd + counter.instance + kFieldEnd + counter.name + kLineEnd;
    return text;
}

std::optional<CounterLayout> parseLayoutText(std::string_view text) {
    CounterLayout layout;
    while (!text.empty()) {
        const std::size_t end = text.find(kLineEnd);
        if (end == std::string_view::npos)
            return std::nullopt;
        const std::string_view line = text.substr(0, end);
        const std::size_t first = line.find(kFieldEnd);
        const std::size_t second = first == std::string_view::npos
                                       ? std::string_view::npos
                                       : line.find(kFieldEnd, first + 1);
        if (second == std::string_view::npos)
            return std::nullopt;
        layout.push_back({std::string(line.substr(0, first)),
                          std::string(line.substr(first + 1, second - first - 1)),
                          std::string(line.substr(second + 1))});
        text.remove_prefix(end + 1);
    }
    return layout;
}

}  // namespace service
