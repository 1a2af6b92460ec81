// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace gui {

/// A strip across a window or page that says what is wrong and what to do; hidden while it has
/// nothing to say. In place of message boxes.
class Banner : public QWidget {
    Q_OBJECT

  public:
    enum class Kind : unsigned char { Information, Warning, Error };

    explicit Banner(QWidget* parent = nullptr);

    /// `button` empty: none.
    void say(Kind kind, const QString& text, const QString& button = {});
    void clear();
    [[nodiscard]] QString text() const;

  signals:
    void pressed();

  protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    void showIcon();

    Kind kind_ = Kind::Information;
    QLabel* picture_;
    QLabel* text_;
    QPushButton* button_;
};

}  // namespace gui
