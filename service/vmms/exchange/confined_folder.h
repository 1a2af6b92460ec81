// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace service {

/// A folder that somebody else may have made, and may be changing: its files are opened so that
/// neither a path nor a symbolic link on the way leads out of it (openat2(2), RESOLVE_BENEATH).
class ConfinedFolder {
  public:
    [[nodiscard]] static hypervisor::Result<ConfinedFolder> open(const std::string& path);

    /// Absolute, without a '/' at its end.
    [[nodiscard]] const std::string& path() const { return path_; }
    /// For reading, without waiting for a FIFO's writer. The error is errno's: EXDEV for a way out.
    [[nodiscard]] std::expected<hypervisor::FileDescriptor, int> openFile(
        const std::string& relative) const;
    /// What an absolute path is inside of the folder, by its words alone; nothing: it is outside.
    [[nodiscard]] std::optional<std::string> relative(const std::string& absolute) const;

  private:
    ConfinedFolder(std::string path, hypervisor::FileDescriptor folder)
        : path_(std::move(path)), folder_(std::move(folder)) {}

    std::string path_;
    hypervisor::FileDescriptor folder_;
};

}  // namespace service
