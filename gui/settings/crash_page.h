// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "settings_page.h"

namespace gui {

class ChoiceList;

/// What happens to the machine when its worker process has died.
class CrashPage final : public SettingsPage {
    Q_OBJECT

  public:
    explicit CrashPage(QWidget* parent = nullptr);

    [[nodiscard]] QString summary() const override;
    void store(service::MachineSettings& settings) const override;
    [[nodiscard]] bool differs(const service::MachineSettings& before,
                               const service::MachineSettings& after) const override;

  protected:
    void load(const service::MachineDetails& details, const service::HostReply* host) override;

  private:
    ChoiceList* action_;
    QSpinBox* restarts_;
    QSpinBox* period_;
};

}  // namespace gui
