// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "frame_headers.h"
#include "switch_port.h"

namespace devices::network {

/// Cuts one long TCP segment into frames that are finished, checksums and all, for ports that
/// can't do it themselves.
class TcpSegmenter {
  public:
    /// `frame` as prepareOffload() has left it, with its `offload`; it must stay while this does.
    /// Nothing when they don't fit each other.
    [[nodiscard]] static std::optional<TcpSegmenter> create(std::span<const std::byte> frame,
                                                            const FrameOffload& offload);

    struct Segment {
        std::span<const std::byte> header;
        std::span<const std::byte> payload;
    };
    /// The next frame, valid until the next call; nothing behind the last one.
    [[nodiscard]] std::optional<Segment> next();

  private:
    TcpSegmenter(std::span<const std::byte> frame, const FrameHeaders& headers,
                 std::uint16_t segmentSize);

    FrameHeaders headers_;
    std::span<const std::byte> payload_;
    std::size_t segmentSize_;
    // The original's, changed for each segment.
    std::vector<std::byte> header_;
    std::size_t sent_ = 0;
    std::uint32_t sequence_;
    std::uint16_t identification_ = 0;
    std::uint8_t flags_;
};

}  // namespace devices::network
