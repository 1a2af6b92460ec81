// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit_disk_wizard.h"

#include "gui/connection/text.h"
#include "gui/fields/disk_words.h"
#include "summary_page.h"

namespace gui {

EditDiskWizard::EditDiskWizard(MachineStore& store, QWidget* parent, const QString& path)
    : JobWizard(store, tr("Edit Virtual Hard Disk Wizard"), QStringLiteral("edit-disk"), parent),
      summary_(new SummaryPage(tr("Completing the Edit Virtual Hard Disk Wizard"),
                               tr("Press Finish to change the disk:"))) {
    for (EditDiskPage* const page :
         std::initializer_list<EditDiskPage*>{new LocateDiskPage(store.connection(), path),
                                              new DiskActionPage, new ConfigureEditPage}) {
        pages_.push_back(page);
        addPage(page);
    }
    addPage(summary_);
    goTo(0);
}

QString EditDiskWizard::actionText() const {
    switch (edit_.action) {
        case DiskAction::Compact:
            return tr("Compact");
        case DiskAction::Convert:
            return tr("Convert to %1 (%2, %3)")
                .arg(fromUtf8(edit_.convert.destination),
                     formatText(edit_.convert.format.value_or(service::DiskFormat::Vhdx)),
                     typeText(edit_.convert.type.value_or(service::DiskType::Dynamic)));
        case DiskAction::Expand:
            return tr("Expand to %1").arg(fileSize(edit_.sizeBytes));
        case DiskAction::Merge:
            return tr("Merge into %1").arg(edit_.disk ? fromUtf8(edit_.disk->parent) : QString());
    }
    return {};
}

void EditDiskWizard::follow() {
    edit_ = {};
    for (EditDiskPage* const page : pages_) {
        page->follow(edit_);
        page->store(edit_);
    }
    SummaryPage::Facts facts{{tr("Disk:"), fromUtf8(edit_.path)}};
    if (edit_.disk)
        facts.emplace_back(tr("Now:"), diskLine(*edit_.disk));
    facts.emplace_back(tr("Action:"), actionText());
    summary_->setFacts(facts);
}

void EditDiskWizard::carryOut() {
    showWork(actionText());
    switch (edit_.action) {
        case DiskAction::Compact:
            return job().begin<service::DiskCompactMethod>({edit_.path});
        case DiskAction::Convert:
            return job().begin<service::DiskConvertMethod>(edit_.convert);
        case DiskAction::Expand:
            return job().begin<service::DiskExpandMethod>({edit_.path, edit_.sizeBytes});
        case DiskAction::Merge:
            return job().begin<service::DiskMergeMethod>({edit_.path});
    }
}

}  // namespace gui
