// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "adapter_settings.h"
#include "controller.h"
#include "devices/chipset/clock.h"
#include "devices/network/switch_port.h"
#include "hypervisor/stats/stats_page.h"

namespace devices::tulip {

/// Moves frames between the controller and a port of a virtual switch. Works when it is told to,
/// and never waits, but for a port without room, 10 ms at most.
/// A guest without room for what has come is waited for too, a little: then frames are missed.
///
/// Thread safety: one thread at a time.
class AdapterEngine final : private network::FrameSink {
  public:
    /// References outlive it.
    AdapterEngine(const AdapterSettings& settings, Controller& controller, const Clock& clock);

    /// Another port, or null: the guest sees that the link was down in between. The old one goes.
    void setPort(std::unique_ptr<network::SwitchPort> port);

    /// Does a bounded part of what there is to do; true when there is more.
    [[nodiscard]] bool work();
    /// The part of it that sends what the guest has ready, without waiting for anything; true when
    /// work() has to go on.
    [[nodiscard]] bool sendAtOnce();
    /// Work can go on when the descriptor is readable; -1 when that would not help.
    [[nodiscard]] int pollDescriptor() const;
    /// After how many milliseconds work can go on by itself; -1: never.
    [[nodiscard]] int pollTimeout() const;

  private:
    /// With a VLAN tag, without the checksum.
    static constexpr std::size_t kLongestFrame =
        network::kEthernetHeader + network::kVlanTag + 1500;

    enum class Wait : bool { No, Yes };

    /// True when there is more.
    [[nodiscard]] bool sendFrames(Wait wait);
    /// False: the port has no room, and was not waited for.
    [[nodiscard]] bool transmit(const std::vector<std::byte>& frame, Wait wait);
    [[nodiscard]] network::SendOutcome give(const std::vector<std::byte>& frame);
    [[nodiscard]] bool deliverFrames();
    /// True: the guest has no room, and it is waited for.
    [[nodiscard]] bool isPatient();
    [[nodiscard]] bool takeFrames();
    void received(const network::ReceivedFrame& frame) override;
    void enqueue(IncomingFrame frame);
    [[nodiscard]] bool hasLink() const { return port_ != nullptr && port_->isUp(); }
    void count(hypervisor::NetworkValue value, std::uint64_t much = 1) {
        (*counters_)[value].add(much);
    }

    const MacAddress mac_;
    const bool macSpoofing_;
    const std::shared_ptr<hypervisor::StatsSlot> counters_;
    Controller& controller_;
    const Clock& clock_;
    std::unique_ptr<network::SwitchPort> port_;
    /// The port has had its time to make room: nothing is waited for until it takes a frame again.
    bool portIsStalled_ = false;
    /// Frames that the guest wants and has not got; at most kMostWaiting.
    std::deque<IncomingFrame> waiting_;
    /// Since when the guest has no room.
    std::optional<std::uint64_t> noRoomSince_;
    /// The guest has had its time to make room.
    bool guestIsStalled_ = false;
    // Kept for its memory.
    IncomingFrame outgoing_;
    /// outgoing_ is to go before anything else.
    bool isHeld_ = false;
};

}  // namespace devices::tulip
