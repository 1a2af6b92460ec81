// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "devices/network/switch_port.h"

/// A port of a switch in which frames stay: those that were sent, and those that are to come.
struct PlayedWire {
    std::vector<std::vector<std::byte>> sent;
    std::deque<std::vector<std::byte>> coming;
    bool up = true;
    bool full = false;
    /// The other end goes when frames are asked for next.
    bool closes = false;
};

class PlayedPort final : public devices::network::SwitchPort {
  public:
    /// `wire` outlives it.
    explicit PlayedPort(PlayedWire& wire) : wire_(wire) {}

    [[nodiscard]] Capabilities capabilities() const override { return {true, true}; }
    [[nodiscard]] devices::network::SendOutcome send(
        std::span<const iovec> pieces, const devices::network::FrameOffload& offload) override {
        using devices::network::SendOutcome;
        if (!wire_.up || offload.checksum() || offload.segmentation())
            return SendOutcome::Refused;
        if (wire_.full)
            return SendOutcome::Full;
        std::vector<std::byte> frame;
        for (const iovec& piece : pieces) {
            const auto* const from = static_cast<const std::byte*>(piece.iov_base);
            frame.insert(frame.end(), from, from + piece.iov_len);
        }
        wire_.sent.push_back(std::move(frame));
        return SendOutcome::Sent;
    }
    [[nodiscard]] devices::network::ReceiveOutcome receive(devices::network::FrameSink& sink,
                                                           unsigned most) override {
        using devices::network::ReceiveOutcome;
        wire_.up = wire_.up && !wire_.closes;
        if (!wire_.up)
            return ReceiveOutcome::Closed;
        for (unsigned i = 0; i < most; ++i) {
            if (wire_.coming.empty())
                return ReceiveOutcome::Empty;
            sink.received({wire_.coming.front(), true});
            wire_.coming.pop_front();
        }
        return ReceiveOutcome::More;
    }
    [[nodiscard]] bool isUp() const override { return wire_.up; }
    /// Nothing to poll.
    [[nodiscard]] int descriptor() const override { return -1; }

  private:
    PlayedWire& wire_;
};
