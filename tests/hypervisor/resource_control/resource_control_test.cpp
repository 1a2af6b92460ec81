// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/resource_control/shares.h"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "hypervisor/resource_control/admission.h"
#include "hypervisor/resource_control/demand.h"
#include "hypervisor/resource_control/pacing_budget.h"
#include "hypervisor/resource_control/slow_correction.h"

using hypervisor::admit;
using hypervisor::bandwidth;
using hypervisor::Demand;
using hypervisor::DemandMeter;
using hypervisor::fairShares;
using hypervisor::groupWeights;
using hypervisor::kWholeLp;
using hypervisor::MachineObservation;
using hypervisor::percentOfTotal;
using hypervisor::ProcessorSettings;
using namespace std::chrono_literals;

namespace {

struct Host {
    std::uint32_t lps;
    std::vector<ProcessorSettings> machines;
};

/// A host whose machines were all admitted.
Host randomHost(std::mt19937_64& random, std::uint32_t lps, std::size_t machines) {
    const auto pick = [&random](std::uint32_t least, std::uint32_t most) {
        return std::uniform_int_distribution<std::uint32_t>(least, most)(random);
    };
    Host host{lps, {}};
    std::uint64_t reserved = 0;
    while (host.machines.size() < machines) {
        ProcessorSettings one{pick(1, 64), 0, pick(1, kWholeLp), pick(1, 10'000)};
        const std::uint64_t free = std::uint64_t{lps} * kWholeLp - reserved;
        const std::uint64_t most = std::min<std::uint64_t>(one.limit, free / one.count);
        if (pick(0, 3) == 0)
            one.reserve = pick(0, static_cast<std::uint32_t>(most / pick(1, 20)));
        reserved += std::uint64_t{one.count} * one.reserve;
        host.machines.push_back(one);
    }
    return host;
}

double sum(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0);
}

double reserveOf(const ProcessorSettings& machine) {
    return static_cast<double>(machine.count) * machine.reserve / kWholeLp;
}

std::vector<Host> hosts() {
    std::mt19937_64 random(4711);
    std::vector<Host> result;
    for (const std::uint32_t lps : {1U, 2U, 3U, 8U, 64U, 255U, 1024U})
        for (const std::size_t machines :
             {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{100}})
            for (int turn = 0; turn < 5; ++turn)
                result.push_back(randomHost(random, lps, machines));
    result.push_back(randomHost(random, 1024, 10'000));
    result.push_back(randomHost(random, 1, 10'000));
    return result;
}

}  // namespace

class ResourceControlTest : public QObject {
    Q_OBJECT

  private slots:
    void settingsAreCheckedWithTheirRanges() {
        QVERIFY(check(ProcessorSettings{}));
        QVERIFY(check(ProcessorSettings{64, kWholeLp, kWholeLp, 10'000}));
        for (const ProcessorSettings& bad :
             {ProcessorSettings{0, 0, kWholeLp, 100}, ProcessorSettings{65, 0, kWholeLp, 100},
              ProcessorSettings{1, 0, 0, 100}, ProcessorSettings{1, 0, kWholeLp + 1, 100},
              ProcessorSettings{1, 50'001, 50'000, 100}, ProcessorSettings{1, 0, kWholeLp, 0},
              ProcessorSettings{1, 0, kWholeLp, 10'001}, ProcessorSettings{~0U, ~0U, ~0U, ~0U}})
            QVERIFY(!check(bad));
    }

    void aStarvedThreadWaitsWhileTheKernelCountsNothing() {
        const auto yes = [] { return true; };
        const auto no = [] { return false; };
        constexpr std::uint64_t kMs = 1'000'000;
        DemandMeter meter(500 * kMs, 70 * kMs);
        // What the kernel counts is what counts, without a question.
        const auto never = []() -> bool { qFatal("asked without need"); };
        QCOMPARE(meter.update(540 * kMs, 130 * kMs, 100ms, never), (Demand{0.4, 0.6}));
        QCOMPARE(meter.update(540 * kMs, 130 * kMs, 100ms, no), (Demand{0, 0}));
        QCOMPARE(meter.update(540 * kMs, 130 * kMs, 100ms, yes), (Demand{0, 1}));
        QCOMPARE(meter.update(540 * kMs, 130 * kMs, 100ms, yes), (Demand{0, 1}));
        // It gets a processor after 230 ms, of which 200 have been counted.
        QCOMPARE(meter.update(550 * kMs, 360 * kMs, 100ms, never), (Demand{0.1, 0.3}));
        QCOMPARE(meter.update(560 * kMs, 380 * kMs, 100ms, never), (Demand{0.1, 0.2}));
        // It had only just woken: what was counted too much takes nothing from later waits.
        QCOMPARE(meter.update(560 * kMs, 380 * kMs, 100ms, yes), (Demand{0, 1}));
        QCOMPARE(meter.update(600 * kMs, 381 * kMs, 100ms, never), (Demand{0.4, 0}));
        QCOMPARE(meter.update(620 * kMs, 411 * kMs, 100ms, never), (Demand{0.2, 0.3}));
    }

    void percentOfTotalIsHyperVs() {
        QCOMPARE(percentOfTotal({1, 0, kWholeLp, 100}, kWholeLp, 4), 25.0);
        QCOMPARE(percentOfTotal({2, 10'000, kWholeLp, 100}, 10'000, 4), 5.0);
        QCOMPARE(percentOfTotal({64, 0, kWholeLp, 100}, kWholeLp, 1024), 6.25);
        QCOMPARE(hypervisor::describeShare(12'500), "12.5 %");
        QCOMPARE(hypervisor::describeShare(100'000), "100 %");
    }

    void admissionHoldsToTheLastThousandth() {
        const std::vector<ProcessorSettings> running{{2, 50'000, kWholeLp, 100},
                                                     {1, 99'999, kWholeLp, 100}};
        QVERIFY(admit({1, 1, kWholeLp, 100}, running, 2));
        const auto refused = admit({1, 2, kWholeLp, 100}, running, 2);
        QVERIFY(!refused);
        for (const char* number : {"0.002 %", "200 %", "2 LPs", "199.999 %", "0.001 %"})
            QVERIFY2(refused.error().message.find(number) != std::string::npos,
                     refused.error().message.c_str());
        // Without a reserve a machine always may run, even where LPs have gone.
        QVERIFY(admit({64, 0, kWholeLp, 100}, running, 1));
        QVERIFY(!admit({1, 1, kWholeLp, 100}, running, 1));
        const std::vector<ProcessorSettings> many(10'000, {64, kWholeLp, kWholeLp, 10'000});
        QVERIFY(!admit({64, kWholeLp, kWholeLp, 1}, many, 1024));
    }

    void sharesMeetReservesAndDivideTheRestByWeight() {
        for (const Host& host : hosts()) {
            const auto shares = fairShares(host.machines, host.lps);
            QVERIFY(std::abs(sum(shares) - host.lps) < 1e-6 * host.lps);
            std::optional<double> perWeight;
            for (std::size_t i = 0; i < shares.size(); ++i) {
                const double above = shares[i] - reserveOf(host.machines[i]);
                QVERIFY(above > -1e-9);
                const double one =
                    above / (static_cast<double>(host.machines[i].count) * host.machines[i].weight);
                QVERIFY(!perWeight || std::abs(one - *perWeight) <= 1e-9 + 1e-6 * *perWeight);
                perWeight = one;
            }
        }
    }

    void everyBusyMachineHasItsReserveWhoeverElseIsBusy() {
        std::mt19937_64 random(99);
        for (const Host& host : hosts()) {
            const auto shares = fairShares(host.machines, host.lps);
            for (int turn = 0; turn < 4; ++turn) {
                double busy = 0;
                std::vector<bool> isBusy(shares.size());
                for (std::size_t i = 0; i < shares.size(); ++i)
                    if ((isBusy[i] = random() % 2 == 0))
                        busy += shares[i];
                for (std::size_t i = 0; i < shares.size(); ++i)
                    if (isBusy[i])
                        QVERIFY(shares[i] / busy * host.lps >= reserveOf(host.machines[i]) - 1e-9);
            }
        }
    }

    void sharesGrowWithWeightAndReserve() {
        for (Host host : hosts()) {
            const auto before = fairShares(host.machines, host.lps);
            ProcessorSettings& first = host.machines.front();
            if (first.weight < 10'000) {
                ++first.weight;
                QVERIFY(fairShares(host.machines, host.lps)[0] >= before[0] - 1e-12);
                --first.weight;
            }
            if (admit({first.count, 1, kWholeLp, 1}, host.machines, host.lps)) {
                ++first.reserve;
                QVERIFY(fairShares(host.machines, host.lps)[0] >= before[0] - 1e-9);
            }
        }
    }

    void lostLpsScaleReservesDown() {
        const std::vector<ProcessorSettings> machines{{2, kWholeLp, kWholeLp, 100},
                                                      {1, kWholeLp, kWholeLp, 100}};
        const auto shares = fairShares(machines, 1);
        QVERIFY(std::abs(sum(shares) - 1) < 1e-9);
        QVERIFY(std::abs(shares[0] - 2 * shares[1]) < 1e-9);
        QVERIFY(fairShares({}, 4).empty());
    }

    void weightsAreInRangeAndInProportion() {
        for (const auto range : {hypervisor::kWeightsV1, hypervisor::kWeightsV2})
            for (const Host& host : hosts()) {
                const auto shares = fairShares(host.machines, host.lps);
                const auto weights = groupWeights(shares, range);
                const double largest = *std::max_element(shares.begin(), shares.end());
                for (std::size_t i = 0; i < weights.size(); ++i) {
                    QVERIFY(weights[i] >= range.least && weights[i] <= range.most);
                    const double exact = shares[i] / largest * static_cast<double>(range.most);
                    const double error = std::abs(static_cast<double>(weights[i]) - exact);
                    QVERIFY(error <= 0.5 || (weights[i] == range.least &&
                                             exact < static_cast<double>(range.least)));
                }
            }
        const std::vector<double> odd{0, -1, 1e300};
        const auto weights = groupWeights(odd, hypervisor::kWeightsV2);
        QVERIFY(weights == (std::vector<std::uint64_t>{1, 1, 10'000}));
    }

    void bandwidthIsTheLimitOfAllProcessors() {
        QVERIFY(!bandwidth({4, 0, kWholeLp, 100}));
        for (const std::uint32_t count : {1U, 2U, 3U, 64U})
            for (const std::uint32_t limit : {100U, 500U, 1'000U, 12'345U, 50'000U, 99'999U}) {
                const auto one = bandwidth({count, 0, limit, 100});
                QVERIFY(one);
                QVERIFY(one->quota >= 1ms && one->period >= 1ms && one->period <= 1s);
                const double wanted = static_cast<double>(limit) * count / kWholeLp;
                const double given = static_cast<double>(one->quota.count()) /
                                     static_cast<double>(one->period.count());
                QVERIFY(std::abs(given - wanted) <= 0.001 * std::max(wanted, 1.0));
            }
    }

    void entitlementsAreWhatWasWantedOrInProportion() {
        // One is content with a tenth; the others divide the rest 1 to 2.
        const std::vector<MachineObservation> machines{
            {0.5, 4, 0.1, 0}, {0.5, 4, 1.0, 1}, {1.0, 4, 0.9, 3}};
        const auto entitled = hypervisor::entitlements(machines);
        QVERIFY(std::abs(entitled[0] - 0.1) < 1e-9);
        QVERIFY(std::abs(entitled[1] - 1.9 / 3) < 1e-9);
        QVERIFY(std::abs(entitled[2] - 3.8 / 3) < 1e-9);
        const auto none =
            hypervisor::entitlements(std::vector<MachineObservation>{{0, 1, 1, 1}, {0, 1, 0, 0}});
        QCOMPARE(sum(none), 0.0);
    }

    void correctionClosesWhatASchedulerLeavesOpen() {
        // A scheduler that gives time in proportion to weight times a bias of its own, with noise.
        std::mt19937_64 random(17);
        std::normal_distribution<double> noise(1, 0.1);
        const std::vector<ProcessorSettings> machines{
            {1, 80'000, kWholeLp, 100}, {2, 0, kWholeLp, 100}, {2, 0, kWholeLp, 200},
            {1, 0, kWholeLp, 400},      {4, 0, kWholeLp, 100}, {4, 0, kWholeLp, 100}};
        const std::vector<double> bias{0.9, 1.2, 1, 0.8, 1.1, 1};
        const auto shares = fairShares(machines, 2);
        hypervisor::SlowCorrection correction;
        correction.reset(machines.size());
        std::vector<double> weights = shares;
        std::vector<double> ran(machines.size(), 0);
        constexpr int kSettling = 60;
        constexpr int kMeasured = 100;
        for (int step = 0; step < kSettling + kMeasured; ++step) {
            std::vector<double> part(machines.size());
            for (std::size_t i = 0; i < part.size(); ++i)
                part[i] = weights[i] * bias[i] * noise(random);
            const double all = sum(part);
            std::vector<MachineObservation> observed;
            for (std::size_t i = 0; i < part.size(); ++i) {
                const double run = 2 * part[i] / all;
                const double most = machines[i].count;
                observed.push_back({shares[i], most, run, std::max(most - run, 0.05)});
                if (step >= kSettling)
                    ran[i] += run / kMeasured;
            }
            weights = correction.update(observed);
        }
        for (std::size_t i = 0; i < ran.size(); ++i)
            QVERIFY2(std::abs(ran[i] - shares[i]) < 0.01,
                     qPrintable(QString("machine %1: %2 of %3").arg(i).arg(ran[i]).arg(shares[i])));
    }

    void correctionLeavesAloneWhoDoesNotCompeteAndStaysBounded() {
        hypervisor::SlowCorrection correction;
        std::vector<double> weights;
        for (int step = 0; step < 200; ++step)
            weights = correction.update(
                std::vector<MachineObservation>{{1, 1, 1e-9, 1}, {1, 1, 1, 1}, {1, 1, 0.2, 0}});
        QVERIFY(weights[0] <= hypervisor::SlowCorrection::kMost + 1e-9);
        QVERIFY(weights[1] >= 1 / hypervisor::SlowCorrection::kMost - 1e-9);
        QCOMPARE(weights[2], 1.0);
        for (int step = 0; step < 200; ++step)
            weights = correction.update(
                std::vector<MachineObservation>{{1, 1, 0.1, 0}, {1, 1, 0.1, 0}, {1, 1, 0.1, 0}});
        for (const double weight : weights)
            QVERIFY(std::abs(weight - 1) < 0.01);
    }

    void tenThousandMachinesAreFast() {
        std::mt19937_64 random(5);
        const Host host = randomHost(random, 1024, 10'000);
        QElapsedTimer timer;
        timer.start();
        for (int turn = 0; turn < 10; ++turn) {
            const auto weights =
                groupWeights(fairShares(host.machines, host.lps), hypervisor::kWeightsV2);
            QCOMPARE(weights.size(), std::size_t{10'000});
        }
        QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
    }

    void pacingSpendsWhatTimeEarns() {
        hypervisor::PacingBudget budget(0.3, 50ms);
        std::chrono::nanoseconds used{0};
        bool runs = true;
        for (int step = 0; step < 10'000; ++step) {
            const std::chrono::nanoseconds now = runs ? 4ms : 0ms;
            used += now;
            runs = budget.account(4ms, now);
        }
        QVERIFY(std::abs(static_cast<double>(used.count()) / (10'000 * 4e6) - 0.3) < 0.002);
        // Idle time is no savings account.
        static_cast<void>(budget.account(1h, 0ms));
        QVERIFY(!budget.account(1ms, 20ms));
    }
};

QTEST_GUILESS_MAIN(ResourceControlTest)
#include "resource_control_test.moc"
