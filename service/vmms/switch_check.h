// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "service/ipc/error_codes.h"
#include "service/ipc/switch_requests.h"

namespace service {

/// What can be said of a switch without looking at others or at the host. Fields are named as in
/// SwitchSetParams.
[[nodiscard]] RpcResult<void> checkSwitch(const SwitchSettings& settings);

}  // namespace service
