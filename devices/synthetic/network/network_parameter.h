// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "network_settings.h"

namespace devices::synthetic {

/// The address in a configuration parameter "NetworkAddress" of RNDIS, whose value is the address
/// in hexadecimal digits; nothing when it is another parameter, or not a unicast address.
[[nodiscard]] std::optional<MacAddress> macInParameter(std::span<const std::byte> parameter);

}  // namespace devices::synthetic
