// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/vmms/events/event_store.h"

#include <QTemporaryDir>
#include <QtTest>
#include <boost/asio/io_context.hpp>
#include <latch>

#include "../small_disk.h"

using service::DatabaseThread;
using service::EventQuery;
using service::EventSeverity;
using service::EventStore;
using service::StoredEvent;
using namespace std::chrono_literals;

class EventStoreTest : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        folder_.emplace();
        notices_.clear();
        open();
    }
    void cleanup() { close(); }

    void eventsComeInTheirOrder() {
        for (int number = 0; number < 10; ++number)
            add("m", "event " + std::to_string(number));
        const auto events = query({.machine = "m", .count = 3});
        QCOMPARE(events.size(), std::size_t{3});
        QCOMPARE(events[0].text, std::string("event 7"));
        QCOMPARE(events[2].text, std::string("event 9"));
        QVERIFY(events[0].number < events[1].number && events[1].number < events[2].number);
        QVERIFY(events[2].number < std::uint64_t{1} << 53);
    }

    void conditionsNarrow() {
        const StoredEvent first = add("a", "one");
        add("b", "two", EventSeverity::Warning);
        add("a", "three", EventSeverity::Error);
        QCOMPARE(query({}).size(), std::size_t{3});
        QCOMPARE(query({.machine = "a"}).size(), std::size_t{2});
        QCOMPARE(query({.machine = "c"}).size(), std::size_t{0});
        QCOMPARE(query({.after = first.number}).size(), std::size_t{2});
        QCOMPARE(query({.least = EventSeverity::Warning}).size(), std::size_t{2});
        QCOMPARE(query({.machine = "a", .least = EventSeverity::Error}).size(), std::size_t{1});
        QCOMPARE(query({.since = now_ - 1ms}).size(), std::size_t{1});
        QCOMPARE(query({.count = 0}).size(), std::size_t{0});
        QCOMPARE(query({.after = ~std::uint64_t{0}}).size(), std::size_t{0});
    }

    void eventsOutliveTheService() {
        const StoredEvent before = add("m", "before");
        close();
        open();
        const StoredEvent after = add("m", "after");
        QVERIFY(after.number > before.number);
        const auto events = query({});
        QCOMPARE(events.size(), std::size_t{2});
        QCOMPARE(events[0].text, std::string("before"));
        QCOMPARE(events[0].kind, std::string("Test"));
        QVERIFY(events[0].time == before.time);
    }

    void oneMachineCantPushOutOthers() {
        add("quiet", "the only one");
        for (int number = 0; number < 1000; ++number)
            add("loud", std::to_string(number));
        const auto quiet = query({.machine = "quiet"});
        QCOMPARE(quiet.size(), std::size_t{1});
        const auto loud = query({.machine = "loud", .count = 10'000});
        // 50 and what has come since old ones were looked for.
        QVERIFY(loud.size() >= 50 && loud.size() <= 50 + 256);
        QCOMPARE(loud.back().text, std::string("999"));
    }

    void oneMachineCantPushOutOthersWhileTheFileIsBusy() {
        std::latch go(1);
        database_->post([&go](DatabaseThread&) { go.wait(); });
        add("quiet", "the only one");
        for (int number = 0; number < 5000; ++number)
            add("loud", std::to_string(number));
        go.count_down();
        QCOMPARE(query({.machine = "quiet"}).size(), std::size_t{1});
        QCOMPARE(query({.machine = "loud"}).back().text, std::string("4999"));
    }

    void allTogetherAreBoundedToo() {
        for (int number = 0; number < 1000; ++number)
            add("m" + std::to_string(number), "event");
        const auto events = query({.count = 10'000});
        QVERIFY(events.size() >= 200 && events.size() <= 200 + 256);
        QCOMPARE(events.back().machine, std::string("m999"));
    }

    void oldOnesGo() {
        add("m", "old");
        now_ += 11 * 24h;
        for (int number = 0; number < 300; ++number)
            add("m" + std::to_string(number % 30), "new");
        for (const StoredEvent& event : query({.count = 10'000}))
            QCOMPARE(event.text, std::string("new"));
    }

    void forgottenMachineHasNone() {
        add("a", "one");
        add("b", "two");
        store_->forget("a");
        const auto events = query({});
        QCOMPARE(events.size(), std::size_t{1});
        QCOMPARE(events[0].machine, std::string("b"));
    }

    void textOfAGuestIsMadeHarmless() {
        const StoredEvent event = add("m", "bad \x1b]0;title\x07 \xff " + std::string(10'000, 'x'));
        QVERIFY(event.text.size() <= EventStore::kMostText);
        QVERIFY(event.text.starts_with("bad ?]0;title? ? x"));
        QCOMPARE(query({})[0].text, event.text);
    }

    void manyAtOnceAreWrittenTogether() {
        QElapsedTimer timer;
        timer.start();
        for (int number = 0; number < 900; ++number)
            add("m" + std::to_string(number % 100), "event");
        QCOMPARE(query({.count = 10'000}).back().text, std::string("event"));
        qInfo("900 events took %lld ms", timer.elapsed());
    }

    void fullDiskKeepsTheLatestInMemory() {
        const tests::SmallDisk disk(1024);
        if (!disk.mounted())
            QSKIP("only root can mount a small file system");
        close();
        open(disk.path("vireo.db"));
        add("m", "written");
        QCOMPARE(query({}).size(), std::size_t{1});
        const QString filler = QString::fromStdString(disk.path("filler"));
        {
            QFile file(filler);
            QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
            while (file.write(QByteArray(4096, 'f')) == 4096) {
            }
        }
        for (int number = 0; number < 30; ++number) {
            add("m", std::string(4000, '.') + std::to_string(number));
            database_->drain();
        }
        QVERIFY(!notices_.empty());
        auto events = query({.machine = "m", .count = 31});
        QCOMPARE(events.size(), std::size_t{31});
        QVERIFY(events.back().text.ends_with(".29"));
        QVERIFY(QFile::remove(filler));
        add("m", "room again");
        close();
        open(disk.path("vireo.db"));
        events = query({.machine = "m", .count = 100});
        QCOMPARE(events.size(), std::size_t{32});
        QCOMPARE(events.front().text, std::string("written"));
        QCOMPARE(events.back().text, std::string("room again"));
    }

  private:
    void open(std::string path = {}) {
        if (path.empty())
            path = folder_->filePath("vireo.db").toStdString();
        database_ = DatabaseThread::create(
            {path, 64 << 20}, {EventStore::schema()},
            [this](std::string notice) { notices_.push_back(std::move(notice)); });
        store_.emplace(
            loop_.get_executor(), *database_,
            EventStore::Limits{.all = 200, .ofOneMachine = 50, .age = std::chrono::days(10)});
    }
    void close() {
        database_->drain();
        store_.reset();
        database_.reset();
    }
    StoredEvent add(const std::string& machine, const std::string& text,
                    EventSeverity severity = EventSeverity::Information) {
        now_ += 1s;
        return store_->add(
            {.time = now_, .machine = machine, .kind = "Test", .severity = severity, .text = text});
    }
    std::vector<StoredEvent> query(EventQuery query) {
        std::optional<std::vector<StoredEvent>> answer;
        store_->query(std::move(query),
                      [&answer](std::vector<StoredEvent> events) { answer = std::move(events); });
        database_->drain();
        loop_.restart();
        loop_.run();
        if (!answer)
            qFatal("no answer");
        return std::move(*answer);
    }

    std::optional<QTemporaryDir> folder_;
    boost::asio::io_context loop_;
    std::unique_ptr<DatabaseThread> database_;
    std::optional<EventStore> store_;
    std::chrono::sys_time<std::chrono::milliseconds> now_{std::chrono::hours(24 * 365 * 50)};
    std::vector<std::string> notices_;
};

QTEST_GUILESS_MAIN(EventStoreTest)
#include "event_store_test.moc"
