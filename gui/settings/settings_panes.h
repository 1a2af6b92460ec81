// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSplitter>

class QStackedWidget;

namespace gui {

class Banner;
class SettingsTree;

/// The tree of a window of settings, and beside it the page that is chosen, below a banner.
class SettingsPanes final : public QSplitter {
    Q_OBJECT

  public:
    explicit SettingsPanes(QWidget* parent);

    [[nodiscard]] SettingsTree* tree() const { return tree_; }
    [[nodiscard]] Banner* banner() const { return banner_; }
    [[nodiscard]] QStackedWidget* stack() const { return stack_; }

  private:
    SettingsTree* tree_;
    Banner* banner_;
    QStackedWidget* stack_;
};

}  // namespace gui
