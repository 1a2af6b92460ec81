// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <vector>

#include "service/ipc/client/service_address.h"

namespace gui {

class ChoiceList;

/// "Connect to Server": which of this host's services.
class ConnectDialog final : public QDialog {
    Q_OBJECT

  public:
    /// `present` is chosen at first; one on a named socket can be chosen too.
    explicit ConnectDialog(const service::client::ServiceAddress& present,
                           QWidget* parent = nullptr);

    void accept() override;

  signals:
    void chosen(const service::client::ServiceAddress& address);

  private:
    void build(const service::client::ServiceAddress& present);

    /// In the order of the choices.
    std::vector<service::client::ServiceAddress> addresses_;
    ChoiceList* choice_;
};

}  // namespace gui
