// SPDX-License-Identifier: GPL-3.0-or-later
#include "image.h"

namespace devices::storage {

Task<hypervisor::Result<void>> DiskImage::reconnect(const DiskImage&, std::vector<ParentPath>) {
    co_return hypervisor::failure("cannot reconnect " + file().name() +
                                  ": it is not a differencing disk and has no parent");
}

}  // namespace devices::storage
