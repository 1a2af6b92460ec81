// SPDX-License-Identifier: GPL-3.0-or-later
#include "installation_page.h"

#include <QLineEdit>
#include <QVBoxLayout>

#include "gui/fields/choice_list.h"
#include "gui/fields/path_field.h"

namespace gui {

namespace {

constexpr int kLabelCharacters = 18;

}  // namespace

InstallationPage::InstallationPage(QWidget* parent)
    : NewMachinePage(tr("Installation Options"), {}, parent), choice_(new ChoiceList(this)) {
    explain(
        tr("Choose what the machine boots. A Linux kernel that is booted directly finds the disk and "
           "the disc at a SCSI controller."));
    choice_->add(Later, QStringLiteral("installLater"), tr("Install an operating system &later"));
    choice_->add(Disc, QStringLiteral("installDisc"),
                 tr("Install an operating system from a &CD/DVD image"));
    choice_->addFields(
        image(disc_, discNote_, QStringLiteral("disc"), tr("CD or DVD image"), discFilter()));
    choice_->add(Diskette, QStringLiteral("installDiskette"),
                 tr("Install an operating system from a bootable &diskette image"));
    choice_->addFields(image(diskette_, disketteNote_, QStringLiteral("diskette"),
                             tr("Diskette image"), disketteFilter()));
    choice_->add(Kernel, QStringLiteral("installKernel"), tr("&Boot a Linux kernel directly"));
    choice_->addFields(kernelFields());
    choice_->setChoice(Later);
    column()->addWidget(choice_);
    connect(choice_, &ChoiceList::changed, this, &InstallationPage::edited);
    refusals().bind("floppy", disketteNote_, diskette_);
    refusals().bind("drives[1]", discNote_, disc_);
    judge();
}

QWidget* InstallationPage::image(PathField*& field, FieldNote*& note, const QString& name,
                                 const QString& caption, const QString& filter) {
    auto* form = new Form(kLabelCharacters, choice_);
    field = new PathField(PathField::Kind::ExistingFile, name, caption, filter, form);
    note = form->add(tr("&Image file:"), field, Form::Width::Wide).under;
    connect(field, &PathField::changed, this, &InstallationPage::edited);
    return form;
}

QWidget* InstallationPage::kernelFields() {
    auto* form = new Form(kLabelCharacters, choice_);
    kernel_ = new PathField(PathField::Kind::ExistingFile, QStringLiteral("kernel"), tr("Kernel"),
                            {}, form);
    const Form::Row kernel = form->add(tr("&Kernel:"), kernel_, Form::Width::Wide);
    kernelNote_ = kernel.under;
    ramDisk_ = new PathField(PathField::Kind::ExistingFile, QStringLiteral("initrd"),
                             tr("Initial RAM disk"), {}, form);
    const Form::Row ramDisk = form->add(tr("Initial &RAM disk:"), ramDisk_, Form::Width::Wide);
    commandLine_ = new QLineEdit(QStringLiteral("console=ttyS0"), form);
    commandLine_->setObjectName(QStringLiteral("commandLine"));
    commandLine_->setLayoutDirection(Qt::LeftToRight);
    const Form::Row line = form->add(tr("Command &line:"), commandLine_, Form::Width::Wide);
    connect(kernel_, &PathField::changed, this, &InstallationPage::edited);
    connect(ramDisk_, &PathField::changed, this, &InstallationPage::edited);
    connect(commandLine_, &QLineEdit::textChanged, this, &InstallationPage::edited);
    refusals().bind("firmware.kernel", kernel.under, kernel_);
    refusals().bind("firmware.kernel.initialRamDisks", ramDisk.under, ramDisk_);
    refusals().bind("firmware.kernel.commandLine", line.under, commandLine_);
    return form;
}

void InstallationPage::store(NewMachine& machine) const {
    service::MachineSettings& settings = machine.settings;
    service::Drive dvd;
    dvd.kind = service::DriveKind::Dvd;
    if (settings.generation == 2) {
        dvd.controller = service::ControllerKind::Scsi;
        dvd.location = 1;
    } else {
        dvd.controllerNumber = 1;
    }
    if (choice_->choice() == Disc)
        dvd.path = disc_->path().toStdString();
    settings.drives.push_back(std::move(dvd));
    settings.floppy.reset();
    if (choice_->choice() == Diskette)
        settings.floppy = service::FloppyDrive{diskette_->path().toStdString()};
    settings.firmware.kernel.reset();
    if (choice_->choice() != Kernel)
        return;
    // Without firmware nothing is at IDE: the kernel's own drivers find its drives.
    for (std::uint32_t location = 0; service::Drive & drive : settings.drives) {
        drive.controller = service::ControllerKind::Scsi;
        drive.controllerNumber = 0;
        drive.location = location++;
    }
    service::KernelBoot kernel;
    kernel.path = kernel_->path().toStdString();
    if (!ramDisk_->path().isEmpty())
        kernel.initialRamDisks.push_back(ramDisk_->path().toStdString());
    kernel.commandLine = commandLine_->text().toStdString();
    settings.firmware.kernel = std::move(kernel);
}

void InstallationPage::judge() {
    valid_ = true;
    const auto want = [this](Choice choice, const PathField& field, FieldNote& note,
                             const QString& text) {
        const bool missing = choice_->choice() == choice && field.path().isEmpty();
        note.say(FieldNote::Kind::Problem, missing ? text : QString());
        valid_ = valid_ && !missing;
    };
    want(Disc, *disc_, *discNote_, tr("Choose an image file."));
    want(Diskette, *diskette_, *disketteNote_, tr("Choose an image file."));
    want(Kernel, *kernel_, *kernelNote_, tr("Choose the kernel to boot."));
}

}  // namespace gui
