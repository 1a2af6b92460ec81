// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "new_machine.h"

namespace gui {

/// What the wizard does; skipped by those who know.
class IntroductionPage final : public NewMachinePage {
    Q_OBJECT

  public:
    explicit IntroductionPage(QWidget* parent = nullptr);

    /// Whether the user has said not to show this page again.
    [[nodiscard]] static bool isUnwanted();
};

}  // namespace gui
