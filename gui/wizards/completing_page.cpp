// SPDX-License-Identifier: GPL-3.0-or-later
#include "completing_page.h"

#include <QCheckBox>
#include <QFormLayout>
#include <QVBoxLayout>

#include "gui/connection/text.h"
#include "gui/fields/switch_words.h"

namespace gui {

namespace {

QString installation(const service::MachineSettings& settings) {
    if (settings.firmware.kernel)
        return CompletingPage::tr("Linux kernel %1").arg(fromUtf8(settings.firmware.kernel->path));
    if (settings.floppy)
        return CompletingPage::tr("Diskette %1").arg(fromUtf8(settings.floppy->path));
    for (const service::Drive& drive : settings.drives)
        if (drive.kind == service::DriveKind::Dvd && !drive.path.empty())
            return CompletingPage::tr("CD/DVD %1").arg(fromUtf8(drive.path));
    return CompletingPage::tr("Later");
}

QString disk(const NewMachine& machine) {
    for (const service::Drive& drive : machine.settings.drives)
        if (drive.kind == service::DriveKind::HardDisk)
            return machine.newDisk ? CompletingPage::tr("%1 (VHDX, dynamically expanding, %2)")
                                         .arg(fromUtf8(drive.path),
                                              fileSize(machine.newDisk->sizeBytes.value_or(0)))
                                   : fromUtf8(drive.path);
    return CompletingPage::tr("None");
}

QString network(const service::MachineSettings& settings) {
    const bool connected =
        !settings.networkAdapters.empty() && !settings.networkAdapters.front().switchName.empty();
    return connected ? switchTitle(settings.networkAdapters.front().switchName)
                     : CompletingPage::tr("Not Connected");
}

SummaryPage::Facts factsOf(const NewMachine& machine, const MachineStore& store) {
    const service::MachineSettings& settings = machine.settings;
    QString folder = machine.folder ? fromUtf8(*machine.folder) : QString();
    if (!machine.folder && store.host())
        folder = fromUtf8(store.host()->machinesFolder);
    SummaryPage::Facts facts{
        {CompletingPage::tr("Name:"), fromUtf8(settings.name)},
        {CompletingPage::tr("Location:"), folder},
        {CompletingPage::tr("Generation:"), QString::number(settings.generation)},
        {CompletingPage::tr("Memory:"),
         megabytes(settings.memory.startupBytes) +
             (settings.memory.dynamic ? CompletingPage::tr(" (dynamic)") : QString())},
        {CompletingPage::tr("Network:"), network(settings)},
        {CompletingPage::tr("Hard Disk:"), disk(machine)},
        {CompletingPage::tr("Operating System:"), installation(settings)}};
    if (settings.firmware.kernel) {
        if (!settings.firmware.kernel->initialRamDisks.empty())
            facts.emplace_back(CompletingPage::tr("Initial RAM disk:"),
                               fromUtf8(settings.firmware.kernel->initialRamDisks.front()));
        facts.emplace_back(CompletingPage::tr("Command line:"),
                           fromUtf8(settings.firmware.kernel->commandLine));
    }
    return facts;
}

}  // namespace

CompletingPage::CompletingPage(QWidget* parent)
    : NewMachinePage(tr("Completing the New Virtual Machine Wizard"), tr("Summary"), parent) {
    explain(tr("Press Finish to make this virtual machine:"));
    form_ = makeFacts();
    column()->addLayout(form_);
    start_ = new QCheckBox(tr("&Start this machine when the wizard closes"), this);
    start_->setObjectName(QStringLiteral("start"));
    column()->addSpacing(6);
    column()->addWidget(start_);
    startNote_ = new FieldNote(this);
    column()->addWidget(startNote_);
    connect(start_, &QCheckBox::toggled, this, &CompletingPage::edited);
}

void CompletingPage::follow(const NewMachine& machine, const MachineStore& store) {
    const bool canStart =
        machine.settings.generation == 1 || machine.settings.firmware.kernel.has_value();
    start_->setEnabled(canStart);
    startNote_->say(FieldNote::Kind::Explanation,
                    canStart ? QString()
                             : tr("It can't start yet: this version has no firmware for machines "
                                  "of generation 2, and boots them only by a Linux kernel "
                                  "(Installation Options)."));
    const SummaryPage::Facts facts = factsOf(machine, store);
    if (facts == shown_)
        return;
    shown_ = facts;
    showFacts(*form_, facts);
}

void CompletingPage::store(NewMachine& machine) const {
    machine.start = start_->isEnabled() && start_->isChecked();
}

}  // namespace gui
