// SPDX-License-Identifier: GPL-3.0-or-later
#include "switch_check.h"

#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <string_view>

#include "service/ipc/machine_settings.h"
#include "service/vmms/switches/ip_prefix.h"
#include "settings_check.h"

namespace service {

namespace {

std::unexpected<RpcError> wrongField(std::string message, std::string field,
                                     std::string allowed = {}) {
    return rpcFailure(ErrorCode::InvalidParams, std::move(message), {}, std::move(field),
                      std::move(allowed));
}

RpcResult<void> checkSwitchName(std::string_view name) {
    const std::string allowed =
        fmt::format("1 to {} bytes of text, no space at its ends", kMaximumNameLength);
    if (name.empty())
        return wrongField("a switch needs a name", "name", allowed);
    const bool control = std::ranges::any_of(
        name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    if (name.size() > kMaximumNameLength || control || name.front() == ' ' || name.back() == ' ')
        return wrongField("a switch can't have this name", "name", allowed);
    // It would be taken for another's id, or for none.
    if (isUuid(name) || name == "none")
        return wrongField("a switch's name can't be 'none' or look like an id", "name", allowed);
    return {};
}

bool isInterfaceName(std::string_view name) {
    return !name.empty() && name.size() < IFNAMSIZ && name != "." && name != ".." &&
           std::ranges::none_of(name, [](char c) {
               return static_cast<unsigned char>(c) <= 0x20 || c == '/' || c == ':' || c == 0x7F;
           });
}

}  // namespace

RpcResult<void> checkSwitch(const SwitchSettings& settings) {
    if (!isUuid(settings.id))
        return wrongField("a switch's id must be a UUID", "id",
                          "like 6fa459ea-ee8a-4ca4-894e-db77e160355e");
    if (auto name = checkSwitchName(settings.name); !name)
        return name;
    if (settings.notes.size() > kMaximumNotesLength)
        return wrongField("the notes are too long", "notes",
                          fmt::format("at most {} bytes", kMaximumNotesLength));
    if (settings.kind == SwitchKind::Nat)
        return wrongField(fmt::format("'{}' is the one switch of the kind Nat", kDefaultSwitch),
                          "kind", "External, Internal, Private");
    if (settings.kind == SwitchKind::External && !isInterfaceName(settings.hostAdapter))
        return wrongField("an external switch needs one of the host's network adapters",
                          "hostAdapter", "one of the hostAdapters that switch.list tells");
    if (settings.kind != SwitchKind::External && !settings.hostAdapter.empty())
        return wrongField("only external switches have a network adapter of the host",
                          "hostAdapter", "empty");
    if (settings.kind != SwitchKind::Internal && !settings.hostAddress.empty())
        return wrongField("only at internal switches the host is given an address", "hostAddress",
                          "empty");
    if (settings.hostAddress.empty())
        return {};
    const auto address = IpPrefix::parse(settings.hostAddress);
    if (!address || settings.hostAddress.find('/') == std::string::npos || !address->isOfOneHost())
        return wrongField(fmt::format("'{}' is no address that the host can have in a network",
                                      settings.hostAddress),
                          "hostAddress", "192.168.50.1/24, for instance");
    return {};
}

}  // namespace service
