// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_list_model.h"

#include <QCollator>
#include <QLocale>
#include <algorithm>

#include "gui/appearance/tool_tip.h"
#include "gui/connection/text.h"

namespace gui {

using service::MachineSummary;

namespace {

QString percent(std::uint32_t thousandths) {
    return QLocale().toString(thousandths / 1000.0, 'f', thousandths % 1000 == 0 ? 0 : 1) +
           QStringLiteral(" %");
}

/// By what the column means: below, at or above 0.
int compare(const KnownMachine& one, const KnownMachine& other, int column) {
    const MachineSummary& left = one.summary;
    const MachineSummary& right = other.summary;
    const auto by = [&](auto value) {
        const auto a = value(left);
        const auto b = value(right);
        return a < b ? -1 : b < a ? 1 : 0;
    };
    const auto byText = [](const std::string& a, const std::string& b) {
        return a == b ? 0 : fromUtf8(a).localeAwareCompare(fromUtf8(b));
    };
    // What does not run has none of it: below what has nothing.
    const auto ofActive = [](auto value) {
        return [value](const MachineSummary& machine) {
            return service::isActive(machine.state) ? static_cast<double>(value(machine)) : -1;
        };
    };
    switch (column) {
        case MachineListModel::State:
            return by([](const MachineSummary& machine) { return machine.state; });
        case MachineListModel::CpuUsage:
            return by(ofActive(
                [](const MachineSummary& machine) { return machine.cpuUsagePercent.value_or(0); }));
        case MachineListModel::AssignedMemory:
            return by(ofActive(
                [](const MachineSummary& machine) { return machine.assignedMemoryBytes; }));
        case MachineListModel::MemoryDemand:
            return by(
                ofActive([](const MachineSummary& machine) { return machine.memoryDemandBytes; }));
        case MachineListModel::Heartbeat:
            return by([](const MachineSummary& machine) {
                return machine.heartbeat ? static_cast<int>(*machine.heartbeat) : -1;
            });
        case MachineListModel::Uptime:
            return by(
                ofActive([](const MachineSummary& machine) { return machine.uptimeSeconds; }));
        case MachineListModel::Status:
            return byText(left.status, right.status);
        case MachineListModel::Generation:
            return by([](const MachineSummary& machine) { return machine.generation; });
        case MachineListModel::Processors:
            return by([](const MachineSummary& machine) { return machine.processor.count; });
        case MachineListModel::Reserve:
            return by([](const MachineSummary& machine) { return machine.processor.reserve; });
        case MachineListModel::Limit:
            return by([](const MachineSummary& machine) { return machine.processor.limit; });
        case MachineListModel::Weight:
            return by([](const MachineSummary& machine) { return machine.processor.weight; });
        case MachineListModel::Notes:
            return byText(left.notes, right.notes);
        default:
            return 0;
    }
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
    places_.clear();
    grouped_ = wantsGroups();
    std::unordered_map<std::string, Group*> byName;
    for (const auto& [id, machine] : store_.machines()) {
        const std::string name = grouped_ ? machine.summary.group : std::string();
        Group*& group = byName[name];
        if (!group) {
            groups_.push_back(std::make_unique<Group>(Group{name, {}}));
            group = groups_.back().get();
        }
        append(*group, id);
    }
    if (!grouped_ && groups_.empty())
        groups_.push_back(std::make_unique<Group>());
    endResetModel();
}

void MachineListModel::append(Group& group, const std::string& id) {
    places_[id] = {&group, static_cast<int>(group.rows.size())};
    group.rows.push_back({id, {}, 0});
    ranked_ = false;
}

void MachineListModel::add(const std::string& id) {
    if (!grouped_ && wantsGroups())
        return rebuild();
    const std::string name = groupNameOf(id);
    const auto found = std::ranges::find_if(
        groups_, [&](const auto& group) { return !grouped_ || group->name == name; });
    if (found == groups_.end()) {
        const int row = static_cast<int>(groups_.size());
        beginInsertRows({}, row, row);
        groups_.push_back(std::make_unique<Group>(Group{name, {}}));
        append(*groups_.back(), id);
        endInsertRows();
        return;
    }
    Group* const group = found->get();
    const int row = static_cast<int>(group->rows.size());
    beginInsertRows(indexOf(group), row, row);
    append(*group, id);
    endInsertRows();
    if (grouped_)
        emit dataChanged(indexOf(group), indexOf(group));
}

void MachineListModel::remove(const std::string& id) {
    const auto found = places_.find(id);
    if (found == places_.end())
        return;
    const auto [group, row] = found->second;
    beginRemoveRows(indexOf(group), row, row);
    group->rows.erase(group->rows.begin() + row);
    places_.erase(found);
    for (std::size_t at = static_cast<std::size_t>(row); at < group->rows.size(); ++at)
        places_[group->rows[at].id].row = static_cast<int>(at);
    endRemoveRows();
    if (!grouped_)
        return;
    if (group->rows.empty()) {
        const int groupRow = rowOf(group);
        beginRemoveRows({}, groupRow, groupRow);
        groups_.erase(groups_.begin() + groupRow);
        endRemoveRows();
    } else {
        emit dataChanged(indexOf(group), indexOf(group));
    }
    if (!wantsGroups())
        rebuild();
}

void MachineListModel::change(const std::string& id) {
    const auto found = places_.find(id);
    if (found == places_.end())
        return add(id);
    const KnownMachine* const machine = store_.find(id);
    if (machine && machine->summary.group != found->second.group->name) {
        // With the first group, or the last one gone, all rows are others.
        if (!grouped_ || !wantsGroups())
            return rebuild();
        remove(id);
        return add(id);
    }
    const Row& row = found->second.group->rows[static_cast<std::size_t>(found->second.row)];
    if (machine && row.name != machine->summary.name)
        ranked_ = false;
    const QModelIndex first = indexOf(id);
    emit dataChanged(first, first.siblingAtColumn(kColumns - 1));
}

void MachineListModel::usageChanged() {
    for (const auto& group : groups_) {
        if (group->rows.empty())
            continue;
        const QModelIndex parent = indexOf(group.get());
        emit dataChanged(index(0, CpuUsage, parent),
                         index(static_cast<int>(group->rows.size()) - 1, Uptime, parent));
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
    const auto found = places_.find(id);
    return found == places_.end() ? QModelIndex()
                                  : createIndex(found->second.row, 0, found->second.group);
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
                             groups_.at(static_cast<std::size_t>(parent.row()))->rows.size())
                       : 0;
    }
    return static_cast<int>(grouped_ ? groups_.size() : groups_.front()->rows.size());
}

int MachineListModel::columnCount(const QModelIndex& /*parent*/) const {
    return kColumns;
}

const KnownMachine* MachineListModel::machineAt(const QModelIndex& index) const {
    const auto* const group = static_cast<const Group*>(index.constInternalPointer());
    if (!group || static_cast<std::size_t>(index.row()) >= group->rows.size())
        return nullptr;
    return store_.find(group->rows[static_cast<std::size_t>(index.row())].id);
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
        case MemoryDemand:
            return active && summary.memoryDemandBytes != 0
                       ? QVariant(megabytes(summary.memoryDemandBytes))
                       : QVariant();
        case Heartbeat:
            return active && summary.heartbeat ? QVariant(heartbeatText(*summary.heartbeat))
                                               : QVariant();
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

const MachineListModel::Row& MachineListModel::rowAt(const QModelIndex& index) const {
    const auto& group = *static_cast<const Group*>(index.constInternalPointer());
    return group.rows[static_cast<std::size_t>(index.row())];
}

int MachineListModel::rankOf(const QModelIndex& index) const {
    if (!ranked_) {
        std::vector<std::pair<QCollatorSortKey, Row*>> names;
        const QCollator collator;
        for (const auto& group : groups_)
            for (Row& row : group->rows) {
                const KnownMachine* const machine = store_.find(row.id);
                row.name = machine ? machine->summary.name : std::string();
                names.emplace_back(collator.sortKey(fromUtf8(row.name).toLower()), &row);
            }
        std::ranges::stable_sort(
            names, [](const auto& one, const auto& other) { return one.first < other.first; });
        int rank = 0;
        for (const auto& [key, row] : names)
            row->rank = rank++;
        ranked_ = true;
    }
    return rowAt(index).rank;
}

bool MachineListModel::comesBefore(const QModelIndex& one, const QModelIndex& other) const {
    if (grouped_ && !one.constInternalPointer()) {
        const std::string& name = groups_.at(static_cast<std::size_t>(one.row()))->name;
        const std::string& otherName = groups_.at(static_cast<std::size_t>(other.row()))->name;
        if (name.empty() != otherName.empty())
            return otherName.empty();
        return fromUtf8(name).localeAwareCompare(fromUtf8(otherName)) < 0;
    }
    const KnownMachine* const machine = machineAt(one);
    const KnownMachine* const against = machineAt(other);
    const int order = machine && against ? compare(*machine, *against, one.column()) : 0;
    return order != 0 ? order < 0 : rankOf(one) < rankOf(other);
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
                    QString::number(group.rows.size()));
            case Qt::EditRole:
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
                       ? plainToolTip(textOf(*machine, index.column()).toString())
                       : QVariant();
        case IdRole:
            return fromUtf8(machine->summary.unreadable ? machine->summary.folder
                                                        : machine->summary.id);
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
    : QSortFilterProxyModel(parent), model_(model) {
    setSourceModel(&model);
    setRecursiveFilteringEnabled(true);
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
           has(parent.data(Qt::EditRole));
}

bool MachineListFilter::lessThan(const QModelIndex& left, const QModelIndex& right) const {
    if (left.data(MachineListModel::IsGroupRole).toBool() && sortOrder() == Qt::DescendingOrder)
        return model_.comesBefore(right, left);
    return model_.comesBefore(left, right);
}

}  // namespace gui
