// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "vireo_settings_page.h"

class QCheckBox;

namespace gui {

class ChoiceList;

/// How the manager looks to this user.
class StylePage final : public VireoSettingsPage {
    Q_OBJECT

  public:
    explicit StylePage(QWidget* parent = nullptr);

    [[nodiscard]] QString summary() const override;
    void store(VireoSettings& settings) const override;
    [[nodiscard]] bool differs(const VireoSettings& before,
                               const VireoSettings& after) const override {
        return before.look != after.look;
    }

  protected:
    void load(const VireoSettings& settings, const service::ServiceReply* service) override;
    void judge() override;

  private:
    ChoiceList* colours_;
    QCheckBox* desktop_;
};

}  // namespace gui
