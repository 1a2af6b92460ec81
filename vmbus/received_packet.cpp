// SPDX-License-Identifier: GPL-3.0-or-later
#include "received_packet.h"

#include <fmt/core.h>

#include <cstring>
#include <optional>

namespace vmbus {

namespace {

/// Takes values off the front of a packet's header.
class HeaderCursor {
  public:
    explicit HeaderCursor(std::span<const std::byte> header) : left_(header) {}

    [[nodiscard]] std::size_t left() const { return left_.size(); }
    template <class T>
    [[nodiscard]] std::optional<T> take() {
        if (left_.size() < sizeof(T))
            return std::nullopt;
        T value;
        std::memcpy(&value, left_.data(), sizeof(T));
        left_ = left_.subspan(sizeof(T));
        return value;
    }
    /// False, with nothing taken, when there are not as many.
    [[nodiscard]] bool take(std::uint64_t count, std::vector<std::uint64_t>& to) {
        if (count > left_.size() / sizeof(std::uint64_t))
            return false;
        if (count == 0)
            return true;
        to.resize(count);
        std::memcpy(to.data(), left_.data(), count * sizeof(std::uint64_t));
        left_ = left_.subspan(count * sizeof(std::uint64_t));
        return true;
    }

  private:
    std::span<const std::byte> left_;
};

}  // namespace

hypervisor::Result<std::vector<GuestRange>> ReceivedPacket::gpaRanges(
    std::uint64_t mostPages) const {
    if (type() != PacketType::GpaDirect)
        return hypervisor::failure(
            fmt::format("a packet of type {} has no memory with it", descriptor_.type));
    HeaderCursor cursor(header());
    const auto counts = cursor.take<GpaDirectHeader>();
    // What stands behind the ranges is of no meaning: guests send room for more than they use.
    if (!counts || counts->rangeCount > cursor.left() / sizeof(GpaRangeHeader))
        return hypervisor::failure("a packet is too short for the ranges of memory that it counts");
    std::vector<GuestRange> ranges(counts->rangeCount);
    for (GuestRange& range : ranges) {
        const auto bounds = cursor.take<GpaRangeHeader>();
        if (!bounds)
            return hypervisor::failure(
                "a packet is too short for the ranges of memory that it counts");
        if (bounds->byteOffset >= hypervisor::kPageSize)
            return hypervisor::failure(
                fmt::format("a packet's memory begins at byte {} of a page", bounds->byteOffset));
        range.byteCount = bounds->byteCount;
        range.byteOffset = bounds->byteOffset;
        const std::uint64_t count = GuestRange::pageCount(range.byteCount, range.byteOffset);
        if (count > mostPages)
            return hypervisor::failure("a packet comes with more memory than its device takes");
        mostPages -= count;
        if (!cursor.take(count, range.frames))
            return hypervisor::failure("a packet is too short for the pages of its memory");
    }
    return ranges;
}

hypervisor::Result<std::vector<TransferPagesRange>> ReceivedPacket::transferRanges() const {
    if (type() != PacketType::TransferPages)
        return hypervisor::failure(
            fmt::format("a packet of type {} has no transfer pages", descriptor_.type));
    HeaderCursor cursor(header());
    const auto counts = cursor.take<TransferPagesHeader>();
    if (!counts || counts->rangeCount > cursor.left() / sizeof(TransferPagesRange))
        return hypervisor::failure("a packet is too short for the transfer pages that it counts");
    std::vector<TransferPagesRange> ranges(counts->rangeCount);
    for (TransferPagesRange& range : ranges)
        range = cursor.take<TransferPagesRange>().value_or(TransferPagesRange{});
    return ranges;
}

}  // namespace vmbus
