// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "devices/network/switch_port.h"
#include "hypervisor/error.h"
#include "synthetic_order.h"

namespace service {

// What the two kinds of network adapters have in common.

/// "02:00:00:00:00:01"; nothing when it is none.
[[nodiscard]] std::optional<std::array<std::byte, devices::network::kMacSize>> parseMac(
    const std::string& text);

/// The port that has come with the order; null when none has.
[[nodiscard]] hypervisor::Result<std::unique_ptr<devices::network::SwitchPort>> openPort(
    AdapterOrder& order);

/// What the figures of a machine's adapters are shown under.
class FigureNames {
  public:
    /// `name`, with a number where that is another's.
    [[nodiscard]] std::string take(const std::string& name);

  private:
    std::set<std::string> taken_;
};

}  // namespace service
