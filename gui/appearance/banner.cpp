// SPDX-License-Identifier: GPL-3.0-or-later
#include "banner.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>

#include "colours.h"
#include "icons.h"

namespace gui {

Banner::Banner(QWidget* parent)
    : QWidget(parent),
      picture_(new QLabel(this)),
      text_(new QLabel(this)),
      button_(new QPushButton(this)) {
    text_->setWordWrap(true);
    text_->setTextFormat(Qt::PlainText);
    text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 6, 12, 6);
    row->setSpacing(10);
    row->addWidget(picture_, 0, Qt::AlignTop);
    row->addWidget(text_, 1);
    row->addWidget(button_, 0, Qt::AlignTop);
    connect(button_, &QPushButton::clicked, this, &Banner::pressed);
    hide();
}

void Banner::say(Kind kind, const QString& text, const QString& button) {
    kind_ = kind;
    text_->setText(text);
    button_->setText(button);
    button_->setVisible(!button.isEmpty());
    setAccessibleName(text);
    showIcon();
    update();
    show();
}

void Banner::clear() {
    hide();
    text_->clear();
}

QString Banner::text() const {
    return text_->text();
}

void Banner::showIcon() {
    const bool information = kind_ == Kind::Information;
    const IconTone tone = information              ? IconTone::Accent
                          : kind_ == Kind::Warning ? IconTone::Warning
                                                   : IconTone::Bad;
    picture_->setPixmap(
        icon(information ? QStringLiteral("information") : QStringLiteral("warning"), tone)
            .pixmap(QSize(16, 16), devicePixelRatioF()));
}

void Banner::paintEvent(QPaintEvent*) {
    const Colours colours = Colours::of(palette());
    QColor ground = kind_ == Kind::Information ? colours.accent
                    : kind_ == Kind::Warning   ? colours.warning
                                               : colours.bad;
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Base));
    ground.setAlphaF(0.13F);
    painter.fillRect(rect(), ground);
    painter.setPen(colours.separator);
    painter.drawLine(rect().bottomLeft(), rect().bottomRight());
}

void Banner::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && isVisible())
        showIcon();
}

}  // namespace gui
