// SPDX-License-Identifier: GPL-3.0-or-later
#include "actions_pane.h"

#include <QMenu>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>

#include "console_tree.h"
#include "gui/appearance/colours.h"
#include "gui/appearance/icons.h"
#include "gui/appearance/pane_header.h"
#include "gui/connection/text.h"

namespace gui {

ActionsPane::ActionsPane(MachineStore& store, HostActions& host, MachineActions& machine,
                         QWidget* parent)
    : QScrollArea(parent), store_(store), host_(host), machine_(machine) {
    setObjectName(QStringLiteral("actions"));
    setFrameShape(NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* content = new QWidget(this);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 8);
    column->setSpacing(0);
    server_ = new PaneHeader({}, content);
    column->addWidget(server_);
    for (int kind = 0; kind < HostActions::kKinds; ++kind) {
        if (kind == HostActions::NewMachine) {
            auto* button = static_cast<QToolButton*>(entry(host.newMenu()->menuAction()));
            button->setPopupMode(QToolButton::InstantPopup);
            hostEntries_[static_cast<std::size_t>(kind)] = button;
        } else if (kind != HostActions::NewDisk) {
            hostEntries_[static_cast<std::size_t>(kind)] =
                entry(host.action(static_cast<HostActions::Kind>(kind)));
        }
        if (QWidget* const made = hostEntries_[static_cast<std::size_t>(kind)])
            column->addWidget(made);
    }
    subject_ = new PaneHeader({}, content);
    column->addSpacing(6);
    column->addWidget(subject_);
    for (int kind = 0; kind < MachineActions::kKinds; ++kind) {
        QWidget* const one = entry(machine.action(static_cast<MachineActions::Kind>(kind)));
        entries_[static_cast<std::size_t>(kind)] = one;
        column->addWidget(one);
    }
    column->addStretch(1);
    setWidget(content);
    connect(&machine, &MachineActions::changed, this, &ActionsPane::display);
    connect(&host, &HostActions::changed, this, &ActionsPane::display);
    connect(&store, &MachineStore::hostChanged, this, &ActionsPane::display);
    display();
}

QWidget* ActionsPane::entry(QAction* action) {
    auto* button = new QToolButton(this);
    button->setDefaultAction(action);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    button->setIconSize(QSize(16, 16));
    button->setFocusPolicy(Qt::TabFocus);
    button->setProperty("paneEntry", true);
    return button;
}

void ActionsPane::display() {
    const bool isServer = store_.connection().state() != ServiceConnection::State::Closed;
    server_->setTitle(isServer ? serverName(store_) : tr("Vireo Manager"));
    for (int kind = 0; kind < HostActions::kKinds; ++kind)
        if (QWidget* const one = hostEntries_[static_cast<std::size_t>(kind)])
            one->setVisible(!host_.isAbsent(static_cast<HostActions::Kind>(kind)));
    const auto& ids = machine_.machines();
    const KnownMachine* const machine = ids.size() == 1 ? store_.find(ids.front()) : nullptr;
    subject_->setTitle(machine ? fromUtf8(machine->summary.name)
                               : tr("%1 selected machines").arg(ids.size()));
    subject_->setVisible(!ids.empty());
    for (int kind = 0; kind < MachineActions::kKinds; ++kind)
        entries_[static_cast<std::size_t>(kind)]->setVisible(
            !machine_.isAbsent(static_cast<MachineActions::Kind>(kind)));
}

}  // namespace gui
