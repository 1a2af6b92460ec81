// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPalette>
#include <QString>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "counter_series.h"
#include "graph_shape.h"
#include "time_range.h"
#include "time_window.h"

class QCPGraph;
class QCustomPlot;

namespace gui {

/// The curves of a graph: their points, and how these come into the plot piece by piece.
class GraphCurves {
  public:
    struct Curve {
        QString name;
        std::size_t colour;
        GraphShape shape;
        bool shown;
        CounterSeries series;
        /// Owned by the plot.
        QCPGraph* graph;
        /// From when on the plot has not got what the series has.
        std::int64_t changedFrom;
    };

    explicit GraphCurves(QCustomPlot& plot) : plot_(plot) {}

    int add(const QString& name, std::size_t colour, GraphShape shape);
    void remove(int id);
    [[nodiscard]] const std::map<int, Curve>& all() const { return curves_; }
    [[nodiscard]] const Curve* find(int id) const;

    void rename(int id, const QString& name) { curves_.at(id).name = name; }
    void show(int id, bool shown);
    void append(int id, std::int64_t time, std::optional<double> value);
    void beginLive(int id) { curves_.at(id).series.beginLive(); }
    void mergeHistory(int id, std::span<const CounterPoint> history, std::int64_t step);
    void clear();
    void setRange(TimeRange range);

    /// Gives the plot what is new. The more points there are in `span`, the simpler are the lines.
    void push(const TimeSpan& span);
    void dress(const QPalette& palette);
    /// Of what is shown, stacks as high as they are.
    [[nodiscard]] double greatest(const TimeSpan& span) const;
    /// For a legend, a cursor: as it is drawn for its name.
    [[nodiscard]] static QColor colourOf(std::size_t colour, GraphShape shape,
                                         const QPalette& palette);
    [[nodiscard]] static QColor colourOf(const Curve& curve, const QPalette& palette) {
        return colourOf(curve.colour, curve.shape, palette);
    }

  private:
    static constexpr std::int64_t kNothing = std::numeric_limits<std::int64_t>::max();
    static constexpr std::int64_t kEverything = std::numeric_limits<std::int64_t>::min();

    /// How lines are drawn: wide ones that cross themselves at every point cost a hundred times as
    /// much as those of one pixel, and smooth ones twice as much as plain ones.
    enum class Density : unsigned char { Wide, Smooth, Plain };

    void pushCurve(Curve& curve);
    void choosePens(const TimeSpan& span);
    void dressCurves();
    [[nodiscard]] double stackedValue(const Curve& curve, const CounterPoint& point) const;
    void restack();

    QCustomPlot& plot_;
    TimeRange range_ = TimeRange::FiveMinutes;
    // In the order in which they were added, in which stacks grow.
    std::map<int, Curve> curves_;
    int last_ = 0;
    QPalette palette_;
    Density density_ = Density::Wide;
};

}  // namespace gui
