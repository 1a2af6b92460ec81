// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "new_machine.h"

namespace gui {

/// To which virtual switch the machine's adapter is connected.
class NetworkingPage final : public NewMachinePage {
    Q_OBJECT

  public:
    explicit NetworkingPage(QWidget* parent = nullptr);

    void store(NewMachine& machine) const override;
};

}  // namespace gui
