// SPDX-License-Identifier: GPL-3.0-or-later
#include "problem_banner.h"

namespace gui {

ProblemBanner::ProblemBanner(ServiceConnection& connection, QWidget* parent)
    : ProblemBanner(connection, nullptr, parent) {}

ProblemBanner::ProblemBanner(ServiceConnection& connection, ServiceStarter* starter,
                             QWidget* parent)
    : Banner(parent), connection_(connection), starter_(starter) {
    if (starter)
        connect(starter, &ServiceStarter::changed, this, &ProblemBanner::follow);
    connect(&connection, &ServiceConnection::stateChanged, this, &ProblemBanner::follow);
    connect(this, &Banner::pressed, this, [this] {
        if (isConnections_ && starter_ && starter_->canStart())
            starter_->start();
        else if (isConnections_)
            connection_.retry();
        else
            clear();
    });
    follow();
}

void ProblemBanner::complain(const QString& problem) {
    isConnections_ = false;
    say(Kind::Error, problem, tr("Close"));
}

void ProblemBanner::follow() {
    if (connection_.state() == ServiceConnection::State::Lost) {
        isConnections_ = true;
        if (starter_ && starter_->isStarting())
            say(Kind::Information, tr("The service is being started..."));
        else if (starter_ && !starter_->problem().isEmpty())
            say(Kind::Error, starter_->problem(), tr("Start Service"));
        else
            say(Kind::Warning, connection_.problem(),
                starter_ && starter_->canStart() ? tr("Start Service") : tr("Try Now"));
    } else if (isConnections_) {
        isConnections_ = false;
        clear();
    }
}

}  // namespace gui
