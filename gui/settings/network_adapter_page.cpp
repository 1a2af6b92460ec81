// SPDX-License-Identifier: GPL-3.0-or-later
#include "network_adapter_page.h"

#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include "gui/connection/text.h"
#include "gui/fields/path_field.h"
#include "gui/fields/switch_choice.h"

namespace gui {

namespace {

constexpr int kLabelCharacters = 18;
constexpr int kAddressCharacters = 22;

void setText(QLineEdit& field, const std::string& text) {
    if (const QString wanted = fromUtf8(text); field.text() != wanted)
        field.setText(wanted);
}

}  // namespace

NetworkAdapterPage::NetworkAdapterPage(std::size_t index, bool legacy, const MachineStore& store,
                                       QWidget* parent)
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
    switch_ = new SwitchChoice(store, form);
    const Form::Row connected = form->add(tr("Virtual &switch:"), switch_, Form::Width::Wide);
    switchNote_ = connected.under;
    macAddress_ = new QLineEdit(form);
    macAddress_->setObjectName(QStringLiteral("macAddress"));
    macAddress_->setLayoutDirection(Qt::LeftToRight);
    macAddress_->setPlaceholderText(tr("made by the service"));
    macAddress_->setMinimumWidth(fontMetrics().averageCharWidth() * kAddressCharacters);
    const Form::Row address = form->add(tr("MA&C address:"), macAddress_);
    addressNote_ = address.beside;
    forwards_ = new QLineEdit(form);
    forwards_->setObjectName(QStringLiteral("forwards"));
    forwards_->setLayoutDirection(Qt::LeftToRight);
    forwards_->setPlaceholderText(QStringLiteral("tcp:2222:22"));
    const Form::Row forwarded = form->add(tr("&Forwarded ports:"), forwards_, Form::Width::Wide);
    forwarded.under->say(FieldNote::Kind::Explanation,
                         tr("At the Default Switch: a port of this host and one of the guest, "
                            "with spaces between several."));
    tftpFolder_ = new PathField(PathField::Kind::Folder, QStringLiteral("tftpFolder"),
                                tr("Folder for network boot"), {}, form);
    const Form::Row folder = form->add(tr("&TFTP folder:"), tftpFolder_, Form::Width::Wide);
    bootFile_ = new QLineEdit(form);
    bootFile_->setObjectName(QStringLiteral("bootFile"));
    bootFile_->setLayoutDirection(Qt::LeftToRight);
    const Form::Row boot = form->add(tr("&Boot file:"), bootFile_, Form::Width::Wide);
    bootNote_ = boot.under;
    column()->addWidget(form);
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    remove_ = new QPushButton(tr("Re&move"), this);
    remove_->setObjectName(QStringLiteral("remove"));
    remove_->setAutoDefault(false);
    row->addWidget(remove_);
    column()->addLayout(row);
    connect(name_, &QLineEdit::textChanged, this, &NetworkAdapterPage::edited);
    connect(switch_, &QComboBox::currentIndexChanged, this, &NetworkAdapterPage::edited);
    connect(switch_, &SwitchChoice::changed, this, &NetworkAdapterPage::explain);
    connect(macAddress_, &QLineEdit::textChanged, this, &NetworkAdapterPage::edited);
    connect(forwards_, &QLineEdit::textChanged, this, &NetworkAdapterPage::edited);
    connect(tftpFolder_, &PathField::changed, this, &NetworkAdapterPage::edited);
    connect(bootFile_, &QLineEdit::textChanged, this, &NetworkAdapterPage::edited);
    connect(remove_, &QPushButton::clicked, this, &NetworkAdapterPage::removeWanted);
    const std::string field = "networkAdapters[" + std::to_string(index) + "]";
    refusals().bind(field + ".switchName", connected.under, switch_);
    refusals().bind(field + ".macAddress", address.under, macAddress_);
    refusals().bind(field + ".forwards", forwarded.under, forwards_);
    refusals().bind(field + ".tftpFolder", folder.under, tftpFolder_->edit());
    refusals().bind(field + ".bootFile", boot.under, bootFile_);
    refusals().bind(field, name.under, name_);
}

QString NetworkAdapterPage::summary() const {
    return switch_->currentText();
}

void NetworkAdapterPage::store(service::MachineSettings& settings) const {
    if (index_ >= settings.networkAdapters.size())
        return;
    service::NetworkAdapter& adapter = settings.networkAdapters[index_];
    adapter.name = name_->text().toStdString();
    adapter.switchName = switch_->name();
    adapter.macAddress = macAddress_->text().trimmed().toLower().toStdString();
    adapter.forwards.clear();
    for (const QString& forward : forwards_->text().split(QLatin1Char(' '), Qt::SkipEmptyParts))
        adapter.forwards.push_back(forward.toStdString());
    adapter.tftpFolder = expandedPath(tftpFolder_->path()).toStdString();
    adapter.bootFile = bootFile_->text().toStdString();
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
    switch_->setName(adapter.switchName);
    setText(*macAddress_, adapter.macAddress);
    std::string forwards;
    for (const std::string& forward : adapter.forwards)
        forwards += (forwards.empty() ? "" : " ") + forward;
    setText(*forwards_, forwards);
    tftpFolder_->setPath(fromUtf8(adapter.tftpFolder));
    setText(*bootFile_, adapter.bootFile);
    const QString frozen = frozenReason(details.summary.state);
    // An adapter that there is can be connected elsewhere at any time.
    macAddress_->setEnabled(frozen.isEmpty());
    remove_->setEnabled(frozen.isEmpty());
    tftpFolder_->setEnabled(frozen.isEmpty());
    bootFile_->setEnabled(frozen.isEmpty());
    addressNote_->say(FieldNote::Kind::Explanation, frozen);
    bootNote_->say(FieldNote::Kind::Explanation,
                   frozen.isEmpty()
                       ? tr("At the Default Switch: files that the guest gets by TFTP, and the one "
                            "that it boots from the network.")
                       : frozen);
}

void NetworkAdapterPage::explain() {
    switchNote_->say(switch_->isBroken() ? FieldNote::Kind::Warning : FieldNote::Kind::Explanation,
                     switch_->explanation());
    refusals().repeat();
}

}  // namespace gui
