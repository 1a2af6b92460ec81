// SPDX-License-Identifier: GPL-3.0-or-later
#include "job_wizard.h"

namespace gui {

JobWizard::JobWizard(MachineStore& store, const QString& title, const QString& icon,
                     QWidget* parent)
    : Wizard(title, icon, parent), job_(store.connection()) {
    connect(&job_, &JobWatch::progressed, this,
            [this](const QString& what, double percent) { showWork(what, percent); });
    connect(&job_, &JobWatch::succeeded, this, [this](const service::Job& job) {
        stopWork();
        succeeded(job);
        done(Accepted);
    });
    connect(&job_, &JobWatch::failed, this, [this](const service::RpcError& error) {
        // Cancelled by the one who reads this.
        if (error.code == service::ErrorCode::Cancelled)
            stopWork();
        else
            fail(error);
    });
}

void JobWizard::cancelWork() {
    job_.cancel();
}

}  // namespace gui
