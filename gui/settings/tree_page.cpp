// SPDX-License-Identifier: GPL-3.0-or-later
#include "tree_page.h"

#include <QEvent>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "gui/appearance/colours.h"
#include "gui/appearance/icons.h"

namespace gui {

TreePage::TreePage(QString title, QString icon, const QString& explanation, QWidget* parent)
    : QScrollArea(parent), title_(std::move(title)), icon_(std::move(icon)) {
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
    picture->setPixmap(gui::icon(icon_).pixmap(QSize(18, 18), devicePixelRatioF()));
    head->addWidget(picture);
    heading_ = new QLabel(title_, page);
    heading_->setTextFormat(Qt::PlainText);
    heading_->setForegroundRole(QPalette::WindowText);
    heading_->setWordWrap(true);
    QFont font = heading_->font();
    font.setPointSizeF(font.pointSizeF() * 1.25);
    font.setWeight(QFont::DemiBold);
    heading_->setFont(font);
    head->addWidget(heading_, 1);
    whole->addLayout(head);

    auto* said = new QLabel(explanation, page);
    said->setWordWrap(true);
    said->setVisible(!explanation.isEmpty());
    whole->addWidget(said);
    frozen_ = new FieldNote(page);
    frozen_->setObjectName(QStringLiteral("frozen"));
    whole->addWidget(frozen_);
    content_ = new QWidget(page);
    column_ = new QVBoxLayout(content_);
    column_->setContentsMargins(0, 2, 0, 0);
    column_->setSpacing(10);
    whole->addWidget(content_);
    whole->addStretch(1);
    setWidget(page);
    setAccessibleName(title_);
    colour();
}

void TreePage::display(const std::function<void()>& load) {
    loading_ = true;
    load();
    loading_ = false;
    judge();
    refusals_.repeat();
}

bool TreePage::showRefusal(const std::string& field, const QString& text) {
    return refusals_.show(field, text);
}

void TreePage::edited() {
    if (loading_)
        return;
    refusals_.clear();
    judge();
    emit changed();
}

void TreePage::setFrozen(const QString& reason) {
    frozen_->say(FieldNote::Kind::Explanation,
                 reason.isEmpty() ? QString() : tr("This page %1.").arg(reason));
    content_->setEnabled(reason.isEmpty());
}

void TreePage::changeEvent(QEvent* event) {
    QScrollArea::changeEvent(event);
    if (event->type() == QEvent::ApplicationPaletteChange)
        colour();
}

void TreePage::colour() {
    QPalette own = heading_->palette();
    own.setColor(QPalette::WindowText, Colours::of(palette()).title);
    heading_->setPalette(own);
}

QVBoxLayout* groupColumn(QGroupBox& group) {
    auto* column = new QVBoxLayout(&group);
    // The box has its own margins; its content begins where its title does.
    column->setContentsMargins(3, 10, 3, 4);
    column->setSpacing(8);
    return column;
}

}  // namespace gui
