// SPDX-License-Identifier: GPL-3.0-or-later
#include "switch_choice.h"

#include <QSignalBlocker>
#include <algorithm>

#include "gui/connection/text.h"
#include "switch_words.h"

namespace gui {

SwitchChoice::SwitchChoice(const MachineStore& store, QWidget* parent)
    : QComboBox(parent), store_(store) {
    setObjectName(QStringLiteral("switch"));
    // Names can be long; the list shows them whole.
    setSizeAdjustPolicy(AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(20);
    fill({});
    connect(&store, &MachineStore::switchesChanged, this, [this] {
        fill(name());
        emit changed();
    });
    connect(this, &QComboBox::currentIndexChanged, this, &SwitchChoice::changed);
}

void SwitchChoice::fill(const std::string& name) {
    const QSignalBlocker quiet(this);
    clear();
    addItem(tr("Not connected"), QString());
    if (store_.switches())
        for (const service::VirtualSwitch& one : store_.switches()->switches)
            addItem(switchTitle(one.settings.name), fromUtf8(one.settings.name));
    int at = findData(fromUtf8(name));
    if (at < 0) {
        // Before the service has told them it may well be there.
        addItem(store_.switches() ? tr("%1 (gone)").arg(fromUtf8(name)) : fromUtf8(name),
                fromUtf8(name));
        at = count() - 1;
    }
    setCurrentIndex(at);
}

std::string SwitchChoice::name() const {
    return currentData().toString().toStdString();
}

void SwitchChoice::setName(const std::string& wanted) {
    if (wanted == name())
        return;
    fill(wanted);
    emit changed();
}

const service::VirtualSwitch* SwitchChoice::chosen() const {
    if (!store_.switches())
        return nullptr;
    const auto& all = store_.switches()->switches;
    const auto found = std::ranges::find(
        all, name(), [](const service::VirtualSwitch& one) { return one.settings.name; });
    return found == all.end() ? nullptr : &*found;
}

bool SwitchChoice::isBroken() const {
    const service::VirtualSwitch* const one = chosen();
    return !name().empty() && store_.switches() &&
           (!one || one->state == service::SwitchState::Failed);
}

QString SwitchChoice::explanation() const {
    const service::VirtualSwitch* const one = chosen();
    if (name().empty() || !store_.switches())
        return {};
    if (!one)
        return tr("There is no such switch any more; the machine runs without it.");
    if (one->state == service::SwitchState::Failed)
        return tr("The switch does not work: %1.").arg(fromUtf8(one->status));
    return reachText(one->settings);
}

}  // namespace gui
