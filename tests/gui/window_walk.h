// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>

namespace tests {

// What is wrong with a window as it is shown now, one line a fault. What a scroll area hides
// counts as shown: it can be scrolled to.

/// Texts of labels, buttons, tabs, titles and fields that have less room than they ask for.
[[nodiscard]] QStringList clippedTexts(const QWidget& window);
/// Fields, lists and buttons that a screen reader can't name.
[[nodiscard]] QStringList namelessFields(const QWidget& window);
/// Enabled fields, lists and buttons that Tab and the arrow keys don't reach. Moves the focus.
[[nodiscard]] QStringList unreachableFields(QWidget& window);
/// Letters that two texts of the window claim with Alt.
[[nodiscard]] QStringList sharedMnemonics(const QWidget& window);
/// Texts whose colour is too near to what is behind them.
[[nodiscard]] QStringList faintTexts(const QWidget& window);

}  // namespace tests
