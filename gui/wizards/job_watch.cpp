// SPDX-License-Identifier: GPL-3.0-or-later
#include "job_watch.h"

#include "gui/connection/text.h"

namespace gui {

using namespace service;  // NOLINT: whose jobs these are

JobWatch::JobWatch(ServiceConnection& connection, QObject* parent)
    : QObject(parent), connection_(connection) {
    connect(&connection, &ServiceConnection::jobChanged, this, &JobWatch::take);
    connect(&connection, &ServiceConnection::stateChanged, this, [this] {
        if (job_ && connection_.state() == ServiceConnection::State::Connected)
            look();
    });
}

void JobWatch::cancel() {
    cancelled_ = true;
    if (job_)
        connection_.call<JobCancelMethod>({*job_}, this, [](const auto&) {});
}

void JobWatch::begun(const Job& job) {
    job_ = job.id;
    emit progressed(fromUtf8(job.title), job.percent);
    if (cancelled_)
        cancel();
    // A short one has ended before its number was known.
    look();
}

void JobWatch::look() {
    connection_.call<JobGetMethod>({*job_}, this, [this](RpcResult<JobReply> reply) {
        if (reply)
            return take(reply->job);
        // Lost with the service; a lost connection alone is looked through when it is back.
        if (job_ && reply.error().code == ErrorCode::NotFound) {
            job_.reset();
            emit failed(reply.error());
        }
    });
}

void JobWatch::take(const Job& job) {
    if (job_ != job.id)
        return;
    switch (job.state) {
        case JobState::Running:
            emit progressed(fromUtf8(job.title), job.percent);
            return;
        case JobState::Succeeded:
            job_.reset();
            emit succeeded(job);
            return;
        case JobState::Failed:
            job_.reset();
            emit failed(makeError(ErrorCode::FileError, job.error));
            return;
        case JobState::Cancelled:
            job_.reset();
            emit failed(makeError(ErrorCode::Cancelled, job.title + ": cancelled"));
            return;
    }
}

}  // namespace gui
