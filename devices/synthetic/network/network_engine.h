// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "devices/network/switch_port.h"
#include "network_queue.h"
#include "network_settings.h"
#include "network_statistics.h"
#include "nvsp_session.h"
#include "rndis_control.h"
#include "transmitter.h"

namespace devices::synthetic {

/// All of a synthetic network adapter but its thread: the guest's channels on one side, a port of a
/// virtual switch on the other, and what is between them. Works when it is told to, and never
/// waits, but for a port without room, 10 ms at most.
///
/// Thread safety: one thread at a time; statistics() any.
class NetworkEngine final : private network::FrameSink {
  public:
    explicit NetworkEngine(const NetworkSettings& settings);
    ~NetworkEngine() override;
    NetworkEngine(const NetworkEngine&) = delete;
    NetworkEngine& operator=(const NetworkEngine&) = delete;

    /// Channel 0 is the primary one, the others sub-channels; below NetworkSettings::queues.
    void open(unsigned index, std::unique_ptr<vmbus::OpenChannel> channel);
    void close(unsigned index);
    /// Another port, or null, and the guest is told: of two ports, that the link was down in
    /// between. The old one goes.
    void setPort(std::unique_ptr<network::SwitchPort> port);

    /// Does a bounded part of what there is to do; true when there is more.
    [[nodiscard]] bool work();
    /// Around a run of work(): in between the guest need not tell of what it writes. stopWork() is
    /// false when something has come meanwhile that the guest won't tell of.
    void startWork();
    [[nodiscard]] bool stopWork();

    /// Work can go on when the descriptor is readable; -1 when that would not help.
    [[nodiscard]] int pollDescriptor() const;

    [[nodiscard]] const NetworkStatistics& statistics() const { return statistics_; }

  private:
    [[nodiscard]] NetworkQueue& primary() { return queues_.front(); }
    [[nodiscard]] NetworkLink link() const;
    void noticeLink();
    void reset();

    // From the guest.
    [[nodiscard]] bool serveQueue(NetworkQueue& queue);
    void handlePacket(NetworkQueue& queue, const vmbus::ReceivedPacket& packet);
    void handleMessage(NetworkQueue& queue, const vmbus::ReceivedPacket& packet);
    void handleRndis(NetworkQueue& queue, const vmbus::ReceivedPacket& packet,
                     const nvsp::RndisPacket& message);
    void handleControl(NetworkQueue& queue, const TransmitSource& source);

    // To the guest.
    [[nodiscard]] bool isReady();
    [[nodiscard]] bool holdsFrames() const;
    [[nodiscard]] bool servePort();
    void received(const network::ReceivedFrame& frame) override;
    void deliver(std::span<const std::byte> frame, bool checksumGood);
    void sendReceived();
    void sendAnswers();

    const NetworkSettings settings_;
    NetworkStatistics statistics_;
    std::unique_ptr<network::SwitchPort> port_;
    std::vector<NetworkQueue> queues_;
    NvspSession session_;
    RndisControl control_;
    Transmitter transmitter_;
    /// Messages on the control channel that wait for room.
    std::deque<std::vector<std::byte>> answers_;
    /// What the guest knows of the link; it is told of changes.
    bool toldConnected_ = false;
    /// The port is another one since the guest was told.
    bool otherPort_ = false;
    bool tableDue_ = false;
};

}  // namespace devices::synthetic
