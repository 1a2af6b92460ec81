// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hypervisor/error.h"

namespace service::cli {

// Figures as people type and read them. `what` names the argument in messages: "--reserve".

/// A whole number between `least` and `most`.
[[nodiscard]] hypervisor::Result<std::uint32_t> parseNumber(std::string_view text,
                                                            std::string_view what,
                                                            std::uint32_t least,
                                                            std::uint32_t most);

/// Thousandths of a percent of "10", "12.5" or "12.5%", exactly: at most three places behind the
/// point. Between `least` and `most`, in the same unit.
[[nodiscard]] hypervisor::Result<std::uint32_t> parsePercent(std::string_view text,
                                                             std::string_view what,
                                                             std::uint32_t least,
                                                             std::uint32_t most);

/// Thousandths of a percent: "12.5 %".
[[nodiscard]] std::string percentText(std::uint64_t thousandths);
/// A measured percentage: one place behind the point, "12.3 %".
[[nodiscard]] std::string measuredPercentText(double percent);

/// "512 MiB", "1.5 GiB"; as many places as tell sizes apart that people give.
[[nodiscard]] std::string sizeText(std::uint64_t bytes);

/// "3.02:04:05" for days, else "02:04:05", as Hyper-V shows an uptime.
[[nodiscard]] std::string uptimeText(std::uint64_t seconds);

/// "2026-11-21 14:03:59", in the host's time zone.
[[nodiscard]] std::string timeText(std::int64_t secondsSince1970);

}  // namespace service::cli
