// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "gui/connection/machine_store.h"
#include "job_watch.h"
#include "new_disk_pages.h"
#include "wizard.h"

namespace gui {

class SummaryPage;

/// Makes a virtual hard disk.
class NewDiskWizard final : public Wizard {
    Q_OBJECT

  public:
    explicit NewDiskWizard(MachineStore& store, QWidget* parent = nullptr);

  signals:
    void created(const QString& path);

  protected:
    void follow() override;
    void carryOut() override;
    void cancelWork() override;

  private:
    std::vector<NewDiskPage*> pages_;
    SummaryPage* summary_;
    service::DiskCreateParams disk_;
    JobWatch job_;
};

}  // namespace gui
