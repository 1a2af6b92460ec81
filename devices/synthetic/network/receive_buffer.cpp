// SPDX-License-Identifier: GPL-3.0-or-later
#include "receive_buffer.h"

#include <algorithm>

namespace devices::synthetic {

std::optional<ReceiveBuffer> ReceiveBuffer::create(std::shared_ptr<const vmbus::GuestPages> pages,
                                                   std::uint32_t subAllocationSize,
                                                   std::uint32_t generation) {
    const std::uint64_t count =
        std::min<std::uint64_t>(pages->size() / subAllocationSize, kMostSubAllocations);
    if (count == 0)
        return std::nullopt;
    return ReceiveBuffer(std::move(pages), subAllocationSize, static_cast<std::uint32_t>(count),
                         generation);
}

ReceiveBuffer::ReceiveBuffer(std::shared_ptr<const vmbus::GuestPages> pages, std::uint32_t size,
                             std::uint32_t count, std::uint32_t generation)
    : pages_(std::move(pages)),
      size_(size),
      generation_(generation),
      free_(count),
      next_(count, kEnd),
      out_(count, kNotOut) {
    for (std::uint32_t i = 0; i < count; ++i)
        free_[i] = count - 1 - i;
}

std::optional<std::uint32_t> ReceiveBuffer::take() {
    if (free_.empty())
        return std::nullopt;
    const std::uint32_t index = free_.back();
    free_.pop_back();
    return index;
}

void ReceiveBuffer::write(std::uint32_t index, std::span<const std::byte> header,
                          std::span<const std::byte> data) const {
    const std::uint64_t offset = offsetOf(index);
    // Both lie inside by the sizes that create() has set.
    static_cast<void>(pages_->write(offset, header));
    static_cast<void>(pages_->write(offset + header.size(), data));
}

std::uint64_t ReceiveBuffer::hand(std::span<const std::uint32_t> indices, unsigned queue) {
    for (std::size_t i = 0; i < indices.size(); ++i)
        next_[indices[i]] = i + 1 < indices.size() ? indices[i + 1] : kEnd;
    out_[indices.front()] = static_cast<std::uint8_t>(queue);
    return std::uint64_t{generation_} << 32 | (indices.front() + 1);
}

bool ReceiveBuffer::giveBack(std::uint64_t transaction, unsigned queue) {
    const auto number = static_cast<std::uint32_t>(transaction);
    const auto generation = static_cast<std::uint32_t>(transaction >> 32);
    if (generation != generation_)
        return generation < generation_;
    if (number == 0 || number > count() || out_[number - 1] != queue)
        return false;
    free(number - 1);
    return true;
}

void ReceiveBuffer::giveBackAll(unsigned queue) {
    for (std::uint32_t i = 0; i < count(); ++i)
        if (out_[i] == queue)
            free(i);
}

void ReceiveBuffer::free(std::uint32_t first) {
    out_[first] = kNotOut;
    for (std::uint32_t index = first; index != kEnd; index = next_[index])
        free_.push_back(index);
}

}  // namespace devices::synthetic
