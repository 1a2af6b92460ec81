// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMainWindow>
#include <memory>

#include "gui/connection/machine_store.h"
#include "manager_windows.h"

class QLineEdit;
class QSplitter;
class QStackedWidget;
class QTabWidget;

namespace gui {

class EventList;
class HostActions;
class HostTotals;
class MachineActions;
class MachineListModel;
class MachineListView;
class MachinePerformance;
class MachineSummaryPages;
class PaneHeader;
class PerformanceFeed;
class ProblemBanner;
class ServiceStarter;

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
    [[nodiscard]] ManagerWindows& windows() { return windows_; }
    /// Shows the tab of this object's name.
    void showTab(const QString& name);

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
    void displayServer();
    void stopService();
    /// Its windows close; machines and the service are left as they are.
    void removeServer();
    void connectTo(const service::client::ServiceAddress& address);
    void about();

    MachineStore& store_;
    PerformanceFeed& feed_;
    ServiceStarter* starter_;
    HostActions* hostActions_;
    MachineActions* machineActions_;
    ManagerWindows windows_;
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
    HostTotals* totals_ = nullptr;
};

}  // namespace gui
