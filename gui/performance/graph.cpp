// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph.h"

#include <qcustomplot.h>

#include <QDateTime>
#include <QHelpEvent>
#include <QToolTip>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "counter_text.h"
#include "cursor_box.h"
#include "graph_axes.h"
#include "graph_curves.h"
#include "graph_items.h"
#include "graph_legend.h"

namespace gui {

namespace {

constexpr int kShortestFrame = 16;
/// Curves move at most so often that drawing takes one part of the time in so many.
constexpr double kRest = 6;

std::int64_t now() {
    return QDateTime::currentMSecsSinceEpoch();
}

}  // namespace

Graph::Graph(GraphLook look, const QString& title, QWidget* parent)
    : QWidget(parent),
      look_(look),
      plot_(new QCustomPlot(this)),
      curves_(std::make_unique<GraphCurves>(*plot_)),
      items_(std::make_unique<GraphItems>(*plot_)),
      legend_(new GraphLegend(this)),
      box_(new CursorBox(this)) {
    setTitle(title);
    plot_->setAttribute(Qt::WA_TransparentForMouseEvents);
    plot_->setFocusPolicy(Qt::NoFocus);
    plot_->setMinimumSize(60, 40);
    plot_->installEventFilter(this);
    prepareAxes(*plot_, look);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(5);
    column->addWidget(plot_, 1);
    column->addWidget(legend_);
    if (look == GraphLook::Small) {
        legend_->hide();
    } else {
        setFocusPolicy(Qt::StrongFocus);
        setMouseTracking(true);
    }
    connect(legend_, &GraphLegend::toggled, this, &Graph::setCurveShown);
    drawing_.setSingleShot(true);
    drawing_.setTimerType(Qt::PreciseTimer);
    connect(&drawing_, &QTimer::timeout, this, &Graph::draw);
    scrolling_.setSingleShot(true);
    connect(&scrolling_, &QTimer::timeout, this, &Graph::draw);
    dress();
}

Graph::~Graph() = default;

void Graph::setTitle(const QString& title) {
    setAccessibleName(title);
    setAccessibleDescription(look_ == GraphLook::Small
                                 ? QString()
                                 : tr("Graph. Left and Right move the cursor, plus and minus "
                                      "zoom, 0 shows everything, Space pauses."));
}

void Graph::setUnit(const QString& unit) {
    unit_ = unit;
    refreshLegend();
}

void Graph::setFixedRange(double from, double to) {
    fixedRange_ = std::pair(from, to);
    schedule();
}

void Graph::setAutomaticRange() {
    fixedRange_.reset();
    schedule();
}

void Graph::setLevels(std::vector<GraphLevel> levels) {
    levelMost_ = 0;
    for (const GraphLevel& level : levels)
        levelMost_ = std::max(levelMost_, level.value);
    items_->setLevels(std::move(levels));
    items_->dress(palette(), font());
    schedule();
}

void Graph::setNote(const QString& note) {
    legend_->setNote(note);
}

void Graph::setCornerText(const QString& text) {
    items_->setCornerText(text);
    schedule();
}

int Graph::addCurve(const QString& name, std::size_t colour, GraphShape shape) {
    const int id = curves_->add(name, colour, shape);
    legend_->add(id, name);
    dress();
    return id;
}

void Graph::removeCurve(int curve) {
    curves_->remove(curve);
    legend_->remove(curve);
    dress();
}

void Graph::renameCurve(int curve, const QString& name) {
    if (!curves_->find(curve))
        return;
    curves_->rename(curve, name);
    legend_->entry(curve)->setName(name);
}

void Graph::setCurveShown(int curve, bool shown) {
    const GraphCurves::Curve* const known = curves_->find(curve);
    if (!known || known->shown == shown)
        return;
    curves_->show(curve, shown);
    legend_->entry(curve)->setChecked(shown);
    schedule();
}

bool Graph::isCurveShown(int curve) const {
    const GraphCurves::Curve* const known = curves_->find(curve);
    return known && known->shown;
}

void Graph::append(int curve, std::int64_t time, std::optional<double> value) {
    if (!curves_->find(curve))
        return;
    curves_->append(curve, time, value);
    schedule();
}

void Graph::beginLive(int curve) {
    if (curves_->find(curve))
        curves_->beginLive(curve);
}

void Graph::mergeHistory(int curve, std::span<const CounterPoint> history, std::int64_t step) {
    if (!curves_->find(curve))
        return;
    curves_->mergeHistory(curve, history, step);
    schedule();
}

void Graph::clearFigures() {
    curves_->clear();
    schedule();
}

void Graph::setTimeRange(TimeRange range) {
    if (range == window_.range() && !window_.isMoved())
        return;
    const bool moved = window_.isMoved();
    const bool other = range != window_.range();
    window_.setRange(range);
    if (other)
        curves_->setRange(range);
    windowChanged(moved);
    if (other)
        emit timeRangeChanged();
}

void Graph::setPaused(bool paused) {
    if (paused == window_.isPaused())
        return;
    window_.setPaused(paused, now());
    emit pausedChanged(paused);
    schedule();
}

void Graph::resetZoom() {
    const bool moved = window_.isMoved();
    window_.reset(now());
    windowChanged(moved);
}

TimeSpan Graph::seen() const {
    return window_.seen(now());
}

QImage Graph::picture() {
    draw();
    return grab().toImage();
}

QSize Graph::sizeHint() const {
    const int line = fontMetrics().height();
    return look_ == GraphLook::Small ? QSize(10 * line, 5 * line) : QSize(24 * line, 12 * line);
}

void Graph::schedule() {
    stale_ = true;
    if (!shown_ || drawing_.isActive())
        return;
    const qint64 since = sinceDraw_.isValid() ? sinceDraw_.elapsed() : kShortestFrame;
    drawing_.start(static_cast<int>(std::clamp<qint64>(kShortestFrame - since, 0, kShortestFrame)));
}

void Graph::draw() {
    // Out of sight in a scroll area: painted when it comes into it.
    if (!shown_ || plot_->visibleRegion().isEmpty()) {
        stale_ = true;
        scrolling_.stop();
        return;
    }
    drawing_.stop();
    QElapsedTimer clock;
    clock.start();
    stale_ = false;
    const TimeSpan span = seen();
    curves_->push(span);
    setTimeSpan(*plot_, span);
    if (fixedRange_)
        setFigures(*plot_, fixedRange_->first, fixedRange_->second, true);
    else
        setFigures(*plot_, 0, roundedUp(std::max(curves_->greatest(span), levelMost_)), false);
    items_->placeLabels();
    plot_->replot(QCustomPlot::rpQueuedRefresh);
    refreshLegend();
    ++draws_;
    if (mouse_)
        cursor_ = timeAt(*mouse_);
    if (cursor_)
        showCursor();
    sinceDraw_.restart();
    cost_ = static_cast<double>(clock.nsecsElapsed()) / 1e6;
    scrollOn();
}

void Graph::scrollOn() {
    if (!window_.follows()) {
        scrolling_.stop();
        return;
    }
    // Drawing again is of use when curves have moved by a pixel.
    const int width = std::max(1, plot_->axisRect()->width());
    const double pixel = static_cast<double>(seen().length()) / width / devicePixelRatioF();
    scrolling_.start(static_cast<int>(
        std::min(std::max({pixel, cost_ * kRest, double{kShortestFrame}}), 60'000.0)));
}

void Graph::dress() {
    dressAxes(*plot_, look_, palette(), font(), hasFocus());
    curves_->dress(palette());
    items_->dress(palette(), font());
    for (const auto& [id, curve] : curves_->all())
        legend_->entry(id)->setColour(GraphCurves::colourOf(curve, palette()));
    schedule();
}

void Graph::refreshLegend() {
    if (look_ == GraphLook::Small)
        return;
    for (const auto& [id, curve] : curves_->all()) {
        LegendEntry* const entry = legend_->entry(id);
        // What nobody counts here has no place in it.
        entry->setVisible(curve.series.hasFigures());
        const auto newest = curve.series.newest();
        entry->setValue(newest ? figureText(*newest) + unit_ : QString());
    }
}

void Graph::setShown(bool shown) {
    if (shown == shown_)
        return;
    shown_ = shown;
    if (shown) {
        schedule();
    } else {
        drawing_.stop();
        scrolling_.stop();
    }
    emit shownChanged(shown);
}

void Graph::windowChanged(bool movedBefore) {
    if (window_.isMoved() != movedBefore)
        emit movedChanged(window_.isMoved());
    schedule();
}

bool Graph::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip || look_ != GraphLook::Small)
        return QWidget::event(event);
    const auto* const help = static_cast<QHelpEvent*>(event);
    QStringList lines{title()};
    for (const auto& [id, curve] : curves_->all())
        if (const auto value = curve.series.near(timeAt(help->pos().x())))
            lines << curve.name + QLatin1Char(' ') + figureText(*value) + unit_;
    QToolTip::showText(help->globalPos(), lines.join(QLatin1Char('\n')), this);
    return true;
}

bool Graph::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Paint && shown_ && stale_)
        schedule();
    return QWidget::eventFilter(watched, event);
}

void Graph::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    setShown(true);
}

void Graph::hideEvent(QHideEvent* event) {
    QWidget::hideEvent(event);
    setShown(false);
}

void Graph::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange ||
        event->type() == QEvent::StyleChange)
        dress();
}

void Graph::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    schedule();
}

}  // namespace gui
