// SPDX-License-Identifier: GPL-3.0-or-later
#include "history_file.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "counter_layouts.h"
#include "history_compaction.h"

namespace service {

namespace {

using namespace std::chrono_literals;
using Seconds = HistoryFile::Seconds;

// Chunks of a window are in the file at the latest so long after its end.
constexpr auto kLate = 20s;
constexpr std::size_t kMostCompacted = 40;
constexpr std::size_t kMostCachedLayouts = 1024;
// Of the most that the file may have, so that there is always room for events.
constexpr std::uint64_t kFullPercent = 90;
constexpr std::int64_t kTrimPart = 50;
constexpr int kMostTrims = 20;
constexpr int kMostVacuumed = 512;

std::int64_t number(Seconds time) {
    return time.time_since_epoch().count();
}

Seconds fromNumber(std::int64_t value) {
    return Seconds(std::chrono::seconds(value));
}

DatabaseError damaged(std::string message) {
    return {DatabaseTrouble::Damaged, std::move(message)};
}

}  // namespace

std::string HistoryFile::schema() {
    return "CREATE TABLE IF NOT EXISTS machine("
           "number INTEGER PRIMARY KEY NOT NULL, id TEXT UNIQUE NOT NULL,"
           "compacted1 INTEGER NOT NULL, compacted2 INTEGER NOT NULL);"
           "CREATE TABLE IF NOT EXISTS layout("
           "number INTEGER PRIMARY KEY NOT NULL, counters TEXT UNIQUE NOT NULL,"
           "used INTEGER NOT NULL);"
           "CREATE TABLE IF NOT EXISTS chunk("
           "machine INTEGER NOT NULL, level INTEGER NOT NULL, start INTEGER NOT NULL,"
           "layout INTEGER NOT NULL, data BLOB NOT NULL);"
           "CREATE UNIQUE INDEX IF NOT EXISTS chunk_place ON chunk(machine, level, start);"
           "CREATE INDEX IF NOT EXISTS chunk_age ON chunk(level, start);"
           "CREATE TABLE IF NOT EXISTS trimmed("
           "level INTEGER PRIMARY KEY NOT NULL, start INTEGER NOT NULL);";
}

void HistoryFile::forgetAll() {
    machinesLoaded_ = false;
    machines_.clear();
    layouts_.clear();
    layoutsByNumber_.clear();
}

// --- Machines and layouts ---

DatabaseResult<void> HistoryFile::loadMachines(Database& database) {
    if (machinesLoaded_)
        return {};
    auto select = database.prepare("SELECT id, number, compacted1, compacted2 FROM machine");
    if (!select)
        return std::unexpected(select.error());
    for (;;) {
        const auto row = select->step();
        if (!row)
            return std::unexpected(row.error());
        if (!*row)
            break;
        machines_[std::string(select->text(0))] = {
            select->integer(1),
            {Seconds(), fromNumber(select->integer(2)), fromNumber(select->integer(3))}};
    }
    machinesLoaded_ = true;
    return {};
}

DatabaseResult<HistoryFile::Machine*> HistoryFile::machine(Database& database,
                                                           const std::string& id) {
    if (auto loaded = loadMachines(database); !loaded)
        return std::unexpected(loaded.error());
    const auto found = machines_.find(id);
    if (found != machines_.end())
        return &found->second;
    auto add = database.prepare(
        "INSERT INTO machine(id, compacted1, compacted2) VALUES(?, 0, 0) RETURNING number");
    if (!add)
        return std::unexpected(add.error());
    const auto row = add->bind(0, id).step();
    if (!row)
        return std::unexpected(row.error());
    Machine& machine = machines_[id];
    machine.number = add->integer(0);
    return &machine;
}

DatabaseResult<void> HistoryFile::setCompacted(Database& database, Machine& machine,
                                               std::size_t level, Seconds to) {
    machine.compacted.at(level) = to;
    auto update = database.prepare(level == 1 ? "UPDATE machine SET compacted1=? WHERE number=?"
                                              : "UPDATE machine SET compacted2=? WHERE number=?");
    if (!update)
        return std::unexpected(update.error());
    return update->bind(0, number(to)).bind(1, machine.number).run();
}

DatabaseResult<std::int64_t> HistoryFile::layoutNumber(
    Database& database, const std::shared_ptr<const CounterLayout>& layout, Seconds used) {
    const auto found = layouts_.find(layout.get());
    if (found != layouts_.end() && used < found->second.used + 1h)
        return found->second.number;
    auto add = database.prepare(
        "INSERT INTO layout(counters, used) VALUES(?, ?) "
        "ON CONFLICT(counters) DO UPDATE SET used = max(used, excluded.used) RETURNING number");
    if (!add)
        return std::unexpected(add.error());
    const auto row = add->bind(0, layoutText(*layout)).bind(1, number(used)).step();
    if (!row)
        return std::unexpected(row.error());
    if (layouts_.size() >= kMostCachedLayouts) {
        layouts_.clear();
        layoutsByNumber_.clear();
    }
    const std::int64_t result = add->integer(0);
    layouts_[layout.get()] = {layout, result, used};
    layoutsByNumber_[result] = layout;
    return result;
}

DatabaseResult<std::shared_ptr<const CounterLayout>> HistoryFile::layout(Database& database,
                                                                         std::int64_t number) {
    const auto found = layoutsByNumber_.find(number);
    if (found != layoutsByNumber_.end())
        return found->second;
    auto select = database.prepare("SELECT counters FROM layout WHERE number=?");
    if (!select)
        return std::unexpected(select.error());
    const auto row = select->bind(0, number).step();
    if (!row)
        return std::unexpected(row.error());
    auto counters = *row ? parseLayoutText(select->text(0)) : std::nullopt;
    if (!counters)
        return std::unexpected(damaged("counters of history are missing"));
    auto result = std::make_shared<const CounterLayout>(std::move(*counters));
    if (layoutsByNumber_.size() >= kMostCachedLayouts)
        layoutsByNumber_.clear();
    layoutsByNumber_[number] = result;
    return result;
}

// --- Chunks ---

DatabaseResult<void> HistoryFile::insert(Database& database, const std::string& id,
                                         const HistoryChunk& chunk,
                                         const std::vector<std::byte>& packed) {
    const auto of = machine(database, id);
    if (!of)
        return std::unexpected(of.error());
    return insertAs(database, **of, chunk, packed);
}

DatabaseResult<void> HistoryFile::insertAs(Database& database, Machine& machine,
                                           const HistoryChunk& chunk,
                                           const std::vector<std::byte>& packed) {
    const auto layout = layoutNumber(database, chunk.layout, chunk.start);
    if (!layout)
        return std::unexpected(layout.error());
    auto insert = database.prepare(
        "INSERT OR REPLACE INTO chunk(machine, level, start, layout, data) VALUES(?, ?, ?, ?, ?)");
    if (!insert)
        return std::unexpected(insert.error());
    if (auto done = insert->bind(0, machine.number)
                        .bind(1, static_cast<std::int64_t>(chunk.level))
                        .bind(2, number(chunk.start))
                        .bind(3, *layout)
                        .bind(4, packed)
                        .run();
        !done)
        return done;
    // What came late, after a full disk or with a clock that was set back, is compacted again.
    const std::size_t next = chunk.level + 1;
    if (next < kHistoryLevels.size() && chunk.start < machine.compacted[next])
        return setCompacted(database, machine, next, windowStart(next, chunk.start));
    return {};
}

DatabaseResult<void> HistoryFile::forget(Database& database, const std::string& id) {
    if (auto loaded = loadMachines(database); !loaded)
        return loaded;
    const auto found = machines_.find(id);
    if (found == machines_.end())
        return {};
    for (const std::string_view sql :
         {"DELETE FROM chunk WHERE machine=?", "DELETE FROM machine WHERE number=?"}) {
        auto remove = database.prepare(sql);
        if (!remove)
            return std::unexpected(remove.error());
        if (auto done = remove->bind(0, found->second.number).run(); !done)
            return done;
    }
    machines_.erase(found);
    return {};
}

DatabaseResult<void> HistoryFile::read(Database& database, const std::string& id, std::size_t level,
                                       Seconds from, Seconds to,
                                       const std::function<void(const HistoryChunk&)>& take) {
    if (auto loaded = loadMachines(database); !loaded)
        return loaded;
    const auto found = machines_.find(id);
    if (found == machines_.end())
        return {};
    return readOf(database, found->second.number, level, from - windowLength(level), to, take);
}

DatabaseResult<void> HistoryFile::readOf(Database& database, std::int64_t machine,
                                         std::size_t level, Seconds from, Seconds to,
                                         const std::function<void(const HistoryChunk&)>& take) {
    auto select = database.prepare(
        "SELECT start, layout, data FROM chunk "
        "WHERE machine=? AND level=? AND start>=? AND start<? ORDER BY start");
    if (!select)
        return std::unexpected(select.error());
    select->bind(0, machine)
        .bind(1, static_cast<std::int64_t>(level))
        .bind(2, number(from))
        .bind(3, number(to));
    for (;;) {
        const auto row = select->step();
        if (!row)
            return std::unexpected(row.error());
        if (!*row)
            return {};
        const auto counters = layout(database, select->integer(1));
        if (!counters)
            return std::unexpected(counters.error());
        HistoryChunk chunk;
        chunk.level = level;
        chunk.start = fromNumber(select->integer(0));
        chunk.layout = *counters;
        if (!unpackValues(select->bytes(2), chunk))
            return std::unexpected(damaged("a piece of history can't be read"));
        take(chunk);
    }
}

DatabaseResult<std::array<Seconds, kHistoryLevels.size()>> HistoryFile::available(
    Database& database) {
    std::array<Seconds, kHistoryLevels.size()> result{};
    auto select = database.prepare("SELECT level, start FROM trimmed");
    if (!select)
        return std::unexpected(select.error());
    for (;;) {
        const auto row = select->step();
        if (!row)
            return std::unexpected(row.error());
        if (!*row)
            return result;
        const std::int64_t level = select->integer(0);
        if (level >= 0 && level < static_cast<std::int64_t>(result.size()))
            result[static_cast<std::size_t>(level)] = fromNumber(select->integer(1));
    }
}

// --- Compaction ---

DatabaseResult<bool> HistoryFile::compactSome(Database& database, Seconds now) {
    if (auto loaded = loadMachines(database); !loaded)
        return std::unexpected(loaded.error());
    std::size_t compacted = 0;
    auto at = machines_.lower_bound(nextMachine_);
    for (; at != machines_.end(); ++at) {
        for (const std::size_t level : {std::size_t{1}, std::size_t{2}})
            for (;;) {
                const auto more = compactWindow(database, at->second, level, now);
                if (!more)
                    return std::unexpected(more.error());
                if (!*more)
                    break;
                if (++compacted >= kMostCompacted) {
                    nextMachine_ = at->first;
                    return true;
                }
            }
    }
    nextMachine_.clear();
    return false;
}

DatabaseResult<bool> HistoryFile::compactWindow(Database& database, Machine& machine,
                                                std::size_t level, Seconds now) {
    const auto length = windowLength(level);
    // A level's chunks are there when the finer one's are.
    const Seconds complete =
        level == 1 ? now - kLate : std::min(now - kLate, machine.compacted[level - 1]);
    Seconds& done = machine.compacted.at(level);
    // The clock was set back.
    if (done > windowStart(level, now) + length)
        if (auto set = setCompacted(database, machine, level, windowStart(level, now)); !set)
            return std::unexpected(set.error());
    if (done + length > complete)
        return false;

    auto first = database.prepare(
        "SELECT start FROM chunk WHERE machine=? AND level=? AND start>=? ORDER BY start LIMIT 1");
    if (!first)
        return std::unexpected(first.error());
    const auto row = first->bind(0, machine.number)
                         .bind(1, static_cast<std::int64_t>(level - 1))
                         .bind(2, number(done))
                         .step();
    if (!row)
        return std::unexpected(row.error());
    Seconds start = windowStart(level, complete);
    if (*row)
        start = std::min(start, windowStart(level, fromNumber(first->integer(0))));
    first->reset();
    if (start + length > complete) {
        if (auto set = setCompacted(database, machine, level, start); !set)
            return std::unexpected(set.error());
        return false;
    }

    std::vector<HistoryChunk> finer;
    if (auto read = readOf(database, machine.number, level - 1, start, start + length,
                           [&finer](const HistoryChunk& chunk) { finer.push_back(chunk); });
        !read)
        return std::unexpected(read.error());
    if (const auto chunk = compact(finer, level, start))
        if (auto inserted = insertAs(database, machine, *chunk, packValues(*chunk)); !inserted)
            return std::unexpected(inserted.error());
    if (auto set = setCompacted(database, machine, level, start + length); !set)
        return std::unexpected(set.error());
    return true;
}

// --- Cleaning up ---

DatabaseResult<void> HistoryFile::prune(Database& database, Seconds now, std::uint64_t mostBytes) {
    auto old = database.prepare("DELETE FROM chunk WHERE level=? AND start<?");
    if (!old)
        return std::unexpected(old.error());
    for (std::size_t level = 0; level < kHistoryLevels.size(); ++level)
        if (auto done = old->bind(0, static_cast<std::int64_t>(level))
                            .bind(1, number(now - kHistoryLevels[level].age - windowLength(level)))
                            .run();
            !done)
            return done;
    if (auto done = trim(database, now, mostBytes); !done)
        return done;
    const Seconds unused = now - kHistoryLevels.back().age - 24h;
    auto layouts = database.prepare("DELETE FROM layout WHERE used<?");
    if (!layouts)
        return std::unexpected(layouts.error());
    if (auto done = layouts->bind(0, number(unused)).run(); !done)
        return done;
    if (auto done = database.execute("DELETE FROM machine WHERE NOT EXISTS "
                                     "(SELECT 1 FROM chunk WHERE chunk.machine = machine.number)");
        !done)
        return done;
    if (database.changes() != 0) {
        machinesLoaded_ = false;
        machines_.clear();
    }
    return database.execute("PRAGMA incremental_vacuum(" + std::to_string(kMostVacuumed) + ")");
}

DatabaseResult<void> HistoryFile::trim(Database& database, Seconds now, std::uint64_t mostBytes) {
    for (int turn = 0; turn < kMostTrims; ++turn) {
        const auto pageSize = database.number("PRAGMA page_size");
        const auto pages = database.number("PRAGMA page_count");
        const auto free = database.number("PRAGMA freelist_count");
        if (!pageSize || !pages || !free)
            return std::unexpected((!pageSize ? pageSize : !pages ? pages : free).error());
        const auto used = static_cast<std::uint64_t>((*pages - *free) * *pageSize);
        if (used <= mostBytes / 100 * kFullPercent)
            return {};

        // The level that has most of its age: all become shorter together.
        std::size_t longest = 0;
        double most = -1;
        for (std::size_t level = 0; level < kHistoryLevels.size(); ++level) {
            auto oldest =
                database.prepare("SELECT start FROM chunk WHERE level=? ORDER BY start LIMIT 1");
            if (!oldest)
                return std::unexpected(oldest.error());
            const auto row = oldest->bind(0, static_cast<std::int64_t>(level)).step();
            if (!row)
                return std::unexpected(row.error());
            if (!*row)
                continue;
            const double part =
                static_cast<double>((now - fromNumber(oldest->integer(0))).count()) /
                static_cast<double>(kHistoryLevels[level].age.count());
            if (part > most) {
                most = part;
                longest = level;
            }
        }
        if (most < 0)
            return {};
        const auto level = static_cast<std::int64_t>(longest);
        auto count = database.prepare("SELECT count(*) FROM chunk WHERE level=?");
        if (!count)
            return std::unexpected(count.error());
        if (const auto row = count->bind(0, level).step(); !row)
            return std::unexpected(row.error());
        auto cut = database.prepare(
            "SELECT start FROM chunk WHERE level=? ORDER BY start LIMIT 1 OFFSET ?");
        if (!cut)
            return std::unexpected(cut.error());
        const auto row = cut->bind(0, level).bind(1, count->integer(0) / kTrimPart).step();
        if (!row || !*row)
            return row ? DatabaseResult<void>() : std::unexpected(row.error());
        const std::int64_t start = cut->integer(0);
        count->reset();
        cut->reset();
        auto remove = database.prepare("DELETE FROM chunk WHERE level=? AND start<=?");
        if (!remove)
            return std::unexpected(remove.error());
        if (auto done = remove->bind(0, level).bind(1, start).run(); !done)
            return done;
        auto note = database.prepare(
            "INSERT INTO trimmed(level, start) VALUES(?, ?) "
            "ON CONFLICT(level) DO UPDATE SET start = max(start, excluded.start)");
        if (!note)
            return std::unexpected(note.error());
        if (auto done = note->bind(0, level).bind(1, start).run(); !done)
            return done;
    }
    return {};
}

}  // namespace service
