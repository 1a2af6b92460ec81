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

enum class WidgetStyle : unsigned char {
    /// A management console's, compact and calm.
    Vireo,
    /// What other programs of the desktop have; colours are the desktop's then, too.
    Desktop,
};

/// Fonts, colours and the look of all widgets; again at any time.
void applyStyle(QApplication& application, ColourScheme scheme,
                WidgetStyle widgets = WidgetStyle::Vireo);

}  // namespace gui
