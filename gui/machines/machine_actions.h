// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>
#include <QObject>
#include <string>
#include <vector>

#include "gui/connection/machine_store.h"

class QMenu;

namespace gui {

/// What can be done to the selected machines: one QAction each, for menus, tool bar and the Actions
/// pane alike. What the state forbids is disabled, and the tool tip says why.
class MachineActions final : public QObject {
    Q_OBJECT

  public:
    enum Kind : int {
        Connect,
        Settings,
        Start,
        TurnOff,
        ShutDown,
        Save,
        Pause,
        Resume,
        Reset,
        Checkpoint,
        Revert,
        Move,
        Export,
        Rename,
        Delete,
        kKinds
    };

    MachineActions(MachineStore& store, QWidget* window);

    void setMachines(std::vector<std::string> ids);
    [[nodiscard]] const std::vector<std::string>& machines() const { return ids_; }
    [[nodiscard]] QAction* action(Kind kind) const {
        return actions_[static_cast<std::size_t>(kind)];
    }
    /// Whether the state forbids it, so that the Actions pane leaves it out.
    [[nodiscard]] bool isAbsent(Kind kind) const;
    void fill(QMenu& menu) const;

  signals:
    void changed();
    void connectWanted(const std::string& id);
    void settingsWanted(const std::string& id);
    void exportWanted(const std::string& id);
    /// What went wrong, for the window's banner.
    void failed(const QString& problem);

  private:
    struct Legality {
        bool legal = false;
        QString reason;
    };

    void update();
    void run(Kind kind);
    [[nodiscard]] Legality legality(Kind kind) const;
    void carryOut(service::MachineAction action, const std::vector<std::string>& ids);
    void askName(const std::string& id);
    void askToDelete(const std::string& id);
    [[nodiscard]] QString nameOf(const std::string& id) const;
    [[nodiscard]] QString subject() const;

    MachineStore& store_;
    QWidget* window_;
    std::vector<std::string> ids_;
    std::array<QAction*, kKinds> actions_{};
};

}  // namespace gui
