// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "hypervisor/error.h"
#include "network_settings.h"
#include "nvsp_protocol.h"
#include "receive_buffer.h"
#include "vmbus/channel.h"

namespace devices::synthetic {

/// What a guest and its adapter agree on before the first frame: version, buffers, sub-channels.
class NvspSession {
  public:
    /// Of one piece of the send buffer; what Linux asks for.
    static constexpr std::uint32_t kSendSection = 6'144;

    explicit NvspSession(const NetworkSettings& settings) : settings_(settings) {}

    /// As after the channel's open.
    void reset();

    /// The completion that the guest is to get, if its message asks for any; fails when the guest
    /// has broken the protocol. SendRndisPacket is none of them.
    [[nodiscard]] hypervisor::Result<std::span<const std::byte>> handle(
        nvsp::MessageType type, const nvsp::MessageBytes& message,
        const vmbus::OpenChannel& channel);

    [[nodiscard]] nvsp::Version version() const { return version_; }
    /// Null before the guest has given one.
    [[nodiscard]] ReceiveBuffer* receiveBuffer() {
        return receiveBuffer_ ? &*receiveBuffer_ : nullptr;
    }
    [[nodiscard]] const vmbus::GuestPages* sendBuffer() const { return sendBuffer_.get(); }
    /// The guest takes VLAN tags beside the frame.
    [[nodiscard]] bool wantsVlanInfo() const { return vlan_; }
    /// The longest frame that the guest gets, without a tag.
    [[nodiscard]] std::uint32_t mostFrame() const { return mostFrame_; }
    /// Sub-channels that the guest has been granted.
    [[nodiscard]] unsigned subChannels() const { return subChannels_; }

  private:
    using Completion = hypervisor::Result<std::span<const std::byte>>;

    template <class T>
    [[nodiscard]] std::span<const std::byte> answer(const T& message);
    [[nodiscard]] Completion initialize(const nvsp::MessageBytes& message);
    [[nodiscard]] Completion configure(const nvsp::MessageBytes& message);
    [[nodiscard]] Completion takeReceiveBuffer(const nvsp::MessageBytes& message,
                                               const vmbus::OpenChannel& channel);
    [[nodiscard]] Completion takeSendBuffer(const nvsp::MessageBytes& message,
                                            const vmbus::OpenChannel& channel);
    [[nodiscard]] Completion allocateSubChannels(const nvsp::MessageBytes& message,
                                                 const vmbus::OpenChannel& channel);

    const NetworkSettings& settings_;
    nvsp::Version version_ = nvsp::Version::None;
    std::uint32_t mostFrame_ = 0;
    bool vlan_ = false;
    unsigned subChannels_ = 0;
    std::uint32_t generation_ = 0;
    std::optional<ReceiveBuffer> receiveBuffer_;
    std::shared_ptr<const vmbus::GuestPages> sendBuffer_;
    nvsp::MessageBytes answer_{};
};

}  // namespace devices::synthetic
