// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "settings_page.h"

namespace gui {

class ChoiceList;

/// COM 1 or COM 2: what the port is wired to.
class ComPortPage final : public SettingsPage {
    Q_OBJECT

  public:
    explicit ComPortPage(std::size_t index, QWidget* parent = nullptr);

    [[nodiscard]] QString summary() const override;
    void store(service::MachineSettings& settings) const override;
    [[nodiscard]] bool differs(const service::MachineSettings& before,
                               const service::MachineSettings& after) const override;

  protected:
    void load(const service::MachineDetails& details, const service::HostReply* host) override;

  private:
    std::size_t index_;
    ChoiceList* connection_;
};

}  // namespace gui
