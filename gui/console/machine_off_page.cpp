// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_off_page.h"

#include <QAction>
#include <QEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

#include "gui/appearance/colours.h"

namespace gui {

namespace {

QLabel* centredLabel(const char* name, QWidget* parent) {
    auto* const label = new QLabel(parent);
    label->setObjectName(QLatin1String(name));
    label->setAlignment(Qt::AlignCenter);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    // A name without spaces must not make the window as wide as it is.
    label->setMinimumWidth(1);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

}  // namespace

MachineOffPage::MachineOffPage(QAction* start, QWidget* parent)
    : QWidget(parent),
      start_(start),
      text_(centredLabel("offText", this)),
      hint_(centredLabel("offHint", this)),
      button_(new QPushButton(tr("Start"), this)) {
    QFont font = text_->font();
    font.setPointSizeF(font.pointSizeF() * 1.4);
    text_->setFont(font);
    button_->setObjectName(QStringLiteral("start"));
    button_->setDefault(true);
    button_->setAutoDefault(true);
    auto* const column = new QVBoxLayout(this);
    column->setContentsMargins(24, 24, 24, 24);
    column->setSpacing(12);
    column->addStretch();
    column->addWidget(text_);
    column->addWidget(hint_);
    column->addWidget(button_, 0, Qt::AlignHCenter);
    column->addStretch();
    connect(button_, &QPushButton::clicked, start, &QAction::trigger);
    connect(start, &QAction::changed, this, &MachineOffPage::follow);
    setFocusProxy(button_);
    follow();
    applyColours();
}

void MachineOffPage::say(const QString& text, const QString& hint) {
    text_->setText(text);
    hint_->setText(hint);
    hint_->setVisible(!hint.isEmpty());
    setAccessibleName(text);
}

void MachineOffPage::follow() {
    button_->setEnabled(start_->isEnabled());
    button_->setToolTip(start_->isEnabled() ? QString() : start_->toolTip());
    button_->setAccessibleName(tr("Start the virtual machine"));
}

void MachineOffPage::applyColours() {
    QPalette faint = palette();
    faint.setColor(QPalette::WindowText, Colours::of(palette()).faint);
    hint_->setPalette(faint);
}

void MachineOffPage::paintEvent(QPaintEvent*) {
    QPainter(this).fillRect(rect(), palette().color(QPalette::Base));
}

void MachineOffPage::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyColours();
}

}  // namespace gui
