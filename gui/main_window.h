// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMainWindow>
#include <QPointer>
#include <QTimer>
#include <map>
#include <memory>
#include <string>

#include "gui/connection/machine_store.h"

class QLabel;
class QLineEdit;
class QSplitter;
class QStackedWidget;
class QTabWidget;

namespace gui {

class ConsoleWindow;
class EventList;
class HostActions;
class MachineActions;
class MachineListModel;
class MachineListView;
class MachinePerformance;
class MachineSummaryPages;
class PaneHeader;
class PerformanceFeed;
class PerformanceMonitor;
class ProblemBanner;
class ServiceStarter;
class SettingsDialog;

/// Vireo Manager's main window: servers, machines, checkpoints, the selected machine, actions.
/// Closing it stops no machine.
class MainWindow final : public QMainWindow {
    Q_OBJECT

  public:
    MainWindow(MachineStore& store, PerformanceFeed& feed, QWidget* parent = nullptr);
    ~MainWindow() override;

    [[nodiscard]] MachineListView& machines() { return *list_; }
    [[nodiscard]] MachineActions& machineActions() { return *machineActions_; }
    [[nodiscard]] HostActions& hostActions() { return *hostActions_; }
    /// Shows the tab of this object's name.
    void showTab(const QString& name);

    ConsoleWindow* openConsole(const std::string& id);
    SettingsDialog* openSettings(const std::string& id);
    PerformanceMonitor* openPerformance();
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

  protected:
    void closeEvent(QCloseEvent* event) override;

  private:
    void makeActions();
    void makeMenus();
    void makeToolBar();
    void makePanes();
    void makeStatusBar();
    QWidget* makeCentre();
    QWidget* makeDetails();
    void restoreLayout();

    void selectionChanged();
    void displayStatus();
    void displayServer();
    void stopService();
    /// Its windows close; machines and the service are left as they are.
    void removeServer();
    void connectTo(const service::client::ServiceAddress& address);
    void closeOtherWindows();
    void about();

    MachineStore& store_;
    PerformanceFeed& feed_;
    ServiceStarter* starter_;
    HostActions* hostActions_;
    MachineActions* machineActions_;
    std::unique_ptr<MachineListModel> model_;
    MachineListView* list_ = nullptr;
    QLineEdit* search_ = nullptr;
    ProblemBanner* banner_ = nullptr;
    PaneHeader* detailsHeader_ = nullptr;
    QTabWidget* tabs_ = nullptr;
    MachineSummaryPages* pages_ = nullptr;
    MachinePerformance* performance_ = nullptr;
    EventList* events_ = nullptr;
    QStackedWidget* centre_ = nullptr;
    QSplitter* across_ = nullptr;
    QSplitter* down_ = nullptr;
    QWidget* treePane_ = nullptr;
    QWidget* actionsPane_ = nullptr;
    QTimer statusTimer_;
    QLabel* machineCount_ = nullptr;
    QLabel* reserved_ = nullptr;
    QLabel* memory_ = nullptr;
    std::map<std::string, QPointer<ConsoleWindow>> consoles_;
    QPointer<PerformanceMonitor> monitor_;
};

}  // namespace gui
