// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tests {

// Disk images as the storage library makes, writes and reads them.

/// An empty one; with a parent a differencing one. By the path's format, raw ones fixed.
[[nodiscard]] bool makeDisk(const std::string& path, std::uint64_t size,
                            const std::string& parent = {});
/// `size` bytes of this letter at `offset`.
[[nodiscard]] bool writeDisk(const std::string& path, std::uint64_t offset, std::size_t size,
                             char letter);
/// What it reads as, parents included; nothing if it can't be opened.
[[nodiscard]] std::optional<std::vector<std::byte>> readDisk(const std::string& path);
/// The image's path and those of its ancestors; empty if they don't fit.
[[nodiscard]] std::vector<std::string> chainOf(const std::string& path);

}  // namespace tests
