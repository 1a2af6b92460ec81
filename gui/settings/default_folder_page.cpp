// SPDX-License-Identifier: GPL-3.0-or-later
#include "default_folder_page.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>

#include "gui/connection/text.h"
#include "gui/fields/disk_words.h"
#include "gui/fields/path_field.h"

namespace gui {

namespace {

constexpr int kLabelCharacters = 8;

}  // namespace

DefaultFolderPage::DefaultFolderPage(Of of, QWidget* parent)
    : VireoSettingsPage(
          of == Of::Disks ? tr("Virtual Hard Disks") : tr("Virtual Machines"),
          of == Of::Disks ? QStringLiteral("hard-disk") : QStringLiteral("machine"),
          of == Of::Disks
              ? tr("Where wizards put the file of a new virtual hard disk, unless another folder "
                   "is chosen there. Disks that are there already stay where they are.")
              : tr("Where the folder with a new virtual machine's settings is made, unless another "
                   "one is chosen. Machines that are there already stay where they are."),
          parent),
      of_(of) {
    auto* form = new Form(kLabelCharacters, this);
    const QString name =
        of == Of::Disks ? QStringLiteral("diskFolder") : QStringLiteral("machineFolder");
    folder_ = new PathField(PathField::Kind::Folder, name, tr("Default folder"), {}, form);
    note_ = form->add(tr("&Folder:"), folder_, Form::Width::Wide).under;
    note_->setObjectName(name + QStringLiteral("Note"));
    column()->addWidget(form);
    useUsual_ = new QPushButton(tr("Use the &Usual Folder"), this);
    useUsual_->setObjectName(name + QStringLiteral("Usual"));
    useUsual_->setAutoDefault(false);
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    row->addWidget(useUsual_);
    column()->addLayout(row);
    connect(folder_, &PathField::changed, this, &DefaultFolderPage::edited);
    connect(useUsual_, &QPushButton::clicked, this, [this] { folder_->setPath(usual_); });
    refusals().bind(name.toStdString(), note_, folder_);
}

std::string service::ServiceSettings::*DefaultFolderPage::field() const {
    return of_ == Of::Disks ? &service::ServiceSettings::diskFolder
                            : &service::ServiceSettings::machineFolder;
}

QString DefaultFolderPage::summary() const {
    return folder_->path();
}

void DefaultFolderPage::store(VireoSettings& settings) const {
    const QString path = folder_->path();
    settings.service.*field() = path == usual_ ? std::string() : path.toStdString();
}

bool DefaultFolderPage::differs(const VireoSettings& before, const VireoSettings& after) const {
    return before.service.*field() != after.service.*field();
}

void DefaultFolderPage::load(const VireoSettings& settings, const service::ServiceReply* service) {
    if (service)
        usual_ = of_ == Of::Disks ? homeDiskFolder() : fromUtf8(service->usualMachineFolder);
    const bool isFixed =
        service && of_ == Of::Machines && !service->machineFolderLimitation.empty();
    setFrozen(!service  ? tr("can't change while the service can't be reached")
              : isFixed ? tr("can't change: only root chooses where the host's service keeps "
                             "machines")
                        : QString());
    const std::string& kept = settings.service.*field();
    folder_->setPath(kept.empty() ? usual_ : fromUtf8(kept));
}

void DefaultFolderPage::judge() {
    const QString path = folder_->path();
    hasProblem_ = !usual_.isEmpty() && !path.startsWith(QLatin1Char('/'));
    useUsual_->setEnabled(!usual_.isEmpty() && path != usual_);
    if (hasProblem_)
        return note_->say(FieldNote::Kind::Problem,
                          tr("Choose a folder: its whole path, from / on."));
    const QString usual = of_ == Of::Disks ? tr("The usual folder: each user has one in the home.")
                                           : tr("The usual folder: the service's own.");
    const QString other = of_ == Of::Disks
                              ? tr("It must be there, and whoever makes disks must be able to "
                                   "write into it.")
                              : tr("It must be there, and stay there while machines are in it.");
    note_->say(FieldNote::Kind::Explanation, usual_.isEmpty() ? QString()
                                             : path == usual_ ? usual
                                                              : other);
}

}  // namespace gui
