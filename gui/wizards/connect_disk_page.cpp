// SPDX-License-Identifier: GPL-3.0-or-later
#include "connect_disk_page.h"

#include <QDir>
#include <QFileInfo>
#include <QLineEdit>
#include <QSpinBox>
#include <QStorageInfo>
#include <QVBoxLayout>

#include "gui/connection/text.h"
#include "gui/fields/choice_list.h"
#include "gui/fields/disk_words.h"
#include "gui/fields/path_field.h"
#include "gui/windows/path_inspection.h"

namespace gui {

namespace {

constexpr int kLabelCharacters = 10;
constexpr int kGigabyte = 30;
constexpr int kUsualSize = 127;
constexpr int kMostSize = 64 << 10;

/// Of the nearest folder that is there already; nothing where none is.
std::optional<qint64> freeSpace(const QString& folder) {
    QDir place(folder);
    while (!place.exists() && !place.isRoot())
        place.setPath(QFileInfo(place.path()).path());
    const QStorageInfo storage(place);
    return storage.isValid() ? std::optional(storage.bytesAvailable()) : std::nullopt;
}

}  // namespace

ConnectDiskPage::ConnectDiskPage(ServiceConnection& connection, QWidget* parent)
    : NewMachinePage(tr("Connect Virtual Hard Disk"), {}, parent), choice_(new ChoiceList(this)) {
    explain(
        tr("An operating system needs a disk. Give the machine one now, or later in its "
           "settings."));
    choice_->add(Create, QStringLiteral("createDisk"), tr("&Create a virtual hard disk"),
                 tr("A VHDX file that grows as the guest writes."));
    choice_->addFields(createFields());
    choice_->add(Existing, QStringLiteral("existingDisk"), tr("&Use an existing virtual hard disk"),
                 tr("A VHDX, VHD or raw image that is already there; it is inspected at once."));
    choice_->addFields(existingFields(connection));
    choice_->add(Later, QStringLiteral("diskLater"), tr("Attach a virtual hard disk &later"),
                 tr("The machine is made without a disk."));
    choice_->setChoice(Create);
    column()->addWidget(choice_);
    connect(choice_, &ChoiceList::changed, this, &ConnectDiskPage::edited);
    judge();
}

QWidget* ConnectDiskPage::createFields() {
    auto* form = new Form(kLabelCharacters, choice_);
    name_ = new QLineEdit(form);
    name_->setObjectName(QStringLiteral("diskName"));
    const Form::Row name = form->add(tr("Na&me:"), name_, Form::Width::Wide);
    nameNote_ = name.under;
    location_ = new PathField(PathField::Kind::Folder, QStringLiteral("diskLocation"),
                              tr("Location"), {}, form);
    const Form::Row location = form->add(tr("L&ocation:"), location_, Form::Width::Wide);
    locationNote_ = location.under;
    size_ = new QSpinBox(form);
    size_->setObjectName(QStringLiteral("diskSize"));
    size_->setRange(1, kMostSize);
    size_->setValue(kUsualSize);
    sizeNotes_ = form->add(tr("&Size:"), size_);
    connect(name_, &QLineEdit::textChanged, this, &ConnectDiskPage::edited);
    connect(location_, &PathField::changed, this, &ConnectDiskPage::edited);
    connect(size_, &QSpinBox::valueChanged, this, &ConnectDiskPage::edited);
    refusals().bind("newDisk", name.under, name_);
    refusals().bind("newDisk.sizeBytes", sizeNotes_.under, size_);
    return form;
}

QWidget* ConnectDiskPage::existingFields(ServiceConnection& connection) {
    auto* form = new Form(kLabelCharacters, choice_);
    existing_ = new PathField(PathField::Kind::ExistingFile, QStringLiteral("existingPath"),
                              tr("Virtual hard disk"), diskFilter(), form);
    const Form::Row row = form->add(tr("Locatio&n:"), existing_, Form::Width::Wide);
    existingNote_ = row.under;
    existingNote_->setObjectName(QStringLiteral("existingNote"));
    auto* inspection = new DiskInspection(
        connection, [this] { return existing_->path(); },
        [this](const service::DiskInspectReply& disk) {
            inspected_ = true;
            edited();
            existingNote_->say(FieldNote::Kind::Explanation, diskLine(disk));
        },
        [this](const QString& problem) {
            inspected_ = false;
            edited();
            existingNote_->say(FieldNote::Kind::Problem, problem);
        },
        this);
    connect(existing_, &PathField::changed, this, [this, inspection] {
        inspected_ = false;
        existingNote_->clear();
        inspection->askSoon();
        edited();
    });
    refusals().bind("drives", row.under, existing_);
    return form;
}

void ConnectDiskPage::follow(const NewMachine& machine, const MachineStore& store) {
    if (location_->path() == suggestedLocation_) {
        suggestedLocation_ = usualDiskFolder(store.host());
        location_->setPath(suggestedLocation_);
    }
    if (name_->text() != suggested_)
        return;
    const QString name = fromUtf8(machine.settings.name) + QStringLiteral(".vhdx");
    suggested_ = name;
    if (name_->text() != name)
        name_->setText(name);
}

QString ConnectDiskPage::newPath() const {
    QString name = name_->text().trimmed();
    if (!name.contains(QLatin1Char('.')))
        name += QStringLiteral(".vhdx");
    return QDir::cleanPath(location_->path() + QLatin1Char('/') + name);
}

void ConnectDiskPage::store(NewMachine& machine) const {
    machine.newDisk.reset();
    machine.settings.drives.clear();
    if (choice_->choice() == Later)
        return;
    service::Drive drive;
    if (machine.settings.generation == 2)
        drive.controller = service::ControllerKind::Scsi;
    drive.path = (choice_->choice() == Create ? newPath() : existing_->path()).toStdString();
    if (choice_->choice() == Create) {
        service::DiskCreateParams disk;
        disk.path = drive.path;
        disk.format = service::DiskFormat::Vhdx;
        disk.type = service::DiskType::Dynamic;
        disk.sizeBytes = static_cast<std::uint64_t>(size_->value()) << kGigabyte;
        machine.newDisk = std::move(disk);
    }
    machine.settings.drives.push_back(std::move(drive));
}

void ConnectDiskPage::judge() {
    valid_ = true;
    judgeNewDisk();
    if (choice_->choice() == Existing) {
        valid_ = inspected_;
        if (existing_->path().isEmpty())
            existingNote_->say(FieldNote::Kind::Problem, tr("Choose an image file."));
    }
}

void ConnectDiskPage::judgeNewDisk() {
    const auto space = freeSpace(location_->path());
    sizeNotes_.beside->say(FieldNote::Kind::Explanation,
                           space ? tr("GB (Maximum: 64 TB)   %1 free at this location")
                                       .arg(fileSize(static_cast<std::uint64_t>(*space)))
                                 : tr("GB (Maximum: 64 TB)"));
    const bool used = choice_->choice() == Create;
    QString problem;
    if (name_->text().trimmed().isEmpty() || name_->text().contains(QLatin1Char('/')))
        problem = tr("Give the disk a file name.");
    else if (QFileInfo::exists(newPath()))
        problem =
            tr("There is a file of this name already. Choose another name, or use the "
               "existing disk.");
    nameNote_->say(FieldNote::Kind::Problem, used ? problem : QString());
    const bool nowhere = !location_->path().startsWith(QLatin1Char('/'));
    locationNote_->say(FieldNote::Kind::Problem,
                       used && nowhere ? tr("Choose a folder for the disk.") : QString());
    if (used && (nowhere || !problem.isEmpty()))
        valid_ = false;
}

}  // namespace gui
