// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "service/ipc/switch_requests.h"
#include "switch_manager_page.h"

class QPushButton;

namespace gui {

class ChoiceList;
class FieldNote;

/// Which kind of switch is to be made.
class NewSwitchPage final : public SwitchManagerPage {
    Q_OBJECT

  public:
    explicit NewSwitchPage(QWidget* parent = nullptr);

    /// Why none can be made, in the service's words; empty: one can.
    void setLimitation(const QString& limitation);

  signals:
    void createWanted(service::SwitchKind kind);

  private:
    ChoiceList* kind_;
    FieldNote* limitation_;
    QPushButton* create_;
};

}  // namespace gui
