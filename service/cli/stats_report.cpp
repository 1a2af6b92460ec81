// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>
#include <map>
#include <optional>

#include "table.h"

namespace service::cli {

namespace {

constexpr std::size_t kMostColumns = 8;

std::string figureText(const std::optional<double>& value, std::string_view name) {
    if (!value)
        return "-";
    const bool percent = name.find('%') != std::string_view::npos;
    return percent || *value < 100 ? fmt::format("{:.1f}", *value) : fmt::format("{:.0f}", *value);
}

/// `values` without repetitions, in their order.
void addOnce(std::vector<std::string>& values, const std::string& value) {
    if (std::ranges::find(values, value) == values.end())
        values.push_back(value);
}

/// The counters of one set.
struct CounterSet {
    std::string name;
    std::vector<std::string> instances;
    std::vector<std::string> counters;
    std::map<std::pair<std::string, std::string>, std::optional<double>> figures;
};

std::vector<CounterSet> setsOf(const PerformanceSample& sample) {
    std::vector<CounterSet> sets;
    for (const CounterValue& counter : sample.counters) {
        auto found = std::ranges::find(sets, counter.set, &CounterSet::name);
        if (found == sets.end()) {
            sets.push_back({counter.set, {}, {}, {}});
            found = std::prev(sets.end());
        }
        addOnce(found->instances, counter.instance);
        addOnce(found->counters, counter.name);
        found->figures[{counter.instance, counter.name}] = counter.value;
    }
    return sets;
}

std::optional<double> figureOf(const CounterSet& set, const std::string& instance,
                               const std::string& counter) {
    const auto found = set.figures.find({instance, counter});
    return found == set.figures.end() ? std::nullopt : found->second;
}

std::string wideText(const CounterSet& set) {
    std::vector<Table::Column> columns{{set.name, Table::Align::Left}};
    for (const std::string& instance : set.instances)
        columns.push_back({instance, Table::Align::Right});
    Table table(std::move(columns));
    for (const std::string& counter : set.counters) {
        std::vector<std::string> cells{counter};
        for (const std::string& instance : set.instances)
            cells.push_back(figureText(figureOf(set, instance, counter), counter));
        table.add(std::move(cells));
    }
    return table.text();
}

std::string longText(const CounterSet& set) {
    Table table(
        {{set.name, Table::Align::Left}, {"", Table::Align::Left}, {"", Table::Align::Right}});
    for (const std::string& instance : set.instances)
        for (const std::string& counter : set.counters)
            if (set.figures.contains({instance, counter}))
                table.add(
                    {instance, counter, figureText(figureOf(set, instance, counter), counter)});
    return table.text();
}

/// "2026-11-21T14:03:59.123Z".
std::string stamp(std::int64_t milliseconds) {
    const std::time_t seconds = milliseconds / 1000;
    std::tm parts{};
    std::array<char, 64> text{};
    if (!::gmtime_r(&seconds, &parts))
        return std::to_string(milliseconds);
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    return fmt::format("{}.{:03}Z", std::string_view(text.data(), size), milliseconds % 1000);
}

/// A field of RFC 4180. A spreadsheet must not take a name for a formula.
std::string field(std::string_view text) {
    std::string quoted = "\"";
    if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos)
        quoted += '\'';
    for (const char character : text) {
        if (character == '"')
            quoted += '"';
        quoted += character;
    }
    return quoted + '"';
}

std::string figureField(const std::optional<double>& value) {
    return value ? fmt::format("{}", *value) : "";
}

/// Without the line's end.
std::string line(std::int64_t milliseconds, std::string_view machine, std::string_view set,
                 std::string_view instance, std::string_view counter,
                 const std::optional<double>& value) {
    return fmt::format("{},{},{},{},{},{}", stamp(milliseconds), field(machine), field(set),
                       field(instance), field(counter), figureField(value));
}

/// Of one step of a series.
std::optional<double> greatestOf(const CounterSeries& series, std::size_t step) {
    return step < series.maxima.size() ? series.maxima[step] : series.values[step];
}

std::string lowered(std::string_view text) {
    std::string result(text);
    for (char& character : result)
        character = static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
    return result;
}

template <class Counter>
void keep(const std::vector<std::string>& words, std::vector<Counter>& counters) {
    if (words.empty())
        return;
    std::erase_if(counters, [&](const Counter& counter) {
        return std::ranges::none_of(words, [&](const std::string& word) {
            return lowered(counter.set + "\n" + counter.name).find(lowered(word)) !=
                   std::string::npos;
        });
    });
}

}  // namespace

std::string sampleText(const PerformanceSample& sample) {
    std::string text;
    for (const CounterSet& set : setsOf(sample)) {
        if (!text.empty())
            text += '\n';
        text += set.instances.size() <= kMostColumns ? wideText(set) : longText(set);
    }
    return text.empty() ? "no figures yet\n" : text;
}

std::string historyText(const StatsHistoryReply& history) {
    using enum Table::Align;
    Table table({{"COUNTER SET", Left},
                 {"INSTANCE", Left},
                 {"COUNTER", Left},
                 {"LEAST", Right},
                 {"MEAN", Right},
                 {"MOST", Right},
                 {"NEWEST", Right}});
    for (const CounterSeries& series : history.series) {
        std::optional<double> least;
        std::optional<double> most;
        std::optional<double> newest;
        double sum = 0;
        std::size_t count = 0;
        for (std::size_t step = 0; step < series.values.size(); ++step) {
            const auto& value = series.values[step];
            if (!value)
                continue;
            const double greatest = greatestOf(series, step).value_or(*value);
            least = std::min(least.value_or(*value), *value);
            most = std::max(most.value_or(greatest), greatest);
            newest = value;
            sum += *value;
            ++count;
        }
        const std::optional<double> mean =
            count > 0 ? std::optional(sum / static_cast<double>(count)) : std::nullopt;
        table.add({series.set, series.instance, series.name, figureText(least, series.name),
                   figureText(mean, series.name), figureText(most, series.name),
                   figureText(newest, series.name)});
    }
    return table.text();
}

std::string sampleCsvHead() {
    return "time,machine,set,instance,counter,value\n";
}

std::string historyCsvHead() {
    return "time,machine,set,instance,counter,mean,maximum\n";
}

std::string sampleCsv(const PerformanceSample& sample, std::string_view machine) {
    std::string text;
    for (const CounterValue& counter : sample.counters)
        text +=
            line(sample.time, machine, counter.set, counter.instance, counter.name, counter.value) +
            '\n';
    return text;
}

std::string historyCsv(const StatsHistoryReply& history, std::string_view machine) {
    std::string text;
    for (const CounterSeries& series : history.series) {
        std::int64_t time = history.from;
        for (std::size_t step = 0; step < series.values.size(); ++step) {
            text += line(time * 1000, machine, series.set, series.instance, series.name,
                         series.values[step]) +
                    ',' + figureField(greatestOf(series, step)) + '\n';
            time += history.stepSeconds;
        }
    }
    return text;
}

void keepCounters(const std::vector<std::string>& words, std::vector<CounterValue>& counters) {
    keep(words, counters);
}

void keepCounters(const std::vector<std::string>& words, std::vector<CounterSeries>& series) {
    keep(words, series);
}

}  // namespace service::cli
