// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "settings_page.h"

class QCheckBox;

namespace gui {

/// What the host offers to the guest beside devices.
class IntegrationPage final : public SettingsPage {
    Q_OBJECT

  public:
    explicit IntegrationPage(QWidget* parent = nullptr);

    [[nodiscard]] QString summary() const override;
    void store(service::MachineSettings& settings) const override;
    [[nodiscard]] bool differs(const service::MachineSettings& before,
                               const service::MachineSettings& after) const override;

  protected:
    void load(const service::MachineDetails& details, const service::HostReply* host) override;

  private:
    void add(bool service::IntegrationServices::*member, const QString& name, const QString& text);
    [[nodiscard]] service::IntegrationServices entered() const;

    struct Service {
        bool service::IntegrationServices::*member;
        QCheckBox* box;
    };
    std::vector<Service> services_;
};

}  // namespace gui
