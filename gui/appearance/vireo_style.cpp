// SPDX-License-Identifier: GPL-3.0-or-later
#include "vireo_style.h"

#include <QPainter>
#include <QPainterPath>
#include <QStyleFactory>
#include <QStyleOption>
#include <algorithm>
#include <cmath>

#include "colours.h"

namespace gui {

namespace {

struct Indicator {
    QColor fill;
    QColor edge;
    QColor mark;
};

Indicator indicator(const QStyleOption& option) {
    const QPalette& palette = option.palette;
    const bool enabled = option.state.testFlag(QStyle::State_Enabled);
    const bool set = option.state.testAnyFlags(QStyle::State_On | QStyle::State_NoChange);
    const bool reached =
        option.state.testAnyFlags(QStyle::State_MouseOver | QStyle::State_HasFocus);
    const Colours colours = Colours::of(palette);
    if (!enabled)
        return {palette.color(QPalette::Disabled, QPalette::Base), colours.separator,
                palette.color(QPalette::Disabled, QPalette::Text)};
    if (set)
        return {colours.accent, reached ? palette.color(QPalette::Text) : colours.accent,
                palette.color(QPalette::Base)};
    return {palette.color(option.state.testFlag(QStyle::State_Sunken) ? QPalette::Highlight
                                                                      : QPalette::Base),
            reached ? colours.accent : palette.color(QPalette::PlaceholderText),
            {}};
}

/// As large as whole pixels allow, so that its lines are sharp.
QRectF square(const QRect& place) {
    const int side = std::min(place.width(), place.height()) - 1;
    QRectF square(0, 0, side, side);
    square.moveCenter(QRectF(place).center());
    square.moveTopLeft(QPointF(std::floor(square.left()), std::floor(square.top())));
    return square.translated(0.5, 0.5);
}

void drawCheckBox(const QStyleOption& option, QPainter& painter) {
    const Indicator look = indicator(option);
    const QRectF box = square(option.rect);
    painter.setPen(QPen(look.edge, 1));
    painter.setBrush(look.fill);
    painter.drawRoundedRect(box, 2, 2);
    const auto at = [&box](double x, double y) {
        return QPointF(box.left() + x * box.width(), box.top() + y * box.height());
    };
    painter.setPen(QPen(look.mark, box.width() / 7, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    if (option.state.testFlag(QStyle::State_NoChange)) {
        painter.drawLine(at(0.28, 0.5), at(0.72, 0.5));
    } else if (option.state.testFlag(QStyle::State_On)) {
        QPainterPath check(at(0.24, 0.52));
        check.lineTo(at(0.43, 0.71));
        check.lineTo(at(0.77, 0.31));
        painter.drawPath(check);
    }
}

void drawRadioButton(const QStyleOption& option, QPainter& painter) {
    const Indicator look = indicator(option);
    const QRectF box = square(option.rect);
    painter.setPen(QPen(look.edge, 1));
    painter.setBrush(look.fill);
    painter.drawEllipse(box);
    if (!option.state.testFlag(QStyle::State_On))
        return;
    const double inset = box.width() * 0.3;
    painter.setPen(Qt::NoPen);
    painter.setBrush(look.mark);
    painter.drawEllipse(box.adjusted(inset, inset, -inset, -inset));
}

}  // namespace

VireoStyle::VireoStyle() : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))) {}

void VireoStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option,
                               QPainter* painter, const QWidget* widget) const {
    const bool isRadio = element == PE_IndicatorRadioButton;
    if (!isRadio && element != PE_IndicatorCheckBox && element != PE_IndicatorItemViewItemCheck)
        return QProxyStyle::drawPrimitive(element, option, painter, widget);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    if (isRadio)
        drawRadioButton(*option, *painter);
    else
        drawCheckBox(*option, *painter);
    painter->restore();
}

}  // namespace gui
