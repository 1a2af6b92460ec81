// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "history_chunk.h"
#include "history_query.h"
#include "hypervisor/error.h"
#include "service/vmms/database/database_thread.h"

namespace service {

/// All machines' history in the service's database. Chunks of seconds come in; once five minutes
/// are complete they are compacted into points of ten seconds, and an hour of those into points of
/// minutes; what is older than its level's age goes, and before that the oldest of the level with
/// the most of it when the file is nearly as large as it may be. While nothing can be written, the
/// last chunks are kept in memory, kMostWaiting bytes of them.
///
/// Times come from the caller. Thread safety: all methods from any thread; none waits.
class HistoryStore {
  public:
    static constexpr std::size_t kMostWaiting = 8 << 20;

    struct MachineChunk {
        /// The machine's id; empty: the host.
        std::string machine;
        HistoryChunk chunk;
    };
    /// On the database's thread.
    using Callback = std::function<void(hypervisor::Result<HistoryAnswer> answer)>;

    /// For DatabaseThread::create().
    [[nodiscard]] static std::string schema();

    /// `database` is drained before this goes.
    explicit HistoryStore(DatabaseThread& database);
    ~HistoryStore();
    HistoryStore(const HistoryStore&) = delete;
    HistoryStore& operator=(const HistoryStore&) = delete;

    /// Chunks of level 0. Also does what is due of compaction and cleaning up, so it is called with
    /// none too.
    void write(std::vector<MachineChunk> chunks, std::chrono::sys_seconds now);
    /// `unfinished` is what the machine has in no chunk yet.
    void query(HistoryQuery query, std::optional<HistoryChunk> unfinished,
               std::chrono::sys_seconds now, Callback callback);
    void forget(const std::string& machine);

  private:
    struct File;

    DatabaseThread& database_;
    const std::shared_ptr<File> file_;
};

}  // namespace service
