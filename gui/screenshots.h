// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <functional>
#include <vector>

#include "gui/connection/machine_store.h"

class QWidget;

namespace gui {

class MainWindow;

/// Opens the windows one after another against the running service and leaves a picture of each in
/// a folder: for documentation and review.
class Screenshots final : public QObject {
    Q_OBJECT

  public:
    Screenshots(MainWindow& window, MachineStore& store, QString folder);

    /// Runs the event loop until all are taken. The program's exit status.
    [[nodiscard]] int take();

  private:
    struct Step {
        QString name;
        /// The window to picture.
        std::function<QWidget*()> open;
        /// How long it needs for its data, in milliseconds.
        int settle = 400;
        bool close = true;
    };

    void addSteps();
    void next();
    [[nodiscard]] std::string subject() const;

    MainWindow& window_;
    MachineStore& store_;
    const QString folder_;
    std::vector<Step> steps_;
    std::size_t at_ = 0;
    bool failed_ = false;
};

}  // namespace gui
