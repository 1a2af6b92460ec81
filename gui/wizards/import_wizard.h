// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "import_pages.h"
#include "job_wizard.h"

namespace gui {

class SummaryPage;

/// Makes a machine of an exported one.
class ImportWizard final : public JobWizard {
    Q_OBJECT

  public:
    explicit ImportWizard(MachineStore& store, QWidget* parent = nullptr);

  signals:
    void imported(const std::string& id);

  protected:
    void follow() override;
    void carryOut() override;
    void succeeded(const service::Job& job) override;

  private:
    const MachineStore& store_;
    std::vector<ImportPage*> pages_;
    SummaryPage* summary_;
    ImportPlan plan_;
};

}  // namespace gui
