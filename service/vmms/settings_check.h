// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "service/ipc/error_codes.h"
#include "service/ipc/machine_settings.h"

namespace service {

/// What a decoder can't see in one field: names, identities, places of drives, and what must agree.
/// Types and ranges have been judged before.
[[nodiscard]] RpcResult<void> checkSettings(const MachineSettings& settings);

/// A machine's name: 1 to kMaximumNameLength bytes of text without control characters or '/', no
/// space at its ends.
[[nodiscard]] RpcResult<void> checkName(std::string_view name);

/// Lower-case, as newUuid() makes them.
[[nodiscard]] bool isUuid(std::string_view text);
[[nodiscard]] std::string newUuid();
/// "02:15:5d:...": locally administered, random.
[[nodiscard]] std::string newMacAddress();
/// Linux's tulip takes such addresses of legacy adapters for a certain vendor's, which have their
/// bytes swapped.
[[nodiscard]] bool isSwappedByDrivers(std::string_view macAddress);
/// Makes the ids and addresses that network adapters lack.
void giveIdentities(MachineSettings& settings);

}  // namespace service
