// SPDX-License-Identifier: GPL-3.0-or-later
#include "address_filter.h"

#include <algorithm>

#include "ethernet_checksum.h"
#include "registers.h"

namespace devices::tulip {

namespace {

/// Of each longword of a setup frame only the lower half counts.
constexpr std::size_t kLongword = 4;
constexpr std::size_t kLongwordsOfAddress = 3;
/// Where the one address of the kinds with hashes is.
constexpr std::size_t kAddressBehindHashes = 39 * kLongword;
constexpr std::uint32_t kHashMask = 0x1FF;

MacAddress addressAt(std::span<const std::byte> frame, std::size_t offset) {
    MacAddress address;
    for (std::size_t i = 0; i < kLongwordsOfAddress; ++i) {
        address[i * 2] = frame[offset + i * kLongword];
        address[i * 2 + 1] = frame[offset + i * kLongword + 1];
    }
    return address;
}

}  // namespace

void AddressFilter::load(Kind kind, std::span<const std::byte, kSetupFrame> frame) {
    kind_ = kind;
    if (kind == Kind::Perfect || kind == Kind::InversePerfect) {
        count_ = kAddresses;
        for (std::size_t i = 0; i < kAddresses; ++i)
            addresses_[i] = addressAt(frame, i * kLongwordsOfAddress * kLongword);
        return;
    }
    for (std::size_t i = 0; i < kHashWords; ++i)
        hashes_[i] =
            static_cast<std::uint16_t>(std::to_integer<unsigned>(frame[i * kLongword]) |
                                       std::to_integer<unsigned>(frame[i * kLongword + 1]) << 8);
    count_ = 1;
    addresses_[0] = addressAt(frame, kAddressBehindHashes);
}

std::uint32_t AddressFilter::modeBits() const {
    switch (kind_) {
        case Kind::Perfect:
            return 0;
        case Kind::HashAndPerfect:
            return mode::kHashOrPerfect;
        case Kind::InversePerfect:
            return mode::kInverse;
        case Kind::HashOnly:
            return mode::kHashOnly | mode::kHashOrPerfect;
    }
    return 0;
}

bool AddressFilter::isListed(const MacAddress& destination) const {
    const auto listed = std::span(addresses_).first(count_);
    return std::ranges::find(listed, destination) != listed.end();
}

bool AddressFilter::isHashed(const MacAddress& destination) const {
    const std::uint32_t bit = ethernetRemainder(destination) & kHashMask;
    return (hashes_[bit / 16] >> bit % 16 & 1) != 0;
}

bool AddressFilter::matches(const MacAddress& destination) const {
    switch (kind_) {
        case Kind::Perfect:
            return isListed(destination);
        case Kind::InversePerfect:
            return !isListed(destination);
        case Kind::HashAndPerfect:
            return isMulticast(destination) ? isHashed(destination) : isListed(destination);
        case Kind::HashOnly:
            return isHashed(destination);
    }
    return false;
}

AddressFilter::Verdict AddressFilter::judge(const MacAddress& destination,
                                            std::uint32_t mode) const {
    if (matches(destination) || ((mode & mode::kAllMulticast) != 0 && isMulticast(destination)))
        return Verdict::Passed;
    return (mode & (mode::kPromiscuous | mode::kReceiveAll)) != 0 ? Verdict::PassedAnyway
                                                                  : Verdict::Refused;
}

}  // namespace devices::tulip
