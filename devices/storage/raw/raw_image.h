// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "devices/storage/image.h"

namespace devices::storage {

/// The disk's bytes and nothing else, in sectors of 512 bytes. Recognises nothing: what is no other
/// format is taken as raw only by who says so. "Fixed" gets all its room when it is created,
/// "dynamic" as it is written.
[[nodiscard]] const ImageDriver& rawDriver();

}  // namespace devices::storage
