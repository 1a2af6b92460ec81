// SPDX-License-Identifier: GPL-3.0-or-later
#include "host_times.h"

#include <unistd.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace hypervisor {

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

struct ProcessorLine {
    std::uint32_t processor;
    std::vector<std::uint64_t> numbers;
};

/// "cpu<N> <number> <number> ...", or nothing.
std::optional<ProcessorLine> parseLine(std::string_view line) {
    if (!line.starts_with("cpu"))
        return std::nullopt;
    const char* at = line.data() + 3;
    const char* const end = line.data() + line.size();
    ProcessorLine result{};
    const auto [afterNumber, error] = std::from_chars(at, end, result.processor);
    if (error != std::errc{})
        return std::nullopt;
    at = afterNumber;
    while (at != end) {
        if (*at == ' ') {
            ++at;
            continue;
        }
        std::uint64_t number = 0;
        const auto [next, failed] = std::from_chars(at, end, number);
        if (failed != std::errc{})
            return std::nullopt;
        result.numbers.push_back(number);
        at = next;
    }
    return result;
}

template <class Take>
void forEachProcessor(std::string_view text, Take take) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (const auto line = parseLine(text.substr(0, end)))
            take(*line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

Result<std::string> readWhole(const char* path) {
    std::ifstream file(path);
    if (!file)
        return failure(std::string("cannot read ") + path + "; is /proc mounted?");
    return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

HostTimes parseHostTimes(std::string_view stat, std::string_view schedulerStat,
                         std::uint64_t ticksPerSecond) {
    HostTimes times;
    const std::uint64_t tick = kSecond / std::max<std::uint64_t>(ticksPerSecond, 1);
    // user nice system idle iowait irq softirq steal; what follows is contained in user and nice.
    enum Column { kUser, kNice, kSystem, kIdle, kIoWait, kInterrupt, kSoftInterrupt, kSteal };
    forEachProcessor(stat, [&](const ProcessorLine& line) {
        const auto& n = line.numbers;
        if (n.size() <= kSteal)
            return;
        times.processors[line.processor] = {(n[kUser] + n[kNice]) * tick,
                                            (n[kSystem] + n[kInterrupt] + n[kSoftInterrupt]) * tick,
                                            (n[kIdle] + n[kIoWait]) * tick,
                                            n[kSteal] * tick,
                                            {}};
    });
    if (const std::size_t at = stat.find("\nctxt "); at != std::string_view::npos)
        std::from_chars(stat.data() + at + 6, stat.data() + stat.size(), times.contextSwitches);
    // The last of the nine is how often a task was put on the processor.
    constexpr std::size_t kTimeSlices = 8;
    forEachProcessor(schedulerStat, [&](const ProcessorLine& line) {
        const auto found = times.processors.find(line.processor);
        if (found != times.processors.end() && line.numbers.size() > kTimeSlices)
            found->second.contextSwitches = line.numbers[kTimeSlices];
    });
    return times;
}

Result<HostTimes> readHostTimes() {
    const auto stat = readWhole("/proc/stat");
    if (!stat)
        return std::unexpected(stat.error());
    // A kernel without CONFIG_SCHEDSTATS has none.
    const std::string schedulerStat = readWhole("/proc/schedstat").value_or(std::string());
    const long ticks = ::sysconf(_SC_CLK_TCK);
    HostTimes times =
        parseHostTimes(*stat, schedulerStat, ticks > 0 ? static_cast<std::uint64_t>(ticks) : 100);
    if (times.processors.empty())
        return failure("/proc/stat names no processor");
    return times;
}

}  // namespace hypervisor
