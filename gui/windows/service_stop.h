// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <functional>

#include "gui/connection/service_connection.h"

class QWidget;

namespace gui {

/// Asks the user, after the service has said what becomes of its machines, and has it stop.
/// `refused` gets what went wrong in one line, unless `window` is destroyed before.
void askAndStopService(ServiceConnection& connection, const QString& server, QWidget* window,
                       std::function<void(const QString& problem)> refused);

}  // namespace gui
