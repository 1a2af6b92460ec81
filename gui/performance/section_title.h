// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

namespace gui {

/// A title over a graph or a group of graphs.
class SectionTitle final : public QLabel {
    Q_OBJECT

  public:
    explicit SectionTitle(const QString& title, QWidget* parent = nullptr);

  protected:
    void paintEvent(QPaintEvent* event) override;
};

}  // namespace gui
