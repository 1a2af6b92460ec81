// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "new_machine.h"

class QLineEdit;

namespace gui {

class ChoiceList;
class PathField;

/// From what an operating system comes into the machine.
class InstallationPage final : public NewMachinePage {
    Q_OBJECT

  public:
    explicit InstallationPage(QWidget* parent = nullptr);

    [[nodiscard]] bool isValid() const override { return valid_; }
    void store(NewMachine& machine) const override;

  protected:
    void judge() override;

  private:
    enum Choice : int { Later, Disc, Diskette, Kernel };

    QWidget* image(PathField*& field, FieldNote*& note, const QString& name, const QString& caption,
                   const QString& filter);
    QWidget* kernelFields();

    ChoiceList* choice_;
    PathField* disc_;
    FieldNote* discNote_;
    PathField* diskette_;
    FieldNote* disketteNote_;
    PathField* kernel_;
    FieldNote* kernelNote_;
    PathField* ramDisk_;
    QLineEdit* commandLine_;
    bool valid_ = true;
};

}  // namespace gui
