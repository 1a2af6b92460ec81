// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "settings_page.h"

class QCheckBox;

namespace gui {

class ChoiceList;
class PathField;

/// How checkpoints are made and where they are kept.
class CheckpointsPage final : public SettingsPage {
    Q_OBJECT

  public:
    explicit CheckpointsPage(QWidget* parent = nullptr);

    [[nodiscard]] QString summary() const override;
    void store(service::MachineSettings& settings) const override;
    [[nodiscard]] bool differs(const service::MachineSettings& before,
                               const service::MachineSettings& after) const override;

  protected:
    void load(const service::MachineDetails& details, const service::HostReply* host) override;
    void judge() override;

  private:
    QCheckBox* enabled_;
    ChoiceList* kind_;
    QCheckBox* automatic_;
    QWidget* more_;
    PathField* folder_;
};

}  // namespace gui
