// SPDX-License-Identifier: GPL-3.0-or-later
#include "name_page.h"

#include <QLineEdit>
#include <QPlainTextEdit>
#include <QVBoxLayout>

#include "gui/connection/text.h"

namespace gui {

namespace {

constexpr int kLabelCharacters = 12;
constexpr int kNotesLines = 10;

}  // namespace

NamePage::NamePage(QWidget* parent)
    : SettingsPage(tr("Name"), QStringLiteral("name"),
                   tr("The machine's name, the group it is listed in, and notes about it."),
                   parent) {
    auto* form = new Form(kLabelCharacters, this);
    name_ = new QLineEdit(form);
    name_->setObjectName(QStringLiteral("name"));
    const Form::Row name = form->add(tr("&Name:"), name_, Form::Width::Wide);
    nameNote_ = name.under;
    group_ = new QLineEdit(form);
    group_->setObjectName(QStringLiteral("group"));
    const Form::Row group = form->add(tr("&Group:"), group_, Form::Width::Wide);
    notes_ = new QPlainTextEdit(form);
    notes_->setTabChangesFocus(true);
    notes_->setObjectName(QStringLiteral("notes"));
    notes_->setTabChangesFocus(true);
    notes_->setMinimumHeight(notes_->fontMetrics().lineSpacing() * kNotesLines);
    const Form::Row notes = form->add(tr("No&tes:"), notes_, Form::Width::Wide);
    column()->addWidget(form);
    connect(name_, &QLineEdit::textChanged, this, &NamePage::edited);
    connect(group_, &QLineEdit::textChanged, this, &NamePage::edited);
    connect(notes_, &QPlainTextEdit::textChanged, this, &NamePage::edited);
    refusals().bind("name", name.under, name_);
    refusals().bind("group", group.under, group_);
    refusals().bind("notes", notes.under, notes_);
}

QString NamePage::summary() const {
    return name_->text();
}

void NamePage::store(service::MachineSettings& settings) const {
    settings.name = name_->text().toStdString();
    settings.group = group_->text().toStdString();
    settings.notes = notes_->toPlainText().toStdString();
}

bool NamePage::differs(const service::MachineSettings& before,
                       const service::MachineSettings& after) const {
    return before.name != after.name || before.group != after.group || before.notes != after.notes;
}

void NamePage::load(const service::MachineDetails& details, const service::HostReply*) {
    const service::MachineSettings& settings = details.settings;
    for (const auto& [field, text] : {std::pair{name_, &settings.name}, {group_, &settings.group}})
        if (const QString wanted = fromUtf8(*text); field->text() != wanted)
            field->setText(wanted);
    if (const QString wanted = fromUtf8(settings.notes); notes_->toPlainText() != wanted)
        notes_->setPlainText(wanted);
    name_->setEnabled(service::isLegal(service::MachineAction::Rename, details.summary.state));
}

void NamePage::judge() {
    problem_ = name_->text().isEmpty();
    nameNote_->say(FieldNote::Kind::Problem, problem_ ? tr("A machine needs a name.") : QString());
}

}  // namespace gui
