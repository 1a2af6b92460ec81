// SPDX-License-Identifier: GPL-3.0-or-later
#include "command.h"

#include <algorithm>
#include <cstring>

#include "logical_unit.h"

namespace devices::scsi {

std::size_t Command::take(std::span<std::uint8_t> data) {
    std::size_t taken = 0;
    if (direction == DataDirection::ToDevice) {
        for (const iovec& buffer : buffers) {
            const std::size_t piece = std::min(buffer.iov_len, data.size() - taken);
            if (piece == 0)
                break;
            std::memcpy(data.data() + taken, buffer.iov_base, piece);
            taken += piece;
        }
        transferred = taken;
    }
    return taken;
}

void Command::give(std::span<const std::uint8_t> data, std::uint64_t allocated) {
    if (allocated < data.size())
        data = data.first(static_cast<std::size_t>(allocated));
    transferred = 0;
    if (direction != DataDirection::FromDevice)
        return;
    for (const iovec& buffer : buffers) {
        const std::size_t piece = std::min(buffer.iov_len, data.size());
        if (piece == 0)
            break;
        std::memcpy(buffer.iov_base, data.data(), piece);
        data = data.subspan(piece);
        transferred += piece;
    }
}

void Command::useFirst(std::uint64_t bytes) {
    transferred = bytes;
    std::size_t kept = 0;
    while (kept < buffers.size() && bytes > 0) {
        iovec& buffer = buffers[kept++];
        buffer.iov_len = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.iov_len, bytes));
        bytes -= buffer.iov_len;
    }
    buffers.resize(kept);
}

void Command::finish(Command& command) {
    // They may be the last to hold the unit that calls this, and the medium whose owner waits.
    const std::shared_ptr<LogicalUnit> unit = std::move(command.unit);
    const std::shared_ptr<Medium> medium = std::move(command.medium);
    command.unit = nullptr;
    command.medium = nullptr;
    command.completed(command);
}

void Command::fail(Command& command, const Sense& sense) {
    command.outcome = Outcome::CheckCondition;
    command.sense = sense;
    command.transferred = 0;
    finish(command);
}

}  // namespace devices::scsi
