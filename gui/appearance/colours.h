// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>
#include <array>

namespace gui {

/// What the palette has no role for. Made from the palette, so that light and dark follow; ask
/// again in changeEvent(QEvent::PaletteChange), or when painting.
struct Colours {
    bool dark;
    QColor accent;
    /// Lines between panes, frames of fields.
    QColor separator;
    /// Behind the titles of panes, and behind tool bars and bars of buttons.
    QColor header;
    /// Behind panes beside the main one.
    QColor side;
    /// Of explanations, and of what is not there.
    QColor faint;
    QColor title;
    QColor good;
    QColor warning;
    QColor bad;
    /// The grid of graphs.
    QColor grid;

    [[nodiscard]] static Colours of(const QPalette& palette);
};

/// Curves in graphs, told apart in light and dark and by most who see colours otherwise.
[[nodiscard]] QColor curveColour(const QPalette& palette, std::size_t index);
inline constexpr std::size_t kCurveColours = 8;

}  // namespace gui
