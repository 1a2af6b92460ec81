// SPDX-License-Identifier: GPL-3.0-or-later
#include "switch_manager_page.h"

#include <QEvent>
#include <QLabel>
#include <QVBoxLayout>

#include "gui/appearance/colours.h"
#include "gui/appearance/icons.h"

namespace gui {

SwitchManagerPage::SwitchManagerPage(const QString& heading, const QString& explanation,
                                     QWidget* parent)
    : QScrollArea(parent) {
    setFrameShape(NoFrame);
    setWidgetResizable(true);
    setBackgroundRole(QPalette::Base);
    // Pages have fields to stand on; a keyboard needs no stop before them.
    setFocusPolicy(Qt::NoFocus);
    auto* page = new QWidget(this);
    page->setBackgroundRole(QPalette::Base);
    auto* whole = new QVBoxLayout(page);
    whole->setContentsMargins(20, 16, 20, 16);
    whole->setSpacing(10);
    auto* head = new QHBoxLayout;
    head->setSpacing(8);
    auto* picture = new QLabel(page);
    picture->setPixmap(icon(QStringLiteral("network")).pixmap(QSize(18, 18), devicePixelRatioF()));
    head->addWidget(picture);
    heading_ = new QLabel(page);
    heading_->setTextFormat(Qt::PlainText);
    heading_->setWordWrap(true);
    QFont font = heading_->font();
    font.setPointSizeF(font.pointSizeF() * 1.25);
    font.setWeight(QFont::DemiBold);
    heading_->setFont(font);
    head->addWidget(heading_, 1);
    whole->addLayout(head);
    explanation_ = new QLabel(page);
    explanation_->setTextFormat(Qt::PlainText);
    explanation_->setWordWrap(true);
    whole->addWidget(explanation_);
    column_ = new QVBoxLayout;
    column_->setContentsMargins(0, 2, 0, 0);
    column_->setSpacing(10);
    whole->addLayout(column_);
    whole->addStretch(1);
    setWidget(page);
    setHeading(heading);
    setExplanation(explanation);
    colour();
}

void SwitchManagerPage::setHeading(const QString& heading) {
    heading_->setText(heading);
    setAccessibleName(heading);
}

void SwitchManagerPage::setExplanation(const QString& explanation) {
    explanation_->setText(explanation);
    explanation_->setVisible(!explanation.isEmpty());
}

void SwitchManagerPage::changeEvent(QEvent* event) {
    QScrollArea::changeEvent(event);
    if (event->type() == QEvent::ApplicationPaletteChange)
        colour();
}

void SwitchManagerPage::colour() {
    QPalette own = heading_->palette();
    own.setColor(QPalette::WindowText, Colours::of(palette()).title);
    heading_->setPalette(own);
}

}  // namespace gui
