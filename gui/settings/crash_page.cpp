// SPDX-License-Identifier: GPL-3.0-or-later
#include "crash_page.h"

#include <QSpinBox>
#include <QVBoxLayout>

#include "gui/fields/choice_list.h"

namespace gui {

using service::CrashAction;

CrashPage::CrashPage(QWidget* parent)
    : SettingsPage(tr("Crash Action"), QStringLiteral("turn-off"),
                   tr("What the service does when the process that runs this machine has died."),
                   parent),
      action_(new ChoiceList(this)) {
    action_->add(static_cast<int>(CrashAction::StayCritical), QStringLiteral("stayCritical"),
                 tr("&Leave the machine off"), tr("It shows Off-Critical, and why."));
    action_->add(static_cast<int>(CrashAction::Restart), QStringLiteral("restart"),
                 tr("&Start the machine again"));
    auto* form = new Form(20, action_);
    restarts_ = new QSpinBox(form);
    restarts_->setObjectName(QStringLiteral("maximumRestarts"));
    restarts_->setRange(1, 1'000);
    form->add(tr("At &most:"), restarts_).beside->say(FieldNote::Kind::Explanation, tr("times"));
    period_ = new QSpinBox(form);
    period_->setObjectName(QStringLiteral("period"));
    period_->setRange(1, 86'400);
    period_->setAccelerated(true);
    const Form::Row period = form->add(tr("&Within:"), period_);
    period.beside->say(FieldNote::Kind::Explanation, tr("seconds; after that it is left off"));
    action_->addFields(form);
    column()->addWidget(action_);
    for (QSpinBox* const field : {restarts_, period_}) {
        field->setFixedWidth(period_->sizeHint().width());
        connect(field, &QSpinBox::valueChanged, this, &CrashPage::edited);
    }
    connect(action_, &ChoiceList::changed, this, &CrashPage::edited);
    refusals().bind("crash", period.under, restarts_);
}

QString CrashPage::summary() const {
    return action_->choice() == static_cast<int>(CrashAction::Restart) ? tr("Start again")
                                                                       : tr("Leave off");
}

void CrashPage::store(service::MachineSettings& settings) const {
    settings.crash.action = static_cast<CrashAction>(action_->choice());
    settings.crash.maximumRestarts = static_cast<std::uint32_t>(restarts_->value());
    settings.crash.periodSeconds = static_cast<std::uint32_t>(period_->value());
}

bool CrashPage::differs(const service::MachineSettings& before,
                        const service::MachineSettings& after) const {
    return before.crash != after.crash;
}

void CrashPage::load(const service::MachineDetails& details, const service::HostReply*) {
    const service::CrashPolicy& crash = details.settings.crash;
    action_->setChoice(static_cast<int>(crash.action));
    setValue(*restarts_, static_cast<int>(crash.maximumRestarts));
    setValue(*period_, static_cast<int>(crash.periodSeconds));
}

}  // namespace gui
