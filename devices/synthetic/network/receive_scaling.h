// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "devices/network/frame_headers.h"
#include "rndis_protocol.h"

namespace devices::synthetic {

/// Receive side scaling: by a hash of its addresses and ports a connection's frames all come on
/// one of the adapter's queues.
class ReceiveScaling {
  public:
    static constexpr std::size_t kKeySize = 40;
    static constexpr std::size_t kMostEntries = 128;

    [[nodiscard]] bool isEnabled() const { return enabled_; }
    void reset() { *this = {}; }
    /// What a guest has set by ReceiveScaleParameters, for an adapter of `queues` queues; false,
    /// with nothing changed, when it makes no sense.
    [[nodiscard]] bool set(std::span<const std::byte> parameters, unsigned queues);

    /// Of a frame; nothing when it is none to be hashed by what the guest has asked for.
    [[nodiscard]] std::optional<std::uint32_t> hash(std::span<const std::byte> frame,
                                                    const network::FrameHeaders& headers) const;
    [[nodiscard]] unsigned queueOf(std::uint32_t hash) const {
        return table_.empty() ? 0 : table_[hash % table_.size()];
    }

    /// The Toeplitz hash, by the key that set() got.
    [[nodiscard]] std::uint32_t toeplitz(std::span<const std::byte> input) const;

  private:
    /// IPv6 addresses and two ports.
    static constexpr std::size_t kMostInput = 36;
    using ByteTable = std::array<std::uint32_t, 256>;

    void setKey(std::span<const std::byte, kKeySize> key);

    bool enabled_ = false;
    std::uint32_t hashInfo_ = 0;
    std::vector<std::uint8_t> table_;
    /// What each value of each byte of the input adds to the hash; empty without a key.
    std::vector<ByteTable> contributions_;
};

}  // namespace devices::synthetic
