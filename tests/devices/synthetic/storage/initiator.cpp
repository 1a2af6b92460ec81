// SPDX-License-Identifier: GPL-3.0-or-later
#include "initiator.h"

#include <algorithm>

#include "devices/synthetic/storage/scsi/big_endian.h"

using namespace devices::scsi;

namespace {

// Pieces of odd lengths, as guests have them.
std::vector<iovec> scattered(std::uint8_t* data, std::size_t size) {
    std::vector<iovec> pieces;
    for (std::size_t at = 0, length = 7; at < size; at += pieces.back().iov_len, length = 509)
        pieces.push_back({data + at, std::min(length, size - at)});
    return pieces;
}

}  // namespace

std::uint64_t Initiator::Answer::number(std::size_t offset, std::size_t size) const {
    return offset + size > data.size() ? UINT64_MAX
                                       : loadBigEndian<std::uint64_t>(data, offset, size);
}

Initiator::Initiator(unsigned unit)
    : engine_(*devices::storage::IoEngine::create(
          {.kind = devices::storage::IoEngineKind::ThreadPool})),
      unit_(unit) {}

Initiator::Answer Initiator::none(Bytes block) {
    Command command;
    return run(command, block);
}

Initiator::Answer Initiator::in(Bytes block, std::size_t size) {
    Bytes data(size, 0xEE);
    Command command;
    command.direction = DataDirection::FromDevice;
    command.buffers = scattered(data.data(), size);
    command.dataLength = size;
    Answer answer = run(command, block);
    answer.data = std::move(data);
    return answer;
}

Initiator::Answer Initiator::out(Bytes block, std::span<const std::uint8_t> data) {
    Bytes copy(data.begin(), data.end());
    Command command;
    command.direction = DataDirection::ToDevice;
    command.buffers = scattered(copy.data(), copy.size());
    command.dataLength = copy.size();
    return run(command, block);
}

Initiator::Answer Initiator::run(Command& command, const Bytes& block) {
    bool ended = false;
    std::ranges::copy(block, command.block.begin());
    command.length = block.size();
    command.context = &ended;
    command.completed = [](Command& self) { *static_cast<bool*>(self.context) = true; };
    target_.execute(unit_, command);
    engine_->runUntil([&] { return ended; });
    return {command.outcome, command.sense, command.transferred, {}};
}
