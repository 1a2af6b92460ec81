// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QApplication;

namespace gui {

enum class ColourScheme : unsigned char {
    /// What the desktop has.
    System,
    Light,
    Dark,
};

/// Fonts, colours and the look of all widgets: a management console's, compact and calm.
void applyStyle(QApplication& application, ColourScheme scheme);

}  // namespace gui
