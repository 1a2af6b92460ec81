// SPDX-License-Identifier: GPL-3.0-or-later
#include "network_adapter_page.h"

#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include "gui/connection/text.h"

namespace gui {

namespace {

constexpr int kLabelCharacters = 18;
constexpr int kAddressCharacters = 22;

void setText(QLineEdit& field, const std::string& text) {
    if (const QString wanted = fromUtf8(text); field.text() != wanted)
        field.setText(wanted);
}

}  // namespace

NetworkAdapterPage::NetworkAdapterPage(std::size_t index, bool legacy, QWidget* parent)
    : SettingsPage(legacy ? tr("Legacy Network Adapter") : tr("Network Adapter"),
                   QStringLiteral("network"),
                   legacy ? tr("An emulated adapter, for guests without a driver for the synthetic "
                               "one.")
                          : tr("How this adapter is connected."),
                   parent),
      index_(index) {
    auto* form = new Form(kLabelCharacters, this);
    name_ = new QLineEdit(form);
    name_->setObjectName(QStringLiteral("adapterName"));
    const Form::Row name = form->add(tr("&Name:"), name_, Form::Width::Wide);
    switch_ = new QComboBox(form);
    switch_->setObjectName(QStringLiteral("switch"));
    const Form::Row connected = form->add(tr("Virtual &switch:"), switch_, Form::Width::Wide);
    connected.under->say(FieldNote::Kind::Explanation,
                         tr("This version has no virtual switches yet: adapters are kept in the "
                            "settings and not given to the guest."));
    macAddress_ = new QLineEdit(form);
    macAddress_->setObjectName(QStringLiteral("macAddress"));
    macAddress_->setLayoutDirection(Qt::LeftToRight);
    macAddress_->setPlaceholderText(tr("made by the service"));
    macAddress_->setMinimumWidth(fontMetrics().averageCharWidth() * kAddressCharacters);
    const Form::Row address = form->add(tr("&MAC address:"), macAddress_);
    column()->addWidget(form);
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    auto* remove = new QPushButton(tr("Re&move"), this);
    remove->setObjectName(QStringLiteral("remove"));
    remove->setAutoDefault(false);
    row->addWidget(remove);
    column()->addLayout(row);
    connect(name_, &QLineEdit::textChanged, this, &NetworkAdapterPage::edited);
    connect(switch_, &QComboBox::currentIndexChanged, this, &NetworkAdapterPage::edited);
    connect(macAddress_, &QLineEdit::textChanged, this, &NetworkAdapterPage::edited);
    connect(remove, &QPushButton::clicked, this, &NetworkAdapterPage::removeWanted);
    const std::string field = "networkAdapters[" + std::to_string(index) + "]";
    refusals().bind(field, name.under, name_);
    refusals().bind(field + ".macAddress", address.under, macAddress_);
}

QString NetworkAdapterPage::summary() const {
    return switch_->currentText();
}

void NetworkAdapterPage::store(service::MachineSettings& settings) const {
    if (index_ >= settings.networkAdapters.size())
        return;
    service::NetworkAdapter& adapter = settings.networkAdapters[index_];
    adapter.name = name_->text().toStdString();
    adapter.switchName = switch_->currentData().toString().toStdString();
    adapter.macAddress = macAddress_->text().trimmed().toLower().toStdString();
}

bool NetworkAdapterPage::differs(const service::MachineSettings& before,
                                 const service::MachineSettings& after) const {
    const bool was = index_ < before.networkAdapters.size();
    const bool is = index_ < after.networkAdapters.size();
    return was != is || (was && before.networkAdapters[index_] != after.networkAdapters[index_]);
}

void NetworkAdapterPage::load(const service::MachineDetails& details, const service::HostReply*) {
    if (index_ >= details.settings.networkAdapters.size())
        return;
    const service::NetworkAdapter& adapter = details.settings.networkAdapters[index_];
    setText(*name_, adapter.name);
    switch_->clear();
    switch_->addItem(tr("Not connected"), QString());
    if (const QString name = fromUtf8(adapter.switchName); !name.isEmpty()) {
        switch_->addItem(name, name);
        switch_->setCurrentIndex(1);
    }
    setText(*macAddress_, adapter.macAddress);
    setFrozen(frozenReason(details.summary.state));
}

}  // namespace gui
