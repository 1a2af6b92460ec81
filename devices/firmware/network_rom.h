// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "hypervisor/error.h"
#include "image_file.h"

namespace devices {

/// What a network adapter has in its expansion ROM so that firmware can start systems from the
/// network (network_loader.S), made of `file`: an expansion ROM for the adapter, as it is, or a
/// boot program in the form of a Linux bzImage, as Debian's package "ipxe" has one, behind a
/// loader. Fails when it is neither.
[[nodiscard]] hypervisor::Result<std::vector<std::byte>> makeNetworkRom(const ImageFile& file);

}  // namespace devices
