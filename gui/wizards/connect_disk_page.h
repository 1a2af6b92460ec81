// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "new_machine.h"

class QLineEdit;
class QSpinBox;

namespace gui {

class ChoiceList;
class PathField;

/// The disk that the operating system is installed on.
class ConnectDiskPage final : public NewMachinePage {
    Q_OBJECT

  public:
    explicit ConnectDiskPage(ServiceConnection& connection, QWidget* parent = nullptr);

    [[nodiscard]] bool isValid() const override { return valid_; }
    void follow(const NewMachine& machine, const MachineStore& store) override;
    void store(NewMachine& machine) const override;

  protected:
    void judge() override;

  private:
    enum Choice : int { Create, Existing, Later };

    QWidget* createFields();
    QWidget* existingFields(ServiceConnection& connection);
    void judgeNewDisk();
    [[nodiscard]] QString newPath() const;

    ChoiceList* choice_;
    QLineEdit* name_;
    FieldNote* nameNote_;
    PathField* location_;
    FieldNote* locationNote_;
    QSpinBox* size_;
    Form::Row sizeNotes_{};
    PathField* existing_;
    FieldNote* existingNote_;
    bool inspected_ = false;
    /// Followed until something else is typed.
    QString suggested_;
    QString suggestedLocation_;
    bool valid_ = true;
};

}  // namespace gui
