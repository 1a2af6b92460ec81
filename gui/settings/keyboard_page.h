// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "vireo_settings_page.h"

class QComboBox;

namespace gui {

class ChoiceList;

/// What keys do in a machine's console.
class KeyboardPage final : public VireoSettingsPage {
    Q_OBJECT

  public:
    explicit KeyboardPage(QWidget* parent = nullptr);

    [[nodiscard]] QString summary() const override;
    void store(VireoSettings& settings) const override;
    [[nodiscard]] bool differs(const VireoSettings& before,
                               const VireoSettings& after) const override {
        return before.keys != after.keys;
    }

  protected:
    void load(const VireoSettings& settings, const service::ServiceReply* service) override;

  private:
    ChoiceList* windows_;
    QComboBox* release_;
};

}  // namespace gui
