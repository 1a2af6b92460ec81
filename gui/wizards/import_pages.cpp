// SPDX-License-Identifier: GPL-3.0-or-later
#include "import_pages.h"

#include <QCheckBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QRadioButton>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/connection/text.h"
#include "gui/fields/choice_list.h"
#include "gui/fields/disk_words.h"
#include "gui/fields/path_field.h"
#include "gui/preferences/hidden_pages.h"
#include "gui/windows/path_inspection.h"
#include "machine_name_page.h"

namespace gui {

using service::ImportKind;

namespace {

constexpr QLatin1String kPage("import");
constexpr int kLabelCharacters = 19;
constexpr std::int64_t kMilliseconds = 1'000;
constexpr ImportKind kKinds[] = {ImportKind::Register, ImportKind::Restore, ImportKind::Copy};

bool isPrevented(ImportKind kind, const service::ImportProblem& problem) {
    return std::ranges::find(problem.prevents, kind) != problem.prevents.end();
}

/// Why the machine can't be imported so; empty if it can.
QString obstacle(ImportKind kind, const service::ImportInspectReply& found) {
    for (const service::ImportProblem& problem : found.problems)
        if (isPrevented(kind, problem))
            return fromUtf8(problem.text);
    return {};
}

QString fileLine(const service::ImportFile& file) {
    return file.missing
               ? ImportPage::tr("%1 (missing)").arg(fromUtf8(file.path))
               : ImportPage::tr("%1 (%2)").arg(fromUtf8(file.path), fileSize(file.sizeBytes));
}

SummaryPage::Facts factsOf(const service::ImportInspectReply& found) {
    const service::MachineSettings& settings = found.settings;
    SummaryPage::Facts facts{
        {ImportPage::tr("Name:"), fromUtf8(settings.name)},
        {ImportPage::tr("Created:"),
         settings.created > 0 ? dateAndTime(settings.created * kMilliseconds) : QString()},
        {ImportPage::tr("Generation:"), QString::number(settings.generation)},
        {ImportPage::tr("Processors:"), QString::number(settings.processor.count)},
        {ImportPage::tr("Memory:"), megabytes(settings.memory.startupBytes)}};
    QStringList disks;
    QStringList others;
    for (const service::ImportFile& file : found.files) {
        const bool disk = file.kind == service::MachineFileKind::HardDisk ||
                          file.kind == service::MachineFileKind::ParentDisk;
        (disk ? disks : others) += fileLine(file);
    }
    facts.emplace_back(ImportPage::tr("Hard disks:"),
                       disks.isEmpty() ? ImportPage::tr("None") : disks.join('\n'));
    if (!others.isEmpty())
        facts.emplace_back(ImportPage::tr("Boot files:"), others.join('\n'));
    facts.emplace_back(ImportPage::tr("Size of all files:"), fileSize(found.totalBytes));
    return facts;
}

}  // namespace

QString importKindText(ImportKind kind) {
    switch (kind) {
        case ImportKind::Register:
            return ImportPage::tr("Register the virtual machine in-place");
        case ImportKind::Restore:
            return ImportPage::tr("Restore the virtual machine");
        case ImportKind::Copy:
            break;
    }
    return ImportPage::tr("Copy the virtual machine");
}

ImportIntroductionPage::ImportIntroductionPage(QWidget* parent)
    : ImportPage(tr("Before You Begin"), {}, parent) {
    explain(
        tr("This wizard makes a virtual machine of one that was exported, with its settings and "
           "its disks."));
    explain(
        tr("The machine can be used where its files are, or its files are copied first. Nothing "
           "is changed before you press Finish."));
    offerToSkip(kPage);
}

bool ImportIntroductionPage::isUnwanted() {
    return isPageHidden(kPage);
}

LocateFolderPage::LocateFolderPage(ServiceConnection& connection, QWidget* parent)
    : ImportPage(tr("Locate Folder"), {}, parent) {
    explain(tr("The folder that has the machine in it: the one with the file vm.json."));
    auto* form = new Form(kLabelCharacters, this);
    folder_ =
        new PathField(PathField::Kind::Folder, QStringLiteral("folder"), tr("Folder"), {}, form);
    note_ = form->add(tr("F&older:"), folder_, Form::Width::Wide).under;
    note_->setObjectName(QStringLiteral("folderNote"));
    column()->addWidget(form);
    auto* inspection = new PathInspection<service::ImportInspectMethod>(
        connection, [this] { return folder_->path(); },
        [this](const service::ImportInspectReply& reply) {
            note_->say(FieldNote::Kind::Explanation,
                       tr("\"%1\" is here.").arg(fromUtf8(reply.settings.name)));
            found_ = reply;
            emit changed();
        },
        [this](const QString& problem) {
            note_->say(FieldNote::Kind::Problem, problem);
            emit changed();
        },
        this);
    connect(folder_, &PathField::changed, this, [this, inspection] {
        found_.reset();
        note_->clear();
        inspection->askSoon();
        edited();
    });
    refusals().bind("folder", note_, folder_);
}

void LocateFolderPage::store(ImportPlan& plan) const {
    plan.params.folder = folder_->path().toStdString();
    plan.found = found_;
}

FoundMachinePage::FoundMachinePage(QWidget* parent)
    : ImportPage(tr("Select Virtual Machine"), {}, parent), form_(makeFacts()) {
    explain(tr("This machine is in the folder:"));
    column()->addLayout(form_);
    problems_ = new FieldNote(this);
    problems_->setObjectName(QStringLiteral("problems"));
    warnings_ = new FieldNote(this);
    warnings_->setObjectName(QStringLiteral("warnings"));
    column()->addSpacing(6);
    column()->addWidget(problems_);
    column()->addWidget(warnings_);
}

void FoundMachinePage::follow(const ImportPlan& plan) {
    usable_ = plan.found.has_value();
    if (!plan.found)
        return;
    SummaryPage::Facts facts = factsOf(*plan.found);
    if (facts != shown_)
        showFacts(*form_, facts);
    shown_ = std::move(facts);
    QStringList problems;
    QStringList warnings;
    for (const service::ImportProblem& problem : plan.found->problems) {
        const bool always = std::ranges::all_of(
            kKinds, [&](ImportKind kind) { return isPrevented(kind, problem); });
        (always ? problems : warnings) += fromUtf8(problem.text);
    }
    usable_ = problems.isEmpty();
    problems_->say(FieldNote::Kind::Problem, problems.join('\n'));
    warnings_->say(FieldNote::Kind::Warning, warnings.join('\n'));
}

ImportTypePage::ImportTypePage(QWidget* parent)
    : ImportPage(tr("Choose Import Type"), {}, parent), kind_(new ChoiceList(this)) {
    explain(tr("What becomes of the machine's files and of its identity."));
    const auto add = [this](ImportKind kind, const char* name, const QString& text,
                            const QString& explanation) {
        kind_->add(static_cast<int>(kind), QString::fromLatin1(name), text, explanation);
    };
    add(ImportKind::Register, "register", tr("&Register the virtual machine in-place"),
        tr("The machine keeps its id and uses its disks where they are now."));
    add(ImportKind::Restore, "restore", tr("R&estore the virtual machine"),
        tr("The machine keeps its id, and its disks are copied to a folder of your choice."));
    add(ImportKind::Copy, "copy", tr("C&opy the virtual machine"),
        tr("A new machine is made, with an id and network addresses of its own, and the disks are "
           "copied: one exported machine can become many."));
    kind_->setChoice(static_cast<int>(ImportKind::Register));
    column()->addWidget(kind_);
    note_ = new FieldNote(this);
    column()->addWidget(note_);
    refusals().bind("id", note_, kind_);
    connect(kind_, &ChoiceList::changed, this, &ImportTypePage::edited);
}

void ImportTypePage::follow(const ImportPlan& plan) {
    possible_ = false;
    if (!plan.found)
        return;
    std::optional<ImportKind> first;
    for (const ImportKind kind : kKinds) {
        const QString reason = obstacle(kind, *plan.found);
        kind_->forbid(static_cast<int>(kind), reason);
        if (reason.isEmpty() && !first)
            first = kind;
    }
    possible_ = first.has_value();
    if (first && !obstacle(static_cast<ImportKind>(kind_->choice()), *plan.found).isEmpty())
        kind_->setChoice(static_cast<int>(*first));
}

void ImportTypePage::store(ImportPlan& plan) const {
    plan.params.kind = static_cast<ImportKind>(kind_->choice());
}

ImportFoldersPage::ImportFoldersPage(const MachineStore& store, QWidget* parent)
    : ImportPage(tr("Choose Folders"), {}, parent), store_(store) {
    explain(
        tr("What the machine is called here, and where its files are kept. A folder with the "
           "machine's name is made for its disks."));
    auto* form = new Form(kLabelCharacters, this);
    name_ = new QLineEdit(form);
    name_->setObjectName(QStringLiteral("name"));
    nameNote_ = form->add(tr("N&ame:"), name_, Form::Width::Wide).under;
    nameNote_->setObjectName(QStringLiteral("nameNote"));
    diskFolder_ = new PathField(PathField::Kind::Folder, QStringLiteral("diskFolder"),
                                tr("Folder for disks"), {}, form);
    diskFolder_->setPath(usualDiskFolder(store.host()));
    diskNote_ = form->add(tr("&Virtual hard disks:"), diskFolder_, Form::Width::Wide).under;
    diskNote_->setObjectName(QStringLiteral("diskNote"));
    column()->addWidget(form);
    elsewhere_ = new QCheckBox(tr("&Store the machine in a different location"), this);
    elsewhere_->setObjectName(QStringLiteral("elsewhere"));
    column()->addSpacing(6);
    column()->addWidget(elsewhere_);
    auto* place = new Form(kLabelCharacters, this);
    machineFolder_ = new PathField(PathField::Kind::Folder, QStringLiteral("machineFolder"),
                                   tr("Folder for the machine"), {}, place);
    machineNote_ = place->add(tr("&Location:"), machineFolder_, Form::Width::Wide).under;
    column()->addWidget(place);
    connect(name_, &QLineEdit::textChanged, this, &ImportFoldersPage::edited);
    connect(elsewhere_, &QCheckBox::toggled, this, &ImportFoldersPage::edited);
    connect(diskFolder_, &PathField::changed, this, &ImportFoldersPage::edited);
    connect(machineFolder_, &PathField::changed, this, &ImportFoldersPage::edited);
    refusals().bind("name", nameNote_, name_);
    refusals().bind("diskFolder", diskNote_, diskFolder_);
    refusals().bind("machineFolder", machineNote_, machineFolder_);
    judge();
}

void ImportFoldersPage::follow(const ImportPlan& plan) {
    copies_ = plan.params.kind != ImportKind::Register;
    if (!elsewhere_->isChecked() && store_.host())
        machineFolder_->setPath(fromUtf8(store_.host()->machinesFolder));
    if (plan.found && name_->text() == suggested_) {
        suggested_ = freeName(store_, fromUtf8(plan.found->settings.name));
        name_->setText(suggested_);
    }
    judge();
}

void ImportFoldersPage::judge() {
    diskFolder_->setEnabled(copies_);
    elsewhere_->setEnabled(copies_);
    const bool elsewhere = copies_ && elsewhere_->isChecked();
    machineFolder_->setEnabled(elsewhere);
    QString problem;
    if (name_->text().isEmpty())
        problem = tr("A machine needs a name.");
    else if (isNameTaken(store_, name_->text()))
        problem = tr("There is a machine with this name already.");
    nameNote_->say(FieldNote::Kind::Problem, problem);
    const auto nowhere = [](const PathField& field) {
        return !field.path().startsWith(QLatin1Char('/'));
    };
    const bool noDisks = copies_ && nowhere(*diskFolder_);
    diskNote_->say(FieldNote::Kind::Problem,
                   noDisks ? tr("Choose a folder for the disks.") : QString());
    const bool noMachine = elsewhere && nowhere(*machineFolder_);
    machineNote_->say(FieldNote::Kind::Problem,
                      noMachine ? tr("Choose a folder for the machine.") : QString());
    refusals().repeat();
    valid_ = problem.isEmpty() && !noDisks && !noMachine;
}

void ImportFoldersPage::store(ImportPlan& plan) const {
    plan.params.name = name_->text().toStdString();
    if (!copies_)
        return;
    plan.params.diskFolder = diskFolder_->path().toStdString();
    if (elsewhere_->isChecked())
        plan.params.machineFolder = machineFolder_->path().toStdString();
}

}  // namespace gui
