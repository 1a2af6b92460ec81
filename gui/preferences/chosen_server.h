// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "service/ipc/client/service_address.h"

namespace gui {

/// The server that the manager was left with.
enum class ChosenServer : unsigned char {
    /// Nothing was chosen: the one that is usual.
    Usual,
    System,
    Session,
    /// It was removed.
    None,
};

[[nodiscard]] ChosenServer chosenServer();
void setChosenServer(ChosenServer server);
/// Of a service that the user can choose; one on a named socket is none.
[[nodiscard]] std::optional<ChosenServer> choiceOf(service::client::ServiceKind kind);

}  // namespace gui
