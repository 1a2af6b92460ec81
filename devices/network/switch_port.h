// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace devices::network {

inline constexpr std::size_t kEthernetHeader = 14;
inline constexpr std::size_t kVlanTag = 4;
inline constexpr std::size_t kMacSize = 6;
/// Behind the addresses of a frame with a tag.
inline constexpr std::uint16_t kVlanType = 0x8100;
/// The longest frame that a port takes: the longest IPv6 packet without jumbo payload, with a tag.
/// Such a frame is a TCP segment that the port is to cut.
inline constexpr std::size_t kLongestFrame = kEthernetHeader + kVlanTag + 40 + 65'535;

/// What is still to be done to a frame before it is on a wire.
struct FrameOffload {
    /// Not 0 together with checksumOffset: the transport's checksum is to be computed over all
    /// from `checksumStart` on, and put `checksumOffset` behind there, where the sum of the pseudo
    /// header stands now.
    std::uint16_t checksumStart = 0;
    std::uint16_t checksumOffset = 0;
    /// Not 0: the frame is a TCP segment that is to be cut into ones of so many bytes of payload.
    /// It asks for a checksum as well.
    std::uint16_t segmentSize = 0;
    /// Of a segment to be cut: where its payload begins.
    std::uint16_t headerLength = 0;
    bool ipv6 = false;

    [[nodiscard]] bool checksum() const { return checksumOffset != 0; }
    [[nodiscard]] bool segmentation() const { return segmentSize != 0; }
};

struct ReceivedFrame {
    std::span<const std::byte> bytes;
    /// The port knows the transport's checksum to be right.
    bool checksumGood = false;
};

/// Takes frames out of a port; `bytes` are the port's, and valid during the call only.
class FrameSink {
  public:
    virtual ~FrameSink() = default;
    virtual void received(const ReceivedFrame& frame) = 0;
};

enum class SendOutcome : std::uint8_t {
    Sent,
    /// No room now: poll for POLLOUT, or drop the frame.
    Full,
    /// Never: too short, too long, or the other end has gone.
    Refused,
};

enum class ReceiveOutcome : std::uint8_t {
    /// Nothing more now: poll for POLLIN.
    Empty,
    /// There may be more.
    More,
    /// The other end has gone, and nothing will come any more.
    Closed,
};

/// One port of a virtual switch, as the adapter that is plugged into it sees it. What comes out of
/// it is not trusted: only that a frame's length is within [kEthernetHeader, kLongestFrame].
///
/// Thread safety: one thread at a time. Nothing of it blocks.
class SwitchPort {
  public:
    struct Capabilities {
        /// FrameOffload is obeyed; a port without takes finished frames only.
        bool checksum = false;
        bool segmentation = false;
    };
    virtual ~SwitchPort() = default;

    [[nodiscard]] virtual Capabilities capabilities() const = 0;
    /// Sends the frame that the pieces are one behind the other. They may be guest memory.
    [[nodiscard]] virtual SendOutcome send(std::span<const iovec> pieces,
                                           const FrameOffload& offload) = 0;
    /// Gives up to `most` frames to `sink`.
    [[nodiscard]] virtual ReceiveOutcome receive(FrameSink& sink, unsigned most) = 0;
    /// Somebody is at the other end. Changes inside send() and receive() only.
    [[nodiscard]] virtual bool isUp() const = 0;
    /// Of 100 bit/s, as network adapters tell it.
    [[nodiscard]] virtual std::uint32_t speed() const { return 100'000'000; }
    /// For poll(2): readable when there are frames, or when the other end has gone.
    [[nodiscard]] virtual int descriptor() const = 0;
};

/// The bytes of all pieces; can't wrap, since pieces are memory.
[[nodiscard]] inline std::size_t lengthOf(std::span<const iovec> pieces) {
    std::size_t length = 0;
    for (const iovec& piece : pieces)
        length += piece.iov_len;
    return length;
}

}  // namespace devices::network
