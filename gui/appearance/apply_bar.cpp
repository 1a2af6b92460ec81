// SPDX-License-Identifier: GPL-3.0-or-later
#include "apply_bar.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>

#include "colours.h"

namespace gui {

ApplyBar::ApplyBar(QWidget* parent)
    : QWidget(parent),
      ok_(new QPushButton(tr("OK"), this)),
      cancel_(new QPushButton(tr("Cancel"), this)),
      apply_(new QPushButton(tr("&Apply"), this)) {
    auto* buttons = new QHBoxLayout(this);
    buttons->setContentsMargins(14, 10, 14, 10);
    buttons->setSpacing(8);
    buttons->addStretch(1);
    ok_->setObjectName(QStringLiteral("ok"));
    cancel_->setObjectName(QStringLiteral("cancel"));
    apply_->setObjectName(QStringLiteral("apply"));
    ok_->setDefault(true);
    for (QPushButton* const button : {ok_, cancel_, apply_}) {
        button->setAutoDefault(button == ok_);
        buttons->addWidget(button);
    }
}

void ApplyBar::paintEvent(QPaintEvent* event) {
    QWidget::paintEvent(event);
    QPainter(this).fillRect(rect(), Colours::of(palette()).header);
}

}  // namespace gui
