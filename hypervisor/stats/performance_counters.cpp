// SPDX-License-Identifier: GPL-3.0-or-later
#include "performance_counters.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace hypervisor {

namespace {

constexpr std::string_view kVirtualProcessor = "Hyper-V Hypervisor Virtual Processor";
constexpr std::string_view kLogicalProcessor = "Hyper-V Hypervisor Logical Processor";
constexpr std::string_view kPartition = "Hyper-V Hypervisor Partition";
constexpr std::string_view kDynamicMemory = "Hyper-V Dynamic Memory VM";
constexpr std::string_view kStorage = "Hyper-V Virtual Storage Device";
constexpr std::string_view kNetwork = "Hyper-V Virtual Network Adapter";
constexpr std::string_view kBus = "Hyper-V Virtual Machine Bus";
constexpr std::string_view kSerial = "Vireo Serial Port";

constexpr std::string_view kContextSwitches = "Context Switches/sec";

constexpr std::string_view kLatency = " Latency";

constexpr double kNanosecondsPerSecond = 1e9;

constexpr std::array<std::string_view, kInterceptKinds> kInterceptNames{
    "IO Instructions/sec",     "Memory Intercept Messages/sec", "MSR Accesses/sec",
    "HLT Instructions/sec",    "CPUID Instructions/sec",        "Hypercalls/sec",
    "External Interrupts/sec", "Emulated Instructions/sec",     "Other Intercepts/sec"};

/// What a value of a slot is shown as.
enum class Meaning : std::uint8_t { Rate, Sum, Now };
struct SlotFigure {
    std::size_t value;
    std::string_view name;
    Meaning meaning;
};
template <class Value>
constexpr SlotFigure figure(Value value, std::string_view name, Meaning meaning = Meaning::Rate) {
    return {static_cast<std::size_t>(value), name, meaning};
}
constexpr std::array kStorageFigures{
    figure(StorageValue::Reads, "Read Operations/Sec"),
    figure(StorageValue::ReadBytes, "Read Bytes/sec"),
    figure(StorageValue::Writes, "Write Operations/Sec"),
    figure(StorageValue::WrittenBytes, "Write Bytes/sec"),
    figure(StorageValue::Flushes, "Flush Count", Meaning::Sum),
    figure(StorageValue::Errors, "Error Count", Meaning::Sum),
    figure(StorageValue::Outstanding, "Queue Length", Meaning::Now)};
constexpr std::array kNetworkFigures{
    figure(NetworkValue::PacketsSent, "Packets Sent/sec"),
    figure(NetworkValue::BytesSent, "Bytes Sent/sec"),
    figure(NetworkValue::PacketsReceived, "Packets Received/sec"),
    figure(NetworkValue::BytesReceived, "Bytes Received/sec"),
    figure(NetworkValue::OutgoingDropped, "Dropped Packets Outgoing/sec"),
    figure(NetworkValue::IncomingDropped, "Dropped Packets Incoming/sec")};
constexpr std::array kChannelFigures{
    figure(ChannelValue::InterruptsToGuest, "Interrupts Sent/sec"),
    figure(ChannelValue::InterruptsFromGuest, "Interrupts Received/sec"),
    figure(ChannelValue::BytesToGuest, "Bytes Sent/sec"),
    figure(ChannelValue::BytesFromGuest, "Bytes Received/sec"),
    figure(ChannelValue::PacketsToGuest, "Packets Sent/sec"),
    figure(ChannelValue::PacketsFromGuest, "Packets Received/sec")};
constexpr std::array kSerialFigures{figure(SerialValue::BytesSent, "Bytes Sent/sec"),
                                    figure(SerialValue::BytesReceived, "Bytes Received/sec")};

/// How much a counter has grown; nothing if it went back.
std::optional<double> growth(std::uint64_t before, std::uint64_t after) {
    if (after < before)
        return std::nullopt;
    return static_cast<double>(after - before);
}

/// Collects one set's instances and in the end their total.
class CounterSet {
  public:
    CounterSet(std::vector<PerformanceCounter>& to, std::string_view name) : to_(to), name_(name) {}

    void add(const std::string& instance, std::string_view name, std::optional<double> value) {
        to_.push_back({name_, instance, name, value});
        auto total = std::find_if(totals_.begin(), totals_.end(),
                                  [name](const Total& one) { return one.name == name; });
        if (total == totals_.end())
            total = totals_.insert(totals_.end(), Total{name, 0, 0});
        if (value) {
            total->sum += *value;
            ++total->count;
        }
    }
    void addTotals() {
        for (const Total& total : totals_) {
            const bool mean = total.name.starts_with('%') || total.name.ends_with(kLatency);
            std::optional<double> value;
            if (total.count != 0)
                value = mean ? total.sum / total.count : total.sum;
            to_.push_back({name_, "_Total", total.name, value});
        }
    }

  private:
    struct Total {
        std::string_view name;
        double sum;
        int count;
    };
    std::vector<PerformanceCounter>& to_;
    const std::string_view name_;
    std::vector<Total> totals_;
};

struct Span {
    const MachineSample& before;
    const MachineSample& after;
    double nanoseconds;

    [[nodiscard]] double perSecond(double amount) const {
        return amount * kNanosecondsPerSecond / nanoseconds;
    }
    [[nodiscard]] std::optional<double> rate(std::uint64_t from, std::uint64_t to) const {
        const auto amount = growth(from, to);
        return amount ? std::optional(perSecond(*amount)) : std::nullopt;
    }
    [[nodiscard]] double percent(double part) const { return 100 * part / nanoseconds; }
};

void addRunTimes(CounterSet& set, const std::string& instance, const Span& span,
                 std::size_t index) {
    std::optional<double> run;
    std::optional<double> wait;
    std::optional<double> dispatches;
    const auto& before = span.before.threads[index];
    const auto& after = span.after.threads[index];
    if (before && after &&
        span.before.stats.processors[index].thread == span.after.stats.processors[index].thread) {
        run = growth(before->runNanoseconds, after->runNanoseconds);
        wait = growth(before->waitNanoseconds, after->waitNanoseconds);
        dispatches = growth(before->dispatches, after->dispatches);
    }
    std::optional<double> hypervisor;
    const std::uint64_t frequency = span.after.stats.tscFrequency;
    if (run && frequency != 0 && span.after.stats.counted.has(VpCounter::HypervisorTime)) {
        constexpr auto kTime = static_cast<std::size_t>(VpCounter::HypervisorTime);
        if (const auto ticks = growth(span.before.stats.processors[index].counters[kTime],
                                      span.after.stats.processors[index].counters[kTime]))
            // Ticks pass too while the thread has lost its LP.
            hypervisor =
                std::min(*ticks * kNanosecondsPerSecond / static_cast<double>(frequency), *run);
    }
    const auto percent = [&span](std::optional<double> part) {
        return part ? std::optional(span.percent(*part)) : std::nullopt;
    };
    set.add(instance, "% Guest Run Time", hypervisor ? percent(*run - *hypervisor) : std::nullopt);
    set.add(instance, "% Hypervisor Run Time", percent(hypervisor));
    set.add(instance, "% Total Run Time", percent(run));
    set.add(instance, "% Wait Time", percent(wait));
    set.add(instance, kContextSwitches,
            dispatches ? std::optional(span.perSecond(*dispatches)) : std::nullopt);
    std::optional<double> waitPerDispatch;
    if (wait && dispatches && *dispatches > 0)
        waitPerDispatch = *wait / *dispatches;
    set.add(instance, "CPU Wait Time Per Dispatch", waitPerDispatch);
}

void addProcessors(std::vector<PerformanceCounter>& to, const Span& span) {
    CounterSet set(to, kVirtualProcessor);
    const auto& counted = span.after.stats.counted;
    for (std::size_t index = 0; index < span.after.stats.processors.size(); ++index) {
        const std::string instance = fmt::format("VP {}", index);
        const auto& before = span.before.stats.processors[index];
        const auto& after = span.after.stats.processors[index];
        addRunTimes(set, instance, span, index);
        std::optional<double> all = 0;
        for (std::size_t kind = 0; kind < kInterceptKinds; ++kind) {
            std::optional<double> rate;
            if (counted.has(static_cast<Intercept>(kind)))
                rate = span.rate(before.intercepts[kind], after.intercepts[kind]);
            set.add(instance, kInterceptNames[kind], rate);
            if (rate && all)
                *all += *rate;
        }
        set.add(instance, "Total Intercepts/sec", all);
        const auto add = [&](VpCounter counter, std::string_view name) {
            const auto at = static_cast<std::size_t>(counter);
            set.add(instance, name,
                    counted.has(counter) ? span.rate(before.counters[at], after.counters[at])
                                         : std::nullopt);
        };
        add(VpCounter::VirtualInterrupts, "Virtual Interrupts/sec");
        add(VpCounter::LongSpinWaits, "Long Spin Wait Hypercalls/sec");
        add(VpCounter::SpinYields, "Spin Yields/sec");
    }
    set.addTotals();
    to.push_back({kPartition, "_Total", "Virtual Processors",
                  static_cast<double>(span.after.stats.processors.size())});
}

void addMemory(std::vector<PerformanceCounter>& to, const StatsSnapshot& stats) {
    constexpr double kMegabyte = 1 << 20;
    const auto assigned = static_cast<double>(stats.assignedMemory);
    const auto demand = static_cast<double>(stats.memoryDemand);
    const auto known = [](bool is, double value) {
        return is ? std::optional(value) : std::nullopt;
    };
    to.push_back({kDynamicMemory, "_Total", "Physical Memory",
                  known(stats.assignedMemory != 0, assigned / kMegabyte)});
    to.push_back({kDynamicMemory, "_Total", "Memory Demand",
                  known(stats.memoryDemand != 0, demand / kMegabyte)});
    to.push_back(
        {kDynamicMemory, "_Total", "Current Pressure",
         known(stats.memoryDemand != 0 && stats.assignedMemory != 0, 100 * demand / assigned)});
}

void addLatency(CounterSet& set, const std::string& instance, std::string_view name,
                std::optional<double> nanoseconds, std::optional<double> operations) {
    std::optional<double> mean;
    if (nanoseconds && operations && *operations > 0)
        mean = *nanoseconds / *operations / kNanosecondsPerSecond;
    set.add(instance, name, mean);
}

void addSlots(std::vector<PerformanceCounter>& to, const Span& span, StatsSlotKind kind,
              std::string_view setName, std::span<const SlotFigure> figures) {
    CounterSet set(to, setName);
    bool any = false;
    for (const StatsSnapshot::Slot& after : span.after.stats.counterSlots) {
        if (after.kind != kind)
            continue;
        const auto before = std::find_if(
            span.before.stats.counterSlots.begin(), span.before.stats.counterSlots.end(),
            [&](const StatsSnapshot::Slot& slot) {
                return slot.kind == kind && slot.index == after.index && slot.name == after.name;
            });
        if (before == span.before.stats.counterSlots.end())
            continue;
        any = true;
        for (const SlotFigure& one : figures) {
            std::optional<double> value = static_cast<double>(after.values[one.value]);
            if (one.meaning == Meaning::Rate)
                value = span.rate(before->values[one.value], after.values[one.value]);
            set.add(after.name, one.name, value);
        }
        if (kind != StatsSlotKind::Storage)
            continue;
        const auto grown = [&](StorageValue value) {
            const auto at = static_cast<std::size_t>(value);
            return growth(before->values[at], after.values[at]);
        };
        addLatency(set, after.name, "Read Latency", grown(StorageValue::ReadTime),
                   grown(StorageValue::Reads));
        addLatency(set, after.name, "Write Latency", grown(StorageValue::WriteTime),
                   grown(StorageValue::Writes));
    }
    if (any)
        set.addTotals();
}

std::chrono::nanoseconds monotonicNow() {
    return std::chrono::steady_clock::now().time_since_epoch();
}

}  // namespace

Result<MachineSample> sampleMachine(const StatsView& view, pid_t worker) {
    MachineSample sample;
    auto stats = view.read();
    if (!stats)
        return std::unexpected(stats.error());
    sample.stats = std::move(*stats);
    for (const StatsSnapshot::Processor& processor : sample.stats.processors)
        sample.threads.push_back(
            processor.thread == 0 ? std::nullopt
                                  : readThreadTimes(worker, static_cast<pid_t>(processor.thread)));
    sample.time = monotonicNow();
    return sample;
}

Result<HostSample> sampleHost() {
    auto times = readHostTimes();
    if (!times)
        return std::unexpected(times.error());
    return HostSample{monotonicNow(), std::move(*times)};
}

std::vector<PerformanceCounter> machineCounters(const MachineSample& before,
                                                const MachineSample& after) {
    std::vector<PerformanceCounter> counters;
    const std::size_t processors = after.stats.processors.size();
    if (after.time <= before.time || before.stats.processors.size() != processors ||
        before.threads.size() != processors || after.threads.size() != processors)
        return counters;
    const Span span{before, after, static_cast<double>((after.time - before.time).count())};
    addProcessors(counters, span);
    addMemory(counters, after.stats);
    addSlots(counters, span, StatsSlotKind::Storage, kStorage, kStorageFigures);
    addSlots(counters, span, StatsSlotKind::Network, kNetwork, kNetworkFigures);
    addSlots(counters, span, StatsSlotKind::Channel, kBus, kChannelFigures);
    addSlots(counters, span, StatsSlotKind::Serial, kSerial, kSerialFigures);
    return counters;
}

std::vector<PerformanceCounter> hostCounters(const HostSample& before, const HostSample& after) {
    std::vector<PerformanceCounter> counters;
    if (after.time <= before.time)
        return counters;
    const double seconds =
        static_cast<double>((after.time - before.time).count()) / kNanosecondsPerSecond;
    CounterSet set(counters, kLogicalProcessor);
    for (const auto& [index, now] : after.times.processors) {
        const auto found = before.times.processors.find(index);
        if (found == before.times.processors.end())
            continue;
        const ProcessorTimes& then = found->second;
        const auto guest = growth(then.guest, now.guest);
        const auto hypervisor = growth(then.hypervisor, now.hypervisor);
        const auto idle = growth(then.idle, now.idle);
        const auto stolen = growth(then.stolen, now.stolen);
        // The kernel's own sum, so that the parts add up to 100 % in spite of its coarse tick.
        const double all =
            guest.value_or(0) + hypervisor.value_or(0) + idle.value_or(0) + stolen.value_or(0);
        const auto percent = [all](std::optional<double> part) {
            return part && all > 0 ? std::optional(100 * *part / all) : std::nullopt;
        };
        const std::string instance = fmt::format("LP {}", index);
        set.add(instance, "% Guest Run Time", percent(guest));
        set.add(instance, "% Hypervisor Run Time", percent(hypervisor));
        set.add(instance, "% Total Run Time",
                guest && hypervisor ? percent(*guest + *hypervisor) : std::nullopt);
        set.add(instance, "% Idle Time", percent(idle));
        set.add(instance, "% Stolen Time", percent(stolen));
        std::optional<double> switches;
        if (then.contextSwitches && now.contextSwitches)
            switches = growth(*then.contextSwitches, *now.contextSwitches);
        counters.push_back({kLogicalProcessor, instance, kContextSwitches,
                            switches ? std::optional(*switches / seconds) : std::nullopt});
    }
    set.addTotals();
    // The total is known even where the kernel does not tell it of each LP.
    const auto switches = growth(before.times.contextSwitches, after.times.contextSwitches);
    counters.push_back({kLogicalProcessor, "_Total", kContextSwitches,
                        switches ? std::optional(*switches / seconds) : std::nullopt});
    return counters;
}

}  // namespace hypervisor
