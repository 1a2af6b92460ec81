// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings_panes.h"

#include <QStackedWidget>
#include <QVBoxLayout>

#include "gui/appearance/banner.h"
#include "settings_tree.h"
#include "tree_page.h"

namespace gui {

SettingsPanes::SettingsPanes(QWidget* parent) : QSplitter(parent) {
    setHandleWidth(1);
    setChildrenCollapsible(false);
    tree_ = new SettingsTree(this);
    addWidget(tree_);
    auto* right = new QWidget(this);
    auto* column = new QVBoxLayout(right);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    banner_ = new Banner(right);
    stack_ = new QStackedWidget(right);
    column->addWidget(banner_);
    column->addWidget(stack_, 1);
    addWidget(right);
    setStretchFactor(1, 1);
    connect(tree_, &SettingsTree::chosen, stack_, &QStackedWidget::setCurrentWidget);
}

}  // namespace gui
