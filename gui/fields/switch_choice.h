// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>
#include <string>

#include "gui/connection/machine_store.h"

namespace gui {

/// One of the service's virtual switches, or none; follows them.
class SwitchChoice final : public QComboBox {
    Q_OBJECT

  public:
    explicit SwitchChoice(const MachineStore& store, QWidget* parent = nullptr);

    /// Empty: none.
    [[nodiscard]] std::string name() const;
    /// One that is gone stays a choice, and is called so.
    void setName(const std::string& name);
    /// Of what is chosen; null where that is none, or gone.
    [[nodiscard]] const service::VirtualSwitch* chosen() const;
    /// What to know of the choice: whom it reaches, or that it does not work.
    [[nodiscard]] QString explanation() const;
    [[nodiscard]] bool isBroken() const;

  signals:
    /// Another choice, or other switches behind it.
    void changed();

  private:
    void fill(const std::string& name);

    const MachineStore& store_;
};

}  // namespace gui
