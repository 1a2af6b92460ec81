// SPDX-License-Identifier: GPL-3.0-or-later
#include "adapter_wiring.h"

#include <fmt/core.h>

#include <charconv>
#include <cstdint>
#include <utility>

#include "devices/network/socket_port.h"
#include "devices/network/tap_port.h"

namespace service {

using devices::network::SocketPort;
using devices::network::SwitchPort;
using devices::network::TapPort;
using hypervisor::Result;

std::optional<std::array<std::byte, devices::network::kMacSize>> parseMac(const std::string& text) {
    std::array<std::byte, devices::network::kMacSize> mac{};
    if (text.size() != mac.size() * 3 - 1)
        return std::nullopt;
    for (std::size_t at = 0; at < mac.size(); ++at) {
        const char* const digits = text.data() + at * 3;
        std::uint8_t byte = 0;
        const auto [end, error] = std::from_chars(digits, digits + 2, byte, 16);
        if (error != std::errc{} || end != digits + 2 || (at + 1 != mac.size() && digits[2] != ':'))
            return std::nullopt;
        mac[at] = std::byte{byte};
    }
    return mac;
}

Result<std::unique_ptr<SwitchPort>> openPort(AdapterOrder& order) {
    if (!order.port)
        return nullptr;
    if (order.adapter.tap)
        return TapPort::create(std::move(order.port));
    return SocketPort::create(std::move(order.port));
}

std::string FigureNames::take(const std::string& name) {
    std::string own = name;
    for (unsigned number = 2; !taken_.insert(own).second; ++number)
        own = fmt::format("{} {}", name, number);
    return own;
}

}  // namespace service
