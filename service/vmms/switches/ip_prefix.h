// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace service {

/// An IP address and how many of its bits name the network: "192.0.2.5/24", "2001:db8::5/64".
class IpPrefix {
  public:
    /// `family` is AF_INET or AF_INET6.
    IpPrefix(int family, std::span<const std::byte> address, unsigned bits);
    /// Without "/24", all bits.
    [[nodiscard]] static std::optional<IpPrefix> parse(std::string_view text);

    [[nodiscard]] int family() const { return family_; }
    [[nodiscard]] unsigned bits() const { return bits_; }
    /// 4 or 16 bytes, in the network's order.
    [[nodiscard]] std::span<const std::byte> address() const;
    [[nodiscard]] std::string text() const;
    /// Without the bits.
    [[nodiscard]] std::string addressText() const;

    /// One network holds the other.
    [[nodiscard]] bool overlaps(const IpPrefix& other) const;
    /// Neither "any", loopback, multicast, nor the network's own or broadcast address: one that an
    /// interface can have.
    [[nodiscard]] bool isOfOneHost() const;

    bool operator==(const IpPrefix&) const = default;

  private:
    [[nodiscard]] bool bit(unsigned at) const;

    int family_;
    std::array<std::byte, 16> bytes_{};
    unsigned bits_;
};

}  // namespace service
