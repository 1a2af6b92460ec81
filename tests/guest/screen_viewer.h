// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QObject>
#include <QString>
#include <cstdint>

#include "gui/console/screen_client.h"

namespace tests {

/// Somebody who looks at a machine's screen, types and points, by the manager's client of screens.
class ScreenViewer : public QObject {
  public:
    explicit ScreenViewer(const QString& socket);

    void type(const QString& text);
    /// In pixels; a bit for each button that is down.
    void point(int x, int y, std::uint8_t buttons);

    /// What has been shown so far; none before the first piece.
    [[nodiscard]] const QImage& picture() const { return picture_; }
    [[nodiscard]] int pieces() const { return pieces_; }
    [[nodiscard]] bool hasEnded() const { return hasEnded_; }

  private:
    gui::ScreenClient client_;
    QImage picture_;
    int pieces_ = 0;
    bool hasEnded_ = false;
};

}  // namespace tests
