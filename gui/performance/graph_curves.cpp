// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph_curves.h"

#include <qcustomplot.h>

#include <algorithm>

#include "gui/appearance/colours.h"

namespace gui {

namespace {

constexpr double kMilliseconds = 1e-3;
constexpr float kAreaOpacity = 0.18F;
/// Of a stack's areas: how much of the curve's colour is in them.
constexpr double kTint = 0.42;
/// Points of all curves that are drawn with wide lines, at a scale of 100 %, and with smooth ones.
constexpr double kMostWide = 3'000;
constexpr std::size_t kMostSmooth = 40'000;

QColor mixed(const QColor& one, const QColor& other, double part) {
    const auto mix = [part](int a, int b) { return qRound(part * a + (1 - part) * b); };
    return {mix(one.red(), other.red()), mix(one.green(), other.green()),
            mix(one.blue(), other.blue())};
}

}  // namespace

int GraphCurves::add(const QString& name, std::size_t colour, GraphShape shape) {
    QCPGraph* const graph = plot_.addGraph();
    graph->setAdaptiveSampling(true);
    curves_.emplace(
        ++last_, Curve{name, colour, shape, true, CounterSeries(stepOf(range_), pointsOf(range_)),
                       graph, kNothing});
    if (shape == GraphShape::Stacked)
        restack();
    return last_;
}

void GraphCurves::remove(int id) {
    const auto found = curves_.find(id);
    if (found == curves_.end())
        return;
    plot_.removeGraph(found->second.graph);
    const bool stacked = found->second.shape == GraphShape::Stacked;
    curves_.erase(found);
    if (stacked)
        restack();
}

const GraphCurves::Curve* GraphCurves::find(int id) const {
    const auto found = curves_.find(id);
    return found == curves_.end() ? nullptr : &found->second;
}

void GraphCurves::show(int id, bool shown) {
    Curve& curve = curves_.at(id);
    curve.shown = shown;
    curve.graph->setVisible(shown);
    if (curve.shape == GraphShape::Stacked)
        restack();
}

void GraphCurves::append(int id, std::int64_t time, std::optional<double> value) {
    Curve& curve = curves_.at(id);
    if (const auto changed = curve.series.append(time, value))
        curve.changedFrom = std::min(curve.changedFrom, *changed);
}

void GraphCurves::mergeHistory(int id, std::span<const CounterPoint> history, std::int64_t step) {
    Curve& curve = curves_.at(id);
    curve.series.mergeHistory(history, step);
    curve.changedFrom = kEverything;
}

void GraphCurves::clear() {
    for (auto& [id, curve] : curves_) {
        curve.series = CounterSeries(stepOf(range_), pointsOf(range_));
        curve.changedFrom = kEverything;
    }
}

void GraphCurves::setRange(TimeRange range) {
    range_ = range;
    for (auto& [id, curve] : curves_) {
        // Points that lie closer or wider than the new ones would make a mixture.
        curve.series = curve.series.step() == stepOf(range)
                           ? curve.series.withMost(pointsOf(range))
                           : CounterSeries(stepOf(range), pointsOf(range));
        curve.changedFrom = kEverything;
    }
}

void GraphCurves::push(const TimeSpan& span) {
    choosePens(span);
    std::int64_t stackFrom = kNothing;
    for (const auto& [id, curve] : curves_)
        if (curve.shape == GraphShape::Stacked)
            stackFrom = std::min(stackFrom, curve.changedFrom);
    for (auto& [id, curve] : curves_) {
        if (curve.shape == GraphShape::Stacked)
            curve.changedFrom = stackFrom;
        if (curve.changedFrom != kNothing)
            pushCurve(curve);
        curve.changedFrom = kNothing;
    }
}

void GraphCurves::pushCurve(Curve& curve) {
    const bool everything = curve.changedFrom == kEverything;
    const auto points =
        everything ? curve.series.points() : curve.series.pointsFrom(curve.changedFrom);
    QCPGraphDataContainer& data = *curve.graph->data();
    if (everything)
        data.clear();
    else
        data.removeAfter(static_cast<double>(curve.changedFrom - 1) * kMilliseconds);
    QVector<QCPGraphData> added;
    added.reserve(static_cast<qsizetype>(points.size()));
    for (const CounterPoint& point : points)
        added.append({static_cast<double>(point.time) * kMilliseconds, stackedValue(curve, point)});
    data.add(added, true);
    if (const auto all = curve.series.points(); !all.empty())
        data.removeBefore(static_cast<double>(all.front().time) * kMilliseconds);
}

double GraphCurves::stackedValue(const Curve& curve, const CounterPoint& point) const {
    double value = point.value;
    if (curve.shape != GraphShape::Stacked)
        return value;
    for (const auto& [id, below] : curves_) {
        if (&below == &curve)
            break;
        if (below.shape == GraphShape::Stacked && below.shown)
            value += below.series.exactly(point.time).value_or(0);
    }
    return value;
}

void GraphCurves::restack() {
    // The plot draws in this order, and each area reaches down to zero.
    for (auto at = curves_.rbegin(); at != curves_.rend(); ++at)
        if (at->second.shape == GraphShape::Stacked) {
            at->second.graph->setLayer(at->second.graph->layer());
            at->second.changedFrom = kEverything;
        }
}

void GraphCurves::choosePens(const TimeSpan& span) {
    std::size_t points = 0;
    for (const auto& [id, curve] : curves_)
        if (curve.shown)
            points += curve.series.pointsFrom(span.from).size();
    const bool few = static_cast<double>(points) * plot_.devicePixelRatioF() <= kMostWide;
    const Density density = few                     ? Density::Wide
                            : points <= kMostSmooth ? Density::Smooth
                                                    : Density::Plain;
    if (density == density_)
        return;
    density_ = density;
    dressCurves();
}

void GraphCurves::dress(const QPalette& palette) {
    palette_ = palette;
    dressCurves();
}

void GraphCurves::dressCurves() {
    const bool wide = density_ == Density::Wide;
    // Wide lines are much cheaper piece by piece than as a whole; thin ones are not.
    plot_.setPlottingHint(QCP::phFastPolylines, wide);
    const QColor base = palette_.color(QPalette::Base);
    bool lowest = true;
    for (auto& [id, curve] : curves_) {
        const QColor colour = curveColour(palette_, curve.colour);
        QPen pen(colour, wide && curve.shape != GraphShape::Stacked ? 1.3 : 1);
        pen.setCosmetic(!wide);
        pen.setJoinStyle(Qt::BevelJoin);
        QBrush brush(Qt::NoBrush);
        if (curve.shape == GraphShape::Area) {
            QColor light = colour;
            light.setAlphaF(kAreaOpacity);
            brush = light;
        } else if (curve.shape == GraphShape::Stacked) {
            brush = mixed(colour, base, kTint);
            if (!lowest)
                pen = Qt::NoPen;
            lowest = false;
        }
        curve.graph->setAntialiased(density_ != Density::Plain);
        curve.graph->setPen(pen);
        curve.graph->setBrush(brush);
    }
}

double GraphCurves::greatest(const TimeSpan& span) const {
    double most = 0;
    for (const auto& [id, curve] : curves_) {
        if (!curve.shown)
            continue;
        for (const CounterPoint& point : curve.series.pointsFrom(span.from)) {
            if (point.time > span.to)
                break;
            if (!point.isGap())
                most = std::max(most, stackedValue(curve, point));
        }
    }
    return most;
}

QColor GraphCurves::colourOf(std::size_t index, GraphShape shape, const QPalette& palette) {
    const QColor colour = curveColour(palette, index);
    return shape == GraphShape::Stacked ? mixed(colour, palette.color(QPalette::Base), kTint)
                                        : colour;
}

}  // namespace gui
