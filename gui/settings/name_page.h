// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "settings_page.h"

class QLineEdit;
class QPlainTextEdit;

namespace gui {

/// What people call the machine and say of it.
class NamePage final : public SettingsPage {
    Q_OBJECT

  public:
    explicit NamePage(QWidget* parent = nullptr);

    [[nodiscard]] QString summary() const override;
    void store(service::MachineSettings& settings) const override;
    [[nodiscard]] bool differs(const service::MachineSettings& before,
                               const service::MachineSettings& after) const override;
    [[nodiscard]] bool hasProblem() const override { return problem_; }

  protected:
    void load(const service::MachineDetails& details, const service::HostReply* host) override;
    void judge() override;

  private:
    QLineEdit* name_;
    FieldNote* nameNote_;
    QLineEdit* group_;
    QPlainTextEdit* notes_;
    bool problem_ = false;
};

}  // namespace gui
