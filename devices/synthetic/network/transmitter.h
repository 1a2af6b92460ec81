// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "devices/network/switch_port.h"
#include "network_settings.h"
#include "network_statistics.h"
#include "rndis_packet.h"
#include "transmit_source.h"

namespace devices::synthetic {

/// The way of frames from the guest to the switch: the guest's memory goes into the port as it is,
/// but for the headers, which are decided on and therefore copied first; or copied as a whole where
/// that is cheaper, or the port leaves checksums and cutting to us.
class Transmitter {
  public:
    /// Both must outlive it.
    Transmitter(const NetworkSettings& settings, NetworkStatistics& statistics);

    /// May be null: frames are dropped.
    void setPort(network::SwitchPort* port);

    /// Sends all messages in `source`, from the adapter with the address `own`. False when they are
    /// no data messages; those in front are sent.
    [[nodiscard]] bool send(const TransmitSource& source, const MacAddress& own);

  private:
    void sendFrame(const TransmitSource& source, const TransmittedFrame& frame,
                   const MacAddress& own);
    /// All of the frame is in `frame`.
    void sendFinished(std::span<std::byte> frame, const network::FrameOffload& offload);
    void sendPieces(std::span<const iovec> pieces, const network::FrameOffload& offload);

    const NetworkSettings& settings_;
    NetworkStatistics& statistics_;
    network::SwitchPort* port_ = nullptr;
    /// The port has had its time to make room: nothing is waited for until it takes a frame again.
    bool stalled_ = false;
    // The private copy, and the pieces of one frame; kept for their memory.
    std::vector<std::byte> copy_;
    std::vector<iovec> pieces_;
};

}  // namespace devices::synthetic
