// SPDX-License-Identifier: GPL-3.0-or-later
#include "import_wizard.h"

#include <QDir>

#include "gui/connection/text.h"
#include "summary_page.h"

namespace gui {

ImportWizard::ImportWizard(MachineStore& store, QWidget* parent)
    : JobWizard(store, tr("Import Virtual Machine"), QStringLiteral("import"), parent),
      store_(store),
      summary_(new SummaryPage(tr("Completing Import Wizard"),
                               tr("Press Finish to import this machine:"))) {
    for (ImportPage* const page : std::initializer_list<ImportPage*>{
             new ImportIntroductionPage, new LocateFolderPage(store.connection()),
             new FoundMachinePage, new ImportTypePage, new ImportFoldersPage(store)}) {
        pages_.push_back(page);
        addPage(page);
    }
    addPage(summary_);
    for (const auto signal : {&MachineStore::added, &MachineStore::removed})
        connect(&store, signal, this, &ImportWizard::refresh);
    goTo(ImportIntroductionPage::isUnwanted() ? 1 : 0);
}

void ImportWizard::follow() {
    plan_ = {};
    for (ImportPage* const page : pages_) {
        page->follow(plan_);
        page->store(plan_);
    }
    const service::MachineImportParams& params = plan_.params;
    SummaryPage::Facts facts{{tr("Folder:"), fromUtf8(params.folder)},
                             {tr("Import type:"), importKindText(params.kind)},
                             {tr("Name:"), fromUtf8(params.name.value_or(""))}};
    if (params.kind != service::ImportKind::Register) {
        const QString usual = store_.host() ? fromUtf8(store_.host()->machinesFolder) : QString();
        facts.emplace_back(tr("Location:"),
                           params.machineFolder ? fromUtf8(*params.machineFolder) : usual);
        facts.emplace_back(tr("Virtual hard disks:"), fromUtf8(params.diskFolder.value_or("")));
        if (plan_.found)
            facts.emplace_back(tr("To be copied:"), fileSize(plan_.found->totalBytes));
    }
    summary_->setFacts(facts);
}

void ImportWizard::carryOut() {
    if (plan_.params.diskFolder && !QDir().mkpath(fromUtf8(*plan_.params.diskFolder)))
        return fail(service::makeError(service::ErrorCode::FileError,
                                       tr("The folder %1 can't be made.")
                                           .arg(fromUtf8(*plan_.params.diskFolder))
                                           .toStdString(),
                                       tr("choose another one").toStdString(), "diskFolder"));
    showWork(tr("Importing the machine"));
    job().begin<service::MachineImportMethod>(plan_.params);
}

void ImportWizard::succeeded(const service::Job& job) {
    emit imported(job.machine.value_or(""));
}

}  // namespace gui
