// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <QTimer>
#include <string>

#include "gui/connection/machine_store.h"

namespace gui {

/// What a machine's screen shows, small; hidden while it shows nothing. Asks every few seconds
/// while it can be seen, and not again before it was answered.
class ScreenThumbnail final : public QLabel {
    Q_OBJECT

  public:
    /// The longer side, in pixels of a screen at 100 %.
    static constexpr int kSide = 176;

    ScreenThumbnail(MachineStore& store, QWidget* parent);

    void setMachine(const std::string& id);

  private:
    void look();
    void showPicture(const QByteArray& png);

    MachineStore& store_;
    std::string id_;
    bool asking_ = false;
    QTimer timer_;
};

}  // namespace gui
