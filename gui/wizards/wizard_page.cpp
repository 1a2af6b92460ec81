// SPDX-License-Identifier: GPL-3.0-or-later
#include "wizard_page.h"

#include <QCheckBox>
#include <QLabel>
#include <QVBoxLayout>

#include "gui/preferences/hidden_pages.h"

namespace gui {

WizardPage::WizardPage(QString title, QString step, QWidget* parent)
    : QWidget(parent),
      title_(std::move(title)),
      step_(step.isEmpty() ? title_ : std::move(step)),
      column_(new QVBoxLayout) {
    setBackgroundRole(QPalette::Base);
    setAccessibleName(title_);
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(24, 18, 24, 18);
    column_->setSpacing(10);
    whole->addLayout(column_);
    whole->addStretch(1);
}

bool WizardPage::showRefusal(const std::string& field, const QString& text) {
    return refusals_.show(field, text);
}

void WizardPage::explain(const QString& text) {
    auto* label = new QLabel(text, this);
    label->setWordWrap(true);
    column_->addWidget(label);
}

void WizardPage::offerToSkip(const QString& page) {
    auto* skip = new QCheckBox(tr("&Do not show this page again"), this);
    skip->setObjectName(QStringLiteral("doNotShow"));
    column_->addSpacing(8);
    column_->addWidget(skip);
    connect(skip, &QCheckBox::toggled, this,
            [page](bool unwanted) { setPageHidden(page, unwanted); });
}

void WizardPage::edited() {
    refusals_.clear();
    judge();
    emit changed();
}

}  // namespace gui
