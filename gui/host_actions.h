// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>
#include <QObject>
#include <array>

#include "gui/connection/machine_store.h"
#include "gui/connection/service_starter.h"

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
        ConnectServer,
        /// In Stop Service's place while there is none that runs.
        StartService,
        StopService,
        RemoveServer,
        Refresh,
        Help,
        kKinds
    };

    HostActions(MachineStore& store, ServiceStarter& starter, QWidget* window);

    [[nodiscard]] QAction* action(Kind kind) const {
        return actions_[static_cast<std::size_t>(kind)];
    }
    /// "New", with what can be made.
    [[nodiscard]] QMenu* newMenu() const { return newMenu_; }
    /// Not possible now, so that lists leave it out: all of a server's while there is none.
    [[nodiscard]] bool isAbsent(Kind kind) const;
    /// What is not absent.
    void fill(QMenu& menu) const;

  signals:
    void changed();

  private:
    void update();
    [[nodiscard]] QString reasonAgainst(Kind kind) const;

    MachineStore& store_;
    ServiceStarter& starter_;
    QMenu* newMenu_;
    std::array<QAction*, kKinds> actions_{};
};

}  // namespace gui
