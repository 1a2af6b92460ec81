// SPDX-License-Identifier: GPL-3.0-or-later
#include "cursor_box.h"

#include <QPainter>
#include <algorithm>

#include "gui/appearance/colours.h"

namespace gui {

namespace {

constexpr int kMargin = 9;
constexpr int kSquare = 9;
constexpr int kGap = 6;
constexpr int kNameCharacters = 22;

}  // namespace

CursorBox::CursorBox(QWidget* parent) : QWidget(parent) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    hide();
}

int CursorBox::rowHeight() const {
    return fontMetrics().height() + 2;
}

void CursorBox::setContent(const QString& time, std::vector<Row> rows, int mostHeight) {
    time_ = time;
    more_.clear();
    const auto fitting =
        static_cast<std::size_t>(std::max(2, (mostHeight - 2 * kMargin) / rowHeight() - 1));
    if (rows.size() > fitting) {
        more_ = tr("and %n more", nullptr, static_cast<int>(rows.size() - fitting + 1));
        rows.resize(fitting - 1);
    }
    rows_ = std::move(rows);
    const QFontMetrics metrics = fontMetrics();
    const int mostName = kNameCharacters * metrics.averageCharWidth();
    nameWidth_ = 0;
    int valueWidth = metrics.horizontalAdvance(QStringLiteral("000.0"));
    for (const Row& row : rows_) {
        nameWidth_ = std::max(nameWidth_, std::min(metrics.horizontalAdvance(row.name), mostName));
        valueWidth = std::max(valueWidth, metrics.horizontalAdvance(row.value));
    }
    const int inside = std::max({metrics.horizontalAdvance(time_), metrics.horizontalAdvance(more_),
                                 kSquare + kGap + nameWidth_ + 2 * kGap + valueWidth});
    const int lines = 1 + static_cast<int>(rows_.size()) + (more_.isEmpty() ? 0 : 1);
    resize(inside + 2 * kMargin, lines * rowHeight() + 2 * kMargin - 4);
    update();
}

QString CursorBox::text() const {
    QStringList parts{time_};
    for (const Row& row : rows_)
        parts << row.name + QLatin1Char(' ') + row.value;
    if (!more_.isEmpty())
        parts << more_;
    return parts.join(QStringLiteral(", "));
}

void CursorBox::paintEvent(QPaintEvent*) {
    const Colours colours = Colours::of(palette());
    const QFontMetrics metrics = fontMetrics();
    QPainter painter(this);
    painter.setPen(colours.separator);
    painter.setBrush(palette().color(QPalette::Base));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
    QRect line(kMargin, kMargin - 2, width() - 2 * kMargin, rowHeight());
    painter.setPen(colours.faint);
    painter.drawText(line, Qt::AlignVCenter | Qt::AlignLeading, time_);
    for (const Row& row : rows_) {
        line.translate(0, rowHeight());
        painter.fillRect(QRect(line.left(), line.center().y() - kSquare / 2, kSquare, kSquare),
                         row.colour);
        painter.setPen(palette().color(QPalette::Text));
        painter.drawText(line.adjusted(kSquare + kGap, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft,
                         metrics.elidedText(row.name, Qt::ElideRight, nameWidth_));
        painter.drawText(line, Qt::AlignVCenter | Qt::AlignRight, row.value);
    }
    if (!more_.isEmpty()) {
        line.translate(0, rowHeight());
        painter.setPen(colours.faint);
        painter.drawText(line, Qt::AlignVCenter | Qt::AlignLeading, more_);
    }
}

}  // namespace gui
