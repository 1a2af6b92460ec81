// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings_tree.h"

#include <QApplication>
#include <QEvent>
#include <QPainter>
#include <QStyledItemDelegate>

#include "gui/appearance/colours.h"
#include "gui/appearance/icons.h"
#include "tree_page.h"

namespace gui {

namespace {

constexpr int kPageRole = Qt::UserRole;
constexpr int kSummaryRole = Qt::UserRole + 1;
constexpr int kMarkRole = Qt::UserRole + 2;

constexpr int kEdge = 5;
constexpr int kPadding = 8;
constexpr int kIconSide = 16;
constexpr int kIconGap = 9;
constexpr int kIndentation = 18;
constexpr int kMarkSide = 7;
constexpr int kWidth = 268;

class EntryDelegate final : public QStyledItemDelegate {
  public:
    using QStyledItemDelegate::QStyledItemDelegate;

    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option,
                                 const QModelIndex& index) const override {
        const int first = QFontMetrics(titleFont(option.font, index)).height();
        if (isSection(index))
            return {0, first + (index.row() == 0 ? 10 : 18)};
        const bool two = !index.data(kSummaryRole).toString().isEmpty();
        return {0, first + (two ? QFontMetrics(summaryFont(option.font)).height() : 0) + 6};
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        const Colours colours = Colours::of(option.palette);
        if (isSection(index)) {
            painter->setFont(titleFont(option.font, index));
            painter->setPen(colours.title);
            painter->drawText(option.rect.adjusted(kEdge + kPadding, 0, -kEdge - kPadding, -4),
                              (Qt::AlignBottom | leading(option)).toInt(), index.data().toString());
        } else {
            paintEntry(*painter, option, index, colours);
        }
        painter->restore();
    }

  private:
    static bool isSection(const QModelIndex& index) { return !index.data(kPageRole).isValid(); }
    static Qt::Alignment leading(const QStyleOptionViewItem& option) {
        return QStyle::visualAlignment(option.direction, Qt::AlignLeading) | Qt::AlignAbsolute;
    }
    static QFont titleFont(QFont font, const QModelIndex& index) {
        if (isSection(index))
            font.setWeight(QFont::DemiBold);
        return font;
    }
    static QFont summaryFont(QFont font) {
        font.setPointSizeF(font.pointSizeF() * 0.92);
        return font;
    }

    static void paintEntry(QPainter& painter, const QStyleOptionViewItem& option,
                           const QModelIndex& index, const Colours& colours) {
        const QRect row = option.rect.adjusted(kEdge, 0, -kEdge, 0);
        const bool selected = option.state & QStyle::State_Selected;
        if (selected || (option.state & QStyle::State_MouseOver)) {
            QColor ground = option.palette.color(QPalette::Highlight);
            if (!selected)
                ground.setAlphaF(0.4F);
            painter.setPen(Qt::NoPen);
            painter.setBrush(ground);
            painter.drawRoundedRect(row, 2, 2);
        }
        constexpr auto kKeyboard = QStyle::State_HasFocus | QStyle::State_KeyboardFocusChange;
        if (selected && (option.state & kKeyboard) == kKeyboard) {
            painter.setPen(colours.accent);
            painter.setBrush(Qt::NoBrush);
            painter.drawRoundedRect(QRectF(row).adjusted(0.5, 0.5, -0.5, -0.5), 2, 2);
        }
        const int depth = index.parent().isValid() ? 1 : 0;
        const int left = row.left() + kPadding + depth * kIndentation;
        const auto place = [&](const QRect& rect) {
            return QStyle::visualRect(option.direction, row, rect);
        };
        const QFontMetrics title(option.font);
        const QFont small = summaryFont(option.font);
        const QString summary = index.data(kSummaryRole).toString();
        const int heightOfAll =
            title.height() + (summary.isEmpty() ? 0 : QFontMetrics(small).height());
        const int top = row.top() + (row.height() - heightOfAll) / 2;
        const QRect picture(left, top + (title.height() - kIconSide) / 2, kIconSide, kIconSide);
        qvariant_cast<QIcon>(index.data(Qt::DecorationRole))
            .paint(&painter, place(picture), Qt::AlignCenter,
                   option.state & QStyle::State_Enabled ? QIcon::Normal : QIcon::Disabled);

        const int textLeft = picture.right() + 1 + kIconGap;
        const int textWidth = row.right() - textLeft - kPadding - kMarkSide;
        const auto align = (Qt::AlignVCenter | leading(option)).toInt();
        const bool enabled = option.state & QStyle::State_Enabled;
        painter.setFont(option.font);
        painter.setPen(option.palette.color(enabled ? QPalette::Active : QPalette::Disabled,
                                            selected ? QPalette::HighlightedText : QPalette::Text));
        painter.drawText(place({textLeft, top, textWidth, title.height()}), align,
                         title.elidedText(index.data().toString(), Qt::ElideRight, textWidth));
        const QFontMetrics second(small);
        painter.setFont(small);
        painter.setPen(colours.faint);
        painter.drawText(place({textLeft, top + title.height(), textWidth, second.height()}), align,
                         second.elidedText(summary, Qt::ElideMiddle, textWidth));

        const auto mark = static_cast<SettingsTree::Mark>(index.data(kMarkRole).toInt());
        if (mark == SettingsTree::Mark::None)
            return;
        painter.setPen(Qt::NoPen);
        painter.setBrush(mark == SettingsTree::Mark::Problem ? colours.bad : colours.accent);
        painter.drawEllipse(place({row.right() - kPadding - kMarkSide + 2,
                                   top + (title.height() - kMarkSide) / 2, kMarkSide, kMarkSide}));
    }
};

}  // namespace

SettingsTree::SettingsTree(QWidget* parent) : QTreeWidget(parent) {
    setObjectName(QStringLiteral("pages"));
    setAccessibleName(tr("Pages"));
    setHeaderHidden(true);
    setRootIsDecorated(false);
    setItemsExpandable(false);
    setIndentation(0);
    setMouseTracking(true);
    setFrameShape(NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(ScrollPerPixel);
    setItemDelegate(new EntryDelegate(this));
    setMinimumWidth(kWidth);
    colour();
    connect(this, &QTreeWidget::currentItemChanged, this, [this](QTreeWidgetItem* item) {
        if (item && item->data(0, kPageRole).isValid())
            emit chosen(item->data(0, kPageRole).value<TreePage*>());
    });
}

void SettingsTree::changeEvent(QEvent* event) {
    QTreeWidget::changeEvent(event);
    if (event->type() == QEvent::ApplicationPaletteChange)
        colour();
}

void SettingsTree::colour() {
    QPalette side = QApplication::palette();
    side.setColor(QPalette::Base, Colours::of(side).side);
    setPalette(side);
}

void SettingsTree::setEntries(const std::vector<Entry>& entries) {
    const QSignalBlocker quiet(this);
    clear();
    QTreeWidgetItem* above = nullptr;
    for (const Entry& entry : entries) {
        if (!entry.page) {
            auto* item = new QTreeWidgetItem(this, {entry.section});
            item->setFlags(Qt::ItemIsEnabled);
            continue;
        }
        QTreeWidgetItem* item = entry.nested && above
                                    ? new QTreeWidgetItem(above, {entry.page->title()})
                                    : new QTreeWidgetItem(this, {entry.page->title()});
        if (!entry.nested)
            above = item;
        item->setIcon(0, gui::icon(entry.page->icon()));
        item->setData(0, kPageRole, QVariant::fromValue(entry.page));
    }
    expandAll();
}

void SettingsTree::show(const TreePage& page, Mark mark) {
    QTreeWidgetItem* const item = find(page);
    if (!item)
        return;
    const QString summary = page.summary();
    const bool resized = item->data(0, kSummaryRole).toString().isEmpty() != summary.isEmpty();
    item->setData(0, kSummaryRole, summary);
    item->setData(0, kMarkRole, static_cast<int>(mark));
    const QString state = mark == Mark::Changed   ? tr("changed, not applied")
                          : mark == Mark::Problem ? tr("needs attention")
                                                  : QString();
    QStringList said{page.title()};
    for (const QString& part : {summary, state})
        if (!part.isEmpty())
            said << part;
    item->setData(0, Qt::AccessibleTextRole, said.join(QStringLiteral(", ")));
    item->setToolTip(0, said.join(QLatin1Char('\n')));
    if (resized)
        scheduleDelayedItemsLayout();
}

void SettingsTree::select(const TreePage& page) {
    if (QTreeWidgetItem* const item = find(page))
        setCurrentItem(item);
}

QTreeWidgetItem* SettingsTree::find(const TreePage& page) const {
    for (QTreeWidgetItemIterator at(const_cast<SettingsTree*>(this)); *at; ++at)
        if ((*at)->data(0, kPageRole).value<TreePage*>() == &page)
            return *at;
    return nullptr;
}

}  // namespace gui
