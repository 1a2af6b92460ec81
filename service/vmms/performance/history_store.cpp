// SPDX-License-Identifier: GPL-3.0-or-later
#include "history_store.h"

#include <deque>
#include <utility>

#include "history_assembly.h"
#include "history_file.h"

namespace service {

namespace {

using namespace std::chrono_literals;

constexpr auto kPruneInterval = 60s;

}  // namespace

/// The database thread's.
struct HistoryStore::File : std::enable_shared_from_this<HistoryStore::File> {
    struct Waiting {
        MachineChunk chunk;
        std::vector<std::byte> packed;
    };

    HistoryFile file;
    std::uint64_t generation = 0;
    // What is not in the file yet: most often nothing.
    std::deque<Waiting> waiting;
    std::size_t waitingBytes = 0;
    std::chrono::sys_seconds pruned;

    /// As DatabaseThread's, and what is remembered of the file fits it.
    bool attempt(DatabaseThread& thread, const DatabaseThread::Work& work) {
        const bool done = thread.attempt([&](Database& database) {
            if (generation != thread.generation()) {
                generation = thread.generation();
                file.forgetAll();
            }
            return work(database);
        });
        if (!done)
            file.forgetAll();
        return done;
    }

    void wait(std::vector<MachineChunk> chunks);
    void write(DatabaseThread& thread);
    void maintain(DatabaseThread& thread, std::chrono::sys_seconds now);
    void compact(DatabaseThread& thread, std::chrono::sys_seconds now);
    [[nodiscard]] hypervisor::Result<HistoryAnswer> answer(
        DatabaseThread& thread, const HistoryQuery& query,
        const std::optional<HistoryChunk>& unfinished, std::chrono::sys_seconds now);
};

void HistoryStore::File::wait(std::vector<MachineChunk> chunks) {
    for (MachineChunk& one : chunks) {
        std::vector<std::byte> packed = packValues(one.chunk);
        // Only what is needed to write it.
        waitingBytes += packed.size() + sizeof(Waiting);
        one.chunk.averages = {};
        waiting.push_back({std::move(one), std::move(packed)});
    }
    while (waitingBytes > kMostWaiting) {
        waitingBytes -= waiting.front().packed.size() + sizeof(Waiting);
        waiting.pop_front();
    }
}

void HistoryStore::File::write(DatabaseThread& thread) {
    if (waiting.empty())
        return;
    const bool done = attempt(thread, [this](Database& database) -> DatabaseResult<void> {
        for (const Waiting& one : waiting)
            if (auto inserted =
                    file.insert(database, one.chunk.machine, one.chunk.chunk, one.packed);
                !inserted)
                return inserted;
        return {};
    });
    if (!done)
        return;
    waiting.clear();
    waiting.shrink_to_fit();
    waitingBytes = 0;
}

void HistoryStore::File::maintain(DatabaseThread& thread, std::chrono::sys_seconds now) {
    compact(thread, now);
    // Also after the clock was set back.
    if (now >= pruned && now < pruned + kPruneInterval)
        return;
    pruned = now;
    static_cast<void>(attempt(thread, [&](Database& database) {
        return file.prune(database, now, thread.options().maximumBytes);
    }));
}

void HistoryStore::File::compact(DatabaseThread& thread, std::chrono::sys_seconds now) {
    bool more = false;
    const bool done = attempt(thread, [&](Database& database) -> DatabaseResult<void> {
        const auto some = file.compactSome(database, now);
        if (!some)
            return std::unexpected(some.error());
        more = *some;
        return {};
    });
    // Other jobs come in between.
    if (done && more)
        thread.post(
            [self = shared_from_this(), now](DatabaseThread& again) { self->compact(again, now); });
}

hypervisor::Result<HistoryAnswer> HistoryStore::File::answer(
    DatabaseThread& thread, const HistoryQuery& query,
    const std::optional<HistoryChunk>& unfinished, std::chrono::sys_seconds now) {
    std::array<std::chrono::sys_seconds, kHistoryLevels.size()> available{};
    static_cast<void>(attempt(thread, [&](Database& database) -> DatabaseResult<void> {
        const auto found = file.available(database);
        if (!found)
            return std::unexpected(found.error());
        available = *found;
        return {};
    }));
    const auto plan = HistoryPlan::create(query, now, available);
    if (!plan)
        return std::unexpected(plan.error());
    std::optional<HistoryAssembly> assembly;
    const auto read = [&](Database& database) -> DatabaseResult<void> {
        // Anew, should this be the second attempt.
        assembly.emplace(query, *plan);
        for (std::size_t level = plan->level + 1; level-- > 0;)
            if (auto done = file.read(database, query.machine, level, plan->from, plan->to(),
                                      [&](const HistoryChunk& chunk) { assembly->add(chunk); });
                !done)
                return done;
        return {};
    };
    if (!attempt(thread, read))
        assembly.emplace(query, *plan);
    for (const Waiting& one : waiting) {
        HistoryChunk chunk = one.chunk.chunk;
        if (one.chunk.machine == query.machine && unpackValues(one.packed, chunk))
            assembly->add(chunk);
    }
    if (unfinished)
        assembly->add(*unfinished);
    return assembly->take();
}

std::string HistoryStore::schema() {
    return HistoryFile::schema();
}

HistoryStore::HistoryStore(DatabaseThread& database)
    : database_(database), file_(std::make_shared<File>()) {}

HistoryStore::~HistoryStore() = default;

void HistoryStore::write(std::vector<MachineChunk> chunks, std::chrono::sys_seconds now) {
    database_.post([file = file_, chunks = std::move(chunks), now](DatabaseThread& thread) mutable {
        file->wait(std::move(chunks));
        file->write(thread);
        file->maintain(thread, now);
    });
}

void HistoryStore::query(HistoryQuery query, std::optional<HistoryChunk> unfinished,
                         std::chrono::sys_seconds now, Callback callback) {
    database_.post([file = file_, query = std::move(query), unfinished = std::move(unfinished), now,
                    callback = std::move(callback)](DatabaseThread& thread) {
        callback(file->answer(thread, query, unfinished, now));
    });
}

void HistoryStore::forget(const std::string& machine) {
    database_.post([file = file_, machine](DatabaseThread& thread) {
        std::erase_if(file->waiting, [&](const File::Waiting& one) {
            if (one.chunk.machine != machine)
                return false;
            file->waitingBytes -= one.packed.size() + sizeof(File::Waiting);
            return true;
        });
        static_cast<void>(file->attempt(
            thread, [&](Database& database) { return file->file.forget(database, machine); }));
    });
}

}  // namespace service
