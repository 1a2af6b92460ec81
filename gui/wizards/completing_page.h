// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "new_machine.h"
#include "summary_page.h"

class QCheckBox;
class QFormLayout;

namespace gui {

/// Every choice once more, before the machine is made.
class CompletingPage final : public NewMachinePage {
    Q_OBJECT

  public:
    explicit CompletingPage(QWidget* parent = nullptr);

    void follow(const NewMachine& machine, const MachineStore& store) override;
    void store(NewMachine& machine) const override;

  private:
    QFormLayout* form_;
    QCheckBox* start_;
    FieldNote* startNote_;
    SummaryPage::Facts shown_;
};

}  // namespace gui
