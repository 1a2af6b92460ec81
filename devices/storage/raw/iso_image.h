// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "devices/storage/image.h"

namespace devices::storage {

/// A CD or DVD image (ECMA-119, ECMA-167), read-only in sectors of 2048 bytes. Recognised by the
/// volume descriptors from sector 16 on.
[[nodiscard]] const ImageDriver& isoDriver();

}  // namespace devices::storage
