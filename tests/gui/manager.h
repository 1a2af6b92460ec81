// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>

#include "gui/machines/machine_actions.h"
#include "gui/machines/machine_list_model.h"
#include "gui/machines/machine_list_view.h"
#include "gui/main_window.h"
#include "gui/performance/performance_feed.h"
#include "session_service.h"

namespace tests {

/// A manager as vireo-manager's main() makes it.
struct Manager {
    explicit Manager(service::client::ServiceAddress address)
        : connection(std::move(address)), store(connection), feed(connection), window(store, feed) {
        connection.open();
        window.show();
    }
    explicit Manager(const std::string& socket)
        : Manager(service::client::ServiceAddress::at(socket)) {}
    explicit Manager(const SessionService& service) : Manager(service.socket()) {}

    [[nodiscard]] QString cell(const std::string& id, int column) {
        auto& filter = window.machines().filter();
        for (int row = 0; row < filter.rowCount(); ++row) {
            const QModelIndex index = filter.index(row, column);
            if (index.data(gui::MachineListModel::IdRole).toString().toStdString() == id)
                return index.data().toString();
        }
        return {};
    }
    [[nodiscard]] QAction* action(gui::MachineActions::Kind kind) {
        return window.machineActions().action(kind);
    }

    gui::ServiceConnection connection;
    gui::MachineStore store;
    gui::PerformanceFeed feed;
    gui::MainWindow window;
};

}  // namespace tests
