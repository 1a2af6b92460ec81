// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_list_view.h"

#include <QActionGroup>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>

#include "gui/appearance/colours.h"
#include "gui/connection/text.h"

namespace gui {

namespace {

constexpr int kCurveWidth = 70;
constexpr int kPadding = 8;

QColor stateColour(service::MachineState state, const Colours& colours) {
    using service::MachineState;
    switch (state) {
        case MachineState::Running:
            return colours.good;
        case MachineState::Off:
        case MachineState::Saved:
            return {};
        case MachineState::Critical:
            return colours.bad;
        default:
            return colours.warning;
    }
}

void paintCurve(QPainter& painter, const QRectF& place, const UsageHistory& usage,
                const QColor& colour) {
    if (usage.size() < 2)
        return;
    // Machines are small parts of large hosts: a quarter of the LPs is the least full scale.
    float top = 25;
    for (std::size_t at = 0; at < usage.size(); ++at)
        top = std::max(top, usage.at(at));
    const double step = place.width() / static_cast<double>(UsageHistory::kSeconds - 1);
    QPolygonF line;
    for (std::size_t at = 0; at < usage.size(); ++at)
        line << QPointF(place.right() - step * static_cast<double>(usage.size() - 1 - at),
                        place.bottom() - place.height() * static_cast<double>(usage.at(at) / top));
    QPolygonF area = line;
    area << place.bottomRight() << QPointF(line.first().x(), place.bottom());
    QColor fill = colour;
    fill.setAlphaF(0.18F);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(fill);
    painter.drawPolygon(area);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colour, 1.1));
    painter.drawPolyline(line);
}

}  // namespace

void MachineDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                            const QModelIndex& index) const {
    QStyleOptionViewItem item = option;
    initStyleOption(&item, index);
    const QWidget* const widget = item.widget;
    const Colours colours = Colours::of(item.palette);
    if (item.state & QStyle::State_Selected)
        painter->fillRect(item.rect, item.palette.color(QPalette::Highlight));
    else if (item.state & QStyle::State_MouseOver)
        painter->fillRect(item.rect, colours.side);
    const bool leftToRight = item.direction == Qt::LeftToRight;
    QRect place = item.rect.adjusted(kPadding, 0, -kPadding, 0);
    const auto takeLeading = [&](int width) {
        QRect taken = place;
        if (leftToRight) {
            taken.setWidth(width);
            place.setLeft(place.left() + width);
        } else {
            taken.setLeft(taken.right() - width + 1);
            place.setRight(place.right() - width);
        }
        return taken;
    };
    painter->save();
    if (index.column() == MachineListModel::Name) {
        const QRectF dot = takeLeading(16);
        const auto state =
            static_cast<service::MachineState>(index.data(MachineListModel::StateRole).toInt());
        const QColor colour = stateColour(state, colours);
        QRectF circle(0, 0, 8, 8);
        circle.moveCenter(dot.center() - QPointF(leftToRight ? 3 : -3, 0));
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(colour.isValid() ? colour : colours.faint, 1));
        painter->setBrush(colour.isValid() ? QBrush(colour) : QBrush(Qt::NoBrush));
        painter->drawEllipse(circle);
    }
    if (index.column() == MachineListModel::CpuUsage) {
        const auto* const usage = static_cast<const UsageHistory*>(
            index.data(MachineListModel::UsageRole).value<const void*>());
        const QRectF curve = QRectF(takeLeading(kCurveWidth + 8))
                                 .adjusted(leftToRight ? 0 : 8, 5, leftToRight ? -8 : 0, -5);
        if (usage && !item.text.isEmpty())
            paintCurve(*painter, curve, *usage, colours.accent);
    }
    painter->setPen(item.palette.color(
        item.state & QStyle::State_Selected ? QPalette::HighlightedText : QPalette::Text));
    painter->setFont(item.font);
    painter->drawText(place, Qt::AlignVCenter | Qt::AlignLeading | Qt::TextSingleLine,
                      item.fontMetrics.elidedText(item.text, Qt::ElideRight, place.width()));
    painter->restore();
    if (item.state & QStyle::State_HasFocus && widget && widget->hasFocus() &&
        index.column() == MachineListModel::Name) {
        painter->setPen(QPen(colours.accent, 1, Qt::DotLine));
        painter->drawRect(item.rect.adjusted(1, 1, -1, -2));
    }
}

QSize MachineDelegate::sizeHint(const QStyleOptionViewItem& option,
                                const QModelIndex& index) const {
    QSize size = QStyledItemDelegate::sizeHint(option, index);
    size.setHeight(option.fontMetrics.height() + 10);
    size.setWidth(size.width() + 2 * kPadding +
                  (index.column() == MachineListModel::Name       ? 16
                   : index.column() == MachineListModel::CpuUsage ? kCurveWidth + 8
                                                                  : 0));
    return size;
}

MachineListView::MachineListView(MachineListModel& model, QWidget* parent)
    : QTreeView(parent), model_(model), filter_(model) {
    setObjectName(QStringLiteral("machines"));
    setAccessibleName(tr("Virtual machines"));
    setModel(&filter_);
    setItemDelegate(new MachineDelegate(this));
    setUniformRowHeights(true);
    setSelectionMode(ExtendedSelection);
    setSelectionBehavior(SelectRows);
    setSortingEnabled(true);
    sortByColumn(MachineListModel::Name, Qt::AscendingOrder);
    setRootIsDecorated(false);
    setIndentation(0);
    setAllColumnsShowFocus(true);
    setExpandsOnDoubleClick(false);
    setMouseTracking(true);
    setContextMenuPolicy(Qt::CustomContextMenu);
    header()->setStretchLastSection(true);
    header()->setSectionsMovable(true);
    header()->setFirstSectionMovable(false);
    header()->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(header(), &QWidget::customContextMenuRequested, this, [this](const QPoint& place) {
        auto* menu = new QMenu(this);
        menu->setAttribute(Qt::WA_DeleteOnClose);
        fillColumns(*menu);
        menu->popup(header()->mapToGlobal(place));
    });
    const int letter = fontMetrics().averageCharWidth();
    const std::pair<int, int> widths[]{
        {MachineListModel::Name, 24},         {MachineListModel::State, 12},
        {MachineListModel::CpuUsage, 20},     {MachineListModel::AssignedMemory, 17},
        {MachineListModel::MemoryDemand, 17}, {MachineListModel::Uptime, 14},
        {MachineListModel::Status, 12}};
    for (const auto& [column, letters] : widths)
        setColumnWidth(column, std::max(letters * letter + 2 * kPadding, widthOf(column)));
    for (int column = MachineListModel::Generation; column < MachineListModel::kColumns; ++column)
        setColumnHidden(column, true);
    connect(&model, &QAbstractItemModel::modelAboutToBeReset, this, &MachineListView::remember);
    connect(&filter_, &QAbstractItemModel::modelReset, this, &MachineListView::restore);
    connect(&filter_, &QAbstractItemModel::rowsInserted, this, [this](const QModelIndex& under) {
        if (!under.isValid() && model_.isGrouped())
            expandAll();
    });
    connect(this, &QTreeView::doubleClicked, this, [this](const QModelIndex& index) {
        if (index.data(MachineListModel::IsGroupRole).toBool())
            setExpanded(index.siblingAtColumn(0), !isExpanded(index.siblingAtColumn(0)));
        else
            emit connectWanted();
    });
    expandAll();
}

int MachineListView::widthOf(int column) const {
    const auto advance = [this](const QString& text) {
        return fontMetrics().horizontalAdvance(text) + 2 * kPadding;
    };
    // The arrow of the order stands beside the title.
    int width = advance(model_.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString()) +
                style()->pixelMetric(QStyle::PM_HeaderMarkSize, nullptr, this) + kPadding;
    if (column == MachineListModel::State)
        for (std::size_t state = 0; state < service::kMachineStates; ++state)
            width = std::max(width, advance(stateText(static_cast<service::MachineState>(state))));
    return width;
}

std::vector<std::string> MachineListView::selectedMachines() const {
    std::vector<std::string> ids;
    QModelIndexList rows = selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end());
    for (const QModelIndex& index : rows)
        ids.push_back(index.data(MachineListModel::IdRole).toString().toStdString());
    return ids;
}

std::string MachineListView::currentMachine() const {
    const auto ids = selectedMachines();
    return ids.size() == 1 ? ids.front() : std::string();
}

void MachineListView::select(const std::string& id) {
    const QModelIndex index = filter_.mapFromSource(model_.indexOf(id));
    if (!index.isValid())
        return;
    selectionModel()->setCurrentIndex(
        index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    scrollTo(index);
}

void MachineListView::drawRow(QPainter* painter, const QStyleOptionViewItem& option,
                              const QModelIndex& index) const {
    if (!index.data(MachineListModel::IsGroupRole).toBool())
        return QTreeView::drawRow(painter, option, index);
    const Colours colours = Colours::of(palette());
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    painter->setFont(bold);
    painter->setPen(colours.title);
    const QString arrow = isExpanded(index) ? QStringLiteral("\u25BE") : QStringLiteral("\u25B8");
    painter->drawText(option.rect.adjusted(kPadding + 2, 0, -kPadding, 0),
                      Qt::AlignVCenter | Qt::AlignLeading,
                      arrow + QLatin1Char(' ') + index.data().toString());
    painter->setPen(colours.separator);
    painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
}

void MachineListView::keyPressEvent(QKeyEvent* event) {
    const bool plain = (event->modifiers() & ~Qt::KeypadModifier) == Qt::NoModifier;
    if (plain && !selectedMachines().empty()) {
        switch (event->key()) {
            case Qt::Key_Return:
            case Qt::Key_Enter:
                emit connectWanted();
                return;
            case Qt::Key_F2:
                emit renameWanted();
                return;
            case Qt::Key_Delete:
                emit deleteWanted();
                return;
            default:
                break;
        }
    }
    QTreeView::keyPressEvent(event);
}

void MachineListView::selectionChanged(const QItemSelection& selected,
                                       const QItemSelection& deselected) {
    QTreeView::selectionChanged(selected, deselected);
    if (!restoring_)
        emit machineSelectionChanged();
}

void MachineListView::fillSorting(QMenu& menu) {
    menu.clear();
    auto* columns = new QActionGroup(&menu);
    for (int column = 0; column < MachineListModel::kColumns; ++column) {
        if (isColumnHidden(column))
            continue;
        QAction* const action =
            menu.addAction(model_.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
        action->setCheckable(true);
        action->setChecked(header()->sortIndicatorSection() == column);
        columns->addAction(action);
        connect(action, &QAction::triggered, this,
                [this, column] { sortByColumn(column, header()->sortIndicatorOrder()); });
    }
    menu.addSeparator();
    auto* orders = new QActionGroup(&menu);
    for (const auto& [order, text] : {std::pair{Qt::AscendingOrder, tr("&Ascending")},
                                      {Qt::DescendingOrder, tr("&Descending")}}) {
        QAction* const action = menu.addAction(text);
        action->setCheckable(true);
        action->setChecked(header()->sortIndicatorOrder() == order);
        orders->addAction(action);
        connect(action, &QAction::triggered, this,
                [this, order] { sortByColumn(header()->sortIndicatorSection(), order); });
    }
}

void MachineListView::fillColumns(QMenu& menu) {
    menu.clear();
    for (int column = MachineListModel::State; column < MachineListModel::kColumns; ++column) {
        QAction* const action =
            menu.addAction(model_.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
        action->setCheckable(true);
        action->setChecked(!isColumnHidden(column));
        connect(action, &QAction::toggled, this,
                [this, column](bool shown) { setColumnHidden(column, !shown); });
    }
}

void MachineListView::remember() {
    remembered_ = selectedMachines();
    restoring_ = true;
}

void MachineListView::restore() {
    expandAll();
    QItemSelection selection;
    for (const std::string& id : remembered_)
        if (const QModelIndex index = filter_.mapFromSource(model_.indexOf(id)); index.isValid())
            selection.select(index, index);
    selectionModel()->select(selection,
                             QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    restoring_ = false;
    emit machineSelectionChanged();
}

}  // namespace gui
