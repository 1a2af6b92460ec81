// SPDX-License-Identifier: GPL-3.0-or-later
#include "receive_scaling.h"

#include <algorithm>

#include "byte_copy.h"

namespace devices::synthetic {

using network::FrameHeaders;
using network::NetworkProtocol;
using network::TransportProtocol;

bool ReceiveScaling::set(std::span<const std::byte> parameters, unsigned queues) {
    const auto wanted = structureAt<rndis::ScaleParameters>(parameters);
    if (!wanted || wanted->header.type != rndis::kScaleParametersType)
        return false;
    if ((wanted->flags & rndis::kScaleDisabled) != 0) {
        enabled_ = false;
        return true;
    }
    ReceiveScaling next = *this;
    if ((wanted->flags & rndis::kHashInfoUnchanged) == 0)
        next.hashInfo_ = wanted->hashInfo;
    if ((wanted->flags & rndis::kTableUnchanged) == 0) {
        const std::size_t entries = wanted->tableSize / sizeof(std::uint32_t);
        if (entries == 0 || entries > kMostEntries)
            return false;
        next.table_.clear();
        for (std::size_t i = 0; i < entries; ++i) {
            const auto queue = structureAt<std::uint32_t>(
                parameters, std::size_t{wanted->tableOffset} + i * sizeof(std::uint32_t));
            if (!queue || *queue >= queues)
                return false;
            next.table_.push_back(static_cast<std::uint8_t>(*queue));
        }
    }
    if ((wanted->flags & rndis::kKeyUnchanged) == 0) {
        const auto key =
            structureAt<std::array<std::byte, kKeySize>>(parameters, wanted->keyOffset);
        if (!key || wanted->keySize != kKeySize)
            return false;
        next.setKey(*key);
    }
    if ((next.hashInfo_ & rndis::kToeplitz) == 0 || next.table_.empty() ||
        next.contributions_.empty())
        return false;
    next.enabled_ = true;
    *this = std::move(next);
    return true;
}

void ReceiveScaling::setKey(std::span<const std::byte, kKeySize> key) {
    // The hash is the exclusive or of a 32-bit window of the key for each bit of the input that is
    // set, the window being as far into the key as the bit is into the input.
    const auto window = [&](std::size_t bit) {
        std::uint64_t bytes = 0;
        for (std::size_t i = 0; i < 5; ++i)
            bytes = bytes << 8 | std::to_integer<std::uint64_t>(key[bit / 8 + i]);
        return static_cast<std::uint32_t>(bytes >> (8 - bit % 8));
    };
    contributions_.assign(kMostInput, {});
    for (std::size_t byte = 0; byte < kMostInput; ++byte)
        for (std::size_t bit = 0; bit < 8; ++bit)
            for (std::size_t value = 0; value < 256; ++value)
                if ((value & 0x80U >> bit) != 0)
                    contributions_[byte][value] ^= window(byte * 8 + bit);
}

std::uint32_t ReceiveScaling::toeplitz(std::span<const std::byte> input) const {
    std::uint32_t hash = 0;
    for (std::size_t i = 0; i < std::min(input.size(), contributions_.size()); ++i)
        hash ^= contributions_[i][std::to_integer<std::size_t>(input[i])];
    return hash;
}

std::optional<std::uint32_t> ReceiveScaling::hash(std::span<const std::byte> frame,
                                                  const FrameHeaders& headers) const {
    if (!enabled_ || headers.network == NetworkProtocol::Other)
        return std::nullopt;
    const bool ipv4 = headers.network == NetworkProtocol::Ipv4;
    const bool ports = headers.transport == TransportProtocol::Tcp &&
                       (hashInfo_ & (ipv4 ? rndis::kHashTcpIpv4 : rndis::kHashTcpIpv6)) != 0;
    if (!ports && (hashInfo_ & (ipv4 ? rndis::kHashIpv4 : rndis::kHashIpv6)) == 0)
        return std::nullopt;
    std::array<std::byte, kMostInput> input;
    const auto addresses = ipv4 ? frame.subspan(std::size_t{headers.networkOffset} + 12, 8)
                                : frame.subspan(std::size_t{headers.networkOffset} + 8, 32);
    auto end = std::ranges::copy(addresses, input.begin()).out;
    if (ports)
        end = std::ranges::copy(frame.subspan(headers.transportOffset, 4), end).out;
    return toeplitz({input.begin(), end});
}

}  // namespace devices::synthetic
