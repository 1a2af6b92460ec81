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
    {HostActions::StopService, QT_TRANSLATE_NOOP("gui::HostActions", "&Stop Service"), "turn-off",
     ""},
    {HostActions::RemoveServer, QT_TRANSLATE_NOOP("gui::HostActions", "&Remove Server"), "delete",
     ""},
    {HostActions::Refresh, QT_TRANSLATE_NOOP("gui::HostActions", "Re&fresh"), "refresh", "F5"},
    {HostActions::Help, QT_TRANSLATE_NOOP("gui::HostActions", "Hel&p"), "help", "F1"},
};
static_assert(std::size(kDescriptions) == HostActions::kKinds);

bool isNotThereYet(HostActions::Kind kind) {
    return kind == HostActions::ServiceSettings || kind == HostActions::StopService ||
           kind == HostActions::RemoveServer;
}

}  // namespace

HostActions::HostActions(MachineStore& store, QWidget* window)
    : QObject(window), store_(store), newMenu_(new QMenu(tr("&New"), window)) {
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
    update();
}

void HostActions::fill(QMenu& menu) const {
    menu.setToolTipsVisible(true);
    menu.addAction(action(QuickCreate));
    menu.addMenu(newMenu_);
    menu.addAction(action(Import));
    menu.addSeparator();
    for (const Kind kind : {ServiceSettings, SwitchManager, EditDisk, InspectDisk, Performance})
        menu.addAction(action(kind));
    menu.addSeparator();
    for (const Kind kind : {StopService, RemoveServer, Refresh, Help})
        menu.addAction(action(kind));
}

void HostActions::update() {
    const bool connected = store_.connection().state() == ServiceConnection::State::Connected;
    for (int at = 0; at < kKinds; ++at) {
        const auto kind = static_cast<Kind>(at);
        QAction* const one = action(kind);
        const bool always = kind == Help || kind == Refresh;
        one->setEnabled(always || (connected && !isNotThereYet(kind)));
        one->setToolTip(one->isEnabled()      ? one->iconText()
                        : isNotThereYet(kind) ? tr("This version does not do this yet.")
                                              : tr("The service can't be reached."));
    }
    newMenu_->setEnabled(connected);
}

}  // namespace gui
