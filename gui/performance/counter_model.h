// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractItemModel>
#include <QCollator>
#include <QSortFilterProxyModel>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "counter_key.h"
#include "service/ipc/host_requests.h"

namespace gui {

/// Counters to choose from, as samples bring them: sets, in them names, in them instances of
/// machines and of the host. Instances are checked; a checked name has its totals checked (all
/// instances where there is no total), also those that come later.
///
/// Thread safety: the GUI's thread.
class CounterModel final : public QAbstractItemModel {
    Q_OBJECT

  public:
    enum Role { SortRole = Qt::UserRole };

    explicit CounterModel(QObject* parent = nullptr);
    ~CounterModel() override;

    void take(const service::PerformanceSample& sample);
    void setMachineName(const std::string& id, const QString& name);
    void removeMachine(const std::string& id);
    [[nodiscard]] std::vector<CounterKey> checked() const;
    /// "web-01: VP 0", of the host "LP 0".
    [[nodiscard]] QString instanceText(const CounterKey& counter) const;

    [[nodiscard]] QModelIndex index(int row, int column,
                                    const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& index) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;

  signals:
    void checkedChanged(const CounterKey& counter, bool checked);

  private:
    struct Node;
    enum class Level : unsigned char { Root, Set, Name, Instance };
    /// Machine, then instance.
    using NewInstances = std::vector<std::pair<std::string, std::string>>;
    using NewNames = std::map<std::string, NewInstances>;

    [[nodiscard]] Node* nodeOf(const QModelIndex& index) const;
    [[nodiscard]] QModelIndex indexOf(const Node& node) const;
    [[nodiscard]] static CounterKey keyOf(const Node& instance);
    [[nodiscard]] static std::vector<Node*> defaultsOf(const Node& name);
    [[nodiscard]] static Qt::CheckState stateOf(const Node& name);

    void insertNames(Node& set, const NewNames& names);
    void insertInstances(Node& name, const NewInstances& instances);
    static std::unique_ptr<Node> makeName(const std::string& name, const NewInstances& instances);
    void check(Node& instance, bool checked);
    void removeFrom(Node& name, const std::string& machine);
    void tell(const Node& name);

    std::unique_ptr<Node> root_;
    std::set<CounterKey, CounterKeyOrder> known_;
    std::map<std::string, QString> machineNames_;
};

/// What the search leaves of it, sorted, numbers by their size.
class CounterFilter final : public QSortFilterProxyModel {
    Q_OBJECT

  public:
    explicit CounterFilter(CounterModel& model, QObject* parent = nullptr);

  protected:
    [[nodiscard]] bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

  private:
    QCollator collator_;
};

}  // namespace gui
