// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>
#include <QObject>
#include <array>

#include "gui/connection/machine_store.h"

class QMenu;

namespace gui {

/// What can be done on a server, one QAction each; whoever shows them connects them.
class HostActions final : public QObject {
    Q_OBJECT

  public:
    enum Kind : int {
        QuickCreate,
        NewMachine,
        NewDisk,
        Import,
        ServiceSettings,
        SwitchManager,
        EditDisk,
        InspectDisk,
        Performance,
        StopService,
        RemoveServer,
        Refresh,
        Help,
        kKinds
    };

    HostActions(MachineStore& store, QWidget* window);

    [[nodiscard]] QAction* action(Kind kind) const {
        return actions_[static_cast<std::size_t>(kind)];
    }
    /// "New", with what can be made.
    [[nodiscard]] QMenu* newMenu() const { return newMenu_; }
    void fill(QMenu& menu) const;

  private:
    void update();

    MachineStore& store_;
    QMenu* newMenu_;
    std::array<QAction*, kKinds> actions_{};
};

}  // namespace gui
