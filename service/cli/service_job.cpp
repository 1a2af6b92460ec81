// SPDX-License-Identifier: GPL-3.0-or-later
#include "service_job.h"

#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <map>
#include <memory>

#include "exit_status.h"
#include "quantities.h"
#include "screen.h"
#include "service/ipc/methods.h"
#include "signal_source.h"

namespace service::cli {

namespace {

// Between two looks for signals.
constexpr std::chrono::milliseconds kLook{100};

class FollowedJob {
  public:
    FollowedJob(ServiceSession& session, SignalSource signals)
        : session_(session), signals_(std::move(signals)) {}

    std::optional<Job> run(const std::function<std::optional<JobReply>()>& begin);

  private:
    /// False: it is not waited for any more.
    bool obeySignals();
    void tellProgress();
    std::optional<Job> tellEnd();

    ServiceSession& session_;
    SignalSource signals_;
    /// The last that was heard, of whatever job: it may be this one's before its number is known.
    std::shared_ptr<std::map<std::uint64_t, Job>> heard_ =
        std::make_shared<std::map<std::uint64_t, Job>>();
    Job job_;
    int signal_ = 0;
    ProgressLine progress_;
};

std::optional<Job> FollowedJob::run(const std::function<std::optional<JobReply>()>& begin) {
    session_.client().protocol().listen<JobChangedNotification>(
        [heard = heard_](const JobChangedNotification& changed) {
            (*heard)[changed.job.id] = changed.job;
        });
    SubscribeParams wanted;
    wanted.jobs = true;
    // First, so that no change is missed.
    if (!session_.call<SubscribeMethod>(wanted))
        return std::nullopt;
    const auto begun = begin();
    if (!begun)
        return std::nullopt;
    job_ = begun->job;
    while (job_.state == JobState::Running) {
        if (!obeySignals())
            return std::nullopt;
        static_cast<void>(session_.client().step(client::ServiceClient::Clock::now() + kLook));
        if (session_.client().lost()) {
            progress_.clear();
            session_.fail(*session_.client().lost());
            return std::nullopt;
        }
        if (const auto found = heard_->find(job_.id); found != heard_->end())
            job_ = found->second;
        heard_->clear();
        tellProgress();
    }
    progress_.clear();
    return tellEnd();
}

bool FollowedJob::obeySignals() {
    while (const auto signal = signals_.next()) {
        if (*signal == SIGTSTP) {
            ::raise(SIGSTOP);
            continue;
        }
        if (*signal == SIGCONT)
            continue;
        if (signal_ != 0) {
            progress_.clear();
            session_.end(endedBySignal(*signal));
            return false;
        }
        signal_ = *signal;
        if (!session_.call<JobCancelMethod>({job_.id}))
            return false;
    }
    return true;
}

void FollowedJob::tellProgress() {
    progress_.show(fmt::format("{}: {}", job_.title, measuredPercentText(job_.percent)));
}

std::optional<Job> FollowedJob::tellEnd() {
    if (job_.state == JobState::Succeeded) {
        if (session_.json())
            session_.printJson(JobReply{job_});
        return job_;
    }
    session_.fail(signal_ != 0 ? endedBySignal(signal_) : kRefused,
                  fmt::format("{}: {}", job_.title, job_.error));
    return std::nullopt;
}

}  // namespace

std::optional<Job> followJob(ServiceSession& session,
                             const std::function<std::optional<JobReply>()>& begin) {
    auto signals = SignalSource::create();
    if (!signals) {
        session.fail(kProgramFailed, signals.error().message);
        return std::nullopt;
    }
    return FollowedJob(session, std::move(*signals)).run(begin);
}

}  // namespace service::cli
