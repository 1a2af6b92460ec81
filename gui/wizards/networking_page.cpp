// SPDX-License-Identifier: GPL-3.0-or-later
#include "networking_page.h"

#include <QVBoxLayout>

#include "gui/fields/switch_choice.h"

namespace gui {

NetworkingPage::NetworkingPage(const MachineStore& store, QWidget* parent)
    : NewMachinePage(tr("Configure Networking"), {}, parent) {
    explain(
        tr("Each new machine has a network adapter. It can be connected to a virtual switch, or "
           "remain without a connection."));
    auto* form = new Form(12, this);
    switch_ = new SwitchChoice(store, form);
    const Form::Row row = form->add(tr("&Connection:"), switch_, Form::Width::Wide);
    column()->addWidget(form);
    connect(switch_, &SwitchChoice::changed, this, [this, note = row.under] {
        note->say(switch_->isBroken() ? FieldNote::Kind::Warning : FieldNote::Kind::Explanation,
                  switch_->explanation());
        edited();
    });
    refusals().bind("networkAdapters", row.under, switch_);
}

void NetworkingPage::store(NewMachine& machine) const {
    service::NetworkAdapter adapter;
    adapter.switchName = switch_->name();
    machine.settings.networkAdapters = {adapter};
}

}  // namespace gui
