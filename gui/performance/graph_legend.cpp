// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph_legend.h"

#include <QLabel>
#include <QPainter>
#include <algorithm>

#include "flow_layout.h"
#include "gui/appearance/colours.h"

namespace gui {

namespace {

constexpr int kDot = 8;
constexpr int kGap = 7;
constexpr int kMostCharacters = 40;

}  // namespace

LegendEntry::LegendEntry(const QString& name, QWidget* parent) : QAbstractButton(parent) {
    setCheckable(true);
    setChecked(true);
    setCursor(Qt::PointingHandCursor);
    setFocusPolicy(Qt::TabFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setName(name);
}

void LegendEntry::setName(const QString& name) {
    name_ = name;
    textChanged();
}

void LegendEntry::setValue(const QString& value) {
    if (value == value_)
        return;
    value_ = value;
    textChanged();
}

void LegendEntry::setColour(const QColor& colour) {
    colour_ = colour;
    update();
}

void LegendEntry::textChanged() {
    setText(value_.isEmpty() ? name_ : name_ + QLatin1Char(' ') + value_);
    setAccessibleName(text());
    setToolTip(isChecked() ? tr("%1: press to hide").arg(name_)
                           : tr("%1: press to show").arg(name_));
    const int needed = std::min(fontMetrics().horizontalAdvance(text()),
                                kMostCharacters * fontMetrics().averageCharWidth());
    if (needed > width_) {
        width_ = needed;
        updateGeometry();
    }
    update();
}

QSize LegendEntry::sizeHint() const {
    return {kDot + kGap + width_ + 2, fontMetrics().height() + 2};
}

void LegendEntry::paintEvent(QPaintEvent*) {
    const Colours colours = Colours::of(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF dot(0.5, (height() - kDot) / 2.0, kDot - 1, kDot - 1);
    painter.setPen(isChecked() ? QPen(Qt::NoPen) : QPen(colours.faint, 1));
    painter.setBrush(isChecked() ? QBrush(colour_) : QBrush(Qt::NoBrush));
    painter.drawEllipse(dot);
    QRect place = rect().adjusted(kDot + kGap, 0, 0, 0);
    QColor ink = palette().color(QPalette::Text);
    if (!isChecked())
        ink = colours.faint;
    painter.setPen(ink);
    const QString shown = fontMetrics().elidedText(text(), Qt::ElideMiddle, place.width());
    painter.drawText(place, Qt::AlignVCenter | Qt::AlignLeft, shown);
    if (!hasFocus() && !underMouse())
        return;
    painter.setPen(QPen(hasFocus() ? colours.accent : colours.faint, 1));
    const int under = place.center().y() + fontMetrics().height() / 2;
    painter.drawLine(place.left(), under, place.left() + fontMetrics().horizontalAdvance(shown),
                     under);
}

GraphLegend::GraphLegend(QWidget* parent) : QWidget(parent), note_(new QLabel(this)) {
    note_->setTextFormat(Qt::PlainText);
    note_->hide();
    auto* row = new FlowLayout(this, fontMetrics().averageCharWidth() + 3, 1);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(note_);
}

void GraphLegend::add(int curve, const QString& name) {
    auto* one = new LegendEntry(name, this);
    one->setObjectName(QStringLiteral("legend%1").arg(curve));
    entries_.emplace(curve, one);
    // The note stays last.
    layout()->removeWidget(note_);
    layout()->addWidget(one);
    layout()->addWidget(note_);
    connect(one, &QAbstractButton::toggled, this, [this, one, curve](bool shown) {
        one->update();
        emit toggled(curve, shown);
    });
}

void GraphLegend::remove(int curve) {
    const auto found = entries_.find(curve);
    if (found == entries_.end())
        return;
    // It may be the one that has just been pressed.
    layout()->removeWidget(found->second);
    found->second->hide();
    found->second->deleteLater();
    entries_.erase(found);
}

LegendEntry* GraphLegend::entry(int curve) const {
    const auto found = entries_.find(curve);
    return found == entries_.end() ? nullptr : found->second;
}

void GraphLegend::setNote(const QString& note) {
    note_->setText(note);
    note_->setVisible(!note.isEmpty());
}

}  // namespace gui
