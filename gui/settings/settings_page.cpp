// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings_page.h"

#include <QListWidget>
#include <QSpinBox>
#include <algorithm>

#include "gui/connection/text.h"

namespace gui {

void SettingsPage::show(const service::MachineDetails& details, const service::HostReply* host) {
    display([&] { load(details, host); });
}

void fitAmongFields(QListWidget& list) {
    list.setStyleSheet(QStringLiteral("QListView { border: 1px solid palette(mid); }"));
    list.setIconSize({16, 16});
    int height = 2;
    for (int row = 0; row < list.count(); ++row)
        height += list.sizeHintForRow(row);
    list.setFixedHeight(std::max(height, list.fontMetrics().lineSpacing()) + 4);
    list.setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
}

QString frozenReason(service::MachineState state) {
    if (service::isLegal(service::MachineAction::ChangeHardware, state))
        return {};
    switch (state) {
        case service::MachineState::Running:
            return SettingsPage::tr("can't change while the machine is running");
        case service::MachineState::Paused:
            return SettingsPage::tr("can't change while the machine is paused");
        case service::MachineState::Saved:
            return SettingsPage::tr("can't change while the machine is saved");
        default:
            return SettingsPage::tr("can't change before the machine is off (%1)")
                .arg(stateText(state));
    }
}

QString frozenReason(service::MachineState state, service::ControllerKind controller) {
    if (controller == service::ControllerKind::Scsi &&
        service::isLegal(service::MachineAction::ChangeLive, state))
        return {};
    return frozenReason(state);
}

void setValue(QSpinBox& field, int value) {
    if (field.value() != value)
        field.setValue(value);
}

}  // namespace gui
