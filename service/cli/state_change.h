// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "service_session.h"

namespace service::cli {

/// A name or a line of the service, harmless on a terminal.
[[nodiscard]] std::string printableName(const std::string& text);

/// All at once; tells each one's new state.
void startMachines(const std::vector<std::string>& machines, ServiceSession& session);

/// The same for a method whose reply is a MachineStateReply.
template <class Method>
void changeStates(const std::vector<std::string>& machines, ServiceSession& session);

}  // namespace service::cli
