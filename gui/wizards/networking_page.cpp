// SPDX-License-Identifier: GPL-3.0-or-later
#include "networking_page.h"

#include <QComboBox>
#include <QVBoxLayout>

namespace gui {

NetworkingPage::NetworkingPage(QWidget* parent)
    : NewMachinePage(tr("Configure Networking"), {}, parent) {
    explain(
        tr("Each new machine has a network adapter. It can be connected to a virtual switch, or "
           "remain without a connection."));
    auto* form = new Form(12, this);
    auto* connection = new QComboBox(form);
    connection->setObjectName(QStringLiteral("switch"));
    connection->addItem(tr("Not Connected"));
    const Form::Row row = form->add(tr("&Connection:"), connection, Form::Width::Wide);
    row.under->say(FieldNote::Kind::Explanation,
                   tr("This version has no virtual switches yet. The adapter is kept in the "
                      "settings."));
    column()->addWidget(form);
    refusals().bind("networkAdapters", row.under, connection);
}

void NetworkingPage::store(NewMachine& machine) const {
    machine.settings.networkAdapters = {service::NetworkAdapter{}};
}

}  // namespace gui
