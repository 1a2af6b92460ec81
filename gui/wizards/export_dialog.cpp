// SPDX-License-Identifier: GPL-3.0-or-later
#include "export_dialog.h"

#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

#include "gui/appearance/banner.h"
#include "gui/appearance/pane_header.h"
#include "gui/connection/text.h"
#include "gui/fields/form.h"
#include "gui/fields/path_field.h"

namespace gui {

namespace {

constexpr int kNoteLines = 4;

}  // namespace

ExportDialog::ExportDialog(MachineStore& store, std::string machine, QWidget* parent)
    : QDialog(parent), machine_(std::move(machine)), job_(store.connection()) {
    const KnownMachine* const known = store.find(machine_);
    build(known ? fromUtf8(known->summary.name) : QString());
    connect(&job_, &JobWatch::progressed, this, [this](const QString& title, double percent) {
        work_->setText(title);
        progress_->setRange(0, 100);
        progress_->setValue(static_cast<int>(percent));
    });
    connect(&job_, &JobWatch::succeeded, this, [this] {
        stop();
        accept();
    });
    connect(&job_, &JobWatch::failed, this, &ExportDialog::fail);
    judge();
}

void ExportDialog::build(const QString& name) {
    setWindowTitle(tr("Export Virtual Machine"));
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    banner_ = new Banner(this);
    whole->addWidget(banner_);
    auto* content = new QVBoxLayout;
    content->setContentsMargins(20, 16, 20, 12);
    content->setSpacing(10);
    auto* text = new QLabel(tr("A folder \"%1\" is made there, with the machine's settings and "
                               "copies of its hard disks. It can be carried elsewhere and "
                               "imported.")
                                .arg(name),
                            this);
    text->setTextFormat(Qt::PlainText);
    text->setWordWrap(true);
    content->addWidget(text);
    auto* form = new Form(10, this);
    location_ = new PathField(PathField::Kind::Folder, QStringLiteral("location"), tr("Location"),
                              {}, form);
    FieldNote* const note = form->add(tr("&Location:"), location_, Form::Width::Wide).under;
    note->setObjectName(QStringLiteral("locationNote"));
    content->addWidget(form);
    content->addStretch(1);
    whole->addLayout(content, 1);
    whole->addWidget(new Separator(Qt::Horizontal, this));

    auto* row = new QHBoxLayout;
    row->setContentsMargins(14, 10, 14, 10);
    row->setSpacing(8);
    work_ = new QLabel(this);
    work_->setTextFormat(Qt::PlainText);
    work_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    progress_ = new QProgressBar(this);
    progress_->setObjectName(QStringLiteral("progress"));
    progress_->setAccessibleName(tr("Progress"));
    progress_->hide();
    export_ = new QPushButton(tr("&Export"), this);
    export_->setObjectName(QStringLiteral("export"));
    export_->setDefault(true);
    auto* cancel = new QPushButton(tr("Cancel"), this);
    cancel->setObjectName(QStringLiteral("cancel"));
    cancel->setAutoDefault(false);
    row->addWidget(work_, 1);
    row->addWidget(progress_, 1);
    row->addWidget(export_);
    row->addWidget(cancel);
    whole->addLayout(row);
    // With room for what may have to be said under the field.
    resize(fontMetrics().averageCharWidth() * 96,
           sizeHint().height() + kNoteLines * fontMetrics().height());
    refusals_.bind("folder", note, location_);
    connect(location_, &PathField::changed, this, &ExportDialog::judge);
    connect(export_, &QPushButton::clicked, this, &ExportDialog::begin);
    connect(cancel, &QPushButton::clicked, this, &ExportDialog::reject);
}

void ExportDialog::judge() {
    refusals_.clear();
    export_->setEnabled(!busy_ && location_->path().startsWith(QLatin1Char('/')));
    location_->setEnabled(!busy_);
}

void ExportDialog::begin() {
    banner_->clear();
    busy_ = true;
    progress_->setRange(0, 0);
    progress_->show();
    judge();
    job_.begin<service::MachineExportMethod>({machine_, location_->path().toStdString()});
}

void ExportDialog::stop() {
    busy_ = false;
    work_->clear();
    progress_->hide();
    judge();
}

void ExportDialog::fail(const service::RpcError& error) {
    stop();
    // Cancelled by the one who reads this.
    if (error.code == service::ErrorCode::Cancelled)
        return;
    const QString text = errorLine(error);
    if (error.data.field.empty() || !refusals_.show(error.data.field, text))
        banner_->say(Banner::Kind::Error, text);
}

void ExportDialog::reject() {
    if (busy_)
        job_.cancel();
    else
        QDialog::reject();
}

}  // namespace gui
