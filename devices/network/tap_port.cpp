// SPDX-License-Identifier: GPL-3.0-or-later
#include "tap_port.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace devices::network {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

/// In front of each frame, both ways, little-endian. Linux: virtio_net_hdr, in a header that is not
/// C++.
struct VirtualNetworkHeader {
    std::uint8_t flags = 0;
    std::uint8_t segmentation = 0;
    std::uint16_t headerLength = 0;
    std::uint16_t segmentSize = 0;
    std::uint16_t checksumStart = 0;
    std::uint16_t checksumOffset = 0;
};
static_assert(sizeof(VirtualNetworkHeader) == 10);

constexpr std::uint8_t kNeedsChecksum = 1;
constexpr std::uint8_t kDataValid = 2;
constexpr std::uint8_t kNoSegmentation = 0;
constexpr std::uint8_t kTcp4Segmentation = 1;
constexpr std::uint8_t kTcp6Segmentation = 4;

VirtualNetworkHeader headerOf(const FrameOffload& offload) {
    VirtualNetworkHeader header{};
    if (offload.checksum()) {
        header.flags = kNeedsChecksum;
        header.checksumStart = offload.checksumStart;
        header.checksumOffset = offload.checksumOffset;
    }
    if (offload.segmentation()) {
        header.segmentation = offload.ipv6 ? kTcp6Segmentation : kTcp4Segmentation;
        header.segmentSize = offload.segmentSize;
        header.headerLength = offload.headerLength;
    }
    return header;
}

}  // namespace

TapPort::TapPort(FileDescriptor tap)
    : tap_(std::move(tap)), buffer_(sizeof(VirtualNetworkHeader) + kLongestFrame) {}

Result<std::unique_ptr<TapPort>> TapPort::create(FileDescriptor tap) {
    ifreq request{};
    if (::ioctl(tap.get(), TUNGETIFF, &request) != 0)
        return systemFailure("a switch port can't use the descriptor as a tap interface", errno);
    constexpr int kWanted = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
    if ((static_cast<unsigned short>(request.ifr_flags) & kWanted) != kWanted)
        return failure(
            "a switch port can't use the tap interface: it was not made with IFF_TAP, IFF_NO_PI "
            "and IFF_VNET_HDR");
    const int headerSize = sizeof(VirtualNetworkHeader);
    const int littleEndian = 1;
    // Nothing that would have the kernel give unfinished frames.
    if (::ioctl(tap.get(), TUNSETVNETHDRSZ, &headerSize) != 0 ||
        ::ioctl(tap.get(), TUNSETVNETLE, &littleEndian) != 0 ||
        ::ioctl(tap.get(), TUNSETOFFLOAD, 0UL) != 0)
        return systemFailure("a switch port can't set up the tap interface", errno);
    const int flags = ::fcntl(tap.get(), F_GETFL);
    if (flags < 0 || ::fcntl(tap.get(), F_SETFL, flags | O_NONBLOCK) != 0)
        return systemFailure("a switch port can't set up the tap interface", errno);
    return std::unique_ptr<TapPort>(new TapPort(std::move(tap)));
}

SendOutcome TapPort::send(std::span<const iovec> pieces, const FrameOffload& offload) {
    const std::size_t length = lengthOf(pieces);
    if (length < kEthernetHeader || length > kLongestFrame)
        return SendOutcome::Refused;
    VirtualNetworkHeader header = headerOf(offload);
    pieces_.assign(1, {&header, sizeof header});
    pieces_.insert(pieces_.end(), pieces.begin(), pieces.end());
    for (;;) {
        if (::writev(tap_.get(), pieces_.data(), static_cast<int>(pieces_.size())) >= 0) {
            up_ = true;
            return SendOutcome::Sent;
        }
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM)
            return SendOutcome::Full;
        // The interface is down, or has been removed.
        if (errno == EIO || errno == EBADFD)
            up_ = false;
        return SendOutcome::Refused;
    }
}

ReceiveOutcome TapPort::receive(FrameSink& sink, unsigned most) {
    for (unsigned count = 0; count < most; ++count) {
        const ssize_t got = ::read(tap_.get(), buffer_.data(), buffer_.size());
        if (got < 0) {
            if (errno == EINTR)
                continue;
            if (errno == EBADFD) {
                up_ = false;
                return ReceiveOutcome::Closed;
            }
            return ReceiveOutcome::Empty;
        }
        up_ = true;
        const auto size = static_cast<std::size_t>(got);
        if (size < sizeof(VirtualNetworkHeader) + kEthernetHeader)
            continue;
        VirtualNetworkHeader header;
        std::memcpy(&header, buffer_.data(), sizeof header);
        // None of these was asked for.
        if (header.segmentation != kNoSegmentation || (header.flags & kNeedsChecksum) != 0)
            continue;
        sink.received({std::span(buffer_).first(size).subspan(sizeof header),
                       (header.flags & kDataValid) != 0});
    }
    return ReceiveOutcome::More;
}

}  // namespace devices::network
