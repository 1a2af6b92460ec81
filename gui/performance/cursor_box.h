// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QWidget>
#include <vector>

namespace gui {

/// The small box beside a graph's cursor: a time, and each curve's figure at it.
class CursorBox final : public QWidget {
    Q_OBJECT

  public:
    struct Row {
        QColor colour;
        QString name;
        QString value;
    };

    explicit CursorBox(QWidget* parent);

    /// As many rows as there is place for in `mostHeight`; then how many more there are.
    void setContent(const QString& time, std::vector<Row> rows, int mostHeight);
    [[nodiscard]] QString text() const;

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    [[nodiscard]] int rowHeight() const;

    QString time_;
    std::vector<Row> rows_;
    QString more_;
    int nameWidth_ = 0;
};

}  // namespace gui
