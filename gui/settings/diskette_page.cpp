// SPDX-License-Identifier: GPL-3.0-or-later
#include "diskette_page.h"

#include <QFileInfo>
#include <QVBoxLayout>

#include "gui/connection/text.h"
#include "gui/fields/choice_list.h"
#include "gui/fields/path_field.h"

namespace gui {

namespace {

enum Media : int { NoDiskette, ImageFile };

std::string pathIn(const service::MachineSettings& settings) {
    return settings.floppy ? settings.floppy->path : std::string();
}

}  // namespace

DiskettePage::DiskettePage(QWidget* parent)
    : SettingsPage(tr("Diskette Drive"), QStringLiteral("floppy"),
                   tr("What is in the machine's diskette drive."), parent),
      media_(new ChoiceList(this)) {
    media_->add(NoDiskette, QStringLiteral("noDiskette"), tr("&None"), tr("The drive is empty."));
    media_->add(ImageFile, QStringLiteral("imageFile"), tr("Image &file"));
    auto* inside = new QWidget(media_);
    auto* lines = new QVBoxLayout(inside);
    lines->setContentsMargins(0, 0, 0, 0);
    path_ = new PathField(PathField::Kind::ExistingFile, QStringLiteral("path"),
                          tr("Diskette image"), disketteFilter(), inside);
    note_ = new FieldNote(inside);
    lines->addWidget(path_);
    lines->addWidget(note_);
    media_->addFields(inside);
    column()->addWidget(media_);
    connect(media_, &ChoiceList::changed, this, &DiskettePage::edited);
    connect(path_, &PathField::changed, this, &DiskettePage::edited);
    refusals().bind("floppy", note_, path_);
}

QString DiskettePage::summary() const {
    return media_->choice() == ImageFile && !path_->path().isEmpty()
               ? QFileInfo(path_->path()).fileName()
               : tr("None");
}

void DiskettePage::store(service::MachineSettings& settings) const {
    const std::string path =
        media_->choice() == ImageFile ? path_->path().toStdString() : std::string();
    // A drive that is there stays there, empty.
    if (!path.empty() || settings.floppy)
        settings.floppy = service::FloppyDrive{path};
}

bool DiskettePage::differs(const service::MachineSettings& before,
                           const service::MachineSettings& after) const {
    return pathIn(before) != pathIn(after);
}

void DiskettePage::load(const service::MachineDetails& details, const service::HostReply*) {
    const std::string path = pathIn(details.settings);
    if (!path.empty())
        path_->setPath(fromUtf8(path));
    // An image that is being looked for has no path yet.
    if (!path.empty() || media_->choice() < 0)
        media_->setChoice(path.empty() ? NoDiskette : ImageFile);
}

void DiskettePage::judge() {
    problem_ = media_->choice() == ImageFile && path_->path().isEmpty();
    note_->say(FieldNote::Kind::Problem, problem_ ? tr("Choose an image file.") : QString());
}

}  // namespace gui
