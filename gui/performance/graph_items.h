// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QPalette>
#include <QString>
#include <cstdint>
#include <vector>

#include "graph_shape.h"

class QCPItemStraightLine;
class QCPItemText;
class QCustomPlot;

namespace gui {

/// What a graph draws beside curves: levels across it, the cursor's line, a text in its corner.
class GraphItems {
  public:
    explicit GraphItems(QCustomPlot& plot);

    void setLevels(std::vector<GraphLevel> levels);
    void setCornerText(const QString& text);
    /// After a change of levels, palette or font.
    void dress(const QPalette& palette, const QFont& font);
    /// Before drawing: labels that would cover each other go under their lines.
    void placeLabels();

    void showCursor(std::int64_t time);
    void hideCursor();

  private:
    struct Level {
        GraphLevel level;
        // Owned by the plot.
        QCPItemStraightLine* line;
        QCPItemText* label;
    };

    QCustomPlot& plot_;
    std::vector<Level> levels_;
    QCPItemText* corner_;
    QCPItemStraightLine* cursor_;
};

}  // namespace gui
