// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_tree.h"

#include <QHeaderView>
#include <QSysInfo>

#include "gui/appearance/icons.h"
#include "gui/connection/text.h"

namespace gui {

QString serverName(const MachineStore& store) {
    const QString host =
        store.host() ? fromUtf8(store.host()->hostName) : QSysInfo::machineHostName();
    const bool own = store.connection().address().kind != service::client::ServiceKind::System;
    return own ? ConsoleTree::tr("%1 (session)").arg(host) : host;
}

ConsoleTree::ConsoleTree(MachineStore& store, QWidget* parent)
    : QTreeWidget(parent), store_(store) {
    setObjectName(QStringLiteral("consoleTree"));
    setAccessibleName(tr("Servers"));
    setHeaderHidden(true);
    setIndentation(14);
    setContextMenuPolicy(Qt::CustomContextMenu);
    setBackgroundRole(QPalette::Window);
    root_ = new QTreeWidgetItem(this, {tr("Vireo Manager")});
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    root_->setFont(0, bold);
    server_ = new QTreeWidgetItem(root_);
    server_->setIcon(0, icon(QStringLiteral("server"), IconTone::Text));
    expandAll();
    setCurrentItem(server_);
    connect(this, &QWidget::customContextMenuRequested, this, [this](const QPoint& place) {
        const QPoint there = viewport()->mapToGlobal(place);
        if (server_->isHidden() || itemAt(place) == root_)
            emit rootMenuWanted(there);
        else
            emit menuWanted(there);
    });
    connect(&store, &MachineStore::hostChanged, this, &ConsoleTree::display);
    connect(&store.connection(), &ServiceConnection::stateChanged, this, &ConsoleTree::display);
    display();
}

void ConsoleTree::display() {
    const bool isServer = store_.connection().state() != ServiceConnection::State::Closed;
    if (isServer == server_->isHidden()) {
        server_->setHidden(!isServer);
        setCurrentItem(isServer ? server_ : root_);
    }
    const bool connected = store_.connection().state() == ServiceConnection::State::Connected;
    const QString name = serverName(store_);
    server_->setText(0, connected                            ? name
                        : store_.connection().mayBeStarted() ? tr("%1 (stopped)").arg(name)
                                                             : tr("%1 (connecting...)").arg(name));
    server_->setToolTip(0, connected ? name : store_.connection().problem());
    server_->setForeground(
        0, palette().brush(connected ? QPalette::Normal : QPalette::Disabled, QPalette::Text));
}

}  // namespace gui
