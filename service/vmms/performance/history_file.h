// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "history_chunk.h"
#include "history_query.h"
#include "service/vmms/database/database.h"

namespace service {

/// The tables of history. All within transactions of the caller's; when one fails, forgetAll()
/// what was remembered of it.
///
/// Thread safety: the database's thread.
class HistoryFile {
  public:
    using Seconds = std::chrono::sys_seconds;

    [[nodiscard]] static std::string schema();

    /// Nothing is known any more of what the file holds.
    void forgetAll();

    [[nodiscard]] DatabaseResult<void> insert(Database& database, const std::string& machine,
                                              const HistoryChunk& chunk,
                                              const std::vector<std::byte>& packed);
    [[nodiscard]] DatabaseResult<void> forget(Database& database, const std::string& machine);

    /// Calls `take` with the machine's chunks of a level that reach into [from, to).
    [[nodiscard]] DatabaseResult<void> read(Database& database, const std::string& machine,
                                            std::size_t level, Seconds from, Seconds to,
                                            const std::function<void(const HistoryChunk&)>& take);
    /// From when on each level has all of its age.
    [[nodiscard]] DatabaseResult<std::array<Seconds, kHistoryLevels.size()>> available(
        Database& database);

    /// Compacts what is due, so much at a time; true while there is more.
    [[nodiscard]] DatabaseResult<bool> compactSome(Database& database, Seconds now);
    /// Removes what is too old, or too much.
    [[nodiscard]] DatabaseResult<void> prune(Database& database, Seconds now,
                                             std::uint64_t mostBytes);

  private:
    struct Machine {
        std::int64_t number = 0;
        /// For levels above 0: chunks are compacted up to there.
        std::array<Seconds, kHistoryLevels.size()> compacted{};
    };
    struct Layout {
        std::shared_ptr<const CounterLayout> layout;
        std::int64_t number = 0;
        /// When the file was last told that it is in use.
        Seconds used;
    };

    [[nodiscard]] DatabaseResult<void> loadMachines(Database& database);
    [[nodiscard]] DatabaseResult<Machine*> machine(Database& database, const std::string& id);
    [[nodiscard]] DatabaseResult<void> setCompacted(Database& database, Machine& machine,
                                                    std::size_t level, Seconds to);
    [[nodiscard]] DatabaseResult<std::int64_t> layoutNumber(
        Database& database, const std::shared_ptr<const CounterLayout>& layout, Seconds used);
    [[nodiscard]] DatabaseResult<std::shared_ptr<const CounterLayout>> layout(Database& database,
                                                                              std::int64_t number);
    [[nodiscard]] DatabaseResult<void> insertAs(Database& database, Machine& machine,
                                                const HistoryChunk& chunk,
                                                const std::vector<std::byte>& packed);
    [[nodiscard]] DatabaseResult<void> readOf(Database& database, std::int64_t machine,
                                              std::size_t level, Seconds from, Seconds to,
                                              const std::function<void(const HistoryChunk&)>& take);
    /// True when a window was looked at, false when none is due.
    [[nodiscard]] DatabaseResult<bool> compactWindow(Database& database, Machine& machine,
                                                     std::size_t level, Seconds now);
    [[nodiscard]] DatabaseResult<void> trim(Database& database, Seconds now,
                                            std::uint64_t mostBytes);

    // What the file holds, as far as it was asked for.
    bool machinesLoaded_ = false;
    std::map<std::string, Machine> machines_;
    std::map<const CounterLayout*, Layout> layouts_;
    std::map<std::int64_t, std::shared_ptr<const CounterLayout>> layoutsByNumber_;
    // Where compactSome() goes on.
    std::string nextMachine_;
};

}  // namespace service
