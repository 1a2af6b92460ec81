// SPDX-License-Identifier: GPL-3.0-or-later
#include "integration_page.h"

#include <QCheckBox>
#include <QVBoxLayout>
#include <algorithm>

namespace gui {

using service::IntegrationServices;

IntegrationPage::IntegrationPage(QWidget* parent)
    : SettingsPage(tr("Integration Services"), QStringLiteral("integration"),
                   tr("Services that the server offers to the guest. The guest must know them to "
                      "use them."),
                   parent) {
    add(&IntegrationServices::shutdown, QStringLiteral("shutdown"),
        tr("Operating system &shutdown"));
    add(&IntegrationServices::timeSynchronization, QStringLiteral("timeSynchronization"),
        tr("&Time synchronization"));
    add(&IntegrationServices::keyValueExchange, QStringLiteral("keyValueExchange"),
        tr("&Data Exchange"));
    add(&IntegrationServices::heartbeat, QStringLiteral("heartbeat"), tr("&Heartbeat"));
    add(&IntegrationServices::backup, QStringLiteral("backup"), tr("&Backup (volume checkpoint)"));
    add(&IntegrationServices::guestServices, QStringLiteral("guestServices"),
        tr("&Guest services"));
    auto* note = new FieldNote(this);
    column()->addWidget(note);
    refusals().bind("integrationServices", note, services_.front().box);
}

void IntegrationPage::add(bool IntegrationServices::*member, const QString& name,
                          const QString& text) {
    auto* box = new QCheckBox(text, this);
    box->setObjectName(name);
    column()->addWidget(box);
    services_.push_back({member, box});
    connect(box, &QCheckBox::toggled, this, &IntegrationPage::edited);
}

IntegrationServices IntegrationPage::entered() const {
    IntegrationServices services;
    for (const Service& one : services_)
        services.*one.member = one.box->isChecked();
    return services;
}

QString IntegrationPage::summary() const {
    const auto offered = static_cast<std::size_t>(
        std::ranges::count_if(services_, [](const Service& one) { return one.box->isChecked(); }));
    if (offered == services_.size())
        return tr("All services offered");
    return offered == 0 ? tr("None offered") : tr("Some services offered");
}

void IntegrationPage::store(service::MachineSettings& settings) const {
    settings.integrationServices = entered();
}

bool IntegrationPage::differs(const service::MachineSettings& before,
                              const service::MachineSettings& after) const {
    return before.integrationServices != after.integrationServices;
}

void IntegrationPage::load(const service::MachineDetails& details, const service::HostReply*) {
    for (const Service& one : services_)
        one.box->setChecked(details.settings.integrationServices.*one.member);
    setFrozen(frozenReason(details.summary.state));
}

}  // namespace gui
