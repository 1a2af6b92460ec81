// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gui/connection/machine_store.h"
#include "job_watch.h"
#include "wizard.h"

namespace gui {

/// A wizard whose work is one job of the service: shows its progress, closes when it has succeeded,
/// and can be tried again after it has not.
class JobWizard : public Wizard {
    Q_OBJECT

  protected:
    JobWizard(MachineStore& store, const QString& title, const QString& icon, QWidget* parent);

    [[nodiscard]] JobWatch& job() { return job_; }
    /// The job has, and the wizard is about to close.
    virtual void succeeded(const service::Job&) {}
    void cancelWork() override;

  private:
    JobWatch job_;
};

}  // namespace gui
