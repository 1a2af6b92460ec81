// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a graph does with mouse and keys.
#include <qcustomplot.h>

#include <QAccessible>
#include <QAction>
#include <QContextMenuEvent>
#include <QDateTime>
#include <QKeyEvent>
#include <QLocale>
#include <QMenu>
#include <QMouseEvent>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "counter_text.h"
#include "cursor_box.h"
#include "graph.h"
#include "graph_curves.h"
#include "graph_export.h"
#include "graph_items.h"
#include "gui/appearance/icons.h"

namespace gui {

namespace {

/// For one notch of a wheel.
constexpr double kZoom = 1.25;
constexpr double kNotch = 120;
constexpr int kLargeStep = 20;
constexpr int kBoxGap = 10;

std::int64_t now() {
    return QDateTime::currentMSecsSinceEpoch();
}

QString clockText(std::int64_t time) {
    const QDateTime local = QDateTime::fromMSecsSinceEpoch(time);
    const QString clock = local.toString(QStringLiteral("HH:mm:ss"));
    return local.date() == QDate::currentDate()
               ? clock
               : QLocale().toString(local.date(), QLocale::ShortFormat) + QLatin1Char(' ') + clock;
}

}  // namespace

std::int64_t Graph::timeAt(int x) const {
    const QCPAxisRect& rectangle = *plot_->axisRect();
    const TimeSpan span = seen();
    const double part =
        static_cast<double>(x - plot_->x() - rectangle.left()) / std::max(1, rectangle.width());
    return span.from + std::llround(part * static_cast<double>(span.length()));
}

bool Graph::isInPlot(const QPoint& place) const {
    return plot_->axisRect()->rect().translated(plot_->pos()).contains(place);
}

void Graph::placeCursor(std::optional<std::int64_t> time) {
    if (time == cursor_)
        return;
    cursor_ = time;
    if (shown_)
        showCursor();
}

void Graph::showCursor() {
    const TimeSpan span = seen();
    if (!cursor_ || *cursor_ < span.from || *cursor_ > span.to) {
        items_->hideCursor();
        box_->hide();
        return;
    }
    items_->showCursor(*cursor_);
    std::vector<CursorBox::Row> rows;
    for (const auto& [id, curve] : curves_->all()) {
        if (!curve.shown)
            continue;
        if (const auto value = curve.series.near(*cursor_))
            rows.push_back(
                {GraphCurves::colourOf(curve, palette()), curve.name, figureText(*value) + unit_});
    }
    const QRect plot = plot_->axisRect()->rect().translated(plot_->pos());
    box_->setContent(clockText(*cursor_), std::move(rows), height());
    const int at = plot.left() + static_cast<int>((*cursor_ - span.from) * plot.width() /
                                                  std::max<std::int64_t>(1, span.length()));
    const bool right = at + kBoxGap + box_->width() <= width();
    const int left = right ? at + kBoxGap : at - kBoxGap - box_->width();
    box_->move(std::max(left, 0),
               std::clamp(plot.top(), 0, std::max(0, height() - box_->height())));
    box_->show();
    box_->raise();
}

void Graph::moveCursor(int pixels) {
    const TimeSpan span = seen();
    const std::int64_t pixel =
        std::max<std::int64_t>({1, span.length() / std::max(1, plot_->axisRect()->width()),
                                // Not less than what makes a difference.
                                std::min(stepOf(window_.range()), span.length() / 60)});
    mouse_.reset();
    const std::int64_t from = cursor_.value_or(pixels < 0 ? span.to + pixel : span.from - pixel);
    placeCursor(std::clamp(from + pixels * pixel, span.from, span.to));
    // Screen readers say where it is.
    setAccessibleDescription(box_->text());
    QAccessibleEvent changed(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&changed);
}

void Graph::zoom(double factor, std::int64_t anchor) {
    const bool moved = window_.isMoved();
    window_.zoom(factor, anchor, now());
    windowChanged(moved);
}

void Graph::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    dress();
}

void Graph::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    dress();
}

void Graph::keyPressEvent(QKeyEvent* event) {
    const TimeSpan span = seen();
    const std::int64_t middle = cursor_.value_or(span.from + span.length() / 2);
    const int step = event->modifiers().testFlag(Qt::ControlModifier) ? kLargeStep : 1;
    switch (event->key()) {
        case Qt::Key_Left:
            return moveCursor(-step);
        case Qt::Key_Right:
            return moveCursor(step);
        case Qt::Key_Home:
            cursor_ = span.from;
            return moveCursor(0);
        case Qt::Key_End:
            cursor_ = span.to;
            return moveCursor(0);
        case Qt::Key_Plus:
        case Qt::Key_Equal:
            return zoom(1 / kZoom, middle);
        case Qt::Key_Minus:
            return zoom(kZoom, middle);
        case Qt::Key_0:
            return resetZoom();
        case Qt::Key_Space:
            return setPaused(!window_.isPaused());
        case Qt::Key_Escape:
            if (cursor_) {
                mouse_.reset();
                return placeCursor(std::nullopt);
            }
            break;
        default:
            break;
    }
    QWidget::keyPressEvent(event);
}

void Graph::mousePressEvent(QMouseEvent* event) {
    if (look_ == GraphLook::Small || event->button() != Qt::LeftButton ||
        !isInPlot(event->position().toPoint())) {
        event->ignore();
        return;
    }
    dragged_ = event->position().toPoint().x();
}

void Graph::mouseMoveEvent(QMouseEvent* event) {
    const QPoint place = event->position().toPoint();
    if (dragged_ && place.x() != *dragged_) {
        const bool moved = window_.isMoved();
        window_.pan(
            (*dragged_ - place.x()) * seen().length() / std::max(1, plot_->axisRect()->width()),
            now());
        dragged_ = place.x();
        windowChanged(moved);
    }
    if (!dragged_ && !isInPlot(place)) {
        leaveEvent(event);
        return;
    }
    mouse_ = place.x();
    placeCursor(timeAt(place.x()));
}

void Graph::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton)
        dragged_.reset();
}

void Graph::mouseDoubleClickEvent(QMouseEvent* event) {
    if (look_ == GraphLook::Small)
        event->ignore();
    else
        resetZoom();
}

void Graph::leaveEvent(QEvent*) {
    if (!mouse_)
        return;
    mouse_.reset();
    placeCursor(std::nullopt);
}

void Graph::wheelEvent(QWheelEvent* event) {
    const int turned = event->angleDelta().y();
    if (look_ == GraphLook::Small || turned == 0 || !isInPlot(event->position().toPoint())) {
        event->ignore();
        return;
    }
    zoom(std::pow(kZoom, -turned / kNotch), timeAt(event->position().toPoint().x()));
    event->accept();
}

void Graph::contextMenuEvent(QContextMenuEvent* event) {
    if (look_ == GraphLook::Small) {
        event->ignore();
        return;
    }
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const bool paused = window_.isPaused();
    menu->addAction(icon(paused ? QStringLiteral("start") : QStringLiteral("pause")),
                    paused ? tr("&Continue") : tr("&Pause"), this,
                    [this, paused] { setPaused(!paused); });
    QAction* const reset = menu->addAction(icon(QStringLiteral("zoom-reset")), tr("&Reset Zoom"),
                                           this, &Graph::resetZoom);
    reset->setEnabled(window_.isMoved());
    menu->addSeparator();
    const auto report = [this](const QString& problem) { emit failed(problem); };
    menu->addAction(icon(QStringLiteral("export")), tr("Export P&icture..."), this, [this, report] {
        exportPicture(
            this, title(), [this] { return picture(); }, report);
    });
    menu->addAction(tr("Export &Values..."), this, [this, report] {
        exportFigures(
            this, title(),
            [this](QIODevice& to) {
                const Graph* const one = this;
                return writeCsv(std::span(&one, 1), to);
            },
            report);
    });
    menu->popup(event->globalPos());
}

}  // namespace gui
