// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "hypervisor/error.h"

namespace service::cli {

/// Bytes of "512M", "2G", "1T" or "512" (MiB), in any case and with an optional "iB" or "B"
/// behind the letter. Fails out of service::kMinimumMemory to kMaximumMemory and above `hostMemory`
/// bytes.
[[nodiscard]] hypervisor::Result<std::uint64_t> parseMemorySize(std::string_view text,
                                                                std::uint64_t hostMemory);

/// The host's physical memory in bytes.
[[nodiscard]] std::uint64_t hostMemorySize();

}  // namespace service::cli
