// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "guid.h"
#include "hypervisor/error.h"

namespace devices::storage::vhdx {

/// Which file a differencing disk needs and which state of it ([MS-VHDX] 2.6.2.6).
struct ParentLocator {
    /// The parent's data write GUID must be one of these.
    Guid linkage;
    std::optional<Guid> linkage2;
    /// Paths as they stand in the file, "\" between folders. Empty: absent.
    std::string relativePath;
    std::string volumePath;
    std::string absolutePath;
    /// Keys that are not known: kept when the locator is rewritten.
    std::map<std::string, std::string> otherKeys;

    [[nodiscard]] bool accepts(const Guid& dataWriteGuid) const {
        return dataWriteGuid == linkage || dataWriteGuid == linkage2;
    }
};

[[nodiscard]] hypervisor::Result<ParentLocator> parseParentLocator(
    std::span<const std::byte> bytes);

/// Fails if a path is not UTF-8 or too long for the format.
[[nodiscard]] hypervisor::Result<std::vector<std::byte>> writeParentLocator(
    const ParentLocator& locator);

}  // namespace devices::storage::vhdx
