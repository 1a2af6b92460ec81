// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect_disk_dialog.h"

#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QVBoxLayout>

#include "gui/appearance/banner.h"
#include "gui/appearance/pane_header.h"
#include "gui/connection/text.h"
#include "gui/fields/disk_words.h"
#include "gui/fields/path_field.h"
#include "gui/windows/path_inspection.h"

namespace gui {

InspectDiskDialog::InspectDiskDialog(ServiceConnection& connection, QWidget* parent)
    : QDialog(parent),
      banner_(new Banner(this)),
      path_(new PathField(PathField::Kind::ExistingFile, QStringLiteral("path"),
                          tr("Virtual hard disk"), diskFilter(), this)),
      form_(new QFormLayout) {
    setWindowTitle(tr("Inspect Virtual Hard Disk"));
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    whole->addWidget(banner_);
    form_->setContentsMargins(20, 16, 20, 12);
    form_->setHorizontalSpacing(18);
    form_->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    form_->setLabelAlignment(Qt::AlignLeading);
    form_->addRow(tr("&File:"), path_);
    whole->addLayout(form_);
    whole->addStretch(1);
    whole->addWidget(new Separator(Qt::Horizontal, this));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    buttons->setContentsMargins(14, 10, 14, 10);
    whole->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    resize(fontMetrics().averageCharWidth() * 84, 360);
    auto* inspection = new DiskInspection(
        connection, [this] { return path_->path(); },
        [this](const service::DiskInspectReply& disk) { tell(disk); },
        [this](const QString& problem) {
            clear();
            banner_->say(Banner::Kind::Error, problem);
        },
        this);
    connect(path_, &PathField::changed, this, [this, inspection] {
        clear();
        inspection->askSoon();
    });
}

void InspectDiskDialog::setPath(const QString& path) {
    path_->setPath(path);
}

void InspectDiskDialog::clear() {
    banner_->clear();
    while (form_->rowCount() > 1)
        form_->removeRow(form_->rowCount() - 1);
}

void InspectDiskDialog::add(const QString& name, const QString& value) {
    // A field rather than a label: it can be copied from with the keyboard, and scrolls.
    auto* field = new QLineEdit(value, this);
    field->setReadOnly(true);
    field->setCursorPosition(0);
    field->setAccessibleName(name);
    form_->addRow(name, field);
}

void InspectDiskDialog::tell(const service::DiskInspectReply& disk) {
    clear();
    add(tr("Format:"), formatText(disk.format));
    add(tr("Type:"), typeText(disk.type));
    add(tr("Current file size:"), fileSize(disk.fileSizeBytes));
    add(tr("Maximum disk size:"),
        tr("%1 (%2 bytes)").arg(fileSize(disk.sizeBytes), locale().toString(disk.sizeBytes)));
    if (disk.blockSizeBytes != 0)
        add(tr("Block size:"), fileSize(disk.blockSizeBytes));
    if (!disk.identifier.empty())
        add(tr("Identifier:"), fromUtf8(disk.identifier));
    if (!disk.parent.empty())
        add(tr("Parent:"), fromUtf8(disk.parent));
}

}  // namespace gui
