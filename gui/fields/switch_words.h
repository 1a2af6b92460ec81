// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <string>

#include "service/ipc/switch_requests.h"

namespace gui {

/// "External", "Internal", "Private", "NAT".
[[nodiscard]] QString kindText(service::SwitchKind kind);
/// Its name; the Default Switch has one in each language.
[[nodiscard]] QString switchTitle(const std::string& name);
/// Whom who is at it can reach, a sentence.
[[nodiscard]] QString reachText(const service::SwitchSettings& settings);

}  // namespace gui
