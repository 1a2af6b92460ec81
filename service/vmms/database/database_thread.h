// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "database.h"
#include "hypervisor/error.h"

namespace service {

/// The service's one SQLite file, and the thread that alone uses it. Everyone else posts jobs and
/// waits for nothing.
///
/// The file may be missing, damaged or without room at any time; none of this stops anybody. A
/// damaged file is renamed to `<path>.damaged` (one is kept) and a new one begun; while nothing can
/// be written, attempt() fails and its caller keeps in memory what it can. Each trouble is told
/// once, and its end too.
class DatabaseThread {
  public:
    struct Options {
        std::string path;
        /// The file never grows beyond.
        std::uint64_t maximumBytes = 1ULL << 30;
    };
    /// One line for the administrator. Called on the database's thread.
    using Tell = std::function<void(std::string notice)>;
    using Job = std::function<void(DatabaseThread& thread)>;
    using Work = std::function<DatabaseResult<void>(Database& database)>;

    /// `schemas` are SQL that creates the users' tables where they don't exist yet.
    [[nodiscard]] static std::unique_ptr<DatabaseThread> create(Options options,
                                                                std::vector<std::string> schemas,
                                                                Tell tell);
    /// Finishes the jobs that were posted.
    ~DatabaseThread();
    DatabaseThread(const DatabaseThread&) = delete;
    DatabaseThread& operator=(const DatabaseThread&) = delete;

    /// Runs `job` after all that were posted before. From any thread.
    void post(Job job);
    /// Waits until all that was posted before is done: for tests and for a clean stop.
    void drain();

    // The rest is for jobs.

    /// Runs `work` in a transaction of its own; false when that can't be, and nothing has changed
    /// then. Repeats it once on a new file when the old one turns out damaged.
    [[nodiscard]] bool attempt(const Work& work);
    /// Another number for each file that was opened: what was remembered of an older one is void.
    [[nodiscard]] std::uint64_t generation() const { return generation_; }
    [[nodiscard]] const Options& options() const { return options_; }

  private:
    DatabaseThread(Options options, std::vector<std::string> schemas, Tell tell);

    void run();
    [[nodiscard]] DatabaseResult<void> open();
    [[nodiscard]] DatabaseResult<void> transact(const Work& work);
    void setAside(const std::string& why);
    void noteTrouble(const DatabaseError& error);
    void noteSuccess();

    const Options options_;
    const std::vector<std::string> schemas_;
    const Tell tell_;

    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_.
    std::deque<Job> jobs_;
    bool stop_ = false;

    // The thread's.
    std::unique_ptr<Database> database_;
    std::uint64_t generation_ = 0;
    bool inTrouble_ = false;

    std::thread thread_;
};

}  // namespace service
