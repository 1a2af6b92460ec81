// SPDX-License-Identifier: GPL-3.0-or-later
#include "event_store.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iterator>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>

#include "service/vmms/database/stored_text.h"

namespace service {

namespace {

using Milliseconds = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Milliseconds>;

// What waits to be written, when that is slow or can't be.
constexpr std::size_t kMostWaiting = 1000;
// Old events are looked for once in so many new ones.
constexpr std::size_t kPruneInterval = 256;
constexpr std::size_t kMostWord = 64;

bool matches(const StoredEvent& event, const EventQuery& query) {
    return event.number > query.after && (!query.machine || event.machine == *query.machine) &&
           (!query.since || event.time >= *query.since) && event.severity >= query.least;
}

DatabaseResult<void> write(Database& database, const std::vector<StoredEvent>& events) {
    auto insert = database.prepare(
        "INSERT OR IGNORE INTO event(number, time, machine, kind, severity, text) "
        "VALUES(?, ?, ?, ?, ?, ?)");
    if (!insert)
        return std::unexpected(insert.error());
    for (const StoredEvent& event : events) {
        insert->bind(0, static_cast<std::int64_t>(event.number))
            .bind(1, static_cast<std::int64_t>(event.time.time_since_epoch().count()))
            .bind(2, event.machine)
            .bind(3, event.kind)
            .bind(4, static_cast<std::int64_t>(event.severity))
            .bind(5, event.text);
        if (auto done = insert->run(); !done)
            return done;
    }
    return {};
}

DatabaseResult<void> prune(Database& database, const EventStore::Limits& limits,
                           const std::set<std::string>& machines, Time now) {
    auto ofOne = database.prepare(
        "DELETE FROM event WHERE machine = ?1 AND number <= (SELECT number FROM event "
        "WHERE machine = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)");
    if (!ofOne)
        return std::unexpected(ofOne.error());
    for (const std::string& machine : machines) {
        ofOne->bind(0, machine).bind(1, static_cast<std::int64_t>(limits.ofOneMachine));
        if (auto done = ofOne->run(); !done)
            return done;
    }
    auto all = database.prepare(
        "DELETE FROM event WHERE number <= (SELECT number FROM event ORDER BY number DESC "
        "LIMIT 1 OFFSET ?)");
    if (!all)
        return std::unexpected(all.error());
    if (auto done = all->bind(0, static_cast<std::int64_t>(limits.all)).run(); !done)
        return done;
    auto old = database.prepare("DELETE FROM event WHERE time < ?");
    if (!old)
        return std::unexpected(old.error());
    const Time oldest = now - limits.age;
    return old->bind(0, static_cast<std::int64_t>(oldest.time_since_epoch().count())).run();
}

/// Newest first.
DatabaseResult<std::vector<StoredEvent>> read(Database& database, const EventQuery& query) {
    auto select = database.prepare(
        query.machine ? "SELECT number, time, machine, kind, severity, text FROM event "
                        "WHERE number > ?1 AND time >= ?2 AND severity >= ?3 AND machine = ?5 "
                        "ORDER BY number DESC LIMIT ?4"
                      : "SELECT number, time, machine, kind, severity, text FROM event "
                        "WHERE number > ?1 AND time >= ?2 AND severity >= ?3 "
                        "ORDER BY number DESC LIMIT ?4");
    if (!select)
        return std::unexpected(select.error());
    constexpr std::int64_t kAlways = std::numeric_limits<std::int64_t>::min();
    select
        ->bind(0, static_cast<std::int64_t>(std::min<std::uint64_t>(
                      query.after, std::numeric_limits<std::int64_t>::max())))
        .bind(1, query.since ? static_cast<std::int64_t>(query.since->time_since_epoch().count())
                             : kAlways)
        .bind(2, static_cast<std::int64_t>(query.least))
        .bind(3, static_cast<std::int64_t>(query.count));
    if (query.machine)
        select->bind(4, *query.machine);
    std::vector<StoredEvent> events;
    for (;;) {
        const auto row = select->step();
        if (!row)
            return std::unexpected(row.error());
        if (!*row)
            return events;
        StoredEvent& event = events.emplace_back();
        event.number = static_cast<std::uint64_t>(select->integer(0));
        event.time = Time(Milliseconds(select->integer(1)));
        event.machine = select->text(2);
        event.kind = select->text(3);
        event.severity =
            static_cast<EventSeverity>(std::clamp<std::int64_t>(select->integer(4), 0, 2));
        event.text = select->text(5);
    }
}

}  // namespace

struct EventStore::Shared {
    const Limits limits;

    std::mutex mutex;
    // Guarded by mutex: those that are not in the file, and whether a job for them is posted.
    std::deque<StoredEvent> waiting;
    bool posted = false;

    // The database thread's: since old ones were looked for, and whose they are.
    std::size_t written = kPruneInterval;
    std::set<std::string> machines;

    explicit Shared(Limits some) : limits(some) {}

    void writeWaiting(DatabaseThread& thread);
    void bound();
};

// Of the machine with the most events that wait, the older half goes: so one that is loud pushes
// out nobody else's, and the look at all of them is worth its time.
void EventStore::Shared::bound() {
    while (waiting.size() > kMostWaiting) {
        std::map<std::string_view, std::size_t> counts;
        for (const StoredEvent& event : waiting)
            ++counts[event.machine];
        const auto most = std::ranges::max_element(
            counts, {}, [](const auto& machine) { return machine.second; });
        const std::string loudest(most->first);
        std::size_t excess = (most->second + 1) / 2;
        std::erase_if(waiting, [&loudest, &excess](const StoredEvent& event) {
            if (excess == 0 || event.machine != loudest)
                return false;
            --excess;
            return true;
        });
    }
}

void EventStore::Shared::writeWaiting(DatabaseThread& thread) {
    std::vector<StoredEvent> events;
    {
        const std::scoped_lock lock(mutex);
        posted = false;
        events.assign(std::make_move_iterator(waiting.begin()),
                      std::make_move_iterator(waiting.end()));
        waiting.clear();
    }
    if (events.empty())
        return;
    for (const StoredEvent& event : events)
        machines.insert(event.machine);
    written += events.size();
    const bool done = thread.attempt([&](Database& database) -> DatabaseResult<void> {
        if (auto inserted = write(database, events); !inserted)
            return inserted;
        if (written < kPruneInterval)
            return {};
        return prune(database, limits, machines, events.back().time);
    });
    if (done) {
        if (written >= kPruneInterval) {
            written = 0;
            machines.clear();
        }
        return;
    }
    const std::scoped_lock lock(mutex);
    waiting.insert(waiting.begin(), std::make_move_iterator(events.begin()),
                   std::make_move_iterator(events.end()));
    bound();
}

std::string EventStore::schema() {
    return "CREATE TABLE IF NOT EXISTS event("
           "number INTEGER PRIMARY KEY NOT NULL, time INTEGER NOT NULL, machine TEXT NOT NULL, "
           "kind TEXT NOT NULL, severity INTEGER NOT NULL, text TEXT NOT NULL);"
           "CREATE INDEX IF NOT EXISTS event_machine ON event(machine, number);"
           "CREATE INDEX IF NOT EXISTS event_time ON event(time);";
}

EventStore::EventStore(boost::asio::any_io_executor executor, DatabaseThread& database,
                       Limits limits)
    : executor_(std::move(executor)),
      database_(database),
      shared_(std::make_shared<Shared>(limits)) {
    database_.post([this](DatabaseThread& thread) {
        static_cast<void>(thread.attempt([this](Database& file) -> DatabaseResult<void> {
            const auto last = file.number("SELECT max(number) FROM event");
            if (!last)
                return std::unexpected(last.error());
            last_ = static_cast<std::uint64_t>(std::max<std::int64_t>(*last, 0));
            return {};
        }));
    });
    database_.drain();
}

EventStore::~EventStore() = default;

StoredEvent EventStore::add(StoredEvent event) {
    // Microseconds, so that numbers grow even where the file with the last one is lost.
    const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    last_ = std::max(last_ + 1, static_cast<std::uint64_t>(std::max<long>(now.count(), 0)));
    event.number = last_;
    event.machine = storedText(event.machine, kMostWord, LineEnds::Replaced);
    event.kind = storedText(event.kind, kMostWord, LineEnds::Replaced);
    event.text = storedText(event.text, kMostText, LineEnds::Kept);
    {
        const std::scoped_lock lock(shared_->mutex);
        shared_->waiting.push_back(event);
        shared_->bound();
        if (std::exchange(shared_->posted, true))
            return event;
    }
    database_.post([shared = shared_](DatabaseThread& thread) { shared->writeWaiting(thread); });
    return event;
}

void EventStore::query(EventQuery query, Answer answer) {
    query.count = std::min(query.count, kMostAnswers);
    database_.post([shared = shared_, executor = executor_, query = std::move(query),
                    answer = std::move(answer)](DatabaseThread& thread) mutable {
        shared->writeWaiting(thread);
        std::vector<StoredEvent> events;
        const bool done = thread.attempt([&](Database& database) -> DatabaseResult<void> {
            auto found = read(database, query);
            if (!found)
                return std::unexpected(found.error());
            events = std::move(*found);
            return {};
        });
        if (!done)
            events.clear();
        std::ranges::reverse(events);
        {
            const std::scoped_lock lock(shared->mutex);
            std::ranges::copy_if(
                shared->waiting, std::back_inserter(events),
                [&query](const StoredEvent& event) { return matches(event, query); });
        }
        if (events.size() > query.count)
            events.erase(events.begin(), events.end() - static_cast<std::ptrdiff_t>(query.count));
        boost::asio::post(executor,
                          [answer = std::move(answer), events = std::move(events)]() mutable {
                              answer(std::move(events));
                          });
    });
}

void EventStore::forget(const std::string& machine) {
    {
        const std::scoped_lock lock(shared_->mutex);
        std::erase_if(shared_->waiting,
                      [&machine](const StoredEvent& event) { return event.machine == machine; });
    }
    database_.post([machine](DatabaseThread& thread) {
        static_cast<void>(thread.attempt([&machine](Database& database) -> DatabaseResult<void> {
            auto remove = database.prepare("DELETE FROM event WHERE machine = ?");
            if (!remove)
                return std::unexpected(remove.error());
            return remove->bind(0, machine).run();
        }));
    });
}

}  // namespace service
