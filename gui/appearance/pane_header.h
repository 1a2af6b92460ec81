// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

namespace gui {

/// The bar with a pane's title.
class PaneHeader final : public QLabel {
    Q_OBJECT

  public:
    explicit PaneHeader(const QString& title, QWidget* parent = nullptr);

    /// What there is no room for is in the tool tip.
    void setTitle(const QString& title);

  protected:
    void paintEvent(QPaintEvent* event) override;
};

/// A line of one pixel between two panes or bars.
class Separator final : public QWidget {
    Q_OBJECT

  public:
    explicit Separator(Qt::Orientation orientation, QWidget* parent = nullptr);

  protected:
    void paintEvent(QPaintEvent* event) override;
};

}  // namespace gui
