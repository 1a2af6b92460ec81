// SPDX-License-Identifier: GPL-3.0-or-later
#include "job_list.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>

#include "gui/appearance/icons.h"
#include "gui/connection/text.h"

namespace gui {

using namespace service;  // NOLINT: what is shown

JobList::JobList(ServiceConnection& connection, QWidget* parent)
    : QWidget(parent),
      connection_(connection),
      title_(new QLabel(this)),
      progress_(new QProgressBar(this)),
      cancel_(new QToolButton(this)) {
    setObjectName(QStringLiteral("jobs"));
    progress_->setFixedWidth(120);
    progress_->setAccessibleName(tr("Progress of the job"));
    cancel_->setIcon(icon(QStringLiteral("close"), IconTone::Text));
    cancel_->setAutoRaise(true);
    cancel_->setToolTip(tr("Cancel this job"));
    cancel_->setAccessibleName(cancel_->toolTip());
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 6, 0);
    row->addWidget(title_);
    row->addWidget(progress_);
    row->addWidget(cancel_);
    connect(cancel_, &QToolButton::clicked, this, [this] {
        if (!running_.empty())
            connection_.call<JobCancelMethod>({running_.begin()->first}, this, [](const auto&) {});
    });
    connect(&connection, &ServiceConnection::jobChanged, this, &JobList::take);
    connect(&connection, &ServiceConnection::stateChanged, this, &JobList::load);
    display();
    load();
}

void JobList::load() {
    running_.clear();
    display();
    connection_.call<JobListMethod>({}, this, [this](RpcResult<JobListReply> reply) {
        if (!reply)
            return;
        for (const Job& job : reply->jobs)
            if (job.state == JobState::Running)
                running_[job.id] = job;
        display();
    });
}

void JobList::take(const Job& job) {
    if (job.state == JobState::Running)
        running_[job.id] = job;
    else
        running_.erase(job.id);
    if (job.state == JobState::Failed)
        emit failed(tr("%1 failed: %2").arg(fromUtf8(job.title), fromUtf8(job.error)));
    display();
}

void JobList::display() {
    setVisible(!running_.empty());
    if (running_.empty())
        return;
    const Job& first = running_.begin()->second;
    const int others = static_cast<int>(running_.size()) - 1;
    title_->setText(others > 0 ? tr("%1 (and %2 more)").arg(fromUtf8(first.title)).arg(others)
                               : fromUtf8(first.title));
    progress_->setValue(static_cast<int>(first.percent));
}

}  // namespace gui
