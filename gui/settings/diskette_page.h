// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "settings_page.h"

namespace gui {

class ChoiceList;
class PathField;

/// What is in the diskette drive.
class DiskettePage final : public SettingsPage {
    Q_OBJECT

  public:
    explicit DiskettePage(QWidget* parent = nullptr);

    [[nodiscard]] QString summary() const override;
    void store(service::MachineSettings& settings) const override;
    [[nodiscard]] bool differs(const service::MachineSettings& before,
                               const service::MachineSettings& after) const override;
    [[nodiscard]] bool hasProblem() const override { return problem_; }

  protected:
    void load(const service::MachineDetails& details, const service::HostReply* host) override;
    void judge() override;

  private:
    ChoiceList* media_;
    PathField* path_;
    FieldNote* note_;
    bool problem_ = false;
};

}  // namespace gui
