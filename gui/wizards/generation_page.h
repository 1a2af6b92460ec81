// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "new_machine.h"

namespace gui {

class ChoiceList;

/// Which kind of machine it is, for ever.
class GenerationPage final : public NewMachinePage {
    Q_OBJECT

  public:
    explicit GenerationPage(QWidget* parent = nullptr);

    void store(NewMachine& machine) const override;

  private:
    ChoiceList* generation_;
};

}  // namespace gui
