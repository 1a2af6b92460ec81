// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace service {

/// A folder that appears under its name only when it is complete. Until publish() it is
/// ".NAME.PURPOSE" beside that, and is removed with this object; what an interrupted process has
/// left there is replaced.
class UnfinishedFolder {
  public:
    /// Fails if `name` is in `parent` already. `purpose`: "exporting".
    [[nodiscard]] static hypervisor::Result<UnfinishedFolder> create(const std::string& parent,
                                                                     const std::string& name,
                                                                     const std::string& purpose);
    UnfinishedFolder(UnfinishedFolder&& other) noexcept;
    UnfinishedFolder& operator=(UnfinishedFolder&&) = delete;
    ~UnfinishedFolder();

    /// Where it is now.
    [[nodiscard]] const std::string& path() const { return path_; }
    /// Where it will be.
    [[nodiscard]] const std::string& target() const { return target_; }
    /// Gives it its name for good. What is in it must be durable already.
    [[nodiscard]] hypervisor::Result<void> publish();

  private:
    UnfinishedFolder(std::string parent, std::string path, std::string target)
        : parent_(std::move(parent)), path_(std::move(path)), target_(std::move(target)) {}

    std::string parent_;
    // Empty once it has its name.
    std::string path_;
    std::string target_;
    // Locked, so that nobody else takes the folder for one that was left.
    hypervisor::FileDescriptor folder_;
};

/// An error that says so if there is something of this name.
[[nodiscard]] hypervisor::Result<void> refuseIfThere(const std::string& path);

}  // namespace service
