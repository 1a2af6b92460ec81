// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_name_page.h"

#include <QCheckBox>
#include <QLineEdit>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/connection/text.h"
#include "gui/fields/path_field.h"

namespace gui {

bool isNameTaken(const MachineStore& store, const QString& name) {
    return std::ranges::any_of(store.machines(), [&](const auto& known) {
        return fromUtf8(known.second.summary.name) == name;
    });
}

QString freeName(const MachineStore& store, const QString& usual) {
    QString name = usual;
    for (int number = 2; isNameTaken(store, name); ++number)
        name = QStringLiteral("%1 %2").arg(usual).arg(number);
    return name;
}

MachineNamePage::MachineNamePage(const MachineStore& store, QWidget* parent)
    : NewMachinePage(tr("Specify Name and Location"), {}, parent), store_(store) {
    explain(
        tr("The name is what the machine is called in Vireo Manager and for the service. Choose "
           "one that tells what it is for."));
    auto* form = new Form(12, this);
    name_ = new QLineEdit(freeName(store, tr("New Virtual Machine")), form);
    name_->setObjectName(QStringLiteral("name"));
    const Form::Row name = form->add(tr("N&ame:"), name_, Form::Width::Wide);
    nameNote_ = name.under;
    column()->addWidget(form);
    elsewhere_ = new QCheckBox(tr("&Store the machine in a different location"), this);
    elsewhere_->setObjectName(QStringLiteral("elsewhere"));
    column()->addSpacing(6);
    column()->addWidget(elsewhere_);
    auto* place = new Form(12, this);
    folder_ =
        new PathField(PathField::Kind::Folder, QStringLiteral("folder"), tr("Location"), {}, place);
    const Form::Row folder = place->add(tr("&Location:"), folder_, Form::Width::Wide);
    folderNote_ = folder.under;
    column()->addWidget(place);
    connect(name_, &QLineEdit::textChanged, this, &MachineNamePage::edited);
    connect(elsewhere_, &QCheckBox::toggled, this, &MachineNamePage::edited);
    connect(folder_, &PathField::changed, this, &MachineNamePage::edited);
    refusals().bind("name", name.under, name_);
    refusals().bind("folder", folder.under, folder_);
    name_->selectAll();
    judge();
}

void MachineNamePage::follow(const NewMachine&, const MachineStore& store) {
    if (!elsewhere_->isChecked() && store.host())
        folder_->setPath(fromUtf8(store.host()->machinesFolder));
}

void MachineNamePage::store(NewMachine& machine) const {
    machine.settings.name = name_->text().toStdString();
    machine.folder.reset();
    if (elsewhere_->isChecked())
        machine.folder = folder_->path().toStdString();
}

void MachineNamePage::judge() {
    folder_->setEnabled(elsewhere_->isChecked());
    const QString name = name_->text();
    QString problem;
    if (name.isEmpty())
        problem = tr("A machine needs a name.");
    else if (isNameTaken(store_, name))
        problem = tr("There is a machine with this name already.");
    nameNote_->say(FieldNote::Kind::Problem, problem);
    const bool nowhere = elsewhere_->isChecked() && !folder_->path().startsWith(QLatin1Char('/'));
    folderNote_->say(FieldNote::Kind::Problem,
                     nowhere ? tr("Choose a folder for the machine.") : QString());
    valid_ = problem.isEmpty() && !nowhere;
}

}  // namespace gui
