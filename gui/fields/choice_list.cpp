// SPDX-License-Identifier: GPL-3.0-or-later
#include "choice_list.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QRadioButton>
#include <QStyle>
#include <QVBoxLayout>

#include "field_note.h"

namespace gui {

ChoiceList::ChoiceList(QWidget* parent)
    : QWidget(parent), column_(new QVBoxLayout(this)), group_(new QButtonGroup(this)) {
    column_->setContentsMargins(0, 0, 0, 0);
    column_->setSpacing(5);
    connect(group_, &QButtonGroup::idToggled, this, [this](int, bool chosen) {
        if (!chosen)
            return;
        enableFields();
        emit changed();
    });
}

namespace {

/// Begins where the button's text begins.
QHBoxLayout* indented(const QWidget& list, QWidget* content) {
    auto* row = new QHBoxLayout;
    row->setContentsMargins(0, 0, 0, 5);
    const QStyle& style = *list.style();
    row->addSpacing(style.pixelMetric(QStyle::PM_ExclusiveIndicatorWidth) +
                    style.pixelMetric(QStyle::PM_RadioButtonLabelSpacing));
    row->addWidget(content, 1);
    return row;
}

}  // namespace

QRadioButton* ChoiceList::add(int choice, const QString& name, const QString& text,
                              const QString& explanation) {
    auto* button = new QRadioButton(text, this);
    button->setObjectName(name);
    group_->addButton(button, choice);
    column_->addWidget(button);
    auto* note = new FieldNote(this);
    note->say(FieldNote::Kind::Explanation, explanation);
    button->setAccessibleDescription(explanation);
    column_->addLayout(indented(*this, note));
    notes_[choice] = note;
    explanations_[choice] = explanation;
    last_ = choice;
    return button;
}

void ChoiceList::addFields(QWidget* fields) {
    fields_[last_] = fields;
    column_->addLayout(indented(*this, fields));
    enableFields();
}

void ChoiceList::forbid(int choice, const QString& reason) {
    QAbstractButton* const button = group_->button(choice);
    const QString& said = reason.isEmpty() ? explanations_[choice] : reason;
    button->setEnabled(reason.isEmpty());
    button->setToolTip(reason);
    button->setAccessibleDescription(said);
    notes_[choice]->say(FieldNote::Kind::Explanation, said);
}

int ChoiceList::choice() const {
    return group_->checkedId();
}

void ChoiceList::setChoice(int choice) {
    if (QAbstractButton* const button = group_->button(choice))
        button->setChecked(true);
    enableFields();
}

void ChoiceList::enableFields() {
    for (const auto& [choice, fields] : fields_)
        fields->setEnabled(choice == group_->checkedId());
}

}  // namespace gui
