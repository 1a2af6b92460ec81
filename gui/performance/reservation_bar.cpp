// SPDX-License-Identifier: GPL-3.0-or-later
#include "reservation_bar.h"

#include <QHelpEvent>
#include <QLocale>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

#include "gui/appearance/colours.h"

namespace gui {

namespace {

constexpr int kMargin = 5;

}  // namespace

ReservationBar::ReservationBar(QWidget* parent) : QWidget(parent) {
    setObjectName(QStringLiteral("reservationBar"));
    setAccessibleName(tr("Reserved on this server"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ReservationBar::setReservations(std::vector<Part> parts, std::uint32_t logicalProcessors) {
    std::erase_if(parts, [](const Part& part) { return !(part.percentOfHost > 0); });
    parts_ = std::move(parts);
    logicalProcessors_ = logicalProcessors;
    QStringList said;
    for (const Part& part : parts_)
        said << textOf(part);
    said << freeText();
    setAccessibleDescription(said.join(QStringLiteral("; ")));
    update();
}

QSize ReservationBar::sizeHint() const {
    return {fontMetrics().averageCharWidth() * 60, fontMetrics().height() + 6};
}

double ReservationBar::freePercent() const {
    double left = 100;
    for (const Part& part : parts_)
        left -= part.percentOfHost;
    return std::max(left, 0.0);
}

QString ReservationBar::freeText() const {
    const double processors = freePercent() / 100 * logicalProcessors_;
    return tr("free: %1 logical processors").arg(QLocale().toString(processors, 'f', 1));
}

QString ReservationBar::textOf(const Part& part) const {
    return tr("%1: %2 logical processors, %3 % of the server")
        .arg(part.name, QLocale().toString(part.percentOfHost / 100 * logicalProcessors_, 'f', 2),
             QLocale().toString(part.percentOfHost, 'f', 1));
}

std::vector<QRect> ReservationBar::places() const {
    const QRect inside = rect().adjusted(1, 1, -1, -1);
    double sum = 0;
    for (const Part& part : parts_)
        sum += part.percentOfHost;
    // More than there is, while one types: the bar is full then.
    const double all = std::max(sum, 100.0);
    std::vector<QRect> places;
    double from = 0;
    const auto pixel = [&](double percent) {
        return inside.left() + qRound(percent / all * inside.width());
    };
    for (const Part& part : parts_) {
        const double to = from + part.percentOfHost;
        places.emplace_back(QPoint(pixel(from), inside.top()),
                            QPoint(pixel(to) - 1, inside.bottom()));
        from = to;
    }
    places.emplace_back(QPoint(pixel(from), inside.top()), QPoint(inside.right(), inside.bottom()));
    return places;
}

bool ReservationBar::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* const help = static_cast<QHelpEvent*>(event);
    const std::vector<QRect> where = places();
    QString text = freeText();
    for (std::size_t at = 0; at < parts_.size(); ++at)
        if (where[at].contains(help->pos()))
            text = textOf(parts_[at]);
    QToolTip::showText(help->globalPos(), text, this);
    return true;
}

void ReservationBar::paintEvent(QPaintEvent*) {
    const Colours colours = Colours::of(palette());
    QPainter painter(this);
    painter.setPen(colours.separator);
    painter.setBrush(colours.side);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
    QFont small = font();
    if (small.pointSizeF() > 0)
        small.setPointSizeF(small.pointSizeF() * 0.86);
    painter.setFont(small);
    const QFontMetrics metrics(small);
    const std::vector<QRect> where = places();
    // The own one has the accent; the others' colours begin after it and are told apart by lines.
    std::size_t colour = 0;
    for (std::size_t at = 0; at < parts_.size(); ++at) {
        const QColor fill =
            parts_[at].own ? curveColour(palette(), 0) : curveColour(palette(), 1 + colour++ % 7);
        painter.fillRect(where[at], fill);
        painter.fillRect(QRect(where[at].topRight(), where[at].bottomRight()),
                         palette().color(QPalette::Base));
        painter.setPen(fill.lightness() > 140 ? QColor(0x10, 0x14, 0x19) : QColor(Qt::white));
        const int room = where[at].width() - 2 * kMargin;
        if (room > 2 * metrics.averageCharWidth())
            painter.drawText(where[at].adjusted(kMargin, 0, -kMargin, 0),
                             Qt::AlignVCenter | Qt::AlignLeft,
                             metrics.elidedText(parts_[at].name, Qt::ElideRight, room));
    }
    painter.setPen(colours.faint);
    const QRect rest = where.back().adjusted(kMargin, 0, -kMargin, 0);
    painter.drawText(rest, Qt::AlignVCenter | Qt::AlignLeft,
                     metrics.elidedText(freeText(), Qt::ElideRight, rest.width()));
}

}  // namespace gui
