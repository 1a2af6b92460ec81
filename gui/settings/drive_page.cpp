// SPDX-License-Identifier: GPL-3.0-or-later
#include "drive_page.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileInfo>
#include <QPushButton>
#include <QVBoxLayout>

#include "gui/connection/service_connection.h"
#include "gui/connection/text.h"
#include "gui/fields/choice_list.h"
#include "gui/fields/disk_words.h"
#include "gui/fields/path_field.h"
#include "gui/windows/path_inspection.h"

namespace gui {

using service::Drive;
using service::DriveKind;

namespace {

constexpr int kLabelCharacters = 16;

enum Media { NoDisc, ImageFile };

}  // namespace

DrivePage::DrivePage(ServiceConnection& connection, const Drive& drive, QWidget* parent)
    : SettingsPage(
          drive.kind == DriveKind::Dvd ? tr("DVD Drive") : tr("Hard Drive"),
          drive.kind == DriveKind::Dvd ? QStringLiteral("dvd") : QStringLiteral("hard-disk"),
          tr("Where the drive is plugged in, and what is in it."), parent),
      place_(placeOf(drive)),
      kind_(drive.kind) {
    addPlace();
    addImage();
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    inspect_ = new QPushButton(tr("&Inspect"), this);
    inspect_->setObjectName(QStringLiteral("inspect"));
    inspect_->setVisible(!isDvd());
    remove_ = new QPushButton(tr("Re&move"), this);
    remove_->setObjectName(QStringLiteral("remove"));
    for (QPushButton* const button : {inspect_, remove_}) {
        button->setAutoDefault(false);
        row->addWidget(button);
    }
    column()->addLayout(row);
    auto* inspection = new DiskInspection(
        connection, [this] { return path_->path(); },
        [this](const service::DiskInspectReply& disk) {
            inspected_->say(FieldNote::Kind::Explanation, diskLine(disk));
        },
        [this](const QString& problem) { inspected_->say(FieldNote::Kind::Problem, problem); },
        this);
    connect(inspect_, &QPushButton::clicked, inspection, [inspection] { inspection->askNow(); });
    connect(remove_, &QPushButton::clicked, this, &DrivePage::removeWanted);
}

void DrivePage::addPlace() {
    auto* form = new Form(kLabelCharacters, this);
    controller_ = new QComboBox(form);
    controller_->setObjectName(QStringLiteral("controller"));
    location_ = new QComboBox(form);
    location_->setObjectName(QStringLiteral("location"));
    form->add(tr("&Controller:"), controller_);
    placeNote_ = form->add(tr("&Location:"), location_).under;
    column()->addWidget(form);
    connect(controller_, &QComboBox::activated, this, [this] {
        fillLocations(shown_);
        move();
    });
    connect(location_, &QComboBox::activated, this, &DrivePage::move);
}

void DrivePage::addImage() {
    path_ = new PathField(PathField::Kind::ExistingFile, QStringLiteral("path"),
                          isDvd() ? tr("CD or DVD image") : tr("Virtual hard disk"),
                          isDvd() ? discFilter() : diskFilter(), this);
    auto* form = new Form(kLabelCharacters, this);
    if (isDvd()) {
        media_ = new ChoiceList(this);
        media_->add(NoDisc, QStringLiteral("noDisc"), tr("&None"), tr("The drive is empty."));
        media_->add(ImageFile, QStringLiteral("imageFile"), tr("Image &file"));
        auto* inside = new QWidget(media_);
        auto* column = new QVBoxLayout(inside);
        column->setContentsMargins(0, 0, 0, 0);
        column->addWidget(path_);
        pathNote_ = new FieldNote(inside);
        column->addWidget(pathNote_);
        media_->addFields(inside);
        this->column()->addWidget(media_);
        connect(media_, &ChoiceList::changed, this, &DrivePage::edited);
        form->hide();
    } else {
        pathNote_ = form->add(tr("&Virtual hard disk:"), path_, Form::Width::Wide).under;
        readOnly_ = new QCheckBox(tr("&Read-only"), form);
        readOnly_->setObjectName(QStringLiteral("readOnly"));
        form->addUnlabelled(readOnly_);
        column()->addWidget(form);
        connect(readOnly_, &QCheckBox::toggled, this, &DrivePage::edited);
    }
    inspected_ = new FieldNote(this);
    inspected_->setObjectName(QStringLiteral("inspected"));
    column()->addWidget(inspected_);
    connect(path_, &PathField::changed, this, [this] {
        inspected_->clear();
        edited();
    });
}

void DrivePage::fillLocations(const service::MachineSettings& settings) {
    const Controller chosen = everyController(
        settings.generation)[static_cast<std::size_t>(std::max(controller_->currentIndex(), 0))];
    location_->clear();
    for (std::uint32_t at = 0; at < locationsOf(chosen.kind); ++at) {
        const DrivePlace place{chosen.kind, chosen.number, at};
        if (place == place_ || !driveAt(settings, place))
            location_->addItem(
                place == place_ ? tr("%1 (this drive)").arg(at) : locale().toString(at), at);
    }
    if (chosen.kind == place_.controller && chosen.number == place_.number)
        location_->setCurrentIndex(location_->findData(place_.location));
}

void DrivePage::move() {
    const auto controllers = everyController(shown_.generation);
    const auto index = static_cast<std::size_t>(controller_->currentIndex());
    if (index >= controllers.size() || location_->currentIndex() < 0)
        return;
    const DrivePlace to{controllers[index].kind, controllers[index].number,
                        location_->currentData().toUInt()};
    if (to != place_)
        emit moveWanted(to);
}

QString DrivePage::summary() const {
    const QString path = path_->path();
    if (path.isEmpty() || (media_ && media_->choice() == NoDisc))
        return tr("None");
    return QFileInfo(path).fileName();
}

void DrivePage::store(service::MachineSettings& settings) const {
    Drive* const drive = driveAt(settings, place_);
    if (!drive)
        return;
    drive->path =
        media_ && media_->choice() == NoDisc ? std::string() : path_->path().toStdString();
    if (readOnly_)
        drive->readOnly = readOnly_->isChecked();
}

bool DrivePage::differs(const service::MachineSettings& before,
                        const service::MachineSettings& after) const {
    const Drive* const old = driveAt(before, place_);
    const Drive* const now = driveAt(after, place_);
    return !old || !now ? old != now : *old != *now;
}

void DrivePage::load(const service::MachineDetails& details, const service::HostReply*) {
    shown_ = details.settings;
    const Drive* const drive = driveAt(shown_, place_);
    if (!drive)
        return;
    const auto controllers = everyController(shown_.generation);
    controller_->clear();
    for (const Controller& one : controllers) {
        controller_->addItem(controllerText(one.kind, one.number));
        if (one.kind == place_.controller && one.number == place_.number)
            controller_->setCurrentIndex(controller_->count() - 1);
    }
    fillLocations(shown_);
    path_->setPath(fromUtf8(drive->path));
    // An image that is being looked for has no path yet.
    if (media_ && (!drive->path.empty() || media_->choice() < 0))
        media_->setChoice(drive->path.empty() ? NoDisc : ImageFile);
    if (readOnly_)
        readOnly_->setChecked(drive->readOnly);
    refusals().unbind(boundField_);
    boundField_ = "drives[" + std::to_string(drive - shown_.drives.data()) + "]";
    refusals().bind(boundField_, pathNote_, path_);
    const QString frozen = frozenReason(details.summary.state, place_.controller);
    // Discs can be changed at any time.
    setFrozen(isDvd() ? QString() : frozen);
    controller_->setEnabled(frozen.isEmpty());
    location_->setEnabled(frozen.isEmpty());
    remove_->setEnabled(frozen.isEmpty());
    placeNote_->say(FieldNote::Kind::Explanation, frozen);
}

void DrivePage::judge() {
    const bool wanted = !media_ || media_->choice() == ImageFile;
    problem_ = wanted && path_->path().isEmpty();
    pathNote_->say(FieldNote::Kind::Problem, problem_ ? tr("Choose an image file.") : QString());
    inspect_->setEnabled(!path_->path().isEmpty());
}

}  // namespace gui
