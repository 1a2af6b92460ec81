// SPDX-License-Identifier: GPL-3.0-or-later
#include "new_disk_pages.h"

#include <QDir>
#include <QFileInfo>
#include <QLineEdit>
#include <QSpinBox>
#include <QVBoxLayout>

#include "gui/connection/text.h"
#include "gui/fields/choice_list.h"
#include "gui/fields/disk_words.h"
#include "gui/fields/path_field.h"

namespace gui {

using service::DiskCreateParams;
using service::DiskFormat;
using service::DiskType;

namespace {

constexpr int kGigabyte = 30;
constexpr int kUsualSize = 127;
constexpr int kMostOfVhdx = 64 << 10;
constexpr int kMostOfVhd = 2'040;

}  // namespace

DiskFormatPage::DiskFormatPage(QWidget* parent)
    : NewDiskPage(tr("Choose Disk Format"), {}, parent), format_(new ChoiceList(this)) {
    explain(tr("Which file format the disk has."));
    format_->add(static_cast<int>(DiskFormat::Vhdx), QStringLiteral("vhdx"), tr("VHD&X"),
                 tr("Up to 64 TB, and safe when the server loses power."));
    format_->add(static_cast<int>(DiskFormat::Vhd), QStringLiteral("vhd"), tr("V&HD"),
                 tr("Up to 2040 GB, for older systems."));
    format_->setChoice(static_cast<int>(DiskFormat::Vhdx));
    column()->addWidget(format_);
    connect(format_, &ChoiceList::changed, this, &DiskFormatPage::edited);
}

void DiskFormatPage::store(DiskCreateParams& disk) const {
    disk.format = static_cast<DiskFormat>(format_->choice());
}

DiskTypePage::DiskTypePage(QWidget* parent)
    : NewDiskPage(tr("Choose Disk Type"), {}, parent), type_(new ChoiceList(this)) {
    explain(tr("How the file takes its space."));
    type_->add(static_cast<int>(DiskType::Fixed), QStringLiteral("fixed"), tr("Fi&xed size"),
               tr("All of it at once: the steadiest speed."));
    type_->add(static_cast<int>(DiskType::Dynamic), QStringLiteral("dynamic"),
               tr("&Dynamically expanding"),
               tr("It is small at first and grows as the guest "
                  "writes."));
    type_->add(static_cast<int>(DiskType::Differencing), QStringLiteral("differencing"),
               tr("D&ifferencing"),
               tr("It keeps only what differs from another disk, its parent, which must not change "
                  "any more."));
    type_->setChoice(static_cast<int>(DiskType::Dynamic));
    column()->addWidget(type_);
    connect(type_, &ChoiceList::changed, this, &DiskTypePage::edited);
}

void DiskTypePage::store(DiskCreateParams& disk) const {
    disk.type = static_cast<DiskType>(type_->choice());
}

DiskPlacePage::DiskPlacePage(const QString& folder, QWidget* parent)
    : NewDiskPage(tr("Specify Name and Location"), {}, parent) {
    explain(tr("The name and the folder of the disk's file."));
    auto* form = new Form(12, this);
    name_ = new QLineEdit(form);
    name_->setObjectName(QStringLiteral("name"));
    const Form::Row name = form->add(tr("N&ame:"), name_, Form::Width::Wide);
    nameNote_ = name.under;
    location_ = new PathField(PathField::Kind::Folder, QStringLiteral("location"), tr("Location"),
                              {}, form);
    location_->setPath(folder);
    locationNote_ = form->add(tr("&Location:"), location_, Form::Width::Wide).under;
    column()->addWidget(form);
    connect(name_, &QLineEdit::textChanged, this, &DiskPlacePage::edited);
    connect(location_, &PathField::changed, this, &DiskPlacePage::edited);
    refusals().bind("path", nameNote_, name_);
    refusals().bind("folder", locationNote_, location_);
}

void DiskPlacePage::follow(const DiskCreateParams& disk) {
    if (name_->text() != suggested_)
        return;
    const QString ending =
        disk.format == DiskFormat::Vhd ? QStringLiteral("vhd") : QStringLiteral("vhdx");
    const QString usual = tr("New Virtual Hard Disk");
    QString name = usual + QLatin1Char('.') + ending;
    for (int number = 2; QFileInfo::exists(location_->path() + QLatin1Char('/') + name); ++number)
        name = QStringLiteral("%1 %2.%3").arg(usual).arg(number).arg(ending);
    suggested_ = name;
    if (name_->text() != name)
        name_->setText(name);
}

QString DiskPlacePage::path() const {
    return QDir::cleanPath(location_->path() + QLatin1Char('/') + name_->text().trimmed());
}

void DiskPlacePage::store(DiskCreateParams& disk) const {
    disk.path = path().toStdString();
}

void DiskPlacePage::judge() {
    QString problem;
    if (name_->text().trimmed().isEmpty() || name_->text().contains(QLatin1Char('/')))
        problem = tr("Give the disk a file name.");
    else if (QFileInfo::exists(path()))
        problem = tr("There is a file of this name already.");
    nameNote_->say(FieldNote::Kind::Problem, problem);
    const bool nowhere = !location_->path().startsWith(QLatin1Char('/'));
    locationNote_->say(FieldNote::Kind::Problem,
                       nowhere ? tr("Choose a folder for the disk.") : QString());
    valid_ = problem.isEmpty() && !nowhere;
}

DiskSizePage::DiskSizePage(QWidget* parent) : NewDiskPage(tr("Configure Disk"), {}, parent) {
    explain(tr("What the guest sees."));
    sizeForm_ = new Form(12, this);
    size_ = new QSpinBox(sizeForm_);
    size_->setObjectName(QStringLiteral("size"));
    size_->setRange(1, kMostOfVhdx);
    size_->setValue(kUsualSize);
    sizeNotes_ = sizeForm_->add(tr("&Size:"), size_);
    column()->addWidget(sizeForm_);
    parentForm_ = new Form(12, this);
    parent_ = new PathField(PathField::Kind::ExistingFile, QStringLiteral("parent"),
                            tr("Parent disk"), diskFilter(), parentForm_);
    parentNote_ = parentForm_->add(tr("&Parent disk:"), parent_, Form::Width::Wide).under;
    column()->addWidget(parentForm_);
    connect(size_, &QSpinBox::valueChanged, this, &DiskSizePage::edited);
    connect(parent_, &PathField::changed, this, &DiskSizePage::edited);
    refusals().bind("sizeBytes", sizeNotes_.under, size_);
    refusals().bind("parent", parentNote_, parent_);
}

void DiskSizePage::follow(const DiskCreateParams& disk) {
    differencing_ = disk.type == DiskType::Differencing;
    const int most = disk.format == DiskFormat::Vhd ? kMostOfVhd : kMostOfVhdx;
    if (size_->maximum() != most)
        size_->setMaximum(most);
    sizeNotes_.beside->say(FieldNote::Kind::Explanation, tr("GB (Maximum: %1 GB)").arg(most));
    sizeForm_->setVisible(!differencing_);
    parentForm_->setVisible(differencing_);
    judge();
}

void DiskSizePage::store(DiskCreateParams& disk) const {
    disk.sizeBytes.reset();
    disk.parent.reset();
    if (differencing_)
        disk.parent = parent_->path().toStdString();
    else
        disk.sizeBytes = static_cast<std::uint64_t>(size_->value()) << kGigabyte;
}

void DiskSizePage::judge() {
    valid_ = !differencing_ || !parent_->path().isEmpty();
    parentNote_->say(FieldNote::Kind::Problem,
                     valid_ ? QString() : tr("Choose the disk that this one differs from."));
}

}  // namespace gui
