// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics_families.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "service/vmms/database/stored_text.h"

namespace service {

using hypervisor::ChannelValue;
using hypervisor::Intercept;
using hypervisor::MachineSample;
using hypervisor::NetworkValue;
using hypervisor::SerialValue;
using hypervisor::StatsSlotKind;
using hypervisor::StatsSnapshot;
using hypervisor::StorageValue;
using hypervisor::ThreadTimes;
using hypervisor::VpCounter;

namespace {

using Counted = PerformanceMonitor::Counted;

constexpr std::uint64_t kNanoseconds = 1'000'000'000;
constexpr std::size_t kMostName = 72;

constexpr std::array<std::string_view, hypervisor::kInterceptKinds> kInterceptNames{
    "io_instruction",     "memory",   "msr",  "halt", "cpuid", "hypercall",
    "external_interrupt", "emulated", "other"};

/// Calls `write(sample, name of the VP, its index)`.
template <class Write>
void forEachProcessor(const Counted& counted, Write write) {
    if (!counted.machine)
        return;
    for (std::size_t index = 0; index < counted.machine->stats.processors.size(); ++index) {
        const fmt::format_int name(index);
        write(*counted.machine, std::string_view(name.data(), name.size()), index);
    }
}

template <std::uint64_t ThreadTimes::*Member>
void writeThreadTime(const Counted& counted, MetricsSamples& samples) {
    forEachProcessor(
        counted, [&](const MachineSample& sample, std::string_view name, std::size_t index) {
            if (index < sample.threads.size() && sample.threads[index])
                samples.addNanoseconds({{"vp", name}}, (*sample.threads[index]).*Member);
        });
}

void writeDispatches(const Counted& counted, MetricsSamples& samples) {
    forEachProcessor(counted,
                     [&](const MachineSample& sample, std::string_view name, std::size_t index) {
                         if (index < sample.threads.size() && sample.threads[index])
                             samples.add({{"vp", name}}, sample.threads[index]->dispatches);
                     });
}

void writeHypervisorTime(const Counted& counted, MetricsSamples& samples) {
    forEachProcessor(
        counted, [&](const MachineSample& sample, std::string_view name, std::size_t index) {
            const std::uint64_t frequency = sample.stats.tscFrequency;
            if (!sample.stats.counted.has(VpCounter::HypervisorTime) || frequency == 0)
                return;
            const std::uint64_t ticks =
                sample.stats.processors[index]
                    .counters[static_cast<std::size_t>(VpCounter::HypervisorTime)];
            // Both parts apart, so that no product wraps; a frequency that makes one wrap is none.
            const std::uint64_t seconds = ticks / frequency;
            const std::uint64_t rest = ticks % frequency;
            if (seconds > ~std::uint64_t{0} / kNanoseconds - 1 ||
                frequency > ~std::uint64_t{0} / kNanoseconds)
                return;
            samples.addNanoseconds({{"vp", name}},
                                   seconds * kNanoseconds + rest * kNanoseconds / frequency);
        });
}

void writeIntercepts(const Counted& counted, MetricsSamples& samples) {
    forEachProcessor(counted,
                     [&](const MachineSample& sample, std::string_view name, std::size_t index) {
                         for (std::size_t kind = 0; kind < kInterceptNames.size(); ++kind)
                             if (sample.stats.counted.has(static_cast<Intercept>(kind)))
                                 samples.add({{"vp", name}, {"kind", kInterceptNames[kind]}},
                                             sample.stats.processors[index].intercepts[kind]);
                     });
}

template <VpCounter Which>
void writeCounter(const Counted& counted, MetricsSamples& samples) {
    forEachProcessor(counted, [&](const MachineSample& sample, std::string_view name,
                                  std::size_t index) {
        if (sample.stats.counted.has(Which))
            samples.add({{"vp", name}},
                        sample.stats.processors[index].counters[static_cast<std::size_t>(Which)]);
    });
}

/// Calls `write(slot, name of the device)`. A name that comes twice, or can't be shown, is the
/// worker's fault; only the first has samples, since no two may have the same labels.
template <class Write>
void forEachSlot(const Counted& counted, StatsSlotKind kind, Write write) {
    if (!counted.machine)
        return;
    std::vector<std::string> names;
    for (const StatsSnapshot::Slot& slot : counted.machine->stats.counterSlots) {
        if (slot.kind != kind)
            continue;
        const std::string name = storedText(slot.name, kMostName, LineEnds::Replaced);
        if (std::ranges::find(names, name) != names.end())
            continue;
        names.push_back(name);
        write(slot, std::string_view(name));
    }
}

template <class Value>
struct Direction {
    std::string_view name;
    Value value;
};

/// One sample for each direction of each device of a kind.
template <StatsSlotKind Kind, const auto& Directions, bool Time = false>
void writeSlots(const Counted& counted, MetricsSamples& samples) {
    constexpr std::string_view kLabel = Kind == StatsSlotKind::Storage ? "operation" : "direction";
    forEachSlot(counted, Kind, [&](const StatsSnapshot::Slot& slot, std::string_view name) {
        for (const auto& direction : Directions) {
            const std::uint64_t value = slot.values[static_cast<std::size_t>(direction.value)];
            if (Time)
                samples.addNanoseconds({{"device", name}, {kLabel, direction.name}}, value);
            else
                samples.add({{"device", name}, {kLabel, direction.name}}, value);
        }
    });
}

template <StorageValue Which>
void writeStorage(const Counted& counted, MetricsSamples& samples) {
    forEachSlot(counted, StatsSlotKind::Storage,
                [&](const StatsSnapshot::Slot& slot, std::string_view name) {
                    samples.add({{"device", name}}, slot.values[static_cast<std::size_t>(Which)]);
                });
}

constexpr std::array kStorageOperations{Direction{"read", StorageValue::Reads},
                                        Direction{"write", StorageValue::Writes},
                                        Direction{"flush", StorageValue::Flushes}};
constexpr std::array kStorageBytes{Direction{"read", StorageValue::ReadBytes},
                                   Direction{"write", StorageValue::WrittenBytes}};
constexpr std::array kStorageTimes{Direction{"read", StorageValue::ReadTime},
                                   Direction{"write", StorageValue::WriteTime},
                                   Direction{"flush", StorageValue::FlushTime}};
constexpr std::array kNetworkPackets{Direction{"sent", NetworkValue::PacketsSent},
                                     Direction{"received", NetworkValue::PacketsReceived}};
constexpr std::array kNetworkBytes{Direction{"sent", NetworkValue::BytesSent},
                                   Direction{"received", NetworkValue::BytesReceived}};
constexpr std::array kNetworkDropped{Direction{"sent", NetworkValue::OutgoingDropped},
                                     Direction{"received", NetworkValue::IncomingDropped}};
constexpr std::array kChannelInterrupts{Direction{"sent", ChannelValue::InterruptsToGuest},
                                        Direction{"received", ChannelValue::InterruptsFromGuest}};
constexpr std::array kChannelBytes{Direction{"sent", ChannelValue::BytesToGuest},
                                   Direction{"received", ChannelValue::BytesFromGuest}};
constexpr std::array kChannelPackets{Direction{"sent", ChannelValue::PacketsToGuest},
                                     Direction{"received", ChannelValue::PacketsFromGuest}};
constexpr std::array kSerialBytes{Direction{"sent", SerialValue::BytesSent},
                                  Direction{"received", SerialValue::BytesReceived}};

void writeHostTimes(const Counted& counted, MetricsSamples& samples) {
    if (!counted.host)
        return;
    for (const auto& [index, times] : counted.host->times.processors) {
        const std::string name = std::to_string(index);
        samples.addNanoseconds({{"lp", name}, {"mode", "guest"}}, times.guest);
        samples.addNanoseconds({{"lp", name}, {"mode", "hypervisor"}}, times.hypervisor);
        samples.addNanoseconds({{"lp", name}, {"mode", "idle"}}, times.idle);
        samples.addNanoseconds({{"lp", name}, {"mode", "stolen"}}, times.stolen);
    }
}

void writeHostSwitches(const Counted& counted, MetricsSamples& samples) {
    if (counted.host)
        samples.add({}, counted.host->times.contextSwitches);
}

void writeProcessors(const Counted& counted, MetricsSamples& samples) {
    if (counted.machine)
        samples.add({}, counted.machine->stats.processors.size());
}

void writePausedTime(const Counted& counted, MetricsSamples& samples) {
    if (counted.machine)
        samples.addNanoseconds({}, counted.machine->stats.pausedTime);
}

template <std::uint64_t StatsSnapshot::*Which>
void writeMemory(const Counted& counted, MetricsSamples& samples) {
    if (counted.machine && counted.machine->stats.*Which != 0)
        samples.add({}, counted.machine->stats.*Which);
}

constexpr MetricsType kCounter = MetricsType::Counter;
constexpr MetricsType kGauge = MetricsType::Gauge;

// Names stay as they are once there are dashboards with them. Hyper-V's names stand in the help.
constexpr std::array kFamilies{
    MetricsFamily{"vireo_logical_processor_seconds", kCounter, "seconds",
                  "Time of each LP by what it was spent on. Hyper-V Hypervisor Logical Processor: "
                  "% Guest Run Time, % Hypervisor Run Time, % Idle Time.",
                  writeHostTimes},
    MetricsFamily{"vireo_host_context_switches", kCounter, "",
                  "Context switches of all LPs. Hyper-V Hypervisor Logical Processor: Context "
                  "Switches/sec.",
                  writeHostSwitches},
    MetricsFamily{"vireo_virtual_processors", kGauge, "",
                  "VPs of each running machine. Hyper-V Hypervisor Partition: Virtual Processors.",
                  writeProcessors},
    MetricsFamily{"vireo_machine_paused_seconds", kCounter, "seconds",
                  "Time that each machine was paused, a present pause not included.",
                  writePausedTime},
    MetricsFamily{"vireo_memory_assigned_bytes", kGauge, "bytes",
                  "Memory that each machine has. Hyper-V Dynamic Memory VM: Physical Memory.",
                  writeMemory<&StatsSnapshot::assignedMemory>},
    MetricsFamily{"vireo_memory_demand_bytes", kGauge, "bytes",
                  "Memory that each machine's guest uses or has promised. Hyper-V Dynamic Memory "
                  "VM: Memory Demand.",
                  writeMemory<&StatsSnapshot::memoryDemand>},
    MetricsFamily{"vireo_virtual_processor_run_seconds", kCounter, "seconds",
                  "Time that each VP had an LP. Hyper-V Hypervisor Virtual Processor: % Total Run "
                  "Time.",
                  writeThreadTime<&ThreadTimes::runNanoseconds>},
    MetricsFamily{"vireo_virtual_processor_hypervisor_seconds", kCounter, "seconds",
                  "Of the time of each VP that of the hypervisor. Hyper-V Hypervisor Virtual "
                  "Processor: % Hypervisor Run Time.",
                  writeHypervisorTime},
    MetricsFamily{"vireo_virtual_processor_wait_seconds", kCounter, "seconds",
                  "Time that each VP was ready and waited for an LP. Hyper-V Hypervisor Virtual "
                  "Processor: CPU Wait Time Per Dispatch.",
                  writeThreadTime<&ThreadTimes::waitNanoseconds>},
    MetricsFamily{
        "vireo_virtual_processor_dispatches", kCounter, "",
        "How often each VP was given an LP. Hyper-V Hypervisor Virtual Processor: Context "
        "Switches/sec.",
        writeDispatches},
    MetricsFamily{"vireo_virtual_processor_intercepts", kCounter, "",
                  "Intercepts of each VP by kind. Hyper-V Hypervisor Virtual Processor: IO "
                  "Instructions/sec, Memory Intercept Messages/sec, MSR Accesses/sec, HLT "
                  "Instructions/sec, CPUID Instructions/sec, Hypercalls/sec, External "
                  "Interrupts/sec, Emulated Instructions/sec, Other Intercepts/sec.",
                  writeIntercepts},
    MetricsFamily{"vireo_virtual_processor_virtual_interrupts", kCounter, "",
                  "Interrupts that each VP took. Hyper-V Hypervisor Virtual Processor: Virtual "
                  "Interrupts/sec.",
                  writeCounter<VpCounter::VirtualInterrupts>},
    MetricsFamily{
        "vireo_virtual_processor_long_spin_waits", kCounter, "",
        "Long spin waits that each VP told of. Hyper-V Hypervisor Virtual Processor: Long "
        "Spin Wait Hypercalls/sec.",
        writeCounter<VpCounter::LongSpinWaits>},
    MetricsFamily{"vireo_virtual_processor_spin_yields", kCounter, "",
                  "PAUSE loops of each VP that gave its LP away.",
                  writeCounter<VpCounter::SpinYields>},
    MetricsFamily{
        "vireo_storage_operations", kCounter, "",
        "Requests of each disk. Hyper-V Virtual Storage Device: Read Operations/Sec, Write "
        "Operations/Sec, Flush Count.",
        writeSlots<StatsSlotKind::Storage, kStorageOperations>},
    MetricsFamily{"vireo_storage_bytes", kCounter, "bytes",
                  "Bytes of each disk. Hyper-V Virtual Storage Device: Read Bytes/sec, Write "
                  "Bytes/sec.",
                  writeSlots<StatsSlotKind::Storage, kStorageBytes>},
    MetricsFamily{"vireo_storage_busy_seconds", kCounter, "seconds",
                  "Time of all requests of each disk, summed up. Hyper-V Virtual Storage Device: "
                  "Latency.",
                  writeSlots<StatsSlotKind::Storage, kStorageTimes, true>},
    MetricsFamily{"vireo_storage_errors", kCounter, "",
                  "Failed requests of each disk. Hyper-V Virtual Storage Device: Error Count.",
                  writeStorage<StorageValue::Errors>},
    MetricsFamily{"vireo_storage_queue_length", kGauge, "",
                  "Requests of each disk that are under way. Hyper-V Virtual Storage Device: Queue "
                  "Length.",
                  writeStorage<StorageValue::Outstanding>},
    MetricsFamily{"vireo_network_packets", kCounter, "",
                  "Packets of each network adapter. Hyper-V Virtual Network Adapter: Packets "
                  "Sent/sec, Packets Received/sec.",
                  writeSlots<StatsSlotKind::Network, kNetworkPackets>},
    MetricsFamily{"vireo_network_bytes", kCounter, "bytes",
                  "Bytes of each network adapter. Hyper-V Virtual Network Adapter: Bytes Sent/sec, "
                  "Bytes Received/sec.",
                  writeSlots<StatsSlotKind::Network, kNetworkBytes>},
    MetricsFamily{"vireo_network_dropped_packets", kCounter, "",
                  "Packets of each network adapter that were dropped. Hyper-V Virtual Network "
                  "Adapter: Dropped Packets Outgoing/sec, Dropped Packets Incoming/sec.",
                  writeSlots<StatsSlotKind::Network, kNetworkDropped>},
    MetricsFamily{"vireo_vmbus_interrupts", kCounter, "",
                  "Interrupts of each VMBus channel, as seen by the host.",
                  writeSlots<StatsSlotKind::Channel, kChannelInterrupts>},
    MetricsFamily{"vireo_vmbus_bytes", kCounter, "bytes",
                  "Bytes of each VMBus channel, as seen by the host.",
                  writeSlots<StatsSlotKind::Channel, kChannelBytes>},
    MetricsFamily{"vireo_vmbus_packets", kCounter, "",
                  "Packets of each VMBus channel, as seen by the host.",
                  writeSlots<StatsSlotKind::Channel, kChannelPackets>},
    MetricsFamily{"vireo_serial_bytes", kCounter, "bytes",
                  "Bytes of each serial port, as seen by the guest.",
                  writeSlots<StatsSlotKind::Serial, kSerialBytes>},
};

}  // namespace

void MetricsSamples::append(const Label& label, bool first) {
    if (!first)
        page_ += ',';
    page_ += label.name;
    page_ += "=\"";
    for (const char one : label.value) {
        if (one == '\\' || one == '"')
            page_ += '\\';
        if (one == '\n')
            page_ += "\\n";
        else
            page_ += one;
    }
    page_ += '"';
}

void MetricsSamples::begin(std::initializer_list<Label> labels) {
    page_ += name_;
    page_ += suffix_;
    if (owner_.empty() && labels.size() == 0) {
        page_ += ' ';
        return;
    }
    page_ += '{';
    bool first = true;
    for (const Label& label : owner_)
        append(label, std::exchange(first, false));
    for (const Label& label : labels)
        append(label, std::exchange(first, false));
    page_ += "} ";
}

void MetricsSamples::add(std::initializer_list<Label> labels, std::uint64_t value) {
    begin(labels);
    fmt::format_to(std::back_inserter(page_), "{}\n", value);
}

void MetricsSamples::addNanoseconds(std::initializer_list<Label> labels, std::uint64_t value) {
    begin(labels);
    fmt::format_to(std::back_inserter(page_), "{}.{:09}\n", value / kNanoseconds,
                   value % kNanoseconds);
}

std::span<const MetricsFamily> metricsFamilies() {
    return kFamilies;
}

}  // namespace service
