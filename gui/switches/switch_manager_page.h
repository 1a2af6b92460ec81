// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QScrollArea>

class QLabel;
class QVBoxLayout;

namespace gui {

/// What stands at the right of Virtual Switch Manager: a heading, a sentence, and fields.
class SwitchManagerPage : public QScrollArea {
    Q_OBJECT

  public:
    SwitchManagerPage(const QString& heading, const QString& explanation, QWidget* parent);

  protected:
    void setHeading(const QString& heading);
    void setExplanation(const QString& explanation);
    [[nodiscard]] QVBoxLayout* column() const { return column_; }
    void changeEvent(QEvent* event) override;

  private:
    void colour();

    QLabel* heading_;
    QLabel* explanation_;
    QVBoxLayout* column_;
};

}  // namespace gui
