// SPDX-License-Identifier: GPL-3.0-or-later
#include "path_field.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>

namespace gui {

PathField::PathField(Kind kind, const QString& name, const QString& caption, const QString& filter,
                     QWidget* parent)
    : QWidget(parent),
      kind_(kind),
      caption_(caption),
      filter_(filter),
      edit_(new QLineEdit(this)),
      browse_(new QPushButton(tr("Browse..."), this)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(7);
    row->addWidget(edit_, 1);
    row->addWidget(browse_);
    edit_->setObjectName(name);
    edit_->setLayoutDirection(Qt::LeftToRight);
    edit_->setAccessibleName(caption);
    setAccessibleName(caption);
    browse_->setObjectName(name + QStringLiteral("Browse"));
    browse_->setAccessibleName(caption + QLatin1Char(' ') + browse_->text());
    browse_->setAutoDefault(false);
    // The label's buddy is this; what is typed goes into the edit.
    setFocusProxy(edit_);
    connect(edit_, &QLineEdit::textChanged, this, &PathField::changed);
    connect(browse_, &QPushButton::clicked, this, &PathField::browse);
}

QString PathField::path() const {
    return expandedPath(edit_->text());
}

void PathField::setPath(const QString& path) {
    if (this->path() != path)
        edit_->setText(path);
}

void PathField::browse() {
    auto* dialog = new QFileDialog(this, caption_, {}, filter_);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(kind_ == Kind::Folder ? QFileDialog::Directory : QFileDialog::ExistingFile);
    const QFileInfo present(path());
    const QString folder =
        kind_ == Kind::Folder ? present.filePath() : present.absoluteDir().path();
    if (!path().isEmpty() && QFileInfo::exists(folder))
        dialog->setDirectory(folder);
    connect(dialog, &QFileDialog::fileSelected, edit_, &QLineEdit::setText);
    dialog->open();
}

QString diskFilter() {
    return PathField::tr("Disk images (*.vhdx *.vhd *.avhdx *.avhd *.raw *.img);;All files (*)");
}

QString discFilter() {
    return PathField::tr("CD and DVD images (*.iso);;All files (*)");
}

QString disketteFilter() {
    return PathField::tr("Diskette images (*.vfd *.img *.ima);;All files (*)");
}

QString expandedPath(const QString& typed) {
    const QString text = typed.trimmed();
    if (text == QLatin1String("~") || text.startsWith(QLatin1String("~/")))
        return QDir::homePath() + text.mid(1);
    return text;
}

}  // namespace gui
