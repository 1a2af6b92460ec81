// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace gui {

// Pages of wizards that the user has said not to show again.

/// `page` is one word for each: "newMachine".
[[nodiscard]] bool isPageHidden(const QString& page);
void setPageHidden(const QString& page, bool hidden);

[[nodiscard]] int hiddenPages();
void showHiddenPages();

}  // namespace gui
