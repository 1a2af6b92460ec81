// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QScrollArea>

#include "gui/machines/machine_actions.h"
#include "host_actions.h"

class QVBoxLayout;

namespace gui {

class PaneHeader;

/// The right pane: what can be done on the server, and to the selected machines. Machines' actions
/// that their state forbids are left out.
class ActionsPane final : public QScrollArea {
    Q_OBJECT

  public:
    ActionsPane(MachineStore& store, HostActions& host, MachineActions& machine,
                QWidget* parent = nullptr);

  private:
    void display();
    QWidget* entry(QAction* action);

    MachineStore& store_;
    HostActions& host_;
    MachineActions& machine_;
    PaneHeader* server_;
    PaneHeader* subject_;
    /// Null where another has it in its menu.
    std::array<QWidget*, HostActions::kKinds> hostEntries_{};
    std::array<QWidget*, MachineActions::kKinds> entries_{};
};

}  // namespace gui
