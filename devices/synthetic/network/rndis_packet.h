// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "devices/network/offload_request.h"
#include "transmit_source.h"

namespace devices::synthetic {

/// A frame that the guest sends, as its RNDIS message describes it.
struct TransmittedFrame {
    /// Of the whole message.
    std::uint64_t messageLength = 0;
    /// Where the frame lies in the source; within the message.
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
    network::OffloadRequest offload;
    /// Priority and number of a VLAN tag that is to be put in.
    std::optional<std::uint16_t> vlan;
};

/// Reads the data message at `offset` of `source`; nothing when it is none, or breaks its bounds.
[[nodiscard]] std::optional<TransmittedFrame> parseDataMessage(const TransmitSource& source,
                                                               std::uint64_t offset);

/// What goes with a frame to the guest.
struct ReceivedInfo {
    std::optional<std::uint32_t> checksum;
    std::optional<std::uint16_t> vlan;
    std::optional<std::uint32_t> hash;
};

/// The message's part in front of the frame.
class DataMessageHeader {
  public:
    /// With all that ReceivedInfo can hold.
    static constexpr std::size_t kMost = 44 + 3 * 16;

    DataMessageHeader(const ReceivedInfo& info, std::uint32_t frameLength);
    [[nodiscard]] std::span<const std::byte> bytes() const {
        return std::span(bytes_).first(length_);
    }

  private:
    std::array<std::byte, kMost> bytes_;
    std::size_t length_;
};

}  // namespace devices::synthetic
