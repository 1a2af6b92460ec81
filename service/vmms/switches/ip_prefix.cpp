// SPDX-License-Identifier: GPL-3.0-or-later
#include "ip_prefix.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace service {

namespace {

constexpr unsigned kBits4 = 32;
constexpr unsigned kBits6 = 128;

}  // namespace

IpPrefix::IpPrefix(int family, std::span<const std::byte> address, unsigned bits)
    : family_(family), bits_(bits) {
    std::ranges::copy(address.first(std::min(address.size(), bytes_.size())), bytes_.begin());
}

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string address(text.substr(0, slash));
    std::array<std::byte, 16> bytes{};
    int family = AF_INET;
    if (::inet_pton(AF_INET, address.c_str(), bytes.data()) != 1) {
        family = AF_INET6;
        if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1)
            return std::nullopt;
    }
    const unsigned most = family == AF_INET ? kBits4 : kBits6;
    unsigned bits = most;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        if (error != std::errc{} || end != digits.data() + digits.size() || bits > most)
            return std::nullopt;
    }
    return IpPrefix(family, std::span(bytes).first(most / 8), bits);
}

std::span<const std::byte> IpPrefix::address() const {
    return std::span(bytes_).first(family_ == AF_INET ? kBits4 / 8 : kBits6 / 8);
}

std::string IpPrefix::addressText() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    return ::inet_ntop(family_, bytes_.data(), text.data(), text.size()) != nullptr ? text.data()
                                                                                    : "";
}

std::string IpPrefix::text() const {
    return fmt::format("{}/{}", addressText(), bits_);
}

bool IpPrefix::bit(unsigned at) const {
    return (std::to_integer<unsigned>(bytes_[at / 8]) >> (7 - at % 8) & 1) != 0;
}

bool IpPrefix::overlaps(const IpPrefix& other) const {
    if (family_ != other.family_)
        return false;
    for (unsigned at = 0; at < std::min(bits_, other.bits_); ++at)
        if (bit(at) != other.bit(at))
            return false;
    return true;
}

bool IpPrefix::isOfOneHost() const {
    const unsigned all = family_ == AF_INET ? kBits4 : kBits6;
    const auto first = std::to_integer<unsigned>(bytes_[0]);
    if (family_ == AF_INET && (first == 0 || first == 127 || first >= 224))
        return false;
    if (family_ == AF_INET6 && first == 0xFF)
        return false;
    bool zeroes = true;
    bool ones = true;
    for (unsigned at = bits_; at < all; ++at) {
        zeroes = zeroes && !bit(at);
        ones = ones && bit(at);
    }
    if (family_ == AF_INET && all - bits_ < 2)
        return true;
    return all == bits_ || (!zeroes && (!ones || family_ == AF_INET6));
}

}  // namespace service
