// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "devices/storage/engine_file.h"
#include "devices/storage/image.h"
#include "image_opener.h"

namespace devices::storage {

/// The files of a disk for a process that may open none (GivenImageOpener): the image, open with
/// `access`, its parent, the parent's parent and so on, open for reading, all locked. Of each no
/// more is read than where its parent is; whether they fit one another is for whoever opens the
/// disk. For writing, a disk with known children is refused.
Task<hypervisor::Result<std::vector<OpenedImageFile>>> openChain(IoEngine& engine, std::string path,
                                                                 FileAccess access,
                                                                 std::optional<ImageFormat> format);

}  // namespace devices::storage
