// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <vector>

#include "command.h"

namespace devices::scsi {

/// A command that a unit knows: its tables both decide what is refused and answer REPORT SUPPORTED
/// OPERATION CODES.
struct SupportedOperation {
    Operation operation;
    /// For those that have one.
    std::optional<std::uint8_t> action;
    /// Which bits the unit looks at, from byte 1 on.
    std::array<std::uint8_t, Command::kMaximumBlock - 1> usage;
};

enum class Support : std::uint8_t { Known, UnknownOperation, UnknownAction };
[[nodiscard]] Support supportOf(const Command& command,
                                std::span<const SupportedOperation> operations);

/// The answer to REPORT SUPPORTED OPERATION CODES; SPC-4, 6.35.
[[nodiscard]] std::expected<std::vector<std::uint8_t>, Sense> reportOperations(
    const Command& command, std::span<const SupportedOperation> operations);

}  // namespace devices::scsi
