// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHash>
#include <QImage>
#include <QString>
#include <optional>

namespace tests {

/// Reads the text of a console that is drawn in cells of 8 times 16 pixels, light on black.
class ScreenText {
  public:
    /// From a line that has the printable characters of ASCII in their order; nothing where it
    /// can't be such a line, because two of them look the same.
    [[nodiscard]] static std::optional<ScreenText> learn(const QImage& picture, int row);

    /// A line without the spaces at its end; "?" for what is no character.
    [[nodiscard]] QString read(const QImage& picture, int row) const;

  private:
    /// A bit for each pixel.
    [[nodiscard]] static QByteArray cell(const QImage& picture, int row, int column);

    QHash<QByteArray, QChar> characters_;
};

}  // namespace tests
