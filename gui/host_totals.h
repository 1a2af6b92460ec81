// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

#include "gui/connection/machine_store.h"

class QLabel;

namespace gui {

/// For the status bar: how many machines there are, and what of the host they have together.
class HostTotals final : public QWidget {
    Q_OBJECT

  public:
    HostTotals(MachineStore& store, QWidget* parent);

  private:
    void display();

    MachineStore& store_;
    /// One look after a burst of changes is enough.
    QTimer soon_;
    QLabel* machines_;
    QLabel* reserved_;
    QLabel* memory_;
};

}  // namespace gui
