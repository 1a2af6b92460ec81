// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QAction;
class QLabel;
class QPushButton;

namespace gui {

/// What a console window shows while there is nothing to see: why, and how to change that.
class MachineOffPage final : public QWidget {
    Q_OBJECT

  public:
    /// The button does what `start` does, while it can be done.
    explicit MachineOffPage(QAction* start, QWidget* parent = nullptr);

    /// `hint` may be empty.
    void say(const QString& text, const QString& hint);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    void applyColours();
    void follow();

    QAction* start_;
    QLabel* text_;
    QLabel* hint_;
    QPushButton* button_;
};

}  // namespace gui
