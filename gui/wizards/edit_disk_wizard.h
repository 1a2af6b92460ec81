// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "edit_disk_pages.h"
#include "job_wizard.h"

namespace gui {

class SummaryPage;

/// Compacts, converts, expands or merges a virtual hard disk.
class EditDiskWizard final : public JobWizard {
    Q_OBJECT

  public:
    /// `path` may be empty: it is asked for.
    explicit EditDiskWizard(MachineStore& store, QWidget* parent = nullptr,
                            const QString& path = {});

  protected:
    void follow() override;
    void carryOut() override;

  private:
    [[nodiscard]] QString actionText() const;

    std::vector<EditDiskPage*> pages_;
    SummaryPage* summary_;
    DiskEdit edit_;
};

}  // namespace gui
