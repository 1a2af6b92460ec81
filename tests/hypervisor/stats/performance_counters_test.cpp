// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/stats/performance_counters.h"

#include <QTest>
#include <chrono>
#include <optional>

using namespace hypervisor;
using namespace std::chrono_literals;

namespace {

template <class Value>
void set(StatsSnapshot::Slot& slot, Value value, std::uint64_t number) {
    slot.values.at(static_cast<std::size_t>(value)) = number;
}

StatsSnapshot::Slot slotOf(StatsSlotKind kind, std::uint32_t index, std::string name) {
    StatsSnapshot::Slot slot;
    slot.kind = kind;
    slot.index = index;
    slot.name = std::move(name);
    return slot;
}

/// Nothing: there is no such counter; an empty one: it has no value.
std::optional<std::optional<double>> valueOf(const std::vector<PerformanceCounter>& counters,
                                             std::string_view set, std::string_view instance,
                                             std::string_view name) {
    for (const PerformanceCounter& counter : counters)
        if (counter.set == set && counter.instance == instance && counter.name == name)
            return counter.value;
    return std::nullopt;
}

/// There is such a counter, and this is its value.
std::optional<std::optional<double>> some(double value) {
    return std::make_optional(std::optional(value));
}
const std::optional<std::optional<double>> kNoValue = std::make_optional(std::optional<double>());

constexpr std::string_view kStorage = "Hyper-V Virtual Storage Device";
constexpr std::string_view kNetwork = "Hyper-V Virtual Network Adapter";
constexpr std::string_view kBus = "Hyper-V Virtual Machine Bus";

}  // namespace

class PerformanceCountersTest : public QObject {
    Q_OBJECT

  private slots:
    void drivesHaveRatesLatenciesAndTotals() {
        MachineSample before;
        before.time = 10s;
        before.stats.counterSlots = {slotOf(StatsSlotKind::Storage, 0, "SCSI 0:0 a"),
                                     slotOf(StatsSlotKind::Storage, 1, "SCSI 0:1 b")};
        MachineSample after = before;
        after.time = 12s;
        auto& first = after.stats.counterSlots[0];
        set(first, StorageValue::Reads, 20);
        set(first, StorageValue::ReadBytes, 8'192);
        set(first, StorageValue::ReadTime, 40'000'000);
        set(first, StorageValue::Outstanding, 3);
        auto& second = after.stats.counterSlots[1];
        set(second, StorageValue::Reads, 2);
        set(second, StorageValue::ReadTime, 8'000'000);
        set(second, StorageValue::Flushes, 7);
        const auto counters = machineCounters(before, after);
        const auto value = [&](std::string_view instance, std::string_view name) {
            return valueOf(counters, kStorage, instance, name);
        };
        QCOMPARE(value("SCSI 0:0 a", "Read Operations/Sec"), some(10.0));
        QCOMPARE(value("SCSI 0:0 a", "Read Bytes/sec"), some(4'096.0));
        QCOMPARE(value("SCSI 0:0 a", "Read Latency"), some(0.002));
        QCOMPARE(value("SCSI 0:0 a", "Queue Length"), some(3.0));
        QCOMPARE(value("SCSI 0:1 b", "Flush Count"), some(7.0));
        // Nothing was written: that takes no time, rather than none.
        QCOMPARE(value("SCSI 0:0 a", "Write Latency"), kNoValue);
        QCOMPARE(value("_Total", "Read Operations/Sec"), some(11.0));
        QCOMPARE(value("_Total", "Read Latency"), some(0.003));
    }

    void adaptersAndChannelsHaveRates() {
        MachineSample before;
        before.time = 1s;
        before.stats.counterSlots = {slotOf(StatsSlotKind::Network, 0, "Network Adapter"),
                                     slotOf(StatsSlotKind::Channel, 5, "Heartbeat")};
        MachineSample after = before;
        after.time = 2s;
        set(after.stats.counterSlots[0], NetworkValue::BytesReceived, 1'500);
        set(after.stats.counterSlots[0], NetworkValue::IncomingDropped, 2);
        set(after.stats.counterSlots[1], ChannelValue::InterruptsFromGuest, 4);
        const auto counters = machineCounters(before, after);
        QCOMPARE(valueOf(counters, kNetwork, "Network Adapter", "Bytes Received/sec"),
                 some(1'500.0));
        QCOMPARE(valueOf(counters, kNetwork, "_Total", "Dropped Packets Incoming/sec"), some(2.0));
        QCOMPARE(valueOf(counters, kBus, "Heartbeat", "Interrupts Received/sec"), some(4.0));
    }

    void whatIsNewOrWentBackHasNoFigures() {
        MachineSample before;
        before.time = 1s;
        before.stats.counterSlots = {slotOf(StatsSlotKind::Channel, 1, "Heartbeat")};
        set(before.stats.counterSlots[0], ChannelValue::PacketsToGuest, 100);
        MachineSample after = before;
        after.time = 2s;
        set(after.stats.counterSlots[0], ChannelValue::PacketsToGuest, 3);
        after.stats.counterSlots.push_back(slotOf(StatsSlotKind::Network, 0, "new"));
        const auto counters = machineCounters(before, after);
        QCOMPARE(valueOf(counters, kBus, "Heartbeat", "Packets Sent/sec"), kNoValue);
        QVERIFY(!valueOf(counters, kNetwork, "new", "Packets Sent/sec"));
    }
};

QTEST_GUILESS_MAIN(PerformanceCountersTest)
#include "performance_counters_test.moc"
