// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "settings_page.h"

class QListWidget;
class QPushButton;

namespace gui {

/// What can be added to the machine. What can't be is greyed and says why.
class AddHardwarePage final : public SettingsPage {
    Q_OBJECT

  public:
    enum class Hardware : unsigned char {
        ScsiController,
        HardDrive,
        DvdDrive,
        NetworkAdapter,
        LegacyNetworkAdapter,
    };

    explicit AddHardwarePage(QWidget* parent = nullptr);

    void store(service::MachineSettings&) const override {}
    [[nodiscard]] bool differs(const service::MachineSettings&,
                               const service::MachineSettings&) const override {
        return false;
    }

  signals:
    void addWanted(gui::AddHardwarePage::Hardware hardware);

  protected:
    void load(const service::MachineDetails& details, const service::HostReply* host) override;

  private:
    struct Choice {
        QString text;
        QString explanation;
        QString icon;
    };
    [[nodiscard]] static Choice choice(Hardware hardware);
    /// Empty: it can be added.
    [[nodiscard]] static QString objection(Hardware hardware,
                                           const service::MachineSettings& settings);
    void explain();

    QListWidget* list_;
    FieldNote* note_;
    QPushButton* add_;
};

}  // namespace gui
