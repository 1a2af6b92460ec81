// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "hypervisor/error.h"
#include "image_file.h"

namespace devices {

/// What a network adapter has in its expansion ROM so that firmware can start systems from the
/// network.
struct NetworkRom {
    std::vector<std::byte> bytes;
    /// It uses the machine's first adapter, whichever one's ROM has started it (iPXE's driver is
    /// for one at a time): from another adapter's ROM it would do the same again.
    bool isForFirst = false;
};

/// Makes it of `file`: an expansion ROM for the adapter, as it is, or a boot program in the form of
/// a Linux bzImage, as Debian's package "ipxe" has one, behind a loader (network_loader.S), which
/// is for the first adapter. Fails when it is neither.
[[nodiscard]] hypervisor::Result<NetworkRom> makeNetworkRom(const ImageFile& file);

}  // namespace devices
