// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTreeWidget>

#include "gui/connection/machine_store.h"

namespace gui {

/// The left pane: Vireo Manager, and below it the server, unless it was removed.
class ConsoleTree final : public QTreeWidget {
    Q_OBJECT

  public:
    explicit ConsoleTree(MachineStore& store, QWidget* parent = nullptr);

  signals:
    /// Of the server.
    void menuWanted(const QPoint& place);
    /// Of the node above servers.
    void rootMenuWanted(const QPoint& place);

  private:
    void display();

    MachineStore& store_;
    QTreeWidgetItem* root_;
    QTreeWidgetItem* server_;
};

/// "this-host", or how else the service is to be called.
[[nodiscard]] QString serverName(const MachineStore& store);

}  // namespace gui
