// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QTreeView>
#include <deque>
#include <string>

#include "gui/connection/service_connection.h"

namespace gui {

/// Events of one machine, or of the service and all machines; newest first.
class EventListModel final : public QAbstractTableModel {
    Q_OBJECT

  public:
    enum Column { Time, Severity, Kind, Machine, Text, kColumns };
    static constexpr std::size_t kMost = 1'000;

    explicit EventListModel(ServiceConnection& connection, QObject* parent = nullptr);

    /// Empty: all.
    void setMachine(const std::string& id);

    [[nodiscard]] int rowCount(const QModelIndex& parent) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role) const override;

  private:
    void load();
    void take(const service::EventRecord& event);

    ServiceConnection& connection_;
    std::string machine_;
    std::deque<service::EventRecord> events_;
};

class EventList final : public QTreeView {
    Q_OBJECT

  public:
    explicit EventList(ServiceConnection& connection, QWidget* parent = nullptr);

    void setMachine(const std::string& id) { model_.setMachine(id); }

  private:
    EventListModel model_;
};

}  // namespace gui
