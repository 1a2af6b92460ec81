// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoints_page.h"

#include <QCheckBox>
#include <QLineEdit>
#include <QVBoxLayout>

#include "gui/connection/text.h"
#include "gui/fields/choice_list.h"
#include "gui/fields/path_field.h"

namespace gui {

using service::CheckpointKind;

CheckpointsPage::CheckpointsPage(QWidget* parent)
    : SettingsPage(tr("Checkpoints"), QStringLiteral("checkpoint"),
                   tr("A checkpoint keeps a machine as it is at one moment, to return to. This "
                      "version makes none yet; what is set here is kept for later."),
                   parent) {
    enabled_ = new QCheckBox(tr("&Enable checkpoints"), this);
    enabled_->setObjectName(QStringLiteral("checkpoints"));
    column()->addWidget(enabled_);
    kind_ = new ChoiceList(this);
    kind_->add(static_cast<int>(CheckpointKind::Production), QStringLiteral("production"),
               tr("&Production checkpoints"),
               tr("The guest brings its files to rest first. If it can't, a standard checkpoint is "
                  "made."));
    kind_->add(static_cast<int>(CheckpointKind::ProductionOnly), QStringLiteral("productionOnly"),
               tr("Production checkpoints &only"),
               tr("If the guest can't bring its files to rest, no checkpoint is made."));
    kind_->add(static_cast<int>(CheckpointKind::Standard), QStringLiteral("standard"),
               tr("S&tandard checkpoints"), tr("With the guest's memory, as it runs."));
    column()->addWidget(kind_);
    more_ = new QWidget(this);
    auto* lines = new QVBoxLayout(more_);
    lines->setContentsMargins(0, 0, 0, 0);
    automatic_ = new QCheckBox(tr("Make one &automatically when the machine starts"), more_);
    automatic_->setObjectName(QStringLiteral("automaticCheckpoints"));
    lines->addWidget(automatic_);
    auto* form = new Form(16, more_);
    folder_ = new PathField(PathField::Kind::Folder, QStringLiteral("checkpointFolder"),
                            tr("Checkpoint file location"), {}, form);
    folder_->edit()->setPlaceholderText(tr("in the machine's folder"));
    const Form::Row folder = form->add(tr("&Location:"), folder_, Form::Width::Wide);
    lines->addWidget(form);
    column()->addWidget(more_);
    auto* note = new FieldNote(this);
    column()->addWidget(note);
    connect(enabled_, &QCheckBox::toggled, this, &CheckpointsPage::edited);
    connect(kind_, &ChoiceList::changed, this, &CheckpointsPage::edited);
    connect(automatic_, &QCheckBox::toggled, this, &CheckpointsPage::edited);
    connect(folder_, &PathField::changed, this, &CheckpointsPage::edited);
    refusals().bind("checkpoints", note, enabled_);
    refusals().bind("checkpoints.folder", folder.under, folder_);
}

QString CheckpointsPage::summary() const {
    if (!enabled_->isChecked())
        return tr("Disabled");
    return kind_->choice() == static_cast<int>(CheckpointKind::Standard) ? tr("Standard")
                                                                         : tr("Production");
}

void CheckpointsPage::store(service::MachineSettings& settings) const {
    service::CheckpointSettings& checkpoints = settings.checkpoints;
    checkpoints.kind = enabled_->isChecked() ? static_cast<CheckpointKind>(kind_->choice())
                                             : CheckpointKind::Disabled;
    checkpoints.automatic = automatic_->isChecked();
    checkpoints.folder = folder_->path().toStdString();
}

bool CheckpointsPage::differs(const service::MachineSettings& before,
                              const service::MachineSettings& after) const {
    return before.checkpoints != after.checkpoints;
}

void CheckpointsPage::load(const service::MachineDetails& details, const service::HostReply*) {
    const service::CheckpointSettings& checkpoints = details.settings.checkpoints;
    const bool enabled = checkpoints.kind != CheckpointKind::Disabled;
    if (enabled || kind_->choice() < 0)
        kind_->setChoice(static_cast<int>(enabled ? checkpoints.kind : CheckpointKind::Production));
    enabled_->setChecked(enabled);
    automatic_->setChecked(checkpoints.automatic);
    folder_->setPath(fromUtf8(checkpoints.folder));
}

void CheckpointsPage::judge() {
    kind_->setEnabled(enabled_->isChecked());
    more_->setEnabled(enabled_->isChecked());
}

}  // namespace gui
