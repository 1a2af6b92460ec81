// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <string>

#include "gui/connection/machine_store.h"
#include "gui/fields/refusals.h"
#include "job_watch.h"

class QLabel;
class QProgressBar;
class QPushButton;

namespace gui {

class Banner;
class PathField;

/// Copies a machine to a folder: asks which, and shows how far it is.
class ExportDialog final : public QDialog {
    Q_OBJECT

  public:
    ExportDialog(MachineStore& store, std::string machine, QWidget* parent = nullptr);

    /// While it exports, that is cancelled first.
    void reject() override;

  private:
    void build(const QString& name);
    void judge();
    void begin();
    void stop();
    void fail(const service::RpcError& error);

    const std::string machine_;
    JobWatch job_;
    Refusals refusals_;
    bool busy_ = false;
    Banner* banner_;
    PathField* location_;
    QLabel* work_;
    QProgressBar* progress_;
    QPushButton* export_;
};

}  // namespace gui
