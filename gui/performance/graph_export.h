// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QString>
#include <functional>
#include <span>

class QIODevice;
class QWidget;

namespace gui {

class Graph;

/// Comma-separated values of what the graphs show: a line for each time, a column for each curve,
/// empty where there is no figure. Numbers have a point and times an offset from UTC, whatever the
/// locale.
[[nodiscard]] bool writeCsv(std::span<const Graph* const> graphs, QIODevice& to);

/// Asks where to, without blocking, and writes. `failed` is told why that went wrong.
void exportPicture(QWidget* parent, const QString& name, std::function<QImage()> picture,
                   std::function<void(const QString& problem)> failed);
void exportFigures(QWidget* parent, const QString& name, std::function<bool(QIODevice& to)> figures,
                   std::function<void(const QString& problem)> failed);

}  // namespace gui
