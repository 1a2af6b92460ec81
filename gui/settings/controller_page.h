// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "drive_places.h"
#include "settings_page.h"

class QListWidget;
class QPushButton;

namespace gui {

/// A controller, to which drives can be added.
class ControllerPage final : public SettingsPage {
    Q_OBJECT

  public:
    explicit ControllerPage(const Controller& controller, QWidget* parent = nullptr);

    [[nodiscard]] QString summary() const override;
    void store(service::MachineSettings& settings) const override;
    [[nodiscard]] bool differs(const service::MachineSettings& before,
                               const service::MachineSettings& after) const override;

  signals:
    void addWanted(service::DriveKind kind);

  protected:
    void load(const service::MachineDetails& details, const service::HostReply* host) override;

  private:
    [[nodiscard]] std::vector<service::Drive> drivesOf(
        const service::MachineSettings& settings) const;

    Controller controller_;
    QListWidget* kinds_;
    QPushButton* add_;
    FieldNote* full_;
    std::size_t drives_ = 0;
};

}  // namespace gui
