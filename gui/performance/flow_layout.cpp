// SPDX-License-Identifier: GPL-3.0-or-later
#include "flow_layout.h"

#include <QStyle>
#include <QWidget>
#include <algorithm>

namespace gui {

FlowLayout::FlowLayout(QWidget* parent, int columnGap, int rowGap)
    : QLayout(parent), columnGap_(columnGap), rowGap_(rowGap) {}

void FlowLayout::addItem(QLayoutItem* item) {
    items_.emplace_back(item);
    invalidate();
}

QLayoutItem* FlowLayout::itemAt(int index) const {
    return index >= 0 && index < count() ? items_[static_cast<std::size_t>(index)].get() : nullptr;
}

QLayoutItem* FlowLayout::takeAt(int index) {
    if (!itemAt(index))
        return nullptr;
    QLayoutItem* const item = items_[static_cast<std::size_t>(index)].release();
    items_.erase(items_.begin() + index);
    invalidate();
    return item;
}

int FlowLayout::heightForWidth(int width) const {
    return arrange(QRect(0, 0, width, 0), Place::No);
}

QSize FlowLayout::sizeHint() const {
    QSize size;
    for (const auto& item : items_) {
        const QSize one = item->isEmpty() ? QSize() : item->sizeHint();
        size =
            QSize(size.width() + one.width() + columnGap_, std::max(size.height(), one.height()));
    }
    const QMargins margins = contentsMargins();
    return size.grownBy(margins);
}

QSize FlowLayout::minimumSize() const {
    QSize size;
    for (const auto& item : items_)
        if (!item->isEmpty())
            size = size.expandedTo(item->minimumSize());
    return size.grownBy(contentsMargins());
}

void FlowLayout::setGeometry(const QRect& rectangle) {
    QLayout::setGeometry(rectangle);
    arrange(rectangle, Place::Yes);
}

int FlowLayout::arrange(const QRect& rectangle, Place place) const {
    const QMargins margins = contentsMargins();
    const QRect inside = rectangle.marginsRemoved(margins);
    const Qt::LayoutDirection direction =
        parentWidget() ? parentWidget()->layoutDirection() : Qt::LeftToRight;
    int x = inside.left();
    int y = inside.top();
    int rowHeight = 0;
    for (const auto& item : items_) {
        if (item->isEmpty())
            continue;
        const QSize size = item->sizeHint().boundedTo(QSize(inside.width(), QLAYOUTSIZE_MAX));
        if (rowHeight > 0 && x + size.width() > inside.right() + 1) {
            x = inside.left();
            y += rowHeight + rowGap_;
            rowHeight = 0;
        }
        if (place == Place::Yes)
            item->setGeometry(QStyle::visualRect(direction, inside, QRect(QPoint(x, y), size)));
        x += size.width() + columnGap_;
        rowHeight = std::max(rowHeight, size.height());
    }
    return y + rowHeight - rectangle.top() + margins.bottom();
}

}  // namespace gui
