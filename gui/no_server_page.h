// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QAction;

namespace gui {

/// In place of machines while there is no server: says so, and how to go on.
class NoServerPage final : public QWidget {
    Q_OBJECT

  public:
    /// `connectServer` is what its button does.
    explicit NoServerPage(QAction* connectServer, QWidget* parent = nullptr);
};

}  // namespace gui
