// SPDX-License-Identifier: GPL-3.0-or-later
#include "switch_page.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGroupBox>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/connection/text.h"
#include "gui/fields/choice_list.h"
#include "gui/fields/form.h"
#include "gui/fields/switch_words.h"

namespace gui {

using namespace service;  // NOLINT: what is edited

namespace {

constexpr int kLabelCharacters = 14;
constexpr int kNotesLines = 3;
constexpr int kAdapterCharacters = 24;

void setText(QLineEdit& field, const std::string& text) {
    if (const QString wanted = fromUtf8(text); field.text() != wanted)
        field.setText(wanted);
}

}  // namespace

SwitchPage::SwitchPage(QWidget* parent) : SwitchManagerPage({}, {}, parent) {
    build();
    refusals_.bind("name", nameNote_, name_);
    refusals_.bind("newName", nameNote_, name_);
    refusals_.bind("hostAdapter", adapterNote_, adapter_);
    connect(name_, &QLineEdit::textChanged, this, &SwitchPage::edited);
    connect(notes_, &QPlainTextEdit::textChanged, this, &SwitchPage::edited);
    connect(kind_, &ChoiceList::changed, this, &SwitchPage::edited);
    connect(adapter_, &QComboBox::currentIndexChanged, this, &SwitchPage::edited);
    connect(shared_, &QCheckBox::toggled, this, &SwitchPage::edited);
    connect(address_, &QLineEdit::textChanged, this, &SwitchPage::edited);
    connect(remove_, &QPushButton::clicked, this, &SwitchPage::removeWanted);
}

void SwitchPage::build() {
    state_ = new FieldNote(this);
    state_->setObjectName(QStringLiteral("state"));
    column()->addWidget(state_);
    auto* form = new Form(kLabelCharacters, this);
    name_ = new QLineEdit(form);
    name_->setObjectName(QStringLiteral("name"));
    nameNote_ = form->add(tr("&Name:"), name_, Form::Width::Wide).under;
    notes_ = new QPlainTextEdit(form);
    notes_->setObjectName(QStringLiteral("notes"));
    notes_->setTabChangesFocus(true);
    notes_->setFixedHeight(notes_->fontMetrics().lineSpacing() * (kNotesLines + 1));
    FieldNote* const notes = form->add(tr("No&tes:"), notes_, Form::Width::Wide).under;
    refusals_.bind("notes", notes, notes_);
    column()->addWidget(form);

    connection_ = new QGroupBox(tr("Connection type"), this);
    auto* box = new QVBoxLayout(connection_);
    box->setContentsMargins(3, 10, 3, 4);
    kind_ = new ChoiceList(connection_);
    kind_->add(static_cast<int>(SwitchKind::External), QStringLiteral("external"),
               tr("&External network"));
    kind_->addFields(externalFields());
    kind_->add(static_cast<int>(SwitchKind::Internal), QStringLiteral("internal"),
               tr("&Internal network"));
    kind_->addFields(internalFields());
    kind_->add(static_cast<int>(SwitchKind::Private), QStringLiteral("private"),
               tr("&Private network"));
    box->addWidget(kind_);
    column()->addWidget(connection_);

    machines_ = new FieldNote(this);
    machines_->setObjectName(QStringLiteral("machines"));
    column()->addWidget(machines_);
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    remove_ = new QPushButton(tr("Re&move"), this);
    remove_->setObjectName(QStringLiteral("remove"));
    remove_->setAutoDefault(false);
    row->addWidget(remove_);
    column()->addLayout(row);
}

QWidget* SwitchPage::externalFields() {
    auto* fields = new QWidget(kind_);
    auto* inside = new QVBoxLayout(fields);
    inside->setContentsMargins(0, 0, 0, 0);
    inside->setSpacing(4);
    adapter_ = new QComboBox(fields);
    adapter_->setObjectName(QStringLiteral("hostAdapter"));
    adapter_->setAccessibleName(tr("Network adapter of the host"));
    adapter_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    adapter_->setMinimumContentsLength(kAdapterCharacters);
    inside->addWidget(adapter_);
    adapterNote_ = new FieldNote(fields);
    inside->addWidget(adapterNote_);
    shared_ = new QCheckBox(tr("Allow the host to &share this network adapter"), fields);
    shared_->setObjectName(QStringLiteral("shared"));
    inside->addWidget(shared_);
    sharedNote_ = new FieldNote(fields);
    inside->addWidget(sharedNote_);
    return fields;
}

QWidget* SwitchPage::internalFields() {
    auto* form = new Form(kLabelCharacters, kind_);
    address_ = new QLineEdit(form);
    address_->setObjectName(QStringLiteral("hostAddress"));
    address_->setLayoutDirection(Qt::LeftToRight);
    address_->setPlaceholderText(QStringLiteral("192.168.50.1/24"));
    const Form::Row row = form->add(tr("&Host's address:"), address_, Form::Width::Wide);
    refusals_.bind("hostAddress", row.under, address_);
    return form;
}

void SwitchPage::fillAdapters(const VirtualSwitch& known,
                              const std::vector<HostAdapter>& adapters) {
    const QSignalBlocker quiet(adapter_);
    adapter_->clear();
    const std::string& wanted = known.settings.hostAdapter;
    for (const HostAdapter& one : adapters) {
        // The one that it has is in use by itself.
        const bool own = one.name == wanted && !wanted.empty();
        if (!own && !one.unusable.empty())
            continue;
        adapter_->addItem(
            one.connected ? fromUtf8(one.name) : tr("%1 (no cable)").arg(fromUtf8(one.name)),
            fromUtf8(one.name));
    }
    if (!wanted.empty() && adapter_->findData(fromUtf8(wanted)) < 0)
        adapter_->addItem(tr("%1 (gone)").arg(fromUtf8(wanted)), fromUtf8(wanted));
    adapter_->setCurrentIndex(wanted.empty() ? (adapter_->count() > 0 ? 0 : -1)
                                             : adapter_->findData(fromUtf8(wanted)));
}

void SwitchPage::show(const VirtualSwitch& known, const std::vector<HostAdapter>& adapters) {
    loading_ = true;
    const SwitchSettings& settings = known.settings;
    const bool standard = settings.kind == SwitchKind::Nat;
    setHeading(standard ? switchTitle(settings.name) : tr("Virtual Switch Properties"));
    setExplanation(standard ? reachText(settings) : QString());
    state_->say(FieldNote::Kind::Warning,
                known.state == SwitchState::Failed
                    ? tr("The switch does not work: %1.").arg(fromUtf8(known.status))
                    : QString());
    setText(*name_, settings.name);
    if (const QString wanted = fromUtf8(settings.notes); notes_->toPlainText() != wanted)
        notes_->setPlainText(wanted);
    fillAdapters(known, adapters);
    kind_->setChoice(static_cast<int>(settings.kind));
    shared_->setChecked(settings.shared);
    setText(*address_, settings.hostAddress);
    name_->setEnabled(!standard);
    notes_->setEnabled(!standard);
    connection_->setVisible(!standard);
    remove_->setVisible(!standard);
    QStringList machines;
    for (const std::string& machine : known.machines)
        machines << fromUtf8(machine);
    machines_->say(FieldNote::Kind::Explanation,
                   machines.isEmpty()
                       ? tr("No machine is connected to this switch.")
                       : tr("Machines at this switch: %1.").arg(machines.join(tr(", "))));
    remove_->setEnabled(machines.isEmpty());
    loading_ = false;
    judge();
    refusals_.repeat();
}

void SwitchPage::store(SwitchSettings& settings) const {
    if (settings.kind == SwitchKind::Nat)
        return;
    settings.name = name_->text().toStdString();
    settings.notes = notes_->toPlainText().toStdString();
    settings.kind = static_cast<SwitchKind>(kind_->choice());
    const bool external = settings.kind == SwitchKind::External;
    settings.hostAdapter = external ? adapter_->currentData().toString().toStdString() : "";
    settings.shared = !external || shared_->isChecked();
    settings.hostAddress = settings.kind == SwitchKind::Internal
                               ? address_->text().trimmed().toStdString()
                               : std::string();
}

void SwitchPage::edited() {
    if (loading_)
        return;
    refusals_.clear();
    judge();
    emit changed();
}

void SwitchPage::judge() {
    const bool external = kind_->choice() == static_cast<int>(SwitchKind::External);
    const bool nameless = name_->text().isEmpty();
    const bool noAdapter = external && adapter_->currentIndex() < 0;
    problem_ = nameless || noAdapter;
    nameNote_->say(FieldNote::Kind::Problem, nameless ? tr("A switch needs a name.") : QString());
    adapterNote_->say(
        FieldNote::Kind::Problem,
        noAdapter ? tr("The host has no network adapter that a switch can have.") : QString());
    sharedNote_->say(FieldNote::Kind::Warning,
                     external && !shared_->isChecked()
                         ? tr("The host loses its own connection through this adapter.")
                         : QString());
}

bool SwitchPage::showRefusal(const std::string& field, const QString& text) {
    return refusals_.show(field, text);
}

void SwitchPage::focusName() {
    name_->setFocus(Qt::OtherFocusReason);
    name_->selectAll();
}

}  // namespace gui
