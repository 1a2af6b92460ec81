// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "new_machine.h"

class QCheckBox;
class QSpinBox;

namespace gui {

/// What the machine starts with.
class AssignMemoryPage final : public NewMachinePage {
    Q_OBJECT

  public:
    explicit AssignMemoryPage(QWidget* parent = nullptr);

    [[nodiscard]] bool isValid() const override { return valid_; }
    void follow(const NewMachine& machine, const MachineStore& store) override;
    void store(NewMachine& machine) const override;

  protected:
    void judge() override;

  private:
    QSpinBox* memory_;
    Form::Row notes_{};
    QCheckBox* dynamic_;
    int hostMegabytes_ = 0;
    bool valid_ = true;
};

}  // namespace gui
