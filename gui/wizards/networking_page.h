// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "new_machine.h"

namespace gui {

class SwitchChoice;

/// To which virtual switch the machine's adapter is connected.
class NetworkingPage final : public NewMachinePage {
    Q_OBJECT

  public:
    explicit NetworkingPage(const MachineStore& store, QWidget* parent = nullptr);

    void store(NewMachine& machine) const override;

  private:
    SwitchChoice* switch_;
};

}  // namespace gui
