// SPDX-License-Identifier: GPL-3.0-or-later
#include "wizard_head.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>

#include "gui/appearance/colours.h"
#include "gui/appearance/icons.h"

namespace gui {

namespace {

constexpr int kIconSide = 26;

}  // namespace

WizardHead::WizardHead(QString icon, QWidget* parent)
    : QWidget(parent),
      icon_(std::move(icon)),
      picture_(new QLabel(this)),
      title_(new QLabel(this)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(18, 22, 18, 22);
    row->setSpacing(14);
    row->addWidget(picture_);
    row->addWidget(title_, 1);
    QFont font = title_->font();
    font.setPointSizeF(font.pointSizeF() * 1.5);
    title_->setFont(font);
    title_->setTextFormat(Qt::PlainText);
    title_->setWordWrap(true);
    title_->setObjectName(QStringLiteral("title"));
    colour();
}

void WizardHead::setTitle(const QString& title) {
    title_->setText(title);
}

void WizardHead::paintEvent(QPaintEvent*) {
    const Colours colours = Colours::of(palette());
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Base));
    QColor tint = colours.accent;
    tint.setAlphaF(0.14F);
    const bool mirrored = layoutDirection() == Qt::RightToLeft;
    QLinearGradient gradient(rect().topLeft(), rect().topRight());
    gradient.setColorAt(mirrored ? 1 : 0, tint);
    tint.setAlphaF(0);
    gradient.setColorAt(mirrored ? 0 : 1, tint);
    painter.fillRect(rect(), gradient);
    painter.setPen(colours.separator);
    painter.drawLine(rect().bottomLeft(), rect().bottomRight());
}

void WizardHead::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::ApplicationPaletteChange)
        colour();
}

void WizardHead::colour() {
    picture_->setPixmap(icon(icon_).pixmap(QSize(kIconSide, kIconSide), devicePixelRatioF()));
    QPalette own = title_->palette();
    own.setColor(QPalette::WindowText, Colours::of(palette()).title);
    title_->setPalette(own);
}

}  // namespace gui
