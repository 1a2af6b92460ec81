// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_window.h"

#include <QClipboard>
#include <QEvent>
#include <QGuiApplication>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabBar>
#include <QTabWidget>
#include <QToolBar>
#include <QVBoxLayout>
#include <algorithm>

#include "console_actions.h"
#include "gui/appearance/banner.h"
#include "gui/appearance/icons.h"
#include "gui/connection/text.h"
#include "gui/preferences/console_keys.h"
#include "machine_off_page.h"
#include "screen_session.h"
#include "screen_view.h"
#include "serial_session.h"
#include "terminal_view.h"

namespace gui {

using namespace service;  // NOLINT: the interface that this shows

ConsoleWindow::ConsoleWindow(MachineStore& store, std::string id, QWidget* parent)
    : QMainWindow(parent),
      store_(store),
      id_(std::move(id)),
      actions_(new ConsoleActions(store, id_, this)) {
    setObjectName(QStringLiteral("consoleWindow"));
    setContextMenuPolicy(Qt::NoContextMenu);
    makeActions();
    makeMenus();
    makeToolBar();
    makeCentre();
    makeStatusBar();
    resize(900, 640);

    consolesTimer_.setSingleShot(true);
    consolesTimer_.setInterval(50);
    connect(&consolesTimer_, &QTimer::timeout, this, &ConsoleWindow::askConsoles);
    const auto ofThis = [this](const std::string& machine) {
        if (machine != id_)
            return;
        update();
        consolesTimer_.start();
    };
    connect(&store, &MachineStore::added, this, ofThis);
    connect(&store, &MachineStore::changed, this, ofThis);
    connect(&store, &MachineStore::removed, this, ofThis);
    connect(&store, &MachineStore::replaced, this, [this] {
        update();
        consolesTimer_.start();
    });
    connect(&store, &MachineStore::hostChanged, this, &ConsoleWindow::update);
    connect(&store.connection(), &ServiceConnection::stateChanged, this, [this] {
        if (store_.connection().state() == ServiceConnection::State::Lost)
            complain(Problem::Service, store_.connection().problem(), tr("Try Again"));
        else if (store_.connection().state() == ServiceConnection::State::Connected)
            settle(Problem::Service);
    });
    connect(actions_, &ConsoleActions::begun, this, [this] { settle(Problem::Action); });
    connect(actions_, &ConsoleActions::failed, this,
            [this](const QString& problem) { complain(Problem::Action, problem, tr("Close")); });
    update();
    askConsoles();
}

ConsoleWindow::~ConsoleWindow() = default;

// --- parts

void ConsoleWindow::makeActions() {
    const auto make = [this](const char* name, const QString& text, const QList<QKeySequence>& keys,
                             auto method) {
        auto* const action = new QAction(text, this);
        action->setObjectName(QLatin1String(name));
        action->setShortcuts(keys);
        connect(action, &QAction::triggered, this, method);
        // Menus are hidden in full screen mode, and their keys with them.
        addAction(action);
        return action;
    };
    const auto onView = [this](auto method) {
        return [this, method] {
            if (TerminalView* const view = currentView())
                method(*view);
        };
    };
    const auto keys = [](auto... sequences) {
        return QList<QKeySequence>{QKeySequence(sequences)...};
    };
    settings_ = make("settings", tr("&Settings..."), {}, [this] { emit settingsWanted(id_); });
    settings_->setIcon(icon(QStringLiteral("settings")));
    exit_ = make("exit", tr("E&xit"), {}, [this] { close(); });
    typeText_ =
        make("typeClipboardText", tr("&Type Clipboard Text"), {}, [this] { typeClipboardText(); });
    capture_ = make("captureScreen", tr("Capture &Screen"), {}, [this] { captureScreen(); });
    copy_ = make("copy", tr("&Copy"), keys(Qt::CTRL | Qt::SHIFT | Qt::Key_C),
                 onView([](TerminalView& view) { view.copy(); }));
    paste_ = make("paste", tr("&Paste"), keys(Qt::CTRL | Qt::SHIFT | Qt::Key_V),
                  onView([](TerminalView& view) { view.paste(); }));
    zoomIn_ =
        make("zoomIn", tr("Zoom &In"), keys(Qt::CTRL | Qt::Key_Plus, Qt::CTRL | Qt::Key_Equal),
             onView([](TerminalView& view) { view.zoom(1); }));
    zoomOut_ = make("zoomOut", tr("Zoom &Out"), keys(Qt::CTRL | Qt::Key_Minus),
                    onView([](TerminalView& view) { view.zoom(-1); }));
    zoomReset_ = make("zoomReset", tr("&Reset Zoom"), keys(Qt::CTRL | Qt::Key_0),
                      onView([](TerminalView& view) { view.resetZoom(); }));
    fullScreen_ = make("fullScreen", tr("&Full Screen Mode"),
                       keys(QKeyCombination(Qt::Key_F11), Qt::CTRL | Qt::ALT | Qt::Key_Cancel,
                            Qt::CTRL | Qt::ALT | Qt::Key_Pause),
                       [this] { setFullScreen(fullScreen_->isChecked()); });
    fullScreen_->setCheckable(true);
    scaled_ = make("scaleToWindow", tr("&Scale to Window"), {},
                   [this] { screen_->setScaled(scaled_->isChecked()); });
    scaled_->setCheckable(true);
    scaled_->setChecked(true);
}

void ConsoleWindow::makeMenus() {
    const auto menu = [this](const QString& title) {
        QMenu* const one = menuBar()->addMenu(title);
        one->setToolTipsVisible(true);
        return one;
    };
    const auto disabled = [](QMenu& in, const QString& text, const QString& reason) {
        QAction* const action = in.addAction(text);
        action->setEnabled(false);
        action->setToolTip(reason);
    };
    QMenu* const file = menu(tr("&File"));
    file->addAction(settings_);
    file->addSeparator();
    file->addAction(exit_);

    using Kind = ConsoleActions::Kind;
    QMenu* const machine = menu(tr("&Action"));
    const auto add = [this, machine](std::initializer_list<Kind> kinds) {
        if (!machine->isEmpty())
            machine->addSeparator();
        for (const Kind kind : kinds)
            machine->addAction(actions_->action(kind));
    };
    add({Kind::ControlAltDelete});
    add({Kind::Start, Kind::TurnOff, Kind::ShutDown, Kind::Save});
    add({Kind::Pause, Kind::Resume, Kind::Reset});
    add({Kind::Checkpoint, Kind::Revert});

    QMenu* const media = menu(tr("&Media"));
    const QString noMedia =
        tr("This version can't change media while the machine is connected to; use Settings.");
    disabled(*media, tr("&DVD Drive"), noMedia);
    disabled(*media, tr("Dis&kette Drive"), noMedia);

    QMenu* const clipboard = menu(tr("&Clipboard"));
    clipboard->addAction(typeText_);
    clipboard->addAction(capture_);
    clipboard->addSeparator();
    clipboard->addAction(copy_);
    clipboard->addAction(paste_);

    QMenu* const view = menu(tr("&View"));
    view->setObjectName(QStringLiteral("viewMenu"));
    view->addAction(fullScreen_);
    view->addAction(scaled_);
    view->addSeparator();
    view->addAction(zoomIn_);
    view->addAction(zoomOut_);
    view->addAction(zoomReset_);

    menu(tr("&Help"))->addAction(tr("&Keys in the Terminal"), this, &ConsoleWindow::showKeys);
}

void ConsoleWindow::makeToolBar() {
    using Kind = ConsoleActions::Kind;
    toolBar_ = addToolBar(tr("Toolbar"));
    toolBar_->setObjectName(QStringLiteral("toolBar"));
    toolBar_->setMovable(false);
    toolBar_->setIconSize(QSize(16, 16));
    const auto add = [this](std::initializer_list<Kind> kinds) {
        for (const Kind kind : kinds)
            toolBar_->addAction(actions_->action(kind));
        toolBar_->addSeparator();
    };
    add({Kind::Start, Kind::TurnOff, Kind::ShutDown, Kind::Save});
    add({Kind::Pause, Kind::Resume, Kind::Reset});
    add({Kind::Checkpoint, Kind::Revert});
    toolBar_->addAction(settings_);
    auto* const view = menuBar()->findChild<QMenu*>(QStringLiteral("viewMenu"));
    view->addSeparator();
    QAction* const shown = toolBar_->toggleViewAction();
    shown->setText(tr("&Toolbar"));
    view->addAction(shown);
}

void ConsoleWindow::makeCentre() {
    auto* const centre = new QWidget(this);
    auto* const column = new QVBoxLayout(centre);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    banner_ = new Banner(centre);
    banner_->setObjectName(QStringLiteral("banner"));
    connect(banner_, &Banner::pressed, this, &ConsoleWindow::answerBanner);
    pages_ = new QStackedWidget(centre);
    column->addWidget(banner_);
    column->addWidget(pages_, 1);

    offPage_ = new MachineOffPage(actions_->action(ConsoleActions::Start), pages_);
    tabs_ = new QTabWidget(pages_);
    tabs_->setObjectName(QStringLiteral("tabs"));
    tabs_->setAccessibleName(tr("Screen and serial ports"));
    tabs_->setDocumentMode(true);
    // The tool bar's line is above it already.
    tabs_->tabBar()->setDrawBase(false);
    makeScreen();
    connect(tabs_, &QTabWidget::currentChanged, this, [this] {
        updateConsoleActions();
        updatePortStatus();
        focusCurrent();
        fitScreen();
    });
    pages_->addWidget(offPage_);
    pages_->addWidget(tabs_);
    setCentralWidget(centre);
}

void ConsoleWindow::makeScreen() {
    screen_ = new ScreenView(tabs_);
    screen_->setObjectName(QStringLiteral("screen"));
    screen_->setAccessibleName(tr("Screen of the virtual machine"));
    tabs_->addTab(screen_, icon(QStringLiteral("screen")), tr("&Screen"));
    screenSession_ = new ScreenSession(store_, id_, this);
    connect(screenSession_, &ScreenSession::shown, screen_,
            [this](const QImage& piece, const QPoint& at, const QSize& size) {
                screen_->show(piece, at, size);
                capture_->setEnabled(true);
            });
    connect(screen_, &ScreenView::sized, this, [this] {
        isToFit_ = true;
        fitScreen();
    });
    connect(screenSession_, &ScreenSession::stateChanged, this, &ConsoleWindow::screenChanged);
    connect(screen_, &ScreenView::stroke, screenSession_,
            [this](const ScreenStroke& stroke) { screenSession_->send({stroke}); });
    connect(screen_, &ScreenView::pointer, screenSession_,
            [this](const ScreenPointer& pointer) { screenSession_->send(pointer); });
    connect(actions_, &ConsoleActions::controlAltDeleteWanted, screenSession_,
            [this] { screenSession_->send(controlAltDelete()); });
}

void ConsoleWindow::makeStatusBar() {
    status_ = new QLabel(this);
    status_->setObjectName(QStringLiteral("status"));
    portStatus_ = new QLabel(this);
    portStatus_->setObjectName(QStringLiteral("portStatus"));
    for (QLabel* const label : {status_, portStatus_})
        label->setTextFormat(Qt::PlainText);
    statusBar()->addWidget(status_, 1);
    statusBar()->addPermanentWidget(portStatus_);
}

// --- serial ports

void ConsoleWindow::askConsoles() {
    if (store_.connection().state() != ServiceConnection::State::Connected ||
        store_.find(id_) == nullptr)
        return;
    store_.connection().call<MachineGetMethod>({id_}, this, [this](RpcResult<MachineReply> reply) {
        if (reply)
            takeConsoles(reply->machine.consoles);
        else
            complain(Problem::Action, errorLine(reply.error()), tr("Close"));
    });
}

void ConsoleWindow::takeConsoles(const std::vector<ConsoleInfo>& consoles) {
    std::vector<std::uint32_t> gone;
    for (const auto& [port, parts] : ports_)
        if (std::ranges::find(consoles, port, &ConsoleInfo::port) == consoles.end())
            gone.push_back(port);
    for (const std::uint32_t port : gone)
        removePort(port);
    for (const ConsoleInfo& console : consoles)
        if (!ports_.contains(console.port))
            addPort(console.port);
    update();
}

void ConsoleWindow::addPort(std::uint32_t port) {
    auto* const view = new TerminalView(tabs_);
    view->setObjectName(QStringLiteral("terminal%1").arg(port));
    view->setAccessibleName(tr("Terminal at COM%1").arg(port));
    auto* const session = new SerialSession(store_, id_, port, this);
    const auto [place, isNew] = ports_.emplace(port, Port{view, session});
    // Behind the screen, in the order of their numbers.
    const int index = 1 + static_cast<int>(std::distance(ports_.begin(), place));
    tabs_->insertTab(index, view, icon(QStringLiteral("com-port")), tr("COM&%1").arg(port));
    if (ports_.size() == 1)
        tabs_->setCurrentIndex(index);
    connect(session, &SerialSession::begun, view, &TerminalView::clear);
    connect(session, &SerialSession::received, view, [view, session](const QByteArray& bytes) {
        view->screen().setAnswering(!session->isReplaying());
        view->feed(bytes);
    });
    connect(session, &SerialSession::stateChanged, this, [this] { sessionChanged(); });
    connect(session, &SerialSession::overflowed, this, [this, port] {
        complain(
            Problem::Port,
            tr("The guest takes nothing from COM%1, and some of what was typed is lost.").arg(port),
            tr("Close"));
    });
    connect(view, &TerminalView::output, session, &SerialSession::send);
    connect(view, &TerminalView::selectionChanged, this, &ConsoleWindow::updateConsoleActions);
    connect(view, &TerminalView::titleChanged, this, [this, view](const QString& title) {
        // Not as markup, whatever the guest writes.
        tabs_->setTabToolTip(tabs_->indexOf(view), title.toHtmlEscaped());
    });
    sessionChanged();
}

void ConsoleWindow::removePort(std::uint32_t port) {
    const auto found = ports_.find(port);
    tabs_->removeTab(tabs_->indexOf(found->second.view));
    delete found->second.session;
    delete found->second.view;
    ports_.erase(found);
}

void ConsoleWindow::screenChanged() {
    if (screenSession_->state() != ScreenSession::State::Connected)
        screen_->clear(screenSession_->state() == ScreenSession::State::Refused
                           ? screenSession_->problem()
                           : tr("Connecting to the screen"));
    sessionChanged();
}

void ConsoleWindow::sessionChanged() {
    QString problem;
    if (screenSession_->state() == ScreenSession::State::Refused)
        problem = screenSession_->problem();
    for (const auto& [port, parts] : ports_)
        if (parts.session->state() == SerialSession::State::Refused)
            problem = parts.session->problem();
    if (problem.isEmpty())
        settle(Problem::Port);
    else
        complain(Problem::Port, problem, tr("Try Again"));
    updateConsoleActions();
    updatePortStatus();
}

void ConsoleWindow::typeClipboardText() {
    if (TerminalView* const view = currentView())
        view->typeClipboard();
    else if (showsScreen())
        screenSession_->send(strokesOfText(QGuiApplication::clipboard()->text()));
}

void ConsoleWindow::captureScreen() {
    if (!screen_->picture().isNull())
        QGuiApplication::clipboard()->setImage(screen_->picture());
}

TerminalView* ConsoleWindow::terminal(std::uint32_t port) const {
    const auto found = ports_.find(port);
    return found == ports_.end() ? nullptr : found->second.view;
}

TerminalView* ConsoleWindow::currentView() const {
    return pages_->currentWidget() == tabs_ ? qobject_cast<TerminalView*>(tabs_->currentWidget())
                                            : nullptr;
}

bool ConsoleWindow::showsScreen() const {
    return pages_->currentWidget() == tabs_ && tabs_->currentWidget() == screen_;
}

void ConsoleWindow::fitScreen() {
    if (!isToFit_ || !showsScreen())
        return;
    isToFit_ = false;
    if (isMaximized() || isFullScreen())
        return;
    const QSize room = QMainWindow::screen()->availableSize() - (frameSize() - size());
    resize((size() + screen_->sizeHint() - screen_->parentWidget()->size()).boundedTo(room));
}

void ConsoleWindow::showScreen() {
    tabs_->setCurrentWidget(screen_);
}

void ConsoleWindow::focusCurrent() {
    if (QWidget* const console = tabs_->currentWidget())
        console->setFocus();
}

SerialSession* ConsoleWindow::currentSession() const {
    const TerminalView* const view = currentView();
    for (const auto& [port, parts] : ports_)
        if (parts.view == view)
            return parts.session;
    return nullptr;
}

// --- what is shown

QString ConsoleWindow::name() const {
    const KnownMachine* const machine = store_.find(id_);
    return machine == nullptr ? name_ : fromUtf8(machine->summary.name);
}

void ConsoleWindow::update() {
    name_ = name();
    const QString host = store_.host() ? fromUtf8(store_.host()->hostName) : tr("localhost");
    setWindowTitle(tr("%1 on %2 - Virtual Machine Connection").arg(name_, host));
    const KnownMachine* const machine = store_.find(id_);
    settings_->setEnabled(machine != nullptr);
    if (machine == nullptr) {
        status_->clear();
        if (store_.isComplete())
            offPage_->say(tr("The virtual machine %1 does not exist any more").arg(name_), {});
        else
            offPage_->say(tr("Waiting for the service"), {});
        pages_->setCurrentWidget(offPage_);
        return updateConsoleActions();
    }
    const MachineSummary& summary = machine->summary;
    status_->setText(tr("Status: %1").arg(stateText(summary.state)));
    if (isActive(summary.state)) {
        showConsoles();
    } else {
        const QString reason = fromUtf8(summary.status);
        const QString how = tr("To start it, choose Start in the Action menu, or press Start.");
        offPage_->say(summary.state == MachineState::Saved
                          ? tr("The virtual machine %1 is saved").arg(name_)
                          : tr("The virtual machine %1 is turned off").arg(name_),
                      summary.state == MachineState::Critical && !reason.isEmpty()
                          ? reason + QLatin1Char('\n') + how
                          : how);
        const bool hadFocus = pages_->isAncestorOf(focusWidget());
        pages_->setCurrentWidget(offPage_);
        if (hadFocus)
            offPage_->setFocus();
    }
    updateConsoleActions();
    updatePortStatus();
}

void ConsoleWindow::showConsoles() {
    if (pages_->currentWidget() == tabs_)
        return;
    // Whoever has pressed Start wants to see and type.
    const bool hadFocus = focusWidget() == nullptr || pages_->isAncestorOf(focusWidget());
    pages_->setCurrentWidget(tabs_);
    if (hadFocus)
        focusCurrent();
}

void ConsoleWindow::updateConsoleActions() {
    const TerminalView* const view = currentView();
    const SerialSession* const session = currentSession();
    const bool pastes = session != nullptr && session->state() == SerialSession::State::Connected;
    const bool types =
        pastes || (showsScreen() && screenSession_->state() == ScreenSession::State::Connected);
    for (QAction* const action : {zoomIn_, zoomOut_, zoomReset_})
        action->setEnabled(view != nullptr);
    copy_->setEnabled(view != nullptr && view->hasSelection());
    paste_->setEnabled(pastes);
    paste_->setToolTip(pastes ? paste_->iconText() : tr("No serial port is connected."));
    typeText_->setEnabled(types);
    typeText_->setToolTip(types ? typeText_->iconText()
                                : tr("Neither screen nor serial port is connected."));
    capture_->setEnabled(!screen_->picture().isNull());
    capture_->setToolTip(capture_->isEnabled() ? capture_->iconText()
                                               : tr("There is no picture of the screen."));
}

void ConsoleWindow::updatePortStatus() {
    // The session's states have the same names.
    const auto text = [](auto state) {
        using State = decltype(state);
        switch (state) {
            case State::Off:
                return tr("%1: off");
            case State::Connecting:
                return tr("%1: connecting");
            case State::Connected:
                return tr("%1: connected");
            case State::Refused:
                return tr("%1: not connected");
        }
        return QString();
    };
    if (const SerialSession* const session = currentSession())
        portStatus_->setText(
            text(session->state()).arg(QStringLiteral("COM%1").arg(session->port())));
    else if (showsScreen())
        portStatus_->setText(text(screenSession_->state()).arg(tr("Screen")));
    else
        portStatus_->clear();
}

void ConsoleWindow::complain(Problem problem, const QString& text, const QString& button) {
    problem_ = problem;
    banner_->say(problem == Problem::Action ? Banner::Kind::Error : Banner::Kind::Warning, text,
                 button);
}

void ConsoleWindow::settle(Problem problem) {
    if (problem_ != problem)
        return;
    problem_ = Problem::None;
    banner_->clear();
}

void ConsoleWindow::answerBanner() {
    const Problem problem = problem_;
    settle(problem);
    if (problem == Problem::Service)
        store_.connection().retry();
    if (problem != Problem::Port)
        return;
    screenSession_->retry();
    for (const auto& [port, parts] : ports_)
        parts.session->retry();
}

void ConsoleWindow::setFullScreen(bool full) {
    if (full && !isFullScreen())
        toolBarShown_ = toolBar_->isVisibleTo(this);
    setWindowState(full ? windowState() | Qt::WindowFullScreen
                        : windowState() & ~Qt::WindowFullScreen);
}

void ConsoleWindow::changeEvent(QEvent* event) {
    QMainWindow::changeEvent(event);
    if (event->type() != QEvent::WindowStateChange || fullScreen_ == nullptr)
        return;
    // The window manager can do it too.
    const bool full = isFullScreen();
    if (full == menuBar()->isHidden())
        return;
    fullScreen_->setChecked(full);
    menuBar()->setVisible(!full);
    toolBar_->setVisible(!full && toolBarShown_);
    statusBar()->setVisible(!full);
}

void ConsoleWindow::showKeys() {
    auto* const box = new QMessageBox(QMessageBox::NoIcon, tr("Keys in the Terminal"),
                                      tr("All keys go to the virtual machine, but for these:\n\n"
                                         "%1: leave the terminal\n"
                                         "Ctrl+Shift+C, Ctrl+Shift+V: copy, paste\n"
                                         "Ctrl with +, - or 0: zoom\n"
                                         "Shift with Page Up, Page Down, Home or End: scroll\n"
                                         "F11 or Ctrl+Alt+Break: full screen mode\n\n"
                                         "Hold Shift to select text while a program of the guest "
                                         "uses the mouse.")
                                          .arg(nameOf(consoleKeys().release)),
                                      QMessageBox::Close, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setObjectName(QStringLiteral("keys"));
    box->setTextFormat(Qt::PlainText);
    box->open();
}

}  // namespace gui
