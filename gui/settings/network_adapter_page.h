// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "settings_page.h"

class QLineEdit;
class QPushButton;

namespace gui {

class MachineStore;
class PathField;
class SwitchChoice;

/// One network adapter: its switch and its address.
class NetworkAdapterPage final : public SettingsPage {
    Q_OBJECT

  public:
    NetworkAdapterPage(std::size_t index, bool legacy, const MachineStore& store,
                       QWidget* parent = nullptr);

    [[nodiscard]] QString summary() const override;
    void store(service::MachineSettings& settings) const override;
    [[nodiscard]] bool differs(const service::MachineSettings& before,
                               const service::MachineSettings& after) const override;

  signals:
    void removeWanted();

  protected:
    void load(const service::MachineDetails& details, const service::HostReply* host) override;
    void judge() override { explain(); }

  private:
    void explain();

    std::size_t index_;
    QLineEdit* name_;
    SwitchChoice* switch_;
    FieldNote* switchNote_;
    QLineEdit* macAddress_;
    FieldNote* addressNote_;
    QPushButton* remove_;
    QLineEdit* forwards_;
    PathField* tftpFolder_;
    QLineEdit* bootFile_;
    FieldNote* bootNote_;
};

}  // namespace gui
