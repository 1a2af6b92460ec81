// SPDX-License-Identifier: GPL-3.0-or-later
//
// History in its file, by a clock of the test's.
#include "service/vmms/performance/history_store.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <cmath>

#include "../small_disk.h"
#include "service/vmms/performance/value_code.h"

using namespace service;
using namespace std::chrono_literals;
using std::chrono::sys_seconds;

namespace {

constexpr sys_seconds kStart{1'800'000'000s};
const CounterName kCounter{"set", "_Total", "a"};
const CounterName kOther{"set", "_Total", "b"};

const std::shared_ptr<const CounterLayout>& layout() {
    static const auto kLayout =
        std::make_shared<const CounterLayout>(CounterLayout{kCounter, kOther});
    return kLayout;
}

/// What counter "a" does: a number that says when.
double valueAt(sys_seconds time) {
    return static_cast<double>((time - kStart).count() % 1000 + 1);
}

HistoryChunk chunkAt(sys_seconds start) {
    HistoryChunk chunk{0, start, 10, layout(), {}, {}};
    for (int point = 0; point < 10; ++point)
        chunk.averages.push_back(encodeValue(valueAt(start + point * 1s)));
    for (int point = 0; point < 10; ++point)
        chunk.averages.push_back(encodeValue(5));
    return chunk;
}

bool isNear(double value, double expected) {
    return std::abs(value - expected) <= expected / 500;
}

}  // namespace

class HistoryStoreTest : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        folder_.emplace();
        notices_.clear();
        open();
    }
    void cleanup() { close(); }

    void secondsAreThereAsWritten() {
        run("m", kStart, 10min);
        const HistoryAnswer answer = ask("m", kStart + 100s, kStart + 400s, kStart + 10min);
        QCOMPARE(answer.step, 1s);
        QVERIFY(answer.from == kStart + 100s);
        QCOMPARE(answer.series.size(), std::size_t{2});
        QCOMPARE(answer.series[0].averages.size(), std::size_t{300});
        for (std::size_t point = 0; point < 300; ++point) {
            const double expected = valueAt(kStart + 100s + static_cast<std::int64_t>(point) * 1s);
            QVERIFY(isNear(answer.series[0].averages[point], expected));
            QVERIFY(isNear(answer.series[0].maxima[point], expected));
            QVERIFY(isNear(answer.series[1].averages[point], 5));
        }
    }

    void whatIsNotThereIsNone() {
        run("m", kStart, 5min);
        QVERIFY(std::isnan(ask("m", kStart - 60s, kStart, kStart + 5min).series[0].averages[30]));
        QVERIFY(
            std::isnan(ask("other", kStart, kStart + 60s, kStart + 5min).series[0].averages[30]));
        HistoryQuery query;
        query.machine = "m";
        query.counters = {{"set", "_Total", "no such"}};
        query.from = kStart;
        query.to = kStart + 60s;
        QVERIFY(std::isnan(ask(query, kStart + 5min).series[0].averages[30]));
    }

    void unfinishedChunkIsInTheAnswer() {
        run("m", kStart, 1min);
        HistoryQuery query = queryOf("m", kStart + 50s, kStart + 70s);
        const HistoryAnswer answer = ask(query, kStart + 70s, chunkAt(kStart + 60s));
        QVERIFY(isNear(answer.series[0].averages[5], valueAt(kStart + 55s)));
        QVERIFY(isNear(answer.series[0].averages[15], valueAt(kStart + 65s)));
    }

    void tensAndMinutesComeOfSeconds() {
        const auto now = run("m", kStart, 5h);
        // Seconds of four hours ago have gone, tens have not.
        QCOMPARE(chunks(0, kStart, kStart + 3h), 0);
        QVERIFY(chunks(0, now - 50min, now) > 290);
        QVERIFY(chunks(1, kStart, now) >= 58);
        QVERIFY(chunks(2, kStart, now) >= 4);
        HistoryAnswer answer = ask("m", kStart + 600s, kStart + 900s, now);
        QCOMPARE(answer.step, 10s);
        for (std::size_t point = 0; point < 30; ++point) {
            const sys_seconds time = kStart + 600s + static_cast<std::int64_t>(point) * 10s;
            QVERIFY(isNear(answer.series[0].averages[point], valueAt(time) + 4.5));
            QVERIFY(isNear(answer.series[0].maxima[point], valueAt(time) + 9));
        }
        // Few points: minutes, of a window that is complete and of what comes after.
        HistoryQuery query = queryOf("m", kStart, now);
        query.mostPoints = 320;
        answer = ask(query, now);
        QCOMPARE(answer.step, 60s);
        QCOMPARE(answer.series[0].averages.size(), std::size_t{300});
        for (std::size_t point = 0; point < 299; ++point)
            QVERIFY(isNear(answer.series[1].averages[point], 5));
        QVERIFY(isNear(answer.series[0].maxima[3], valueAt(kStart + 180s) + 59));
    }

    void everythingGoesWhenItIsTooOld() {
        run("m", kStart, 2h);
        const sys_seconds later = kStart + std::chrono::days(33);
        run("other", later, 2min);
        QCOMPARE(chunks(0, kStart, later - 1s), 0);
        QCOMPARE(chunks(1, kStart, later - 1s), 0);
        QCOMPARE(chunks(2, kStart, later - 1s), 0);
        QCOMPARE(number("SELECT count(*) FROM machine"), 1);
        QCOMPARE(number("SELECT count(*) FROM layout"), 1);
    }

    void windowThatEndedWhileTheServiceWasAwayIsCompacted() {
        run("m", kStart, 7min);
        close();
        open();
        store_->write({}, kStart + 30min);
        database_->drain();
        database_->drain();
        QCOMPARE(chunks(1, kStart, kStart + 30min), 2);
        const HistoryAnswer answer = [this] {
            HistoryQuery query = queryOf("m", kStart, kStart + 10min);
            query.mostPoints = 100;
            return ask(query, kStart + 30min);
        }();
        QCOMPARE(answer.step, 10s);
        QVERIFY(isNear(answer.series[1].averages[41], 5));
        QVERIFY(std::isnan(answer.series[1].averages[43]));
    }

    void lateChunksAreCompactedToo() {
        run("m", kStart, 12min);
        QCOMPARE(chunks(1, kStart, kStart + 1h), 2);
        store_->write({{"m", chunkAt(kStart - 300s)}}, kStart + 12min);
        drain();
        QCOMPARE(chunks(1, kStart - 300s, kStart + 1h), 3);
    }

    void clockThatIsSetBackIsSurvived() {
        run("m", kStart, 20min);
        run("m", kStart - 10h, 20min);
        QVERIFY(chunks(1, kStart - 10h, kStart - 9h) >= 3);
        const HistoryAnswer answer =
            ask("m", kStart - 10h, kStart - 10h + 60s, kStart - 10h + 20min);
        QVERIFY(isNear(answer.series[1].averages[30], 5));
    }

    void forgottenMachineHasNone() {
        run("m", kStart, 10min);
        run("other", kStart, 10min);
        store_->forget("m");
        QVERIFY(std::isnan(ask("m", kStart, kStart + 60s, kStart + 10min).series[0].averages[30]));
        QVERIFY(
            isNear(ask("other", kStart, kStart + 60s, kStart + 10min).series[1].averages[30], 5));
        QCOMPARE(number("SELECT count(DISTINCT machine) FROM chunk"), 1);
        // And may come again.
        run("m", kStart + 10min, 1min);
        QVERIFY(isNear(
            ask("m", kStart + 10min, kStart + 11min, kStart + 11min).series[1].averages[30], 5));
    }

    void fileStaysWithinItsMost() {
        close();
        constexpr std::uint64_t kMost = 240 << 10;
        open({}, kMost);
        sys_seconds now;
        for (int machine = 0; machine < 12; ++machine)
            now = run("m" + std::to_string(machine), kStart + machine * 10s, 100min);
        QVERIFY(notices_.empty());
        QVERIFY(static_cast<std::uint64_t>(QFileInfo(QString::fromStdString(path())).size()) <=
                kMost);
        QVERIFY(number("SELECT count(*) FROM trimmed") > 0);
        // The newest is there, and a query for what was cut off takes what is left of it.
        const HistoryAnswer answer = ask("m11", now - 30s, now, now);
        QVERIFY(isNear(answer.series[1].averages[5], 5));
    }

    void killAtAnyMomentLosesNothingThatWasWritten() {
        close();
        for (int turn = 0; turn < 8; ++turn) {
            std::array<int, 2> ends{};
            QCOMPARE(::pipe(ends.data()), 0);
            const pid_t child = ::fork();
            if (child == 0) {
                open();
                for (int ten = 0;; ++ten) {
                    const sys_seconds start = kStart + (turn * 10'000 + ten) * 10s;
                    store_->write({{"m", chunkAt(start)}}, start + 10s);
                    database_->drain();
                    static_cast<void>(!::write(ends[1], &start, sizeof start));
                }
            }
            ::close(ends[1]);
            QTest::qWait(100 + 37 * turn);
            ::kill(child, SIGKILL);
            ::waitpid(child, nullptr, 0);
            sys_seconds last{};
            sys_seconds one{};
            while (::read(ends[0], &one, sizeof one) == sizeof one)
                last = one;
            ::close(ends[0]);
            if (last == sys_seconds())
                continue;
            open();
            QVERIFY(isNear(ask("m", last, last + 10s, last + 10s).series[0].averages[9],
                           valueAt(last + 9s)));
            close();
        }
        QVERIFY(notices_.empty());
        open();
        QVERIFY(number("SELECT count(*) FROM chunk") > 0);
    }

    void historyGoesOnInMemoryOnAFullDisk() {
        // With room for the database's log, once the filler has gone.
        const tests::SmallDisk disk(8192);
        if (!disk.mounted())
            QSKIP("only root can mount a small file system");
        close();
        open(disk.path("vireo.db"));
        run("m", kStart, 1min);
        const QString filler = QString::fromStdString(disk.path("filler"));
        {
            QFile file(filler);
            QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
            while (file.write(QByteArray(4096, 'f')) == 4096) {
            }
        }
        sys_seconds now = kStart + 1min;
        while (notices_.empty() && now < kStart + 20h)
            now = run("m", now, 10min);
        QCOMPARE(notices_.size(), std::size_t{1});
        now = run("m", now, 10min);
        QCOMPARE(notices_.size(), std::size_t{1});
        HistoryAnswer answer = ask("m", now - 300s, now, now);
        for (const float value : answer.series[1].averages)
            QVERIFY(isNear(value, 5));
        QVERIFY(QFile::remove(filler));
        now = run("m", now, 10min);
        QCOMPARE(notices_.size(), std::size_t{2});
        close();
        open(disk.path("vireo.db"));
        answer = ask("m", now - 20min, now, now);
        QCOMPARE(notices_.size(), std::size_t{2});
        for (const float value : answer.series[1].averages)
            QVERIFY(isNear(value, 5));
    }

    void damagedFileBeginsAnew() {
        run("m", kStart, 30min);
        close();
        {
            QFile file(QString::fromStdString(path()));
            QVERIFY(file.open(QIODevice::ReadWrite));
            QVERIFY(file.seek(4096));
            file.write(QByteArray(static_cast<int>(file.size() - 4096), '\x5A'));
        }
        open();
        const auto now = run("m", kStart + 30min, 2min);
        QVERIFY(!notices_.empty());
        QVERIFY(isNear(ask("m", now - 60s, now, now).series[1].averages[30], 5));
    }

  private:
    [[nodiscard]] std::string path() const { return folder_->filePath("vireo.db").toStdString(); }
    void open(std::string at = {}, std::uint64_t most = 64 << 20) {
        database_ = DatabaseThread::create(
            {at.empty() ? path() : std::move(at), most}, {HistoryStore::schema()},
            [this](std::string notice) { notices_.push_back(std::move(notice)); });
        store_.emplace(*database_);
    }
    void close() {
        if (!database_)
            return;
        drain();
        store_.reset();
        database_.reset();
    }
    /// Also what jobs have posted.
    void drain() {
        for (int turn = 0; turn < 3; ++turn)
            database_->drain();
    }
    /// A machine that runs for so long; gives the time afterwards.
    sys_seconds run(const std::string& machine, sys_seconds start, std::chrono::seconds length) {
        sys_seconds now = start;
        for (; now < start + length; now += 10s)
            store_->write({{machine, chunkAt(now)}}, now + 11s);
        drain();
        return now;
    }
    [[nodiscard]] static HistoryQuery queryOf(const std::string& machine, sys_seconds from,
                                              sys_seconds to) {
        HistoryQuery query;
        query.machine = machine;
        query.counters = {kCounter, kOther};
        query.from = from;
        query.to = to;
        return query;
    }
    HistoryAnswer ask(const HistoryQuery& query, sys_seconds now,
                      std::optional<HistoryChunk> unfinished = {}) {
        std::optional<hypervisor::Result<HistoryAnswer>> result;
        store_->query(
            query, std::move(unfinished), now,
            [&result](hypervisor::Result<HistoryAnswer> answer) { result = std::move(answer); });
        database_->drain();
        if (!result || !*result)
            qFatal("no answer");
        return std::move(**result);
    }
    HistoryAnswer ask(const std::string& machine, sys_seconds from, sys_seconds to,
                      sys_seconds now) {
        return ask(queryOf(machine, from, to), now);
    }
    int number(const std::string& sql) {
        std::int64_t result = -1;
        database_->post([&](DatabaseThread& thread) {
            static_cast<void>(thread.attempt([&](Database& database) -> DatabaseResult<void> {
                const auto found = database.number(sql);
                if (!found)
                    return std::unexpected(found.error());
                result = *found;
                return {};
            }));
        });
        database_->drain();
        return static_cast<int>(result);
    }
    int chunks(int level, sys_seconds from, sys_seconds to) {
        return number("SELECT count(*) FROM chunk WHERE level=" + std::to_string(level) +
                      " AND start>=" + std::to_string(from.time_since_epoch().count()) +
                      " AND start<" + std::to_string(to.time_since_epoch().count()));
    }

    std::optional<QTemporaryDir> folder_;
    std::unique_ptr<DatabaseThread> database_;
    std::optional<HistoryStore> store_;
    std::vector<std::string> notices_;
};

QTEST_GUILESS_MAIN(HistoryStoreTest)
#include "history_store_test.moc"
