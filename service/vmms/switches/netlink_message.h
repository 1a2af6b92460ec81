// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace service {

/// A request to the kernel that is being put together (linux/netlink.h): its header, the fixed part
/// of its type, attributes.
class NetlinkMessage {
  public:
    template <class Fixed>
    NetlinkMessage(std::uint16_t type, std::uint16_t flags, const Fixed& fixed) {
        static_assert(std::is_trivially_copyable_v<Fixed>);
        const nlmsghdr header{0, type, static_cast<std::uint16_t>(flags | NLM_F_REQUEST), 0, 0};
        append(std::as_bytes(std::span(&header, 1)));
        append(std::as_bytes(std::span(&fixed, 1)));
    }

    void add(std::uint16_t attribute, std::span<const std::byte> value);
    /// With the zero behind it.
    void add(std::uint16_t attribute, std::string_view text);
    template <class Value>
    requires std::is_integral_v<Value>
    void add(std::uint16_t attribute, Value value) {
        add(attribute, std::as_bytes(std::span(&value, 1)));
    }
    /// An attribute of attributes: what is added until close() gets its return value is in it.
    [[nodiscard]] std::size_t open(std::uint16_t attribute);
    void close(std::size_t opened);

    /// The finished message with this number.
    [[nodiscard]] std::span<const std::byte> finish(std::uint32_t sequence);

  private:
    void append(std::span<const std::byte> bytes);

    std::vector<std::byte> bytes_;
};

/// Attributes by their number, as views into the bytes they were read from.
class NetlinkAttributes {
  public:
    /// What is malformed ends the list.
    explicit NetlinkAttributes(std::span<const std::byte> bytes);

    [[nodiscard]] bool has(std::uint16_t attribute) const { return values_.contains(attribute); }
    /// Empty if it is not there.
    [[nodiscard]] std::span<const std::byte> bytes(std::uint16_t attribute) const;
    [[nodiscard]] std::string text(std::uint16_t attribute) const;
    template <class Value>
    [[nodiscard]] std::optional<Value> number(std::uint16_t attribute) const {
        const auto found = bytes(attribute);
        if (found.size() < sizeof(Value))
            return std::nullopt;
        Value value{};
        std::memcpy(&value, found.data(), sizeof value);
        return value;
    }
    [[nodiscard]] NetlinkAttributes nested(std::uint16_t attribute) const {
        return NetlinkAttributes(bytes(attribute));
    }

  private:
    std::map<std::uint16_t, std::span<const std::byte>> values_;
};

/// A message of the kernel.
struct NetlinkAnswer {
    std::uint16_t type = 0;
    std::vector<std::byte> payload;

    /// The fixed part; zeroes where the message is too short for it.
    template <class Fixed>
    [[nodiscard]] Fixed fixed() const {
        Fixed part{};
        if (payload.size() >= sizeof part)
            std::memcpy(&part, payload.data(), sizeof part);
        return part;
    }
    template <class Fixed>
    [[nodiscard]] NetlinkAttributes attributes() const {
        const std::size_t begin = std::min(NLMSG_ALIGN(sizeof(Fixed)), payload.size());
        return NetlinkAttributes(std::span(payload).subspan(begin));
    }
};

}  // namespace service
