// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHash>
#include <QImage>
#include <QString>
#include <optional>

namespace tests {

/// Reads the text of a console that is drawn in cells of 16 lines, in any two colours a cell.
class ScreenText {
  public:
    /// From a line of cells of 8 pixels that has the printable characters of ASCII in their order;
    /// nothing where it can't be such a line, because two of them look the same.
    [[nodiscard]] static std::optional<ScreenText> learn(const QImage& picture, int row);
    /// From the font that a video BIOS has in it, in cells of 9 pixels as a VGA's text mode has
    /// them, or of 8 as kernels draw it; nothing where it is not found.
    [[nodiscard]] static std::optional<ScreenText> ofVideoBios(const QByteArray& bios,
                                                               int width = 9);

    /// A line without the spaces at its end; "?" for what is no printable character of ASCII.
    [[nodiscard]] QString read(const QImage& picture, int row) const;
    /// All lines.
    [[nodiscard]] QString read(const QImage& picture) const;

  private:
    explicit ScreenText(int width) : width_(width) {}
    /// A bit for each of the 8 pixels of 16 lines: whether it differs from the upper left one.
    [[nodiscard]] QByteArray cell(const QImage& picture, int row, int column) const;

    int width_;
    QHash<QByteArray, QChar> characters_;
};

}  // namespace tests
