// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>
#include <QObject>
#include <array>
#include <cstddef>
#include <string>

#include "gui/connection/machine_store.h"

namespace gui {

/// What can be done to the machine of a console window: for its menus and its tool bar. What its
/// state forbids is disabled, and the tool tip says why.
class ConsoleActions final : public QObject {
    Q_OBJECT

  public:
    enum Kind : int {
        ControlAltDelete,
        Start,
        TurnOff,
        ShutDown,
        Save,
        Pause,
        /// In Pause's place while the machine is paused.
        Resume,
        Reset,
        Checkpoint,
        Revert,
        kKinds
    };

    ConsoleActions(MachineStore& store, std::string machine, QWidget* window);

    [[nodiscard]] QAction* action(Kind kind) const {
        return actions_[static_cast<std::size_t>(kind)];
    }

  signals:
    /// What went wrong before does not count any more.
    void begun();
    void failed(const QString& problem);
    void controlAltDeleteWanted();

  private:
    /// Why not; empty: it may be done.
    [[nodiscard]] QString reasonAgainst(Kind kind) const;
    void update();
    void run(Kind kind);

    MachineStore& store_;
    const std::string machine_;
    QWidget* window_;
    std::array<QAction*, kKinds> actions_{};
};

}  // namespace gui
