// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace service {

/// Gives the file this content: after a crash or a power cut at any moment it has the old content
/// or the new one, and when this has returned, the new one is there for good. A failure leaves the
/// old one, and nothing beside it.
[[nodiscard]] hypervisor::Result<void> replaceFile(const std::string& path,
                                                   std::string_view content);

/// The content of a regular file of at most `most` bytes.
[[nodiscard]] hypervisor::Result<std::string> readFile(const std::string& path, std::size_t most);
/// The same of one that is open; `path` is for messages.
[[nodiscard]] hypervisor::Result<std::string> readFile(const hypervisor::FileDescriptor& file,
                                                       const std::string& path, std::size_t most);

/// Makes what happened to names in this folder durable.
[[nodiscard]] hypervisor::Result<void> syncFolder(const std::string& folder);

}  // namespace service
