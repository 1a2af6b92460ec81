// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "settings_page.h"

class QComboBox;
class QLineEdit;

namespace gui {

/// One network adapter: its switch and its address.
class NetworkAdapterPage final : public SettingsPage {
    Q_OBJECT

  public:
    explicit NetworkAdapterPage(std::size_t index, bool legacy, QWidget* parent = nullptr);

    [[nodiscard]] QString summary() const override;
    void store(service::MachineSettings& settings) const override;
    [[nodiscard]] bool differs(const service::MachineSettings& before,
                               const service::MachineSettings& after) const override;

  signals:
    void removeWanted();

  protected:
    void load(const service::MachineDetails& details, const service::HostReply* host) override;

  private:
    std::size_t index_;
    QLineEdit* name_;
    QComboBox* switch_;
    QLineEdit* macAddress_;
};

}  // namespace gui
