// SPDX-License-Identifier: GPL-3.0-or-later
#include "database_thread.h"

#include <fmt/core.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <latch>
#include <utility>

namespace service {

std::unique_ptr<DatabaseThread> DatabaseThread::create(Options options,
                                                       std::vector<std::string> schemas,
                                                       Tell tell) {
    std::unique_ptr<DatabaseThread> result(
        new DatabaseThread(std::move(options), std::move(schemas), std::move(tell)));
    result->thread_ = std::thread([owner = result.get()] { owner->run(); });
    return result;
}

DatabaseThread::DatabaseThread(Options options, std::vector<std::string> schemas, Tell tell)
    : options_(std::move(options)), schemas_(std::move(schemas)), tell_(std::move(tell)) {}

DatabaseThread::~DatabaseThread() {
    {
        const std::scoped_lock lock(mutex_);
        stop_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void DatabaseThread::post(Job job) {
    {
        const std::scoped_lock lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
}

void DatabaseThread::drain() {
    std::latch done(1);
    post([&done](DatabaseThread&) { done.count_down(); });
    done.wait();
}

void DatabaseThread::run() {
    // Signals are for other threads.
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    for (;;) {
        Job job;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return stop_ || !jobs_.empty(); });
            if (jobs_.empty())
                break;
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        job(*this);
    }
    database_.reset();
}

bool DatabaseThread::attempt(const Work& work) {
    for (bool again = false;; again = true) {
        const std::int64_t before = database_ ? database_->allChanges() : 0;
        auto done = transact(work);
        if (done) {
            // To read, or to find nothing to do, is possible on a full disk too.
            if (database_->allChanges() != before)
                noteSuccess();
            return true;
        }
        if (done.error().trouble == DatabaseTrouble::Damaged && !again) {
            setAside(done.error().message);
            continue;
        }
        noteTrouble(done.error());
        return false;
    }
}

DatabaseResult<void> DatabaseThread::transact(const Work& work) {
    if (!database_)
        if (auto opened = open(); !opened)
            return opened;
    if (auto begun = database_->execute("BEGIN IMMEDIATE"); !begun)
        return begun;
    auto done = work(*database_);
    if (done)
        done = database_->execute("COMMIT");
    if (!done)
        // SQLite may have rolled back already.
        static_cast<void>(database_->execute("ROLLBACK"));
    return done;
}

DatabaseResult<void> DatabaseThread::open() {
    auto database = Database::open(options_.path, options_.maximumBytes);
    if (!database)
        return std::unexpected(database.error());
    for (const std::string& schema : schemas_)
        if (auto made = (*database)->execute(schema); !made)
            return made;
    database_ = std::move(*database);
    ++generation_;
    return {};
}

void DatabaseThread::setAside(const std::string& why) {
    database_.reset();
    const std::string aside = options_.path + ".damaged";
    const bool moved = ::rename(options_.path.c_str(), aside.c_str()) == 0;
    const int error = errno;
    // The log belongs to the file; neither a new nor an old one must meet another's.
    for (const std::string suffix : {"-wal", "-shm"}) {
        const std::string beside = options_.path + suffix;
        ::unlink((aside + suffix).c_str());
        if (!moved || ::rename(beside.c_str(), (aside + suffix).c_str()) != 0)
            ::unlink(beside.c_str());
    }
    if (moved)
        tell_(
            fmt::format("the database {} is damaged ({}); it is {} now, and events and history "
                        "begin anew",
                        options_.path, why, aside));
    else
        tell_(fmt::format("the database {} is damaged ({}) and can't be renamed: {}", options_.path,
                          why, std::strerror(error)));
}

void DatabaseThread::noteTrouble(const DatabaseError& error) {
    // A file that can't be used now may be another one later.
    if (error.trouble != DatabaseTrouble::NoRoom)
        database_.reset();
    if (std::exchange(inTrouble_, true))
        return;
    const char* const advice = error.trouble == DatabaseTrouble::NoRoom
                                   ? "make room on its disk"
                                   : "see to it that the service can write it";
    tell_(
        fmt::format("events and history can't be written to {}: {}; {}. Until then the latest are "
                    "kept in memory",
                    options_.path, error.message, advice));
}

void DatabaseThread::noteSuccess() {
    if (std::exchange(inTrouble_, false))
        tell_(fmt::format("events and history are written to {} again", options_.path));
}

}  // namespace service
