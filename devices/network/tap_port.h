// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "switch_port.h"

namespace devices::network {

/// A port whose other end is a Linux tap interface, usually one of a bridge. The host's kernel
/// computes the checksums and cuts the segments of what the guest sends, where that is needed at
/// all. What it gives are finished frames.
class TapPort final : public SwitchPort {
  public:
    /// Takes a queue of an interface, made with IFF_TAP, IFF_NO_PI and IFF_VNET_HDR. Fails when it
    /// is anything else.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<TapPort>> create(
        hypervisor::FileDescriptor tap);

    [[nodiscard]] Capabilities capabilities() const override { return {true, true}; }
    [[nodiscard]] SendOutcome send(std::span<const iovec> pieces,
                                   const FrameOffload& offload) override;
    [[nodiscard]] ReceiveOutcome receive(FrameSink& sink, unsigned most) override;
    [[nodiscard]] bool isUp() const override { return up_; }
    [[nodiscard]] int descriptor() const override { return tap_.get(); }

  private:
    explicit TapPort(hypervisor::FileDescriptor tap);

    hypervisor::FileDescriptor tap_;
    std::vector<std::byte> buffer_;
    // Of send(), kept for its memory.
    std::vector<iovec> pieces_;
    bool up_ = true;
};

}  // namespace devices::network
