// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QPushButton;

namespace gui {

/// The foot of a window in which something is edited: OK, Cancel and Apply. What they do, and when
/// they can be pressed, is the window's to say.
class ApplyBar final : public QWidget {
    Q_OBJECT

  public:
    explicit ApplyBar(QWidget* parent);

    [[nodiscard]] QPushButton* ok() const { return ok_; }
    [[nodiscard]] QPushButton* cancel() const { return cancel_; }
    [[nodiscard]] QPushButton* apply() const { return apply_; }

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    QPushButton* ok_;
    QPushButton* cancel_;
    QPushButton* apply_;
};

}  // namespace gui
