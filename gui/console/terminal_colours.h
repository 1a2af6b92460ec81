// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>
#include <array>

#include "terminal_cell.h"

namespace gui {

/// The terminal's colours on a dark or a light ground: the guest's first sixteen can be read on
/// both, the others are as everywhere.
class TerminalColours {
  public:
    explicit TerminalColours(const QPalette& palette);

    [[nodiscard]] QColor ground() const { return ground_; }
    [[nodiscard]] QColor text() const { return text_; }
    /// Of a cell's text and ground, with reverse video done.
    struct Pair {
        QColor text;
        QColor ground;
    };
    [[nodiscard]] Pair of(const TerminalStyle& style) const;

  private:
    [[nodiscard]] QColor colour(const TerminalColour& colour, const QColor& standard) const;

    const std::array<QRgb, 16>& basic_;
    QColor ground_;
    QColor text_;
};

}  // namespace gui
