// SPDX-License-Identifier: GPL-3.0-or-later
#include "no_server_page.h"

#include <QAction>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "gui/appearance/icons.h"

namespace gui {

NoServerPage::NoServerPage(QAction* connectServer, QWidget* parent) : QWidget(parent) {
    setObjectName(QStringLiteral("noServer"));
    setBackgroundRole(QPalette::Base);
    setAutoFillBackground(true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(32, 32, 32, 32);
    column->setSpacing(12);
    column->addStretch(2);
    auto* picture = new QLabel(this);
    picture->setPixmap(
        icon(QStringLiteral("server"), IconTone::Text).pixmap(QSize(40, 40), devicePixelRatioF()));
    column->addWidget(picture, 0, Qt::AlignHCenter);
    auto* heading = new QLabel(tr("No server"), this);
    QFont font = heading->font();
    font.setPointSizeF(font.pointSizeF() * 1.4);
    font.setWeight(QFont::DemiBold);
    heading->setFont(font);
    heading->setForegroundRole(QPalette::Text);
    column->addWidget(heading, 0, Qt::AlignHCenter);
    auto* text = new QLabel(tr("Connect to a server to see its virtual machines."), this);
    text->setAlignment(Qt::AlignHCenter);
    text->setForegroundRole(QPalette::Text);
    text->setWordWrap(true);
    column->addWidget(text);
    auto* button = new QPushButton(connectServer->iconText(), this);
    button->setObjectName(QStringLiteral("connectServer"));
    connect(button, &QPushButton::clicked, connectServer, &QAction::trigger);
    column->addWidget(button, 0, Qt::AlignHCenter);
    column->addStretch(3);
}

}  // namespace gui
