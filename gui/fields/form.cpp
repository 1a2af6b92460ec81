// SPDX-License-Identifier: GPL-3.0-or-later
#include "form.h"

#include <QGridLayout>
#include <algorithm>

namespace gui {

namespace {

constexpr int kTallLines = 2;

}  // namespace

Form::Form(int labelCharacters, QWidget* parent) : QWidget(parent), grid_(new QGridLayout(this)) {
    grid_->setContentsMargins(0, 0, 0, 0);
    grid_->setHorizontalSpacing(10);
    grid_->setVerticalSpacing(7);
    grid_->setColumnStretch(2, 1);
    grid_->setColumnMinimumWidth(0, fontMetrics().averageCharWidth() * labelCharacters);
}

Form::Row Form::add(const QString& label, QWidget* field, Width width) {
    const int row = grid_->rowCount();
    auto* name = new QLabel(label, this);
    name->setBuddy(field);
    if (field->accessibleName().isEmpty()) {
        QString plain = label;
        plain.remove(QLatin1Char('&')).remove(QLatin1Char(':'));
        field->setAccessibleName(plain);
    }
    const int line = name->sizeHint().height();
    const bool tall =
        std::max(field->minimumHeight(), field->minimumSizeHint().height()) > kTallLines * line;
    // Beside the first of several lines.
    if (tall)
        name->setContentsMargins(0, line / 3, 0, 0);
    grid_->addWidget(name, row, 0, Qt::AlignLeading | (tall ? Qt::AlignTop : Qt::AlignVCenter));
    Row made{nullptr, new FieldNote(this)};
    if (width == Width::Wide) {
        grid_->addWidget(field, row, 1, 1, 2);
    } else {
        grid_->addWidget(field, row, 1, Qt::AlignVCenter);
        made.beside = new FieldNote(this);
        grid_->addWidget(made.beside, row, 2, Qt::AlignVCenter);
    }
    grid_->addWidget(made.under, row + 1, 1, 1, 2);
    return made;
}

Form::Row Form::addUnlabelled(QWidget* field) {
    const int row = grid_->rowCount();
    grid_->addWidget(field, row, 0, 1, 3);
    Row made{nullptr, new FieldNote(this)};
    grid_->addWidget(made.under, row + 1, 0, 1, 3);
    return made;
}

}  // namespace gui
