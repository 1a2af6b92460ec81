// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractItemModel>
#include <QSortFilterProxyModel>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gui/connection/machine_store.h"

namespace gui {

/// The machines of a store as rows; under their groups as soon as one has a group.
class MachineListModel final : public QAbstractItemModel {
    Q_OBJECT

  public:
    enum Column : int {
        Name,
        State,
        CpuUsage,
        AssignedMemory,
        MemoryDemand,
        Uptime,
        Status,
        Generation,
        Processors,
        Reserve,
        Limit,
        Weight,
        Heartbeat,
        Notes,
        kColumns
    };
    enum Role : int {
        /// QString: of machine rows.
        IdRole = Qt::UserRole,
        /// int of service::MachineState.
        StateRole,
        /// const UsageHistory*: until the next change of the model.
        UsageRole,
        /// bool.
        IsGroupRole,
    };

    explicit MachineListModel(MachineStore& store, QObject* parent = nullptr);
    ~MachineListModel() override;

    [[nodiscard]] QModelIndex indexOf(const std::string& id) const;
    [[nodiscard]] bool isGrouped() const { return grouped_; }
    /// Whether one row comes before another of the same parent, by what the column means; names
    /// decide between machines that are alike in it, and groups stay in order whatever their
    /// machines are sorted by, those without one last.
    [[nodiscard]] bool comesBefore(const QModelIndex& one, const QModelIndex& other) const;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;

  private:
    struct Row {
        std::string id;
        /// As it was when the ranks were made.
        std::string name;
        int rank = 0;
    };
    struct Group {
        std::string name;
        std::vector<Row> rows;
    };
    struct Place {
        Group* group;
        int row;
    };

    void rebuild();
    void add(const std::string& id);
    void remove(const std::string& id);
    void change(const std::string& id);
    void usageChanged();

    [[nodiscard]] bool wantsGroups() const;
    [[nodiscard]] std::string groupNameOf(const std::string& id) const;
    [[nodiscard]] int rowOf(const Group* group) const;
    [[nodiscard]] QModelIndex indexOf(const Group* group) const;
    /// Of a machine's row; null for a group's.
    [[nodiscard]] const KnownMachine* machineAt(const QModelIndex& index) const;
    [[nodiscard]] QVariant textOf(const KnownMachine& machine, int column) const;
    [[nodiscard]] const Row& rowAt(const QModelIndex& index) const;
    [[nodiscard]] int rankOf(const QModelIndex& index) const;
    void append(Group& group, const std::string& id);

    MachineStore& store_;
    bool grouped_ = false;
    /// Without groups there is one, which is not shown.
    std::vector<std::unique_ptr<Group>> groups_;
    std::unordered_map<std::string, Place> places_;
    /// Names in the locale's order as numbers, because comparing names is slow.
    mutable bool ranked_ = false;
};

/// Sorted, and of those whose name, notes or group have the searched text.
class MachineListFilter final : public QSortFilterProxyModel {
    Q_OBJECT

  public:
    explicit MachineListFilter(MachineListModel& model, QObject* parent = nullptr);

    void search(const QString& text);

  protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    [[nodiscard]] bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

  private:
    const MachineListModel& model_;
    QString text_;
};

}  // namespace gui
