// SPDX-License-Identifier: GPL-3.0-or-later
#include "reset_check_boxes_page.h"

#include <QHBoxLayout>
#include <QPushButton>

#include "gui/preferences/hidden_pages.h"

namespace gui {

ResetCheckBoxesPage::ResetCheckBoxesPage(QWidget* parent)
    : VireoSettingsPage(tr("Reset Check Boxes"), QStringLiteral("reset"),
                        tr("Pages of wizards that were hidden by \"Do not show this page again\" "
                           "can be shown again."),
                        parent),
      reset_(new QPushButton(tr("&Reset"), this)),
      note_(new FieldNote(this)) {
    reset_->setObjectName(QStringLiteral("resetCheckBoxes"));
    reset_->setAutoDefault(false);
    note_->setObjectName(QStringLiteral("hiddenPages"));
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    row->addWidget(reset_);
    row->addWidget(note_, 1);
    column()->addLayout(row);
    connect(reset_, &QPushButton::clicked, this, [this] {
        showHiddenPages();
        count();
        edited();
    });
    count();
}

void ResetCheckBoxesPage::count() {
    hidden_ = hiddenPages();
    reset_->setEnabled(hidden_ > 0);
    note_->say(FieldNote::Kind::Explanation, summary());
}

QString ResetCheckBoxesPage::summary() const {
    return hidden_ == 0   ? tr("No page is hidden")
           : hidden_ == 1 ? tr("1 page is hidden")
                          : tr("%1 pages are hidden").arg(hidden_);
}

void ResetCheckBoxesPage::load(const VireoSettings&, const service::ServiceReply*) {
    count();
}

}  // namespace gui
