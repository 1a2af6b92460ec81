// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gui/appearance/banner.h"
#include "gui/connection/service_connection.h"

namespace gui {

/// A window's banner: the connection's problem while there is one, which ends by itself, or what
/// went wrong last, until it is closed.
class ProblemBanner final : public Banner {
    Q_OBJECT

  public:
    explicit ProblemBanner(ServiceConnection& connection, QWidget* parent = nullptr);

    void complain(const QString& problem);

  private:
    void follow();

    ServiceConnection& connection_;
    bool isConnections_ = false;
};

}  // namespace gui
