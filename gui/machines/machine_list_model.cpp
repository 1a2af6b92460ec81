// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_list_model.h"

#include <QLocale>
#include <algorithm>

#include "gui/connection/text.h"

namespace gui {

using service::MachineSummary;

namespace {

QString percent(std::uint32_t thousandths) {
    return QLocale().toString(thousandths / 1000.0, 'f', thousandths % 1000 == 0 ? 0 : 1) +
           QStringLiteral(" %");
}

}  // namespace

MachineListModel::MachineListModel(MachineStore& store, QObject* parent)
    : QAbstractItemModel(parent), store_(store) {
    connect(&store, &MachineStore::replaced, this, &MachineListModel::rebuild);
    connect(&store, &MachineStore::added, this, &MachineListModel::add);
    connect(&store, &MachineStore::removed, this, &MachineListModel::remove);
    connect(&store, &MachineStore::changed, this, &MachineListModel::change);
    connect(&store, &MachineStore::usageChanged, this, &MachineListModel::usageChanged);
    rebuild();
}

MachineListModel::~MachineListModel() = default;

bool MachineListModel::wantsGroups() const {
    return std::ranges::any_of(store_.machines(),
                               [](const auto& one) { return !one.second.summary.group.empty(); });
}

std::string MachineListModel::groupNameOf(const std::string& id) const {
    const KnownMachine* const machine = store_.find(id);
    return grouped_ && machine ? machine->summary.group : std::string();
}

void MachineListModel::rebuild() {
    beginResetModel();
    groups_.clear();
    groupOf_.clear();
    grouped_ = wantsGroups();
    std::unordered_map<std::string, Group*> byName;
    for (const auto& [id, machine] : store_.machines()) {
        const std::string name = grouped_ ? machine.summary.group : std::string();
        Group*& group = byName[name];
        if (!group) {
            groups_.push_back(std::make_unique<Group>(Group{name, {}}));
            group = groups_.back().get();
        }
        group->ids.push_back(id);
        groupOf_[id] = group;
    }
    if (!grouped_ && groups_.empty())
        groups_.push_back(std::make_unique<Group>());
    endResetModel();
}

void MachineListModel::add(const std::string& id) {
    if (wantsGroups() != grouped_)
        return rebuild();
    const std::string name = groupNameOf(id);
    const auto found = std::ranges::find_if(
        groups_, [&](const auto& group) { return !grouped_ || group->name == name; });
    if (found == groups_.end()) {
        const int row = static_cast<int>(groups_.size());
        beginInsertRows({}, row, row);
        groups_.push_back(std::make_unique<Group>(Group{name, {id}}));
        groupOf_[id] = groups_.back().get();
        endInsertRows();
        return;
    }
    Group* const group = found->get();
    const int row = static_cast<int>(group->ids.size());
    beginInsertRows(indexOf(group), row, row);
    group->ids.push_back(id);
    groupOf_[id] = group;
    endInsertRows();
    if (grouped_)
        emit dataChanged(indexOf(group), indexOf(group));
}

void MachineListModel::remove(const std::string& id) {
    const auto found = groupOf_.find(id);
    if (found == groupOf_.end())
        return;
    Group* const group = found->second;
    const auto at = std::ranges::find(group->ids, id);
    const int row = static_cast<int>(at - group->ids.begin());
    beginRemoveRows(indexOf(group), row, row);
    group->ids.erase(at);
    groupOf_.erase(found);
    endRemoveRows();
    if (!grouped_)
        return;
    if (group->ids.empty()) {
        const int groupRow = rowOf(group);
        beginRemoveRows({}, groupRow, groupRow);
        groups_.erase(groups_.begin() + groupRow);
        endRemoveRows();
    } else {
        emit dataChanged(indexOf(group), indexOf(group));
    }
    if (wantsGroups() != grouped_)
        rebuild();
}

void MachineListModel::change(const std::string& id) {
    if (wantsGroups() != grouped_)
        return rebuild();
    const auto found = groupOf_.find(id);
    if (found == groupOf_.end())
        return add(id);
    if (found->second->name != groupNameOf(id)) {
        remove(id);
        return add(id);
    }
    const QModelIndex first = indexOf(id);
    emit dataChanged(first, first.siblingAtColumn(kColumns - 1));
}

void MachineListModel::usageChanged() {
    for (const auto& group : groups_) {
        if (group->ids.empty())
            continue;
        const QModelIndex parent = indexOf(group.get());
        emit dataChanged(index(0, CpuUsage, parent),
                         index(static_cast<int>(group->ids.size()) - 1, Uptime, parent));
    }
}

int MachineListModel::rowOf(const Group* group) const {
    const auto found =
        std::ranges::find_if(groups_, [&](const auto& one) { return one.get() == group; });
    return static_cast<int>(found - groups_.begin());
}

QModelIndex MachineListModel::indexOf(const Group* group) const {
    return grouped_ ? createIndex(rowOf(group), 0, nullptr) : QModelIndex();
}

QModelIndex MachineListModel::indexOf(const std::string& id) const {
    const auto found = groupOf_.find(id);
    if (found == groupOf_.end())
        return {};
    const auto& ids = found->second->ids;
    const auto row = std::ranges::find(ids, id) - ids.begin();
    return createIndex(static_cast<int>(row), 0, found->second);
}

QModelIndex MachineListModel::index(int row, int column, const QModelIndex& parent) const {
    if (row < 0 || column < 0 || column >= kColumns || row >= rowCount(parent))
        return {};
    if (grouped_ && !parent.isValid())
        return createIndex(row, column, nullptr);
    Group* const group = groups_.at(grouped_ ? static_cast<std::size_t>(parent.row()) : 0).get();
    return createIndex(row, column, group);
}

QModelIndex MachineListModel::parent(const QModelIndex& child) const {
    const auto* const group = static_cast<const Group*>(child.constInternalPointer());
    return group ? indexOf(group) : QModelIndex();
}

int MachineListModel::rowCount(const QModelIndex& parent) const {
    if (parent.isValid()) {
        const bool isGroup = grouped_ && !parent.constInternalPointer() && parent.column() == 0;
        return isGroup ? static_cast<int>(
                             groups_.at(static_cast<std::size_t>(parent.row()))->ids.size())
                       : 0;
    }
    return static_cast<int>(grouped_ ? groups_.size() : groups_.front()->ids.size());
}

int MachineListModel::columnCount(const QModelIndex& /*parent*/) const {
    return kColumns;
}

const KnownMachine* MachineListModel::machineAt(const QModelIndex& index) const {
    const auto* const group = static_cast<const Group*>(index.constInternalPointer());
    if (!group || static_cast<std::size_t>(index.row()) >= group->ids.size())
        return nullptr;
    return store_.find(group->ids[static_cast<std::size_t>(index.row())]);
}

QVariant MachineListModel::textOf(const KnownMachine& machine, int column) const {
    const MachineSummary& summary = machine.summary;
    const bool active = service::isActive(summary.state);
    if (summary.unreadable && column != Name && column != State && column != Status)
        return {};
    switch (column) {
        case Name:
            return fromUtf8(summary.name);
        case State:
            return stateText(summary.state);
        case CpuUsage:
            return active && summary.cpuUsagePercent
                       ? QVariant(QLocale().toString(*summary.cpuUsagePercent, 'f', 0) +
                                  QStringLiteral(" %"))
                       : QVariant();
        case AssignedMemory:
            return active ? QVariant(megabytes(summary.assignedMemoryBytes)) : QVariant();
        case Uptime:
            return active ? QVariant(uptime(summary.uptimeSeconds)) : QVariant();
        case Status:
            return fromUtf8(summary.status);
        case Generation:
            return summary.generation;
        case Processors:
            return summary.processor.count;
        case Reserve:
            return percent(summary.processor.reserve);
        case Limit:
            return percent(summary.processor.limit);
        case Weight:
            return summary.processor.weight;
        case Notes:
            return fromUtf8(summary.notes).simplified();
        default:
            return {};
    }
}

QVariant MachineListModel::sortKeyOf(const KnownMachine& machine, int column) const {
    const MachineSummary& summary = machine.summary;
    const bool active = service::isActive(summary.state);
    switch (column) {
        case State:
            return static_cast<int>(summary.state);
        case CpuUsage:
            return active ? summary.cpuUsagePercent.value_or(0) : -1.0;
        case AssignedMemory:
            return QVariant::fromValue<qulonglong>(active ? summary.assignedMemoryBytes : 0);
        case Uptime:
            return QVariant::fromValue<qulonglong>(active ? summary.uptimeSeconds + 1 : 0);
        case Reserve:
            return summary.processor.reserve;
        case Limit:
            return summary.processor.limit;
        default:
            return textOf(machine, column);
    }
}

QVariant MachineListModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid())
        return {};
    const KnownMachine* const machine = machineAt(index);
    if (!machine) {
        const auto row = static_cast<std::size_t>(index.row());
        if (!grouped_ || index.constInternalPointer() || row >= groups_.size())
            return {};
        const Group& group = *groups_[row];
        switch (role) {
            case Qt::DisplayRole:
            case Qt::AccessibleTextRole:
                if (index.column() != 0)
                    return {};
                return QStringLiteral("%1 (%2)").arg(
                    group.name.empty() ? tr("Other machines") : fromUtf8(group.name),
                    QString::number(group.ids.size()));
            case SortRole:
                return fromUtf8(group.name);
            case IsGroupRole:
                return true;
            default:
                return {};
        }
    }
    switch (role) {
        case Qt::DisplayRole:
        case Qt::EditRole:
            return textOf(*machine, index.column());
        case Qt::ToolTipRole:
            return index.column() == Status || index.column() == Name
                       ? textOf(*machine, index.column())
                       : QVariant();
        case IdRole:
            return fromUtf8(machine->summary.unreadable ? machine->summary.folder
                                                        : machine->summary.id);
        case SortRole:
            return sortKeyOf(*machine, index.column());
        case StateRole:
            return static_cast<int>(machine->summary.state);
        case UsageRole:
            return QVariant::fromValue(static_cast<const void*>(&machine->usage));
        case IsGroupRole:
            return false;
        default:
            return {};
    }
}

QVariant MachineListModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>(Qt::AlignLeading | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
        case Name:
            return tr("Name");
        case State:
            return tr("State");
        case CpuUsage:
            return tr("CPU Usage");
        case AssignedMemory:
            return tr("Assigned Memory");
        case MemoryDemand:
            return tr("Memory Demand");
        case Uptime:
            return tr("Uptime");
        case Status:
            return tr("Status");
        case Generation:
            return tr("Generation");
        case Processors:
            return tr("Processors");
        case Reserve:
            return tr("Reserve");
        case Limit:
            return tr("Limit");
        case Weight:
            return tr("Weight");
        case Heartbeat:
            return tr("Heartbeat");
        case Notes:
            return tr("Notes");
        default:
            return {};
    }
}

Qt::ItemFlags MachineListModel::flags(const QModelIndex& index) const {
    if (!index.isValid())
        return Qt::NoItemFlags;
    if (!machineAt(index))
        return Qt::ItemIsEnabled;
    return Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
}

MachineListFilter::MachineListFilter(MachineListModel& model, QObject* parent)
    : QSortFilterProxyModel(parent) {
    setSourceModel(&model);
    setRecursiveFilteringEnabled(true);
    setSortRole(MachineListModel::SortRole);
    setSortCaseSensitivity(Qt::CaseInsensitive);
    setSortLocaleAware(true);
    setDynamicSortFilter(true);
    sort(MachineListModel::Name);
}

void MachineListFilter::search(const QString& text) {
    text_ = text.trimmed();
    invalidateFilter();
}

bool MachineListFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
    if (text_.isEmpty())
        return true;
    const QModelIndex name = sourceModel()->index(row, MachineListModel::Name, parent);
    if (name.data(MachineListModel::IsGroupRole).toBool())
        return false;
    const auto has = [&](const QVariant& text) {
        return text.toString().contains(text_, Qt::CaseInsensitive);
    };
    return has(name.data()) || has(name.siblingAtColumn(MachineListModel::Notes).data()) ||
           has(parent.data(MachineListModel::SortRole));
}

bool MachineListFilter::lessThan(const QModelIndex& left, const QModelIndex& right) const {
    if (left.data(MachineListModel::IsGroupRole).toBool()) {
        // Groups stay in order whatever their machines are sorted by, those without one last.
        const QString one = left.data(sortRole()).toString();
        const QString other = right.data(sortRole()).toString();
        const bool before = one.isEmpty() != other.isEmpty()
                                ? other.isEmpty()
                                : QString::localeAwareCompare(one, other) < 0;
        return sortOrder() == Qt::AscendingOrder ? before : !before;
    }
    const QVariant one = left.data(sortRole());
    const QVariant other = right.data(sortRole());
    if (one == other)
        return left.siblingAtColumn(0).data().toString().localeAwareCompare(
                   right.siblingAtColumn(0).data().toString()) < 0;
    return QSortFilterProxyModel::lessThan(left, right);
}

}  // namespace gui
