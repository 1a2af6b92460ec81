// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMainWindow>
#include <QPointer>
#include <map>
#include <string>

#include "gui/connection/machine_store.h"
#include "service/ipc/client/service_address.h"

class QDialog;
class QMenu;

namespace gui {

class ConsoleWindow;
class PerformanceFeed;
class PerformanceMonitor;
class SettingsDialog;

/// Opens the windows that there are beside the main one, and knows those that are open.
class ManagerWindows final : public QObject {
    Q_OBJECT

  public:
    /// Dialogs belong to `main`. All outlive this.
    ManagerWindows(MachineStore& store, PerformanceFeed& feed, QMainWindow& main);
    ~ManagerWindows() override;

    /// One for each machine, and one monitor: those that there are come to the front.
    ConsoleWindow* openConsole(const std::string& id);
    PerformanceMonitor* openPerformance();
    SettingsDialog* openSettings(const std::string& id);
    QDialog* openNewMachine();
    QDialog* openNewDisk();
    QDialog* openImport();
    QDialog* openExport(const std::string& id);
    QDialog* openEditDisk();
    QDialog* openInspectDisk();
    QDialog* openQuickCreate();
    QDialog* openSwitchManager();
    QDialog* openVireoSettings();
    QDialog* openConnectToServer();

    /// An entry for each console.
    void fillConsoles(QMenu& menu) const;
    void closeAll();
    /// At once, before what feeds them goes.
    void deleteAll();

  signals:
    void machineMade(const std::string& id);
    void serverChosen(const service::client::ServiceAddress& address);

  private:
    MachineStore& store_;
    PerformanceFeed& feed_;
    QMainWindow& main_;
    std::map<std::string, QPointer<ConsoleWindow>> consoles_;
    QPointer<PerformanceMonitor> monitor_;
};

}  // namespace gui
