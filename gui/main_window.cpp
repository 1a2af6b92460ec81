// SPDX-License-Identifier: GPL-3.0-or-later
#include "main_window.h"

#include <QCloseEvent>
#include <QLineEdit>
#include <QMenuBar>
#include <QMessageBox>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabWidget>
#include <QToolBar>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "actions_pane.h"
#include "console_tree.h"
#include "gui/appearance/icons.h"
#include "gui/appearance/pane_header.h"
#include "gui/connection/text.h"
#include "gui/machines/event_list.h"
#include "gui/machines/job_list.h"
#include "gui/machines/machine_actions.h"
#include "gui/machines/machine_list_model.h"
#include "gui/machines/machine_list_view.h"
#include "gui/machines/machine_summary.h"
#include "gui/performance/machine_performance.h"
#include "gui/performance/performance_feed.h"
#include "gui/preferences/chosen_server.h"
#include "gui/windows/problem_banner.h"
#include "gui/windows/service_stop.h"
#include "host_actions.h"
#include "host_totals.h"
#include "no_server_page.h"

namespace gui {

namespace {

constexpr const char* kLayoutKey = "mainWindow/";

QWidget* pane(QWidget* header, QWidget* content, QWidget* parent) {
    auto* widget = new QWidget(parent);
    auto* column = new QVBoxLayout(widget);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(header);
    column->addWidget(content, 1);
    return widget;
}

}  // namespace

MainWindow::MainWindow(MachineStore& store, PerformanceFeed& feed, QWidget* parent)
    : QMainWindow(parent),
      store_(store),
      feed_(feed),
      starter_(new ServiceStarter(store.connection(), this)),
      hostActions_(new HostActions(store, *starter_, this)),
      machineActions_(new MachineActions(store, this)),
      windows_(store, feed, *this),
      model_(std::make_unique<MachineListModel>(store)) {
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(tr("Vireo Manager"));
    setWindowIcon(icon(QStringLiteral("machine")));
    makePanes();
    makeToolBar();
    makeMenus();
    makeStatusBar();
    makeActions();
    restoreLayout();
    connect(&store.connection(), &ServiceConnection::stateChanged, this,
            &MainWindow::displayServer);
    selectionChanged();
    displayServer();
}

// Views before the model that they show, windows before what feeds them.
MainWindow::~MainWindow() {
    windows_.deleteAll();
    delete takeCentralWidget();
}

void MainWindow::makeActions() {
    connect(list_, &MachineListView::machineSelectionChanged, this, &MainWindow::selectionChanged);
    connect(list_, &MachineListView::connectWanted,
            machineActions_->action(MachineActions::Connect), &QAction::trigger);
    connect(list_, &MachineListView::renameWanted, machineActions_->action(MachineActions::Rename),
            &QAction::trigger);
    connect(list_, &MachineListView::deleteWanted, machineActions_->action(MachineActions::Delete),
            &QAction::trigger);
    connect(list_, &QWidget::customContextMenuRequested, this, [this](const QPoint& place) {
        auto* menu = new QMenu(this);
        menu->setAttribute(Qt::WA_DeleteOnClose);
        if (machineActions_->machines().empty())
            hostActions_->fill(*menu);
        else
            machineActions_->fill(*menu);
        menu->popup(list_->viewport()->mapToGlobal(place));
    });
    connect(machineActions_, &MachineActions::connectWanted, &windows_,
            &ManagerWindows::openConsole);
    connect(machineActions_, &MachineActions::settingsWanted, &windows_,
            &ManagerWindows::openSettings);
    connect(machineActions_, &MachineActions::exportWanted, &windows_, &ManagerWindows::openExport);
    connect(&windows_, &ManagerWindows::machineMade, list_, &MachineListView::select);
    connect(&windows_, &ManagerWindows::serverChosen, this, &MainWindow::connectTo);
    connect(machineActions_, &MachineActions::failed, banner_, &ProblemBanner::complain);
    const auto on = [this](HostActions::Kind kind, auto method) {
        connect(hostActions_->action(kind), &QAction::triggered, this, method);
    };
    on(HostActions::QuickCreate, [this] { windows_.openQuickCreate(); });
    on(HostActions::NewMachine, [this] { windows_.openNewMachine(); });
    on(HostActions::NewDisk, [this] { windows_.openNewDisk(); });
    on(HostActions::Import, [this] { windows_.openImport(); });
    on(HostActions::SwitchManager, [this] { windows_.openSwitchManager(); });
    on(HostActions::EditDisk, [this] { windows_.openEditDisk(); });
    on(HostActions::InspectDisk, [this] { windows_.openInspectDisk(); });
    on(HostActions::Performance, [this] { windows_.openPerformance(); });
    on(HostActions::ServiceSettings, [this] { windows_.openVireoSettings(); });
    on(HostActions::ConnectServer, [this] { windows_.openConnectToServer(); });
    on(HostActions::StartService, [this] { starter_->start(); });
    on(HostActions::StopService, [this] { stopService(); });
    on(HostActions::RemoveServer, [this] { removeServer(); });
    on(HostActions::Refresh, [this] {
        store_.connection().retry();
        store_.refresh();
    });
    on(HostActions::Help, [this] { about(); });
}

void MainWindow::makeMenus() {
    QMenu* const file = menuBar()->addMenu(tr("&File"));
    QAction* const quit = file->addAction(tr("E&xit"), this, &QWidget::close);
    quit->setShortcut(QKeySequence::Quit);

    QMenu* const action = menuBar()->addMenu(tr("&Action"));
    action->setToolTipsVisible(true);
    // What is selected decides, as in the Actions pane.
    connect(action, &QMenu::aboutToShow, this, [this, action] {
        action->clear();
        hostActions_->fill(*action);
        if (machineActions_->machines().empty())
            return;
        action->addSeparator();
        machineActions_->fill(*action);
    });
    hostActions_->fill(*action);
    // So that shortcuts work while the menu is closed.
    for (int kind = 0; kind < HostActions::kKinds; ++kind)
        addAction(hostActions_->action(static_cast<HostActions::Kind>(kind)));

    QMenu* const view = menuBar()->addMenu(tr("&View"));
    const auto toggle = [&](const QString& text, QWidget* widget) {
        QAction* const shown = view->addAction(text);
        shown->setCheckable(true);
        shown->setChecked(true);
        connect(shown, &QAction::toggled, widget, &QWidget::setVisible);
    };
    toggle(tr("Console &Tree"), treePane_);
    toggle(tr("&Action Pane"), actionsPane_);
    view->addSeparator();
    QMenu* const sorting = view->addMenu(tr("S&ort Machines By"));
    QMenu* const columns = view->addMenu(tr("Colu&mns of Machines"));
    connect(sorting, &QMenu::aboutToShow, list_, [this, sorting] { list_->fillSorting(*sorting); });
    connect(columns, &QMenu::aboutToShow, list_, [this, columns] { list_->fillColumns(*columns); });
    view->addSeparator();
    QAction* const find = view->addAction(tr("&Search Machines"), search_,
                                          [this] { search_->setFocus(Qt::ShortcutFocusReason); });
    find->setShortcut(QKeySequence::Find);

    QMenu* const window = menuBar()->addMenu(tr("&Window"));
    connect(window, &QMenu::aboutToShow, this, [this, window] {
        window->clear();
        window->addAction(hostActions_->action(HostActions::Performance));
        window->addSeparator();
        windows_.fillConsoles(*window);
    });
    QMenu* const help = menuBar()->addMenu(tr("&Help"));
    help->addAction(tr("&About Vireo Manager"), this, &MainWindow::about);
}

void MainWindow::makeToolBar() {
    auto* bar = addToolBar(tr("Tools"));
    bar->setObjectName(QStringLiteral("tools"));
    bar->setMovable(false);
    bar->setIconSize(QSize(18, 18));
    bar->addAction(hostActions_->action(HostActions::NewMachine));
    bar->addAction(hostActions_->action(HostActions::NewDisk));
    bar->addSeparator();
    bar->addAction(hostActions_->action(HostActions::Refresh));
    bar->addAction(hostActions_->action(HostActions::Help));
    bar->addSeparator();
    for (const auto kind :
         {MachineActions::Connect, MachineActions::Settings, MachineActions::Start,
          MachineActions::Pause, MachineActions::ShutDown, MachineActions::TurnOff})
        bar->addAction(machineActions_->action(kind));
    bar->addSeparator();
    bar->addAction(hostActions_->action(HostActions::Performance));
    auto* space = new QWidget(bar);
    space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    bar->addWidget(space);
    search_ = new QLineEdit(bar);
    search_->setObjectName(QStringLiteral("search"));
    search_->setPlaceholderText(tr("Search machines (Ctrl+F)"));
    search_->setAccessibleName(tr("Search machines"));
    search_->setClearButtonEnabled(true);
    search_->setMinimumWidth(24 * fontMetrics().averageCharWidth());
    search_->setMaximumWidth(40 * fontMetrics().averageCharWidth());
    bar->addWidget(search_);
    connect(search_, &QLineEdit::textChanged, &list_->filter(), &MachineListFilter::search);
}

void MainWindow::makePanes() {
    auto* tree = new ConsoleTree(store_, this);
    connect(tree, &ConsoleTree::menuWanted, this, [this](const QPoint& place) {
        auto* menu = new QMenu(this);
        menu->setAttribute(Qt::WA_DeleteOnClose);
        hostActions_->fill(*menu);
        menu->popup(place);
    });
    connect(tree, &ConsoleTree::rootMenuWanted, this, [this](const QPoint& place) {
        auto* menu = new QMenu(this);
        menu->setAttribute(Qt::WA_DeleteOnClose);
        for (const auto kind :
             {HostActions::ConnectServer, HostActions::ServiceSettings, HostActions::Help})
            menu->addAction(hostActions_->action(kind));
        menu->popup(place);
    });
    treePane_ = tree;
    across_ = new QSplitter(Qt::Horizontal, this);
    across_->setHandleWidth(1);
    across_->setChildrenCollapsible(false);
    across_->addWidget(treePane_);
    centre_ = new QStackedWidget(this);
    centre_->addWidget(makeCentre());
    centre_->addWidget(new NoServerPage(hostActions_->action(HostActions::ConnectServer), centre_));
    across_->addWidget(centre_);
    actionsPane_ = pane(new PaneHeader(tr("Actions"), this),
                        new ActionsPane(store_, *hostActions_, *machineActions_, this), this);
    across_->addWidget(actionsPane_);
    across_->setStretchFactor(1, 1);
    banner_ = new ProblemBanner(store_.connection(), starter_, this);
    auto* central = new QWidget(this);
    auto* column = new QVBoxLayout(central);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(banner_);
    column->addWidget(across_, 1);
    setCentralWidget(central);
}

QWidget* MainWindow::makeCentre() {
    list_ = new MachineListView(*model_, this);
    auto* checkpoints = new QTreeWidget(this);
    checkpoints->setObjectName(QStringLiteral("checkpoints"));
    checkpoints->setAccessibleName(tr("Checkpoints"));
    checkpoints->setHeaderHidden(true);
    checkpoints->setToolTip(tr("This version makes no checkpoints yet."));
    auto* now = new QTreeWidgetItem(checkpoints, {tr("Now")});
    now->setIcon(0, icon(QStringLiteral("start"), IconTone::Good));
    down_ = new QSplitter(Qt::Vertical, this);
    down_->setHandleWidth(1);
    down_->setChildrenCollapsible(false);
    down_->addWidget(pane(new PaneHeader(tr("Virtual Machines"), this), list_, this));
    down_->addWidget(pane(new PaneHeader(tr("Checkpoints"), this), checkpoints, this));
    down_->addWidget(makeDetails());
    down_->setStretchFactor(0, 1);
    return down_;
}

QWidget* MainWindow::makeDetails() {
    detailsHeader_ = new PaneHeader({}, this);
    tabs_ = new QTabWidget(this);
    tabs_->setObjectName(QStringLiteral("details"));
    tabs_->setDocumentMode(true);
    tabs_->tabBar()->setDrawBase(false);
    tabs_->tabBar()->setExpanding(false);
    pages_ = new MachineSummaryPages(store_, this);
    performance_ = new MachinePerformance(store_, feed_, this);
    performance_->setObjectName(QStringLiteral("performance"));
    events_ = new EventList(store_.connection(), this);
    tabs_->addTab(pages_->summary(), tr("Summary"));
    tabs_->addTab(pages_->memory(), tr("Memory"));
    tabs_->addTab(pages_->networking(), tr("Networking"));
    tabs_->addTab(pages_->storage(), tr("Storage"));
    tabs_->addTab(performance_, tr("Performance"));
    tabs_->addTab(events_, tr("Events"));
    return pane(detailsHeader_, tabs_, this);
}

void MainWindow::makeStatusBar() {
    totals_ = new HostTotals(store_, this);
    statusBar()->addWidget(totals_);
    auto* jobs = new JobList(store_.connection(), this);
    connect(jobs, &JobList::failed, machineActions_, &MachineActions::failed);
    statusBar()->addPermanentWidget(jobs);
}

void MainWindow::restoreLayout() {
    const QSettings settings;
    const QString key = QString::fromLatin1(kLayoutKey);
    const int letter = fontMetrics().averageCharWidth();
    resize(196 * letter, 50 * fontMetrics().height());
    across_->setSizes({26 * letter, 138 * letter, 32 * letter});
    down_->setSizes(
        {18 * fontMetrics().height(), 7 * fontMetrics().height(), 20 * fontMetrics().height()});
    restoreGeometry(settings.value(key + QStringLiteral("geometry")).toByteArray());
    across_->restoreState(settings.value(key + QStringLiteral("across")).toByteArray());
    down_->restoreState(settings.value(key + QStringLiteral("down")).toByteArray());
}

void MainWindow::closeEvent(QCloseEvent* event) {
    QSettings settings;
    const QString key = QString::fromLatin1(kLayoutKey);
    settings.setValue(key + QStringLiteral("geometry"), saveGeometry());
    settings.setValue(key + QStringLiteral("across"), across_->saveState());
    settings.setValue(key + QStringLiteral("down"), down_->saveState());
    QMainWindow::closeEvent(event);
}

void MainWindow::selectionChanged() {
    machineActions_->setMachines(list_->selectedMachines());
    const std::string id = list_->currentMachine();
    const KnownMachine* const machine = store_.find(id);
    detailsHeader_->setTitle(machine ? fromUtf8(machine->summary.name) : tr("No machine selected"));
    pages_->setMachine(id);
    performance_->setMachine(id);
    events_->setMachine(id);
}

void MainWindow::displayServer() {
    const bool isServer = store_.connection().state() != ServiceConnection::State::Closed;
    centre_->setCurrentIndex(isServer ? 0 : 1);
    totals_->setVisible(isServer);
    search_->setEnabled(isServer);
}

void MainWindow::stopService() {
    askAndStopService(store_.connection(), serverName(store_), this,
                      [this](const QString& problem) { banner_->complain(problem); });
}

void MainWindow::removeServer() {
    windows_.closeAll();
    // A service on a socket that was named for this time is nobody's choice for the next.
    if (choiceOf(store_.connection().address().kind))
        setChosenServer(ChosenServer::None);
    store_.connection().close();
}

void MainWindow::connectTo(const service::client::ServiceAddress& address) {
    windows_.closeAll();
    if (const auto choice = choiceOf(address.kind))
        setChosenServer(*choice);
    store_.connection().open(address);
}

void MainWindow::showTab(const QString& name) {
    for (int at = 0; at < tabs_->count(); ++at)
        if (tabs_->widget(at)->objectName() == name)
            tabs_->setCurrentIndex(at);
}

void MainWindow::about() {
    auto* box = new QMessageBox(
        QMessageBox::Information, tr("About Vireo Manager"),
        tr("Vireo Manager %1\n\nHyper-V's architecture and ease, for Linux.\nLicensed under the "
           "GNU General Public License, version 3 or later.")
            .arg(store_.host() ? fromUtf8(store_.host()->version) : QString()),
        QMessageBox::Ok, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

}  // namespace gui
