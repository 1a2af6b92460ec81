// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;

namespace gui {

/// The band across a wizard's top: its picture and the page's title.
class WizardHead final : public QWidget {
    Q_OBJECT

  public:
    explicit WizardHead(QString icon, QWidget* parent = nullptr);

    void setTitle(const QString& title);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    void colour();

    QString icon_;
    QLabel* picture_;
    QLabel* title_;
};

}  // namespace gui
