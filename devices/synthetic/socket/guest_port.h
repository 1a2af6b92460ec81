// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "vmbus/channel.h"
#include "vmbus/guid.h"

namespace devices::synthetic {

/// The service of a guest's program that listens at a port of AF_VSOCK, by which a Hyper-V socket
/// finds it.
[[nodiscard]] vmbus::Guid serviceOfPort(std::uint32_t port);

/// A connection from the host to that program. `peer` tells it from the host's others, and is the
/// port that the program sees at the other end.
[[nodiscard]] vmbus::Offer connectionOffer(std::uint32_t port, std::uint32_t peer);

}  // namespace devices::synthetic
