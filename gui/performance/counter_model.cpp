// SPDX-License-Identifier: GPL-3.0-or-later
#include "counter_model.h"

#include <algorithm>

#include "counter_text.h"
#include "natural_order.h"

namespace gui {

struct CounterModel::Node {
    Level level = Level::Root;
    Node* parent = nullptr;
    /// Its place among the parent's.
    int row = 0;
    /// A set's, a counter's or an instance's name.
    std::string text;
    /// Of an instance; empty: the host's.
    std::string machine;
    bool checked = false;
    std::vector<std::unique_ptr<Node>> children;

    [[nodiscard]] Node* child(const std::string& name) const {
        for (const auto& one : children)
            if (one->text == name)
                return one.get();
        return nullptr;
    }
    void adopt(std::unique_ptr<Node> one) {
        one->parent = this;
        one->row = static_cast<int>(children.size());
        children.push_back(std::move(one));
    }
};

CounterModel::CounterModel(QObject* parent)
    : QAbstractItemModel(parent), root_(std::make_unique<Node>()) {}

CounterModel::~CounterModel() = default;

void CounterModel::take(const service::PerformanceSample& sample) {
    std::map<std::string, NewNames> sets;
    for (const service::CounterValue& counter : sample.counters) {
        // Mostly all are known: nothing is copied then.
        if (known_.contains(
                CounterKeyView{sample.machineId, counter.set, counter.instance, counter.name}))
            continue;
        known_.insert({sample.machineId, counter.set, counter.instance, counter.name});
        sets[counter.set][counter.name].emplace_back(sample.machineId, counter.instance);
    }
    for (const auto& [text, names] : sets) {
        if (Node* const set = root_->child(text)) {
            insertNames(*set, names);
            continue;
        }
        auto set = std::make_unique<Node>();
        set->level = Level::Set;
        set->text = text;
        for (const auto& [name, instances] : names)
            set->adopt(makeName(name, instances));
        const int row = static_cast<int>(root_->children.size());
        beginInsertRows({}, row, row);
        root_->adopt(std::move(set));
        endInsertRows();
    }
}

std::unique_ptr<CounterModel::Node> CounterModel::makeName(const std::string& name,
                                                           const NewInstances& instances) {
    auto node = std::make_unique<Node>();
    node->level = Level::Name;
    node->text = name;
    for (const auto& [machine, instance] : instances) {
        auto one = std::make_unique<Node>();
        one->level = Level::Instance;
        one->text = instance;
        one->machine = machine;
        node->adopt(std::move(one));
    }
    return node;
}

void CounterModel::insertNames(Node& set, const NewNames& names) {
    for (const auto& [text, instances] : names) {
        if (Node* const name = set.child(text)) {
            insertInstances(*name, instances);
            continue;
        }
        const int row = static_cast<int>(set.children.size());
        beginInsertRows(indexOf(set), row, row);
        set.adopt(makeName(text, instances));
        endInsertRows();
    }
}

void CounterModel::insertInstances(Node& name, const NewInstances& instances) {
    const bool wasChecked = stateOf(name) == Qt::Checked;
    const auto first = name.children.size();
    beginInsertRows(indexOf(name), static_cast<int>(first),
                    static_cast<int>(first + instances.size() - 1));
    const std::unique_ptr<Node> added = makeName(name.text, instances);
    for (auto& one : added->children)
        name.adopt(std::move(one));
    endInsertRows();
    if (wasChecked)
        for (Node* const one : defaultsOf(name))
            if (static_cast<std::size_t>(one->row) >= first)
                check(*one, true);
    tell(name);
}

void CounterModel::setMachineName(const std::string& id, const QString& name) {
    QString& known = machineNames_[id];
    if (known == name)
        return;
    known = name;
    for (const auto& set : root_->children)
        for (const auto& counter : set->children)
            for (const auto& instance : counter->children)
                if (instance->machine == id) {
                    const QModelIndex changed = indexOf(*instance);
                    emit dataChanged(changed, changed);
                }
}

void CounterModel::removeMachine(const std::string& id) {
    std::erase_if(known_, [&id](const CounterKey& key) { return key.machine == id; });
    for (std::size_t setAt = root_->children.size(); setAt-- > 0;) {
        Node& set = *root_->children[setAt];
        for (std::size_t at = set.children.size(); at-- > 0;) {
            removeFrom(*set.children[at], id);
            if (!set.children[at]->children.empty())
                continue;
            beginRemoveRows(indexOf(set), static_cast<int>(at), static_cast<int>(at));
            set.children.erase(set.children.begin() + static_cast<std::ptrdiff_t>(at));
            for (std::size_t row = at; row < set.children.size(); ++row)
                set.children[row]->row = static_cast<int>(row);
            endRemoveRows();
        }
        if (!set.children.empty())
            continue;
        beginRemoveRows({}, static_cast<int>(setAt), static_cast<int>(setAt));
        root_->children.erase(root_->children.begin() + static_cast<std::ptrdiff_t>(setAt));
        for (std::size_t row = setAt; row < root_->children.size(); ++row)
            root_->children[row]->row = static_cast<int>(row);
        endRemoveRows();
    }
    machineNames_.erase(id);
}

void CounterModel::removeFrom(Node& name, const std::string& machine) {
    bool any = false;
    for (std::size_t at = name.children.size(); at-- > 0;) {
        if (name.children[at]->machine != machine)
            continue;
        any = true;
        check(*name.children[at], false);
        beginRemoveRows(indexOf(name), static_cast<int>(at), static_cast<int>(at));
        name.children.erase(name.children.begin() + static_cast<std::ptrdiff_t>(at));
        for (std::size_t row = at; row < name.children.size(); ++row)
            name.children[row]->row = static_cast<int>(row);
        endRemoveRows();
    }
    if (any && !name.children.empty())
        tell(name);
}

std::vector<CounterKey> CounterModel::checked() const {
    std::vector<CounterKey> keys;
    for (const auto& set : root_->children)
        for (const auto& name : set->children)
            for (const auto& instance : name->children)
                if (instance->checked)
                    keys.push_back(keyOf(*instance));
    return keys;
}

QString CounterModel::instanceText(const CounterKey& counter) const {
    const QString instance = QString::fromStdString(counter.instance);
    if (counter.machine.empty())
        return instance;
    const auto found = machineNames_.find(counter.machine);
    const QString machine = found != machineNames_.end() && !found->second.isEmpty()
                                ? found->second
                                : QString::fromStdString(counter.machine);
    return machine + QStringLiteral(": ") + instance;
}

CounterKey CounterModel::keyOf(const Node& instance) {
    return {instance.machine, instance.parent->parent->text, instance.text, instance.parent->text};
}

std::vector<CounterModel::Node*> CounterModel::defaultsOf(const Node& name) {
    std::vector<Node*> totals;
    std::vector<Node*> all;
    for (const auto& one : name.children) {
        all.push_back(one.get());
        if (one->text == counters::kTotal)
            totals.push_back(one.get());
    }
    return totals.empty() ? all : totals;
}

Qt::CheckState CounterModel::stateOf(const Node& name) {
    const auto isChecked = [](const auto& one) { return one->checked; };
    const std::vector<Node*> defaults = defaultsOf(name);
    if (!defaults.empty() && std::all_of(defaults.begin(), defaults.end(), isChecked))
        return Qt::Checked;
    return std::any_of(name.children.begin(), name.children.end(), isChecked) ? Qt::PartiallyChecked
                                                                              : Qt::Unchecked;
}

void CounterModel::check(Node& instance, bool checked) {
    if (instance.checked == checked)
        return;
    instance.checked = checked;
    const QModelIndex changed = indexOf(instance);
    emit dataChanged(changed, changed, {Qt::CheckStateRole});
    emit checkedChanged(keyOf(instance), checked);
}

void CounterModel::tell(const Node& name) {
    const QModelIndex changed = indexOf(name);
    emit dataChanged(changed, changed, {Qt::CheckStateRole});
}

CounterModel::Node* CounterModel::nodeOf(const QModelIndex& index) const {
    return index.isValid() ? static_cast<Node*>(index.internalPointer()) : root_.get();
}

QModelIndex CounterModel::indexOf(const Node& node) const {
    return node.level == Level::Root ? QModelIndex() : createIndex(node.row, 0, &node);
}

QModelIndex CounterModel::index(int row, int column, const QModelIndex& parent) const {
    const Node* const node = nodeOf(parent);
    if (column != 0 || parent.column() > 0 || row < 0 ||
        static_cast<std::size_t>(row) >= node->children.size())
        return {};
    return createIndex(row, 0, node->children[static_cast<std::size_t>(row)].get());
}

QModelIndex CounterModel::parent(const QModelIndex& index) const {
    return index.isValid() ? indexOf(*nodeOf(index)->parent) : QModelIndex();
}

int CounterModel::rowCount(const QModelIndex& parent) const {
    return parent.column() > 0 ? 0 : static_cast<int>(nodeOf(parent)->children.size());
}

int CounterModel::columnCount(const QModelIndex&) const {
    return 1;
}

QVariant CounterModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid())
        return {};
    const Node& node = *nodeOf(index);
    switch (role) {
        case Qt::DisplayRole:
            return node.level == Level::Set        ? shortSetName(node.text)
                   : node.level == Level::Instance ? instanceText(keyOf(node))
                                                   : QString::fromStdString(node.text);
        case Qt::ToolTipRole:
            return node.level == Level::Instance ? QVariant() : QString::fromStdString(node.text);
        case Qt::CheckStateRole:
            if (node.level == Level::Name)
                return stateOf(node);
            if (node.level == Level::Instance)
                return node.checked ? Qt::Checked : Qt::Unchecked;
            return {};
        case SortRole:
            // The host before its machines.
            return node.level == Level::Instance
                       ? QVariant(
                             (node.machine.empty() ? QStringLiteral("0") : QStringLiteral("1")) +
                             instanceText(keyOf(node)))
                       : data(index, Qt::DisplayRole);
        default:
            return {};
    }
}

bool CounterModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (!index.isValid() || role != Qt::CheckStateRole)
        return false;
    Node& node = *nodeOf(index);
    const bool checked = value.toInt() == Qt::Checked;
    if (node.level == Level::Instance) {
        check(node, checked);
        tell(*node.parent);
        return true;
    }
    if (node.level != Level::Name)
        return false;
    if (checked)
        for (Node* const one : defaultsOf(node))
            check(*one, true);
    else
        for (const auto& one : node.children)
            check(*one, false);
    tell(node);
    return true;
}

Qt::ItemFlags CounterModel::flags(const QModelIndex& index) const {
    if (!index.isValid())
        return Qt::NoItemFlags;
    const Level level = nodeOf(index)->level;
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    if (level == Level::Name || level == Level::Instance)
        flags |= Qt::ItemIsUserCheckable;
    if (level == Level::Instance)
        flags |= Qt::ItemNeverHasChildren;
    return flags;
}

CounterFilter::CounterFilter(CounterModel& model, QObject* parent)
    : QSortFilterProxyModel(parent), collator_(naturalOrder()) {
    setRecursiveFilteringEnabled(true);
    // Whoever finds a set wants what is in it.
    setAutoAcceptChildRows(true);
    setFilterCaseSensitivity(Qt::CaseInsensitive);
    setSortRole(CounterModel::SortRole);
    setSourceModel(&model);
    sort(0);
}

bool CounterFilter::lessThan(const QModelIndex& left, const QModelIndex& right) const {
    return collator_.compare(left.data(sortRole()).toString(), right.data(sortRole()).toString()) <
           0;
}

}  // namespace gui
