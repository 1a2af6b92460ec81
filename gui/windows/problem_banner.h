// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gui/appearance/banner.h"
#include "gui/connection/service_starter.h"

namespace gui {

/// A window's banner: the connection's problem while there is one, which ends by itself, or what
/// went wrong last, until it is closed. With a starter, a service that does not run can be started
/// here.
class ProblemBanner final : public Banner {
    Q_OBJECT

  public:
    explicit ProblemBanner(ServiceConnection& connection, QWidget* parent = nullptr);
    ProblemBanner(ServiceConnection& connection, ServiceStarter* starter, QWidget* parent);

    void complain(const QString& problem);

  private:
    void follow();

    ServiceConnection& connection_;
    /// Null: none.
    ServiceStarter* starter_;
    bool isConnections_ = false;
};

}  // namespace gui
