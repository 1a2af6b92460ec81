// SPDX-License-Identifier: GPL-3.0-or-later
#include "netlink_message.h"

#include <algorithm>

namespace service {

void NetlinkMessage::append(std::span<const std::byte> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
}

void NetlinkMessage::add(std::uint16_t attribute, std::span<const std::byte> value) {
    const nlattr header{static_cast<std::uint16_t>(NLA_HDRLEN + value.size()), attribute};
    append(std::as_bytes(std::span(&header, 1)));
    append(value);
}

void NetlinkMessage::add(std::uint16_t attribute, std::string_view text) {
    const std::string ended(text);
    add(attribute, std::as_bytes(std::span(ended.c_str(), ended.size() + 1)));
}

std::size_t NetlinkMessage::open(std::uint16_t attribute) {
    const std::size_t at = bytes_.size();
    add(static_cast<std::uint16_t>(attribute | NLA_F_NESTED), std::span<const std::byte>());
    return at;
}

void NetlinkMessage::close(std::size_t opened) {
    const auto length = static_cast<std::uint16_t>(bytes_.size() - opened);
    std::memcpy(bytes_.data() + opened, &length, sizeof length);
}

std::span<const std::byte> NetlinkMessage::finish(std::uint32_t sequence) {
    nlmsghdr header{};
    std::memcpy(&header, bytes_.data(), sizeof header);
    header.nlmsg_len = static_cast<std::uint32_t>(bytes_.size());
    header.nlmsg_seq = sequence;
    std::memcpy(bytes_.data(), &header, sizeof header);
    return bytes_;
}

NetlinkAttributes::NetlinkAttributes(std::span<const std::byte> bytes) {
    while (bytes.size() >= sizeof(nlattr)) {
        nlattr header{};
        std::memcpy(&header, bytes.data(), sizeof header);
        if (header.nla_len < sizeof header || header.nla_len > bytes.size())
            return;
        values_[header.nla_type & NLA_TYPE_MASK] =
            bytes.first(header.nla_len).subspan(sizeof header);
        bytes = bytes.subspan(std::min<std::size_t>(NLA_ALIGN(header.nla_len), bytes.size()));
    }
}

std::span<const std::byte> NetlinkAttributes::bytes(std::uint16_t attribute) const {
    const auto found = values_.find(attribute);
    return found == values_.end() ? std::span<const std::byte>() : found->second;
}

std::string NetlinkAttributes::text(std::uint16_t attribute) const {
    const auto found = bytes(attribute);
    const auto* const begin = reinterpret_cast<const char*>(found.data());
    return {begin, std::find(begin, begin + found.size(), '\0')};
}

}  // namespace service
