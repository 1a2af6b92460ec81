// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace devices::tulip {

using MacAddress = std::array<std::byte, 6>;

/// Which frames the guest wants, by their destination: what the last setup frame says, in one of
/// its four kinds, and some bits of CSR6. After power-on it wants none. Source: the 21140A's
/// manual, section 4.2.3.
///
/// Thread safety: one call at a time.
class AddressFilter {
  public:
    static constexpr std::size_t kSetupFrame = 192;

    /// What of the setup frame counts.
    enum class Kind : std::uint8_t {
        Perfect,         ///< sixteen addresses
        HashAndPerfect,  ///< one address, and hashes for multicast
        InversePerfect,  ///< all but sixteen addresses
        HashOnly,        ///< hashes for all
    };
    void load(Kind kind, std::span<const std::byte, kSetupFrame> frame);
    void reset() { *this = {}; }

    /// HP, HO and IF as CSR6 shows them.
    [[nodiscard]] std::uint32_t modeBits() const;

    enum class Verdict : std::uint8_t {
        Refused,
        /// The filter would not have it, but CSR6 wants all.
        PassedAnyway,
        Passed,
    };
    /// `mode`: CSR6.
    [[nodiscard]] Verdict judge(const MacAddress& destination, std::uint32_t mode) const;

  private:
    static constexpr std::size_t kAddresses = 16;
    static constexpr std::size_t kHashWords = 32;

    [[nodiscard]] bool matches(const MacAddress& destination) const;
    [[nodiscard]] bool isListed(const MacAddress& destination) const;
    [[nodiscard]] bool isHashed(const MacAddress& destination) const;

    Kind kind_ = Kind::Perfect;
    /// Of which the first `count_` are there.
    std::array<MacAddress, kAddresses> addresses_{};
    std::size_t count_ = 0;
    /// 512 bits.
    std::array<std::uint16_t, kHashWords> hashes_{};
};

[[nodiscard]] inline bool isMulticast(const MacAddress& address) {
    return (address[0] & std::byte{1}) != std::byte{0};
}

}  // namespace devices::tulip
