// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hypervisor/error.h"
#include "network_settings.h"
#include "network_statistics.h"
#include "packet_filter.h"
#include "receive_scaling.h"
#include "rndis_protocol.h"

namespace devices::synthetic {

struct NetworkLink {
    bool connected = false;
    /// Of 100 bit/s.
    std::uint32_t speed = 0;
    friend bool operator==(const NetworkLink&, const NetworkLink&) = default;
};

/// What the guest asks of its adapter and sets there by RNDIS: messages in, answers out, no more.
class RndisControl {
  public:
    /// The longest control message that is taken.
    static constexpr std::size_t kMostMessage = 16 * 1024;
    /// The longest answer.
    static constexpr std::size_t kMostAnswer = 1'024;
    /// Of one data message; answers Initialize.
    static constexpr std::uint32_t kMostPacketsPerMessage = 8;
    /// The longest TCP segment that the guest may leave to be cut.
    static constexpr std::uint32_t kMostLargeSend = 61'440;

    /// Both must outlive it.
    RndisControl(const NetworkSettings& settings, const NetworkStatistics& statistics);

    /// As after the channel's open.
    void reset();
    /// A private copy of a message; the answer, empty where there is to be none. Fails where there
    /// is no answer that a guest could make sense of.
    [[nodiscard]] hypervisor::Result<std::vector<std::byte>> handle(
        std::span<const std::byte> message, const NetworkLink& link);
    /// Tells the guest of the link.
    [[nodiscard]] static std::vector<std::byte> linkIndication(bool connected);

    [[nodiscard]] bool isInitialized() const { return initialized_; }
    [[nodiscard]] const PacketFilter& filter() const { return filter_; }
    [[nodiscard]] const ReceiveScaling& scaling() const { return scaling_; }
    /// What the guest wants to hear of checksums that the port has found right.
    [[nodiscard]] bool wantsReceiveChecksum() const { return receiveChecksum_; }
    /// The guest has set another receive scaling since the last call.
    [[nodiscard]] bool takeScalingChange();

  private:
    using Info = std::vector<std::byte>;

    [[nodiscard]] std::vector<std::byte> initialize(const rndis::Initialize& request);
    [[nodiscard]] std::vector<std::byte> query(const rndis::Request& request,
                                               std::span<const std::byte> info,
                                               const NetworkLink& link) const;
    [[nodiscard]] std::vector<std::byte> set(const rndis::Request& request,
                                             std::span<const std::byte> info);
    /// Nothing: the OID is not known.
    [[nodiscard]] std::optional<Info> infoOf(rndis::Oid oid, std::span<const std::byte> request,
                                             const NetworkLink& link) const;
    [[nodiscard]] std::optional<std::uint32_t> numberOf(rndis::Oid oid,
                                                        const NetworkLink& link) const;
    [[nodiscard]] Info offloadCapabilities(std::span<const std::byte> request) const;
    [[nodiscard]] Info scaleCapabilities() const;
    [[nodiscard]] rndis::Status apply(rndis::Oid oid, std::span<const std::byte> info);
    [[nodiscard]] rndis::Status applyMulticast(std::span<const std::byte> info);
    [[nodiscard]] rndis::Status applyParameter(std::span<const std::byte> info);

    const NetworkSettings& settings_;
    const NetworkStatistics& statistics_;
    bool initialized_ = false;
    PacketFilter filter_;
    ReceiveScaling scaling_;
    bool scalingChanged_ = false;
    bool receiveChecksum_ = true;
};

}  // namespace devices::synthetic
