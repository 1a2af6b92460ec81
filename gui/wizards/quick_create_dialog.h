// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include "gui/connection/machine_store.h"
#include "gui/fields/form.h"
#include "gui/fields/refusals.h"

class QCheckBox;
class QComboBox;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace gui {

class Banner;
class PathField;

/// A machine from one page and one button: a Linux kernel, this host's own for instance, with
/// processors and memory.
class QuickCreateDialog final : public QDialog {
    Q_OBJECT

  public:
    explicit QuickCreateDialog(MachineStore& store, QWidget* parent = nullptr);

  signals:
    void created(const std::string& id);

  private:
    void build();
    void chooseInstalled();
    void judge();
    void create();
    void start(const std::string& id);
    void fail(const service::RpcError& error);
    void setBusy(bool busy);
    [[nodiscard]] service::MachineSettings entered() const;

    MachineStore& store_;
    Banner* banner_;
    QLineEdit* name_;
    FieldNote* nameNote_;
    QSpinBox* memory_;
    QSpinBox* processors_;
    QComboBox* installed_;
    PathField* kernel_;
    FieldNote* kernelNote_;
    PathField* ramDisk_;
    QLineEdit* commandLine_;
    QCheckBox* start_;
    QPushButton* create_;
    QPushButton* cancel_;
    Refusals refusals_;
    bool busy_ = false;
    bool made_ = false;
};

}  // namespace gui
