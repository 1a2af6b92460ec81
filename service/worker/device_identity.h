// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "vmbus/guid.h"

namespace service {

/// The identity of one of a machine's devices, by which guests name it: the same at each start of
/// that machine, and of no other machine's device. `device` tells it from the machine's others.
[[nodiscard]] vmbus::Guid deviceIdentity(const std::string& machineId, std::string_view device);

}  // namespace service
