// SPDX-License-Identifier: GPL-3.0-or-later
#include "guest_port.h"

#include <cstring>
#include <string>

#include "socket_protocol.h"

namespace devices::synthetic {

using vmbus::operator""_guid;

namespace {

/// Its first field is the port.
vmbus::Guid withPort(vmbus::Guid guid, std::uint32_t port) {
    static_assert(sizeof port <= sizeof guid.bytes);
    std::memcpy(guid.bytes.data(), &port, sizeof port);
    return guid;
}

}  // namespace

vmbus::Guid serviceOfPort(std::uint32_t port) {
    return withPort("00000000-facb-11e6-bd58-64006a7986d3"_guid, port);
}

vmbus::Offer connectionOffer(std::uint32_t port, std::uint32_t peer) {
    vmbus::Offer offer{
        .type = serviceOfPort(port),
        .instance = withPort("00000000-9c1f-4d6e-8a57-3be0c6a2d941"_guid, peer),
        .flags = static_cast<std::uint16_t>(vmbus::kNamedPipeFlag | vmbus::kHvSocketFlag),
        .name = "Socket to port " + std::to_string(port)};
    offer.userData[socket::kFromHostOffset] = socket::kFromHost;
    return offer;
}

}  // namespace devices::synthetic
