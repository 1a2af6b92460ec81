// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "vireo_settings_page.h"

class QPushButton;

namespace gui {

/// Brings back what the user has said not to show again; at once, not when it is applied.
class ResetCheckBoxesPage final : public VireoSettingsPage {
    Q_OBJECT

  public:
    explicit ResetCheckBoxesPage(QWidget* parent = nullptr);

    [[nodiscard]] QString summary() const override;
    void store(VireoSettings&) const override {}
    [[nodiscard]] bool differs(const VireoSettings&, const VireoSettings&) const override {
        return false;
    }

  protected:
    void load(const VireoSettings& settings, const service::ServiceReply* service) override;

  private:
    void count();

    QPushButton* reset_;
    FieldNote* note_;
    int hidden_ = 0;
};

}  // namespace gui
