// SPDX-License-Identifier: GPL-3.0-or-later
#include "section_title.h"

#include <QPainter>

#include "gui/appearance/colours.h"

namespace gui {

SectionTitle::SectionTitle(const QString& title, QWidget* parent) : QLabel(title, parent) {
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    setFont(bold);
    setTextFormat(Qt::PlainText);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
}

void SectionTitle::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setPen(Colours::of(palette()).title);
    painter.drawText(contentsRect(), Qt::AlignVCenter | Qt::AlignLeading,
                     fontMetrics().elidedText(text(), Qt::ElideRight, contentsRect().width()));
}

}  // namespace gui
