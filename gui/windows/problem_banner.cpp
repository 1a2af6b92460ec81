// SPDX-License-Identifier: GPL-3.0-or-later
#include "problem_banner.h"

namespace gui {

ProblemBanner::ProblemBanner(ServiceConnection& connection, QWidget* parent)
    : Banner(parent), connection_(connection) {
    connect(&connection, &ServiceConnection::stateChanged, this, &ProblemBanner::follow);
    connect(this, &Banner::pressed, this, [this] {
        if (isConnections_)
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
        say(Kind::Warning, connection_.problem(), tr("Try Now"));
    } else if (isConnections_) {
        isConnections_ = false;
        clear();
    }
}

}  // namespace gui
