// SPDX-License-Identifier: GPL-3.0-or-later
#include "summary_page.h"

#include <QFormLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace gui {

SummaryPage::SummaryPage(const QString& title, const QString& text, QWidget* parent)
    : WizardPage(title, tr("Summary"), parent), form_(makeFacts()) {
    explain(text);
    column()->addLayout(form_);
}

void SummaryPage::setFacts(const Facts& facts) {
    if (facts == shown_)
        return;
    shown_ = facts;
    showFacts(*form_, facts);
}

QFormLayout* makeFacts() {
    auto* form = new QFormLayout;
    form->setHorizontalSpacing(18);
    form->setVerticalSpacing(6);
    form->setLabelAlignment(Qt::AlignLeading | Qt::AlignTop);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    return form;
}

void showFacts(QFormLayout& form, const SummaryPage::Facts& facts) {
    while (form.rowCount() > 0)
        form.removeRow(0);
    for (const auto& [name, value] : facts) {
        auto* shown = new QLabel;
        shown->setTextFormat(Qt::PlainText);
        // Paths have no spaces to break at; they may be broken at their folders.
        QString breakable = value;
        shown->setText(breakable.replace(QLatin1Char('/'), QStringLiteral("/\u200B")));
        shown->setWordWrap(true);
        shown->setAccessibleName(name);
        shown->setAccessibleDescription(value);
        form.addRow(new QLabel(name), shown);
    }
}

}  // namespace gui
