// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "switch_port.h"

namespace devices::network {

/// A port whose other end is another process, vireo-nat for example: one frame a packet of a Unix
/// socket of kind SOCK_SEQPACKET. No offloads: frames are finished.
class SocketPort final : public SwitchPort {
  public:
    /// Takes a connected socket. Fails when it is of another kind.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<SocketPort>> create(
        hypervisor::FileDescriptor socket);
    /// Two connected sockets, closed on exec: one for create(), one for the other end.
    [[nodiscard]] static hypervisor::Result<
        std::pair<hypervisor::FileDescriptor, hypervisor::FileDescriptor>>
    createSockets();

    [[nodiscard]] Capabilities capabilities() const override { return {}; }
    [[nodiscard]] SendOutcome send(std::span<const iovec> pieces,
                                   const FrameOffload& offload) override;
    [[nodiscard]] ReceiveOutcome receive(FrameSink& sink, unsigned most) override;
    [[nodiscard]] bool isUp() const override { return up_; }
    [[nodiscard]] int descriptor() const override { return socket_.get(); }

  private:
    explicit SocketPort(hypervisor::FileDescriptor socket)
        : socket_(std::move(socket)), buffer_(kLongestFrame) {}

    hypervisor::FileDescriptor socket_;
    std::vector<std::byte> buffer_;
    bool up_ = true;
};

}  // namespace devices::network
