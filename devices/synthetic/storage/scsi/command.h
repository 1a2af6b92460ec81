// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "devices/storage/disk.h"
#include "medium.h"
#include "operation.h"
#include "sense.h"

namespace devices::scsi {

class LogicalUnit;

enum class DataDirection : std::uint8_t { None, ToDevice, FromDevice };

enum class Outcome : std::uint8_t {
    Good,
    /// `sense` says why.
    CheckCondition,
    /// There is no such logical unit.
    NoUnit,
};

/// One command on its way through a target. The initiator fills the first part, keeps it until
/// `completed` has been called, and may use it again then, from inside that call too. The data
/// buffer is memory that others may write to at the same time: what is decided on is copied first.
struct Command {
    static constexpr std::size_t kMaximumBlock = 16;

    std::array<std::uint8_t, kMaximumBlock> block{};
    std::size_t length = 0;
    DataDirection direction = DataDirection::None;
    /// Together `dataLength` bytes; a unit may cut them down to what it moves.
    std::vector<iovec> buffers;
    std::uint64_t dataLength = 0;
    /// Called on the engine's thread, also from inside Target::execute().
    void (*completed)(Command& self) = nullptr;
    /// The initiator's own.
    void* context = nullptr;

    // How it ended.
    Outcome outcome = Outcome::Good;
    Sense sense;
    /// Bytes moved from or to the data buffer.
    std::uint64_t transferred = 0;

    // The unit's while it is under way; they keep unit and medium alive.
    std::shared_ptr<LogicalUnit> unit;
    std::shared_ptr<Medium> medium;
    devices::storage::DiskRequest request;
    /// When the disk was asked.
    std::chrono::steady_clock::time_point begun;

    [[nodiscard]] Operation operation() const { return static_cast<Operation>(block[0]); }
    [[nodiscard]] std::uint8_t serviceAction() const { return block[1] & 0x1F; }
    /// How much the initiator sends or takes.
    [[nodiscard]] std::uint64_t outgoing() const {
        return direction == DataDirection::ToDevice ? dataLength : 0;
    }
    [[nodiscard]] std::uint64_t incoming() const {
        return direction == DataDirection::FromDevice ? dataLength : 0;
    }

    /// Copies as much of the data that comes from the initiator as there is; returns how much.
    std::size_t take(std::span<std::uint8_t> data);
    /// Gives the initiator `data`, as far as `allocated` (of the command block) and its buffer go.
    void give(std::span<const std::uint8_t> data, std::uint64_t allocated);
    /// Cuts the buffers down to their first `bytes`, at most dataLength, and counts these as
    /// transferred.
    void useFirst(std::uint64_t bytes);

    /// Ends the command. Nothing of it, of its unit or its medium may be touched afterwards.
    static void finish(Command& command);
    static void fail(Command& command, const Sense& sense);
};

}  // namespace devices::scsi
