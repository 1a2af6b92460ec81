// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace devices::storage {

/// A file that appears under its name only when it is complete: until publish() it has a name of
/// its own beside it, and is removed with this object.
class NewFile {
  public:
    [[nodiscard]] static hypervisor::Result<NewFile> create(std::string path, bool replace);
    NewFile(NewFile&& other) noexcept;
    NewFile& operator=(NewFile&&) = delete;
    ~NewFile();

    /// A second descriptor for the file.
    [[nodiscard]] hypervisor::Result<hypervisor::FileDescriptor> descriptor() const;
    /// Gives the file its name and makes that stable. What is in it must be stable already.
    [[nodiscard]] hypervisor::Result<void> publish();

  private:
    NewFile(std::string path, std::string temporary, hypervisor::FileDescriptor file, bool replace)
        : path_(std::move(path)),
          temporary_(std::move(temporary)),
          file_(std::move(file)),
          replace_(replace) {}

    std::string path_;
    // Empty once it is published.
    std::string temporary_;
    hypervisor::FileDescriptor file_;
    bool replace_;
};

/// Makes what happened to names in the folder of `path` survive a power cut.
[[nodiscard]] hypervisor::Result<void> syncFolder(const std::string& path);

}  // namespace devices::storage
