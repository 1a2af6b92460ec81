// SPDX-License-Identifier: GPL-3.0-or-later
#include "automatic_start_page.h"

#include <QSpinBox>
#include <QVBoxLayout>

#include "gui/fields/choice_list.h"

namespace gui {

using service::AutomaticStartAction;

namespace {

constexpr int kLongestDelay = 86'400;

}  // namespace

AutomaticStartPage::AutomaticStartPage(QWidget* parent)
    : SettingsPage(tr("Automatic Start Action"), QStringLiteral("start"),
                   tr("What this machine does when the server starts."), parent),
      action_(new ChoiceList(this)) {
    action_->add(static_cast<int>(AutomaticStartAction::Nothing), QStringLiteral("startNothing"),
                 tr("&Nothing"));
    action_->add(static_cast<int>(AutomaticStartAction::IfWasRunning),
                 QStringLiteral("startIfWasRunning"),
                 tr("Start &if it was running when the service stopped"));
    action_->add(static_cast<int>(AutomaticStartAction::Always), QStringLiteral("startAlways"),
                 tr("&Always start this machine"));
    column()->addWidget(action_);
    auto* form = new Form(16, this);
    delay_ = new QSpinBox(form);
    delay_->setObjectName(QStringLiteral("delay"));
    delay_->setRange(0, kLongestDelay);
    delay_->setAccelerated(true);
    const Form::Row delay = form->add(tr("Startup &delay:"), delay_);
    delay.beside->say(FieldNote::Kind::Explanation,
                      tr("seconds, so that machines don't all start at once"));
    column()->addWidget(form);
    connect(action_, &ChoiceList::changed, this, &AutomaticStartPage::edited);
    connect(delay_, &QSpinBox::valueChanged, this, &AutomaticStartPage::edited);
    refusals().bind("automaticStart", delay.under, delay_);
}

QString AutomaticStartPage::summary() const {
    switch (static_cast<AutomaticStartAction>(action_->choice())) {
        case AutomaticStartAction::Nothing:
            return tr("None");
        case AutomaticStartAction::IfWasRunning:
            return tr("Restart if previously running");
        case AutomaticStartAction::Always:
            return tr("Always start");
    }
    return {};
}

void AutomaticStartPage::store(service::MachineSettings& settings) const {
    settings.automaticStart.action = static_cast<AutomaticStartAction>(action_->choice());
    settings.automaticStart.delaySeconds = static_cast<std::uint32_t>(delay_->value());
}

bool AutomaticStartPage::differs(const service::MachineSettings& before,
                                 const service::MachineSettings& after) const {
    return before.automaticStart != after.automaticStart;
}

void AutomaticStartPage::load(const service::MachineDetails& details, const service::HostReply*) {
    action_->setChoice(static_cast<int>(details.settings.automaticStart.action));
    setValue(*delay_, static_cast<int>(details.settings.automaticStart.delaySeconds));
}

void AutomaticStartPage::judge() {
    delay_->setEnabled(action_->choice() != static_cast<int>(AutomaticStartAction::Nothing));
}

}  // namespace gui
