// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QPalette>

#include "graph_shape.h"
#include "time_window.h"

class QCustomPlot;

namespace gui {

// The axes of a graph: time at the bottom, figures at the left.

/// Once, before anything is drawn.
void prepareAxes(QCustomPlot& plot, GraphLook look);
/// After a change of palette, font or focus, which the frame shows.
void dressAxes(QCustomPlot& plot, GraphLook look, const QPalette& palette, const QFont& font,
               bool focused);
void setTimeSpan(QCustomPlot& plot, const TimeSpan& span);
void setFigures(QCustomPlot& plot, double from, double to, bool percent);
/// A round figure at or a little over `most`.
[[nodiscard]] double roundedUp(double most);

}  // namespace gui
