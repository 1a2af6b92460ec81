// SPDX-License-Identifier: GPL-3.0-or-later
#include "automatic_stop_page.h"

#include <QVBoxLayout>

#include "gui/fields/choice_list.h"

namespace gui {

using service::AutomaticStopAction;

AutomaticStopPage::AutomaticStopPage(QWidget* parent)
    : SettingsPage(tr("Automatic Stop Action"), QStringLiteral("turn-off"),
                   tr("What this machine does when the server shuts down."), parent),
      action_(new ChoiceList(this)) {
    action_->add(static_cast<int>(AutomaticStopAction::Save), QStringLiteral("stopSave"),
                 tr("&Save the machine's state"));
    action_->forbid(static_cast<int>(AutomaticStopAction::Save),
                    tr("Machines can't be saved by this version."));
    action_->add(static_cast<int>(AutomaticStopAction::TurnOff), QStringLiteral("stopTurnOff"),
                 tr("&Turn off the machine"), tr("As if its power were cut."));
    action_->add(static_cast<int>(AutomaticStopAction::ShutDown), QStringLiteral("stopShutDown"),
                 tr("Shut &down the guest operating system"),
                 tr("The guest must offer that; otherwise the machine is turned off."));
    column()->addWidget(action_);
    auto* note = new FieldNote(this);
    column()->addWidget(note);
    connect(action_, &ChoiceList::changed, this, &AutomaticStopPage::edited);
    refusals().bind("automaticStop", note, action_);
}

QString AutomaticStopPage::summary() const {
    switch (static_cast<AutomaticStopAction>(action_->choice())) {
        case AutomaticStopAction::Save:
            return tr("Save");
        case AutomaticStopAction::TurnOff:
            return tr("Turn off");
        case AutomaticStopAction::ShutDown:
            return tr("Shut down");
    }
    return {};
}

void AutomaticStopPage::store(service::MachineSettings& settings) const {
    settings.automaticStop = static_cast<AutomaticStopAction>(action_->choice());
}

bool AutomaticStopPage::differs(const service::MachineSettings& before,
                                const service::MachineSettings& after) const {
    return before.automaticStop != after.automaticStop;
}

void AutomaticStopPage::load(const service::MachineDetails& details, const service::HostReply*) {
    action_->setChoice(static_cast<int>(details.settings.automaticStop));
}

}  // namespace gui
