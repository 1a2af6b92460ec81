// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gui/preferences/console_keys.h"
#include "gui/preferences/look.h"
#include "service/ipc/service_requests.h"

namespace gui {

/// All that "Vireo Settings" edits: the service's, which are everybody's, and the user's own.
struct VireoSettings {
    service::ServiceSettings service;
    ConsoleKeys keys;
    Look look;

    bool operator==(const VireoSettings&) const = default;
};

}  // namespace gui
