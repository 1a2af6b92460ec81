// SPDX-License-Identifier: GPL-3.0-or-later
#include "host_actions.h"

#include <QMenu>

#include "gui/appearance/icons.h"

namespace gui {

namespace {

struct Description {
    HostActions::Kind kind;
    const char* text;
    const char* icon;
    const char* shortcut;
};

constexpr Description kDescriptions[]{
    {HostActions::QuickCreate, QT_TRANSLATE_NOOP("gui::HostActions", "&Quick Create..."),
     "quick-create", ""},
    {HostActions::NewMachine, QT_TRANSLATE_NOOP("gui::HostActions", "&Virtual Machine..."),
     "machine", "Ctrl+N"},
    {HostActions::NewDisk, QT_TRANSLATE_NOOP("gui::HostActions", "&Hard Disk..."), "hard-disk", ""},
    {HostActions::Import, QT_TRANSLATE_NOOP("gui::HostActions", "&Import Virtual Machine..."),
     "import", ""},
    {HostActions::ServiceSettings, QT_TRANSLATE_NOOP("gui::HostActions", "Vireo Se&ttings..."),
     "settings", ""},
    {HostActions::SwitchManager,
     QT_TRANSLATE_NOOP("gui::HostActions", "Virtual S&witch Manager..."), "network", ""},
    {HostActions::EditDisk, QT_TRANSLATE_NOOP("gui::HostActions", "&Edit Disk..."), "edit-disk",
     ""},
    {HostActions::InspectDisk, QT_TRANSLATE_NOOP("gui::HostActions", "I&nspect Disk..."), "search",
     ""},
    {HostActions::Performance, QT_TRANSLATE_NOOP("gui::HostActions", "&Performance Monitor"),
     "performance", "Ctrl+P"},
    {HostActions::ConnectServer, QT_TRANSLATE_NOOP("gui::HostActions", "&Connect to Server..."),
     "connect", ""},
    {HostActions::StartService, QT_TRANSLATE_NOOP("gui::HostActions", "St&art Service"), "start",
     ""},
    {HostActions::StopService, QT_TRANSLATE_NOOP("gui::HostActions", "&Stop Service..."),
     "turn-off", ""},
    {HostActions::RemoveServer, QT_TRANSLATE_NOOP("gui::HostActions", "&Remove Server"), "delete",
     ""},
    {HostActions::Refresh, QT_TRANSLATE_NOOP("gui::HostActions", "Re&fresh"), "refresh", "F5"},
    {HostActions::Help, QT_TRANSLATE_NOOP("gui::HostActions", "Hel&p"), "help", "F1"},
};
static_assert(std::size(kDescriptions) == HostActions::kKinds);

}  // namespace

HostActions::HostActions(MachineStore& store, ServiceStarter& starter, QWidget* window)
    : QObject(window), store_(store), starter_(starter), newMenu_(new QMenu(tr("&New"), window)) {
    for (const Description& one : kDescriptions) {
        auto* action = new QAction(icon(QString::fromLatin1(one.icon)), tr(one.text), this);
        action->setIconText(action->text().remove(QLatin1Char('&')));
        action->setObjectName(QStringLiteral("host-") + QString::fromLatin1(one.icon));
        if (*one.shortcut)
            action->setShortcut(QKeySequence(QString::fromLatin1(one.shortcut)));
        actions_[static_cast<std::size_t>(one.kind)] = action;
    }
    newMenu_->setIcon(icon(QStringLiteral("add")));
    newMenu_->addAction(action(NewMachine));
    newMenu_->addAction(action(NewDisk));
    connect(&store.connection(), &ServiceConnection::stateChanged, this, &HostActions::update);
    connect(&starter, &ServiceStarter::changed, this, &HostActions::update);
    update();
}

bool HostActions::isAbsent(Kind kind) const {
    const ServiceConnection::State state = store_.connection().state();
    const bool isStarter = starter_.isStarting() || starter_.canStart();
    switch (kind) {
        case ConnectServer:
            return state != ServiceConnection::State::Closed;
        case ServiceSettings:
        case Help:
            return false;
        case StartService:
            return !isStarter;
        case StopService:
            return isStarter || state == ServiceConnection::State::Closed;
        default:
            return state == ServiceConnection::State::Closed;
    }
}

void HostActions::fill(QMenu& menu) const {
    menu.setToolTipsVisible(true);
    const auto add = [this, &menu](std::initializer_list<Kind> kinds) {
        for (const Kind kind : kinds)
            if (!isAbsent(kind))
                menu.addAction(action(kind));
    };
    add({QuickCreate});
    if (!isAbsent(NewMachine))
        menu.addMenu(newMenu_);
    add({Import});
    menu.addSeparator();
    add({ServiceSettings, SwitchManager, EditDisk, InspectDisk, Performance});
    menu.addSeparator();
    // Also while there is one: another can be connected to in its place.
    menu.addAction(action(ConnectServer));
    add({StartService, StopService, RemoveServer, Refresh, Help});
}

QString HostActions::reasonAgainst(Kind kind) const {
    const ServiceConnection::State state = store_.connection().state();
    switch (kind) {
        case Help:
        case Refresh:
        case ServiceSettings:
        case ConnectServer:
        case RemoveServer:
            return {};
        case StartService:
            return starter_.isStarting() ? tr("The service is being started.") : QString();
        default:
            return state == ServiceConnection::State::Connected
                       ? QString()
                       : tr("The service can't be reached.");
    }
}

void HostActions::update() {
    for (int at = 0; at < kKinds; ++at) {
        const auto kind = static_cast<Kind>(at);
        const QString reason = reasonAgainst(kind);
        action(kind)->setEnabled(reason.isEmpty());
        action(kind)->setToolTip(reason.isEmpty() ? action(kind)->iconText() : reason);
    }
    newMenu_->setEnabled(store_.connection().state() == ServiceConnection::State::Connected);
    emit changed();
}

}  // namespace gui
