// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "settings_page.h"

namespace gui {

class ChoiceList;

/// What happens to the machine when the server starts.
class AutomaticStartPage final : public SettingsPage {
    Q_OBJECT

  public:
    explicit AutomaticStartPage(QWidget* parent = nullptr);

    [[nodiscard]] QString summary() const override;
    void store(service::MachineSettings& settings) const override;
    [[nodiscard]] bool differs(const service::MachineSettings& before,
                               const service::MachineSettings& after) const override;

  protected:
    void load(const service::MachineDetails& details, const service::HostReply* host) override;
    void judge() override;

  private:
    ChoiceList* action_;
    QSpinBox* delay_;
};

}  // namespace gui
