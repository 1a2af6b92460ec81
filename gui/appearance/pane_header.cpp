// SPDX-License-Identifier: GPL-3.0-or-later
#include "pane_header.h"

#include <QPainter>

#include "colours.h"
#include "tool_tip.h"

namespace gui {

PaneHeader::PaneHeader(const QString& title, QWidget* parent) : QLabel(parent) {
    setTitle(title);
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    setFont(bold);
    setTextFormat(Qt::PlainText);
    setContentsMargins(10, 0, 10, 0);
    setMinimumHeight(fontMetrics().height() + 12);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
}

void PaneHeader::setTitle(const QString& title) {
    setText(title);
    setToolTip(plainToolTip(title));
}

void PaneHeader::paintEvent(QPaintEvent*) {
    const Colours colours = Colours::of(palette());
    QPainter painter(this);
    painter.fillRect(rect(), colours.header);
    painter.setPen(colours.separator);
    painter.drawLine(rect().bottomLeft(), rect().bottomRight());
    painter.setPen(colours.title);
    const QRect place = contentsRect();
    painter.drawText(place, Qt::AlignVCenter | Qt::AlignLeading,
                     fontMetrics().elidedText(text(), Qt::ElideRight, place.width()));
}

Separator::Separator(Qt::Orientation orientation, QWidget* parent) : QWidget(parent) {
    if (orientation == Qt::Horizontal)
        setFixedHeight(1);
    else
        setFixedWidth(1);
}

void Separator::paintEvent(QPaintEvent*) {
    QPainter(this).fillRect(rect(), Colours::of(palette()).separator);
}

}  // namespace gui
