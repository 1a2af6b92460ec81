// SPDX-License-Identifier: GPL-3.0-or-later
#include "new_disk_wizard.h"

#include <QDir>
#include <QFileInfo>

#include "gui/connection/text.h"
#include "gui/fields/disk_words.h"
#include "summary_page.h"

namespace gui {

using service::DiskType;

NewDiskWizard::NewDiskWizard(MachineStore& store, QWidget* parent)
    : JobWizard(store, tr("New Virtual Hard Disk Wizard"), QStringLiteral("hard-disk"), parent),
      summary_(new SummaryPage(tr("Completing the New Virtual Hard Disk Wizard"),
                               tr("Press Finish to make this virtual hard disk:"))) {
    for (NewDiskPage* const page : std::initializer_list<NewDiskPage*>{
             new DiskFormatPage, new DiskTypePage, new DiskPlacePage(usualDiskFolder(store.host())),
             new DiskSizePage}) {
        pages_.push_back(page);
        addPage(page);
    }
    addPage(summary_);
    goTo(0);
}

void NewDiskWizard::follow() {
    disk_ = {};
    for (NewDiskPage* const page : pages_) {
        page->follow(disk_);
        page->store(disk_);
    }
    SummaryPage::Facts facts{
        {tr("Format:"), formatText(disk_.format.value_or(service::DiskFormat::Vhdx))},
        {tr("Type:"), typeText(disk_.type.value_or(DiskType::Dynamic))},
        {tr("File:"), fromUtf8(disk_.path)}};
    if (disk_.parent)
        facts.emplace_back(tr("Parent:"), fromUtf8(*disk_.parent));
    if (disk_.sizeBytes)
        facts.emplace_back(tr("Size:"), fileSize(*disk_.sizeBytes));
    summary_->setFacts(facts);
}

void NewDiskWizard::carryOut() {
    const QString folder = QFileInfo(fromUtf8(disk_.path)).path();
    if (!QDir().mkpath(folder))
        return fail(service::makeError(service::ErrorCode::FileError,
                                       tr("The folder %1 can't be made.").arg(folder).toStdString(),
                                       tr("choose another one").toStdString(), "folder"));
    showWork(tr("Creating the virtual hard disk"));
    job().begin<service::DiskCreateMethod>(disk_);
}

void NewDiskWizard::succeeded(const service::Job&) {
    emit created(fromUtf8(disk_.path));
}

}  // namespace gui
