// SPDX-License-Identifier: GPL-3.0-or-later
#include "job_table.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

namespace service {

using hypervisor::failure;
using hypervisor::Result;

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kJobThreads = 4;
constexpr std::size_t kShortThreads = 2;
constexpr std::size_t kMaximumWaiting = 64;
constexpr std::size_t kKeptEnded = 100;
constexpr auto kReportInterval = 100ms;

std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

Result<void> runAs(const ClientRights& rights, const JobTable::Work& work,
                   devices::storage::Job& job) {
    if (job.cancelled())
        return failure("it was cancelled before it began");
    const auto acting = ActingAs::create(rights);
    if (!acting)
        return std::unexpected(acting.error());
    auto engine = devices::storage::IoEngine::create();
    if (!engine)
        return std::unexpected(engine.error());
    return work(**engine, job);
}

void undoAs(const ClientRights& rights, const std::function<void()>& undo) {
    if (const auto acting = ActingAs::create(rights))
        undo();
}

}  // namespace

JobTable::JobTable(boost::asio::any_io_executor executor,
                   std::function<void(const Job& job)> onChanged)
    : executor_(std::move(executor)),
      onChanged_(std::move(onChanged)),
      long_(kJobThreads),
      short_(kShortThreads) {}

JobTable::~JobTable() {
    *self_ = nullptr;
    for (auto& [id, entry] : entries_)
        entry.control->cancel();
    long_.join();
    short_.join();
    for (const auto& [id, entry] : entries_)
        if (*entry.unconcluded && entry.conclusion.undo)
            undoAs(entry.rights, entry.conclusion.undo);
}

RpcResult<JobReply> JobTable::begin(ClientRights rights, JobKind kind, std::string title, Work work,
                                    Conclusion conclusion) {
    std::size_t running = 0;
    for (const auto& [id, entry] : entries_)
        running += entry.job.state == JobState::Running ? 1 : 0;
    if (running >= kMaximumWaiting)
        return rpcFailure(ErrorCode::LimitReached, fmt::format("{} jobs wait already", running),
                          "wait for some, or cancel them");
    const std::uint64_t id = ++last_;
    Job job;
    job.id = id;
    job.kind = kind;
    job.title = std::move(title);
    job.started = now();
    // Reports come often; the event loop is told of them a few times a second.
    auto observer = [self = self_, executor = executor_, id,
                     told = std::chrono::steady_clock::time_point()](std::uint64_t done,
                                                                     std::uint64_t total) mutable {
        const auto time = std::chrono::steady_clock::now();
        if (total == 0 || time - told < kReportInterval)
            return;
        told = time;
        const double percent = static_cast<double>(done) * 100 / static_cast<double>(total);
        boost::asio::post(executor, [self, id, percent] {
            if (*self != nullptr)
                (*self)->progress(id, percent);
        });
    };
    auto control = std::make_shared<devices::storage::Job>(std::move(observer));
    auto unconcluded = std::make_shared<bool>(false);
    entries_.emplace(id, Entry{job, rights, control, std::move(conclusion), unconcluded});
    boost::asio::post(long_, [self = self_, executor = executor_, id, control, unconcluded,
                              rights = std::move(rights), work = std::move(work)] {
        auto result = runAs(rights, work, *control);
        *unconcluded = result.has_value();
        boost::asio::post(executor, [self, id, result = std::move(result)] {
            if (*self != nullptr)
                (*self)->worked(id, result);
        });
    });
    onChanged_(job);
    return JobReply{std::move(job)};
}

void JobTable::runShort(ClientRights rights, Work work,
                        std::function<void(Result<void> result)> callback) {
    boost::asio::post(short_, [executor = executor_, rights = std::move(rights),
                               work = std::move(work), callback = std::move(callback)] {
        devices::storage::Job job;
        auto result = runAs(rights, work, job);
        boost::asio::post(executor, [callback, result = std::move(result)]() mutable {
            callback(std::move(result));
        });
    });
}

void JobTable::progress(std::uint64_t id, double percent) {
    const auto found = entries_.find(id);
    if (found == entries_.end() || found->second.job.state != JobState::Running)
        return;
    found->second.job.percent = std::min(percent, 100.0);
    onChanged_(found->second.job);
}

void JobTable::worked(std::uint64_t id, const Result<void>& result) {
    Entry& entry = entries_.at(id);
    *entry.unconcluded = false;
    if (!result || !entry.conclusion.run)
        return ended(id, result);
    if (entry.control->cancelled() && entry.conclusion.undo)
        return undo(id, "it was cancelled");
    const auto machine = entry.conclusion.run();
    if (!machine)
        return undo(id, describe(machine.error()));
    entry.job.machine = *machine;
    ended(id, {});
}

void JobTable::undo(std::uint64_t id, std::string reason) {
    const Entry& entry = entries_.at(id);
    boost::asio::post(long_, [self = self_, executor = executor_, id, rights = entry.rights,
                              work = entry.conclusion.undo, reason = std::move(reason)] {
        if (work)
            undoAs(rights, work);
        boost::asio::post(executor, [self, id, reason] {
            if (*self != nullptr)
                (*self)->ended(id, failure(reason));
        });
    });
}

void JobTable::ended(std::uint64_t id, const Result<void>& result) {
    Entry& entry = entries_.at(id);
    entry.job.ended = now();
    entry.conclusion = {};
    if (result) {
        entry.job.state = JobState::Succeeded;
        entry.job.percent = 100;
    } else {
        entry.job.state = entry.control->cancelled() ? JobState::Cancelled : JobState::Failed;
        entry.job.error = result.error().message;
    }
    onChanged_(entry.job);
    forgetOld();
}

void JobTable::forgetOld() {
    std::size_t ended = 0;
    for (const auto& [id, entry] : entries_)
        ended += entry.job.state == JobState::Running ? 0 : 1;
    for (auto entry = entries_.begin(); entry != entries_.end() && ended > kKeptEnded;) {
        if (entry->second.job.state == JobState::Running) {
            ++entry;
            continue;
        }
        entry = entries_.erase(entry);
        --ended;
    }
}

std::vector<Job> JobTable::list() const {
    std::vector<Job> jobs;
    for (const auto& [id, entry] : entries_)
        jobs.push_back(entry.job);
    return jobs;
}

RpcResult<const JobTable::Entry*> JobTable::find(std::uint64_t id) const {
    const auto found = entries_.find(id);
    if (found == entries_.end())
        return rpcFailure(ErrorCode::NotFound, fmt::format("there is no job {}", id),
                          "job.list names them", "job");
    return &found->second;
}

RpcResult<JobReply> JobTable::get(std::uint64_t id) const {
    const auto entry = find(id);
    if (!entry)
        return std::unexpected(entry.error());
    return JobReply{(*entry)->job};
}

RpcResult<JobReply> JobTable::cancel(const ClientRights& rights, std::uint64_t id) {
    const auto entry = find(id);
    if (!entry)
        return std::unexpected(entry.error());
    if (rights.user != 0 && rights.user != (*entry)->rights.user)
        return rpcFailure(ErrorCode::PermissionDenied, "the job is another user's",
                          "ask who has begun it", "job");
    (*entry)->control->cancel();
    return JobReply{(*entry)->job};
}

}  // namespace service
