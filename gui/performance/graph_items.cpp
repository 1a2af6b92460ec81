// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph_items.h"

#include <qcustomplot.h>

#include <algorithm>

#include "gui/appearance/colours.h"

namespace gui {

namespace {

constexpr double kMilliseconds = 1e-3;
/// Drawn apart from the curves, so that moving the cursor does not draw these.
const QString& cursorLayer() {
    static const QString name = QStringLiteral("cursor");
    return name;
}

QColor inkOf(GraphLevel::Tone tone, const Colours& colours) {
    switch (tone) {
        case GraphLevel::Tone::Good:
            return colours.good;
        case GraphLevel::Tone::Bad:
            return colours.bad;
        case GraphLevel::Tone::Accent:
            return colours.accent;
    }
    return {};
}

}  // namespace

GraphItems::GraphItems(QCustomPlot& plot) : plot_(plot) {
    plot.addLayer(cursorLayer(), plot.layer(QStringLiteral("overlay")), QCustomPlot::limBelow);
    plot.layer(cursorLayer())->setMode(QCPLayer::lmBuffered);
    corner_ = new QCPItemText(&plot);
    corner_->setLayer(QStringLiteral("axes"));
    corner_->position->setType(QCPItemPosition::ptAxisRectRatio);
    corner_->position->setCoords(1, 1);
    corner_->setPositionAlignment(Qt::AlignRight | Qt::AlignBottom);
    corner_->setPadding(QMargins(0, 0, 8, 3));
    corner_->setVisible(false);
    cursor_ = new QCPItemStraightLine(&plot);
    cursor_->setLayer(cursorLayer());
    cursor_->setVisible(false);
}

void GraphItems::setLevels(std::vector<GraphLevel> levels) {
    for (const Level& one : levels_) {
        plot_.removeItem(one.line);
        plot_.removeItem(one.label);
    }
    levels_.clear();
    for (GraphLevel& level : levels) {
        auto* line = new QCPItemStraightLine(&plot_);
        line->setLayer(QStringLiteral("axes"));
        line->point1->setCoords(0, level.value);
        line->point2->setCoords(1, level.value);
        auto* label = new QCPItemText(&plot_);
        label->setLayer(QStringLiteral("axes"));
        label->setText(level.text);
        label->position->setTypeX(QCPItemPosition::ptAxisRectRatio);
        label->position->setTypeY(QCPItemPosition::ptPlotCoords);
        label->position->setCoords(0, level.value);
        label->setPadding(QMargins(6, 0, 0, 0));
        levels_.push_back({std::move(level), line, label});
    }
    std::sort(levels_.begin(), levels_.end(), [](const Level& one, const Level& other) {
        return one.level.value > other.level.value;
    });
}

void GraphItems::setCornerText(const QString& text) {
    corner_->setText(text);
    corner_->setVisible(!text.isEmpty());
}

void GraphItems::dress(const QPalette& palette, const QFont& font) {
    const Colours colours = Colours::of(palette);
    QFont small = font;
    if (font.pointSizeF() > 0)
        small.setPointSizeF(font.pointSizeF() * 0.86);
    for (const Level& one : levels_) {
        const QColor ink = inkOf(one.level.tone, colours);
        one.line->setPen(QPen(ink, 1, Qt::CustomDashLine));
        QPen pen = one.line->pen();
        pen.setDashPattern({5, 3});
        one.line->setPen(pen);
        one.label->setColor(ink);
        one.label->setFont(small);
    }
    corner_->setFont(small);
    corner_->setColor(colours.accent);
    QPen line(colours.faint, 1, Qt::CustomDashLine);
    line.setDashPattern({3, 3});
    cursor_->setPen(line);
}

void GraphItems::placeLabels() {
    const int top = plot_.axisRect()->top();
    double above = top;
    for (const Level& one : levels_) {
        const int height = QFontMetrics(one.label->font()).height();
        const double y = plot_.yAxis->coordToPixel(one.level.value);
        const bool fits = y - height >= above;
        one.label->setPositionAlignment(Qt::AlignLeft | (fits ? Qt::AlignBottom : Qt::AlignTop));
        above = fits ? y : y + height;
    }
}

void GraphItems::showCursor(std::int64_t time) {
    const double at = static_cast<double>(time) * kMilliseconds;
    cursor_->point1->setCoords(at, 0);
    cursor_->point2->setCoords(at, 1);
    cursor_->setVisible(true);
    plot_.layer(cursorLayer())->replot();
}

void GraphItems::hideCursor() {
    if (!cursor_->visible())
        return;
    cursor_->setVisible(false);
    plot_.layer(cursorLayer())->replot();
}

}  // namespace gui
