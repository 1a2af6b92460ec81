// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "job_wizard.h"
#include "new_disk_pages.h"

namespace gui {

class SummaryPage;

/// Makes a virtual hard disk.
class NewDiskWizard final : public JobWizard {
    Q_OBJECT

  public:
    explicit NewDiskWizard(MachineStore& store, QWidget* parent = nullptr);

  signals:
    void created(const QString& path);

  protected:
    void follow() override;
    void carryOut() override;
    void succeeded(const service::Job& job) override;

  private:
    std::vector<NewDiskPage*> pages_;
    SummaryPage* summary_;
    service::DiskCreateParams disk_;
};

}  // namespace gui
