// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit_disk_pages.h"

#include <QComboBox>
#include <QDir>
#include <QFileInfo>
#include <QLineEdit>
#include <QSpinBox>
#include <QVBoxLayout>

#include "gui/connection/text.h"
#include "gui/fields/choice_list.h"
#include "gui/fields/disk_words.h"
#include "gui/fields/path_field.h"
#include "gui/windows/path_inspection.h"

namespace gui {

using service::DiskFormat;
using service::DiskType;

namespace {

constexpr int kGigabyte = 30;
constexpr int kMostOfVhdx = 64 << 10;
constexpr int kMostOfVhd = 2'040;

int gigabytesAbove(std::uint64_t bytes) {
    return static_cast<int>(bytes >> kGigabyte) + 1;
}

QString endingOf(DiskFormat format) {
    switch (format) {
        case DiskFormat::Vhdx:
            return QStringLiteral("vhdx");
        case DiskFormat::Vhd:
            return QStringLiteral("vhd");
        case DiskFormat::Raw:
            return QStringLiteral("raw");
    }
    return {};
}

}  // namespace

LocateDiskPage::LocateDiskPage(ServiceConnection& connection, const QString& path, QWidget* parent)
    : EditDiskPage(tr("Locate Virtual Hard Disk"), {}, parent) {
    explain(tr("The disk to edit. No machine that uses it may run."));
    auto* form = new Form(12, this);
    path_ = new PathField(PathField::Kind::ExistingFile, QStringLiteral("path"),
                          tr("Virtual hard disk"), diskFilter(), form);
    note_ = form->add(tr("&Location:"), path_, Form::Width::Wide).under;
    note_->setObjectName(QStringLiteral("inspected"));
    column()->addWidget(form);
    auto* inspection = new DiskInspection(
        connection, [this] { return path_->path(); },
        [this](const service::DiskInspectReply& disk) {
            note_->say(FieldNote::Kind::Explanation, diskLine(disk));
            disk_ = disk;
            emit changed();
        },
        [this](const QString& problem) {
            note_->say(FieldNote::Kind::Problem, problem);
            emit changed();
        },
        this);
    connect(path_, &PathField::changed, this, [this, inspection] {
        disk_.reset();
        note_->clear();
        inspection->askSoon();
        edited();
    });
    refusals().bind("path", note_, path_);
    refusals().bind("source", note_, path_);
    path_->setPath(path);
}

void LocateDiskPage::store(DiskEdit& edit) const {
    edit.path = path_->path().toStdString();
    edit.disk = disk_;
}

DiskActionPage::DiskActionPage(QWidget* parent)
    : EditDiskPage(tr("Choose Action"), {}, parent), action_(new ChoiceList(this)) {
    explain(tr("What is done to the disk."));
    action_->add(static_cast<int>(DiskAction::Compact), QStringLiteral("compact"), tr("&Compact"),
                 tr("Gives back space in the file that holds nothing. The guest sees the same "
                    "disk."));
    action_->add(static_cast<int>(DiskAction::Convert), QStringLiteral("convert"), tr("Con&vert"),
                 tr("Copies the disk to a new one of another format or type."));
    action_->add(static_cast<int>(DiskAction::Expand), QStringLiteral("expand"), tr("&Expand"),
                 tr("Makes the disk that the guest sees larger."));
    action_->add(static_cast<int>(DiskAction::Merge), QStringLiteral("merge"), tr("&Merge"),
                 tr("Writes what a differencing disk holds into its parent."));
    action_->setChoice(static_cast<int>(DiskAction::Convert));
    column()->addWidget(action_);
    connect(action_, &ChoiceList::changed, this, &DiskActionPage::edited);
}

void DiskActionPage::follow(const DiskEdit& edit) {
    const DiskType type = edit.disk ? edit.disk->type : DiskType::Dynamic;
    const bool differencing = type == DiskType::Differencing;
    const QString notCompact =
        type == DiskType::Fixed ? tr("A disk of fixed size has all its space always.") : QString();
    const QString notExpand =
        differencing ? tr("A differencing disk is as large as its parent.") : QString();
    const QString notMerge = differencing ? QString() : tr("This disk has no parent.");
    action_->forbid(static_cast<int>(DiskAction::Compact), notCompact);
    action_->forbid(static_cast<int>(DiskAction::Expand), notExpand);
    action_->forbid(static_cast<int>(DiskAction::Merge), notMerge);
    switch (static_cast<DiskAction>(action_->choice())) {
        case DiskAction::Compact:
            valid_ = notCompact.isEmpty();
            break;
        case DiskAction::Expand:
            valid_ = notExpand.isEmpty();
            break;
        case DiskAction::Merge:
            valid_ = notMerge.isEmpty();
            break;
        case DiskAction::Convert:
            valid_ = true;
            break;
    }
}

void DiskActionPage::store(DiskEdit& edit) const {
    edit.action = static_cast<DiskAction>(action_->choice());
}

ConfigureEditPage::ConfigureEditPage(QWidget* parent)
    : EditDiskPage(tr("Configure Disk"), {}, parent) {
    nothing_ = new FieldNote(this);
    column()->addWidget(nothing_);
    addConversion();
    expansion_ = new Form(14, this);
    size_ = new QSpinBox(expansion_);
    size_->setObjectName(QStringLiteral("size"));
    sizeNotes_ = expansion_->add(tr("&New size:"), size_);
    column()->addWidget(expansion_);
    connect(size_, &QSpinBox::valueChanged, this, &ConfigureEditPage::edited);
    refusals().bind("sizeBytes", sizeNotes_.under, size_);
}

void ConfigureEditPage::addConversion() {
    conversion_ = new Form(14, this);
    format_ = new QComboBox(conversion_);
    format_->setObjectName(QStringLiteral("format"));
    for (const DiskFormat format : {DiskFormat::Vhdx, DiskFormat::Vhd, DiskFormat::Raw})
        format_->addItem(formatText(format), static_cast<int>(format));
    conversion_->add(tr("For&mat:"), format_);
    type_ = new QComboBox(conversion_);
    type_->setObjectName(QStringLiteral("type"));
    for (const DiskType type : {DiskType::Dynamic, DiskType::Fixed})
        type_->addItem(typeText(type), static_cast<int>(type));
    conversion_->add(tr("&Type:"), type_);
    name_ = new QLineEdit(conversion_);
    name_->setObjectName(QStringLiteral("name"));
    nameNote_ = conversion_->add(tr("N&ame:"), name_, Form::Width::Wide).under;
    folder_ = new PathField(PathField::Kind::Folder, QStringLiteral("location"), tr("Location"), {},
                            conversion_);
    conversion_->add(tr("&Location:"), folder_, Form::Width::Wide);
    column()->addWidget(conversion_);
    connect(format_, &QComboBox::currentIndexChanged, this, [this] {
        const QString base = QFileInfo(name_->text()).completeBaseName();
        const auto format = static_cast<DiskFormat>(format_->currentData().toInt());
        type_->setEnabled(format != DiskFormat::Raw);
        if (!base.isEmpty())
            name_->setText(base + QLatin1Char('.') + endingOf(format));
        edited();
    });
    connect(type_, &QComboBox::currentIndexChanged, this, &ConfigureEditPage::edited);
    connect(name_, &QLineEdit::textChanged, this, &ConfigureEditPage::edited);
    connect(folder_, &PathField::changed, this, &ConfigureEditPage::edited);
    refusals().bind("destination", nameNote_, name_);
    refusals().bind("type", nameNote_, type_);
}

QString ConfigureEditPage::destination() const {
    return QDir::cleanPath(folder_->path() + QLatin1Char('/') + name_->text().trimmed());
}

void ConfigureEditPage::follow(const DiskEdit& edit) {
    edit_ = edit;
    if (edit.path != suggestedFor_ && edit.disk) {
        suggestedFor_ = edit.path;
        const QFileInfo file(fromUtf8(edit.path));
        folder_->setPath(file.path());
        const auto format = static_cast<DiskFormat>(format_->currentData().toInt());
        name_->setText(tr("%1 - converted.%2").arg(file.completeBaseName(), endingOf(format)));
        const int most = edit.disk->format == DiskFormat::Vhd ? kMostOfVhd : kMostOfVhdx;
        size_->setRange(std::min(gigabytesAbove(edit.disk->sizeBytes), most), most);
        size_->setValue(size_->minimum());
        sizeNotes_.beside->say(FieldNote::Kind::Explanation,
                               tr("GB, now %1").arg(fileSize(edit.disk->sizeBytes)));
    }
    conversion_->setVisible(edit.action == DiskAction::Convert);
    expansion_->setVisible(edit.action == DiskAction::Expand);
    QString nothing;
    if (edit.action == DiskAction::Compact)
        nothing = tr("There is nothing to choose for compacting.");
    else if (edit.action == DiskAction::Merge && edit.disk)
        nothing =
            tr("What the disk holds is written into its parent, %1. Other disks with the same "
               "parent can't be used afterwards.")
                .arg(fromUtf8(edit.disk->parent));
    nothing_->say(FieldNote::Kind::Explanation, nothing);
    judge();
}

void ConfigureEditPage::judge() {
    QString problem;
    if (edit_.action == DiskAction::Convert) {
        if (name_->text().trimmed().isEmpty() || name_->text().contains(QLatin1Char('/')))
            problem = tr("Give the new disk a file name.");
        else if (QFileInfo::exists(destination()))
            problem = tr("There is a file of this name already.");
    }
    nameNote_->say(FieldNote::Kind::Problem, problem);
    valid_ = problem.isEmpty();
}

void ConfigureEditPage::store(DiskEdit& edit) const {
    const auto format = static_cast<DiskFormat>(format_->currentData().toInt());
    edit.convert.source = edit.path;
    edit.convert.destination = destination().toStdString();
    edit.convert.format = format;
    edit.convert.type = format == DiskFormat::Raw
                            ? DiskType::Fixed
                            : static_cast<DiskType>(type_->currentData().toInt());
    edit.sizeBytes = static_cast<std::uint64_t>(size_->value()) << kGigabyte;
}

}  // namespace gui
