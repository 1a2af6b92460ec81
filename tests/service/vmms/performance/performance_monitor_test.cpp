// SPDX-License-Identifier: GPL-3.0-or-later
//
// The sampling thread with stats pages of this process, whose threads stand for VPs.
#include "service/vmms/performance/performance_monitor.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cmath>
#include <thread>

#include "hypervisor/stats/stats_memory.h"
#include "service/vmms/performance/machine_sampler.h"

using hypervisor::CountedStats;
using hypervisor::FileDescriptor;
using hypervisor::Intercept;
using hypervisor::StatsMemory;
using namespace service;
using namespace std::chrono_literals;

namespace {

constexpr const char* kProcessors = "Hyper-V Hypervisor Virtual Processor";
constexpr int kPatience = 60'000;

/// A machine with one VP, a thread here that halts a thousand times a second or so.
class FakeMachine {
  public:
    FakeMachine() : stats_(std::move(*StatsMemory::create(1))) {
        stats_->publish(CountedStats().with(Intercept::Halt), 1'000'000'000);
        thread_ = std::jthread([this](const std::stop_token& stop) {
            stats_->processors()[0].thread.set(static_cast<std::uint64_t>(::gettid()));
            while (!stop.stop_requested()) {
                stats_->processors()[0][Intercept::Halt].add();
                std::this_thread::sleep_for(1ms);
            }
        });
    }
    [[nodiscard]] FileDescriptor pages() const {
        return FileDescriptor(::dup(stats_->descriptor()));
    }
    [[nodiscard]] StatsMemory& stats() { return *stats_; }

  private:
    std::unique_ptr<StatsMemory> stats_;
    std::jthread thread_;
};

double valueOf(const Figures& figures, const std::string& instance, const std::string& name) {
    for (std::size_t place = 0; place < figures.layout->size(); ++place)
        if ((*figures.layout)[place].instance == instance && (*figures.layout)[place].name == name)
            return figures.values[place];
    return -1;
}

}  // namespace

class PerformanceMonitorTest : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        folder_.emplace();
        open();
    }
    void cleanup() { close(); }

    void figuresAreThereASecondLater() {
        FakeMachine machine;
        QVERIFY(monitor_->add("m", "name", machine.pages(), ::getpid()));
        QTRY_VERIFY_WITH_TIMEOUT(monitor_->latest("m"), kPatience);
        const auto figures = monitor_->latest("m");
        QCOMPARE(figures->machine, std::string("m"));
        const double halts = valueOf(*figures, "VP 0", "HLT Instructions/sec");
        QVERIFY(halts > 0 && halts <= 1100);
        // A thread's times need two samples in which the kernel tells them.
        QTRY_VERIFY_WITH_TIMEOUT(valueOf(*monitor_->latest("m"), "_Total", "% Total Run Time") >= 0,
                                 kPatience);
        // What is not counted has no value.
        QVERIFY(std::isnan(valueOf(*figures, "VP 0", "Hypercalls/sec")));
        QTRY_VERIFY_WITH_TIMEOUT(monitor_->latest("") != nullptr, kPatience);
        QVERIFY(valueOf(*monitor_->latest(""), "_Total", "% Idle Time") >= 0);
        QCOMPARE(monitor_->latest().size(), std::size_t{2});
        const auto counted = monitor_->counted();
        QVERIFY(counted[0].host && counted[1].machine);
        QCOMPARE(counted[1].name, std::string("name"));
        monitor_->rename("m", "other");
        QTRY_COMPARE_WITH_TIMEOUT(monitor_->counted()[1].name, std::string("other"), kPatience);
        monitor_->remove("m");
        QTRY_VERIFY_WITH_TIMEOUT(!monitor_->latest("m"), kPatience);
    }

    void subscribersGetWhatTheyAskedFor() {
        FakeMachine one;
        FakeMachine two;
        QVERIFY(monitor_->add("one", "", one.pages(), ::getpid()));
        QVERIFY(monitor_->add("two", "", two.pages(), ::getpid()));
        int all = 0;
        std::vector<std::chrono::nanoseconds> tenths;
        auto everything =
            monitor_->subscribe({}, PerformanceMonitor::Pace::EverySecond, [&all](auto figures) {
                if (figures.size() == 3)
                    ++all;
            });
        auto fast = monitor_->subscribe({"two"}, PerformanceMonitor::Pace::TenTimesASecond,
                                        [&tenths](auto figures) {
                                            QCOMPARE(figures.size(), std::size_t{1});
                                            QCOMPARE(figures[0]->machine, std::string("two"));
                                            tenths.push_back(figures[0]->length);
                                        });
        runUntil([&] { return all >= 2 && tenths.size() >= 12; });
        // Tenths of a second, as well as this machine's load allows.
        std::ranges::sort(tenths);
        QVERIFY(tenths[tenths.size() / 4] < 500ms);
        const std::size_t before = tenths.size();
        fast.reset();
        const int seconds = all;
        runUntil([&] { return all > seconds; });
        QCOMPARE(tenths.size(), before);
    }

    void historyCanBeAskedForWhileItIsMade() {
        FakeMachine machine;
        QVERIFY(monitor_->add("m", "", machine.pages(), ::getpid()));
        HistoryQuery query;
        query.machine = "m";
        query.counters = {{kProcessors, "VP 0", "% Total Run Time"}};
        const auto points = [&] {
            const auto now =
                std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
            query.from = now - 60s;
            query.to = now + 1s;
            const HistoryAnswer answer = ask(query);
            return std::ranges::count_if(answer.series.at(0).averages,
                                         [](float value) { return !std::isnan(value); });
        };
        // Some of the chunk that is under way and, at last, one that is in the file.
        QTRY_VERIFY_WITH_TIMEOUT(points() >= 2, kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(points() >= 12, kPatience);
        const auto before = points();
        // A clean stop keeps what there is.
        close();
        open();
        QVERIFY(points() >= before);
        monitor_->forget("m");
        QTRY_COMPARE_WITH_TIMEOUT(points(), 0, kPatience);
    }

    void wrongQueriesGetTheReason() {
        std::optional<hypervisor::Result<HistoryAnswer>> answer;
        monitor_->query({}, [&answer](auto result) { answer = std::move(result); });
        runUntil([&answer] { return answer.has_value(); });
        QVERIFY(!*answer && answer->error().message.find("counters") != std::string::npos);
        int busy = 0;
        int answered = 0;
        for (int number = 0; number < 1000; ++number)
            monitor_->query({}, [&](auto result) {
                ++answered;
                busy += result.error().message.find("too many") != std::string::npos ? 1 : 0;
            });
        runUntil([&answered] { return answered == 1000; });
        QVERIFY(busy > 0);
    }

    void pagesThatAreNoneAreRefused() {
        const FileDescriptor file(::memfd_create("nothing", MFD_CLOEXEC));
        QVERIFY(!monitor_->add("m", "", file, ::getpid()));
        // Pages that are never filled in give no figures and stop nobody else's.
        const auto empty = StatsMemory::create(1);
        QVERIFY(
            monitor_->add("empty", "", FileDescriptor(::dup((*empty)->descriptor())), ::getpid()));
        FakeMachine machine;
        QVERIFY(monitor_->add("m", "", machine.pages(), ::getpid()));
        QTRY_VERIFY_WITH_TIMEOUT(monitor_->latest("m"), kPatience);
        QVERIFY(!monitor_->latest("empty"));
    }

    void threadsThatChangeAreFollowed() {
        auto memory = std::move(*StatsMemory::create(2));
        memory->publish({}, 1'000'000'000);
        memory->processors()[0].thread.set(static_cast<std::uint64_t>(::gettid()));
        // No thread of this process.
        memory->processors()[1].thread.set(1);
        OpenFileBudget budget(1);
        const FileDescriptor pages(::dup(memory->descriptor()));
        MachineSampler sampler(std::move(*hypervisor::StatsView::open(pages)), ::getpid(), budget);
        auto sample = sampler.sample();
        QVERIFY(sample && sample->threads[0] && !sample->threads[1]);
        QVERIFY(!budget.take());
        std::atomic<int> other = 0;
        std::jthread thread([&other](const std::stop_token& stop) {
            other = ::gettid();
            while (!stop.stop_requested())
                std::this_thread::sleep_for(1ms);
        });
        QTRY_VERIFY(other != 0);
        memory->processors()[1].thread.set(static_cast<std::uint64_t>(other.load()));
        // Beyond the budget it is read all the same.
        sample = sampler.sample();
        QVERIFY(sample->threads[0] && sample->threads[1]);
        memory->processors()[0].thread.set(0);
        sample = sampler.sample();
        QVERIFY(!sample->threads[0] && sample->threads[1]);
        thread.request_stop();
        thread.join();
        QTRY_VERIFY(!sampler.sample()->threads[1]);
        // All has been given back.
        QVERIFY(budget.take());
    }

    void devicesThatComeAndGoAreRecorded() {
        FakeMachine machine;
        auto disk = machine.stats().takeSlot(hypervisor::StatsSlotKind::Storage, 0, "disk");
        QVERIFY(monitor_->add("m", "", machine.pages(), ::getpid()));
        QTRY_VERIFY_WITH_TIMEOUT(
            monitor_->latest("m") && valueOf(*monitor_->latest("m"), "disk", "Queue Length") == 0,
            kPatience);
        disk.reset();
        QTRY_VERIFY_WITH_TIMEOUT(valueOf(*monitor_->latest("m"), "disk", "Queue Length") == -1,
                                 kPatience);
    }

  private:
    void open() {
        database_ = DatabaseThread::create(
            {folder_->filePath("vireo.db").toStdString(), 64 << 20}, {PerformanceMonitor::schema()},
            [](const std::string& notice) { qWarning("%s", notice.c_str()); });
        monitor_ = PerformanceMonitor::create(loop_.get_executor(), *database_);
    }
    void close() {
        monitor_->flush();
        monitor_.reset();
        database_->drain();
        database_.reset();
        loop_.restart();
        loop_.poll();
    }
    template <class Condition>
    void runUntil(Condition condition) {
        QDeadlineTimer deadline(kPatience);
        while (!condition()) {
            loop_.restart();
            loop_.poll();
            if (deadline.hasExpired())
                qFatal("waited too long");
            QThread::msleep(2);
        }
    }
    HistoryAnswer ask(const HistoryQuery& query) {
        std::optional<hypervisor::Result<HistoryAnswer>> answer;
        monitor_->query(query, [&answer](auto result) { answer = std::move(result); });
        runUntil([&answer] { return answer.has_value(); });
        if (!*answer)
            qFatal("%s", answer->error().message.c_str());
        return std::move(**answer);
    }

    std::optional<QTemporaryDir> folder_;
    boost::asio::io_context loop_;
    std::unique_ptr<DatabaseThread> database_;
    std::unique_ptr<PerformanceMonitor> monitor_;
};

QTEST_GUILESS_MAIN(PerformanceMonitorTest)
#include "performance_monitor_test.moc"
