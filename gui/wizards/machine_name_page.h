// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "new_machine.h"

class QCheckBox;
class QLineEdit;

namespace gui {

class PathField;

/// The machine's name, and where its folder is made.
class MachineNamePage final : public NewMachinePage {
    Q_OBJECT

  public:
    explicit MachineNamePage(const MachineStore& store, QWidget* parent = nullptr);

    [[nodiscard]] bool isValid() const override { return valid_; }
    void follow(const NewMachine& machine, const MachineStore& store) override;
    void store(NewMachine& machine) const override;

  protected:
    void judge() override;

  private:
    const MachineStore& store_;
    QLineEdit* name_;
    FieldNote* nameNote_;
    QCheckBox* elsewhere_;
    PathField* folder_;
    FieldNote* folderNote_;
    bool valid_ = true;
};

/// Whether a machine has this name.
[[nodiscard]] bool isNameTaken(const MachineStore& store, const QString& name);
/// `usual`, or with a number behind it.
[[nodiscard]] QString freeName(const MachineStore& store, const QString& usual);

}  // namespace gui
