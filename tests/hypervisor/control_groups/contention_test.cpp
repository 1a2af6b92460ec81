// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/control_groups/control_groups.h"

#include <unistd.h>

#include <QtTest>
#include <atomic>
#include <map>
#include <thread>

#include "hypervisor/resource_control/slow_correction.h"
#include "hypervisor/stats/thread_times.h"

using hypervisor::ControlGroups;
using hypervisor::fairShares;
using hypervisor::kWholeLp;
using hypervisor::MachineObservation;
using hypervisor::ProcessorSettings;
using hypervisor::ThreadTimes;
using namespace std::chrono_literals;
using Time = std::chrono::steady_clock;

namespace {

constexpr auto kCorrection = 100ms;
// All machines together weigh as much as they can, so that the rest of the host disturbs little.
constexpr std::uint32_t kForemost = 1024;

/// A machine's VPs as far as the scheduler sees them: threads that never rest, in a control group.
class BusyMachine {
  public:
    BusyMachine(ControlGroups& groups, const ProcessorSettings& settings, const std::string& name)
        : settings_(settings) {
        auto group = groups.machineGroup(name);
        if (!group)
            qFatal("%s", group.error().message.c_str());
        group_ = std::move(*group);
        for (std::uint32_t vp = 0; vp < settings.count; ++vp)
            threads_.emplace_back([this](const std::stop_token& stop) {
                const std::uint64_t thread = static_cast<std::uint64_t>(::gettid());
                ids_[started_++] = static_cast<pid_t>(thread);
                while (!stop.stop_requested())
                    __builtin_ia32_pause();
            });
        while (started_ < settings.count)
            std::this_thread::yield();
        for (std::uint32_t vp = 0; vp < settings.count; ++vp)
            if (const auto added = group_->addProcessorThread(ids_[vp]); !added)
                qFatal("%s", added.error().message.c_str());
    }
    ~BusyMachine() {
        threads_.clear();
        static_cast<void>(group_->remove().has_value());
    }
    BusyMachine(const BusyMachine&) = delete;
    BusyMachine& operator=(const BusyMachine&) = delete;

    [[nodiscard]] const ProcessorSettings& settings() const { return settings_; }
    [[nodiscard]] hypervisor::MachineGroup& group() { return *group_; }
    [[nodiscard]] ThreadTimes times() const {
        ThreadTimes sum;
        for (std::uint32_t vp = 0; vp < settings_.count; ++vp)
            if (const auto one = hypervisor::readThreadTimes(::getpid(), ids_[vp])) {
                sum.runNanoseconds += one->runNanoseconds;
                sum.waitNanoseconds += one->waitNanoseconds;
            }
        return sum;
    }

  private:
    const ProcessorSettings settings_;
    std::unique_ptr<hypervisor::MachineGroup> group_;
    std::array<pid_t, 64> ids_{};
    std::atomic<std::uint32_t> started_ = 0;
    std::vector<std::jthread> threads_;
};

double seconds(Time::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

/// The kernel's own groups with the weights and limits that we compute, and the slow correction.
class ContentionTest : public QObject {
    Q_OBJECT

    std::unique_ptr<ControlGroups> groups_;
    std::uint32_t lps_ = static_cast<std::uint32_t>(::sysconf(_SC_NPROCESSORS_ONLN));
    Time::duration measured_ = qEnvironmentVariableIsSet("VIREO_LONG_TESTS") ? 10s : 3s;

    struct Outcome {
        std::vector<double> lps;  ///< what each machine used, in LPs
        double all;               ///< what all together had
    };

    /// Lets the machines compete under correction; `settle` first, then measures.
    Outcome compete(std::vector<std::unique_ptr<BusyMachine>>& machines, Time::duration settle) {
        std::vector<ProcessorSettings> settings;
        for (const auto& machine : machines)
            settings.push_back(machine->settings());
        const auto shares = fairShares(settings, lps_);
        hypervisor::SlowCorrection correction;
        correction.reset(machines.size());
        const auto apply = [&](const std::vector<double>& wanted) {
            const auto weights = hypervisor::groupWeights(wanted, groups_->weights());
            for (std::size_t i = 0; i < machines.size(); ++i)
                if (const auto set = machines[i]->group().setWeight(weights[i]); !set)
                    qFatal("%s", set.error().message.c_str());
        };
        apply(shares);
        std::vector<ThreadTimes> before;
        std::vector<ThreadTimes> first;
        for (const auto& machine : machines)
            before.push_back(machine->times());
        auto last = Time::now();
        const auto start = last + settle;
        auto begun = last;
        while (Time::now() < start + measured_) {
            std::this_thread::sleep_for(kCorrection);
            const auto now = Time::now();
            std::vector<MachineObservation> observed;
            for (std::size_t i = 0; i < machines.size(); ++i) {
                const ThreadTimes times = machines[i]->times();
                const double passed = seconds(now - last) * 1e9;
                observed.push_back(
                    {shares[i],
                     static_cast<double>(settings[i].count) * settings[i].limit / kWholeLp,
                     static_cast<double>(times.runNanoseconds - before[i].runNanoseconds) / passed,
                     static_cast<double>(times.waitNanoseconds - before[i].waitNanoseconds) /
                         passed});
                before[i] = times;
            }
            last = now;
            apply(correction.update(observed));
            if (first.empty() && now >= start) {
                first = before;
                begun = now;
            }
        }
        Outcome outcome{{}, 0};
        for (std::size_t i = 0; i < machines.size(); ++i) {
            outcome.lps.push_back(
                static_cast<double>(before[i].runNanoseconds - first[i].runNanoseconds) / 1e9 /
                seconds(last - begun));
            outcome.all += outcome.lps.back();
        }
        return outcome;
    }

    std::unique_ptr<BusyMachine> machine(const ProcessorSettings& settings) {
        static int number = 0;
        return std::make_unique<BusyMachine>(*groups_, settings, "m" + std::to_string(++number));
    }

    /// Whether nothing else on the host took its LPs away.
    [[nodiscard]] bool hadWholeHost(double all) const { return all >= lps_ * 0.98; }

  private slots:
    void init() {
        auto groups = ControlGroups::open("vireo-test-" + std::to_string(::getpid()), kForemost);
        if (!groups)
            QSKIP(qPrintable(QString::fromStdString(groups.error().message)));
        groups_ = std::move(*groups);
    }
    void cleanup() {
        if (groups_)
            groups_->remove();
        groups_.reset();
    }

    void limitHoldsWithinAPointAndChangesWithin200Milliseconds() {
        if (!groups_->missing().empty())
            QSKIP(groups_->missing().c_str());
        auto one = machine({2, 0, 30'000, 100});
        const auto use = [&](Time::duration duration) {
            const auto start = Time::now();
            const auto before = one->times().runNanoseconds;
            std::this_thread::sleep_for(duration);
            return static_cast<double>(one->times().runNanoseconds - before) / 1e9 /
                   seconds(Time::now() - start);
        };
        for (const std::uint32_t limit : {30'000U, 10'000U, 25'000U}) {
            QVERIFY(one->group().setBandwidth(hypervisor::bandwidth({2, 0, limit, 100})));
            std::this_thread::sleep_for(200ms);
            const double used = use(measured_ / 3);
            const double wanted = 2.0 * limit / kWholeLp;
            qInfo("limit %.1f %% of an LP, used %.2f %%", wanted * 100, used * 100);
            QVERIFY(used < wanted + 0.01);
            if (used < wanted - 0.01)
                QSKIP("the host was too busy for the machine to reach its limit");
        }
    }

    void timesAreInProportionToWeights() {
        std::vector<std::unique_ptr<BusyMachine>> machines;
        for (const std::uint32_t weight : {100U, 200U, 400U})
            machines.push_back(machine({lps_, 0, kWholeLp, weight}));
        const Outcome outcome = compete(machines, 2s);
        for (std::size_t i = 0; i < 3; ++i)
            qInfo("weight %u: %.4f LPs, ratio %.4f", machines[i]->settings().weight, outcome.lps[i],
                  outcome.lps[i] / outcome.lps[0]);
        QVERIFY(std::abs(outcome.lps[1] / outcome.lps[0] / 2 - 1) < 0.03);
        QVERIFY(std::abs(outcome.lps[2] / outcome.lps[0] / 4 - 1) < 0.03);
    }

    void reserveIsMetBesideEightOthers() {
        std::vector<std::unique_ptr<BusyMachine>> machines;
        machines.push_back(machine({1, 80'000, kWholeLp, 100}));
        for (int other = 0; other < 8; ++other)
            machines.push_back(machine({4, 0, kWholeLp, 100}));
        const Outcome outcome = compete(machines, 3s);
        qInfo("reserve 0.8 LPs: used %.4f of %.3f", outcome.lps[0], outcome.all);
        if (!hadWholeHost(outcome.all))
            QSKIP("the host was busy with something else");
        QVERIFY(outcome.lps[0] >= 0.79);
    }

    void groupsAreRemovedWithThreadsInside() {
        auto one = machine({1, 0, kWholeLp, 100});
        const std::string folder = one->group().folder();
        QCOMPARE(::access(folder.c_str(), F_OK), 0);
        QVERIFY(one->group().remove());
        QVERIFY(::access(folder.c_str(), F_OK) != 0);
    }
};

QTEST_GUILESS_MAIN(ContentionTest)
#include "contention_test.moc"
