// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <set>
#include <string>
#include <vector>

#include "confined_folder.h"
#include "devices/storage/images/image_opener.h"

namespace service {

/// Which files must not lead out of a folder, nor must their ancestors.
struct Confinement {
    /// None: everything is opened as its path says.
    const ConfinedFolder* folder = nullptr;
    std::set<std::string> paths;
};

/// Opens images to be copied, and notes in which order that happened. Each is opened and locked a
/// second time for the noting, so that it stays locked when the storage library is done with it.
class SourceOpener final : public devices::storage::ImageOpener {
  public:
    /// With `folder`, nothing is opened outside of it.
    explicit SourceOpener(const ConfinedFolder* folder) : folder_(folder) {}

    [[nodiscard]] hypervisor::Result<devices::storage::OpenedImageFile> open(
        const std::string& path, devices::storage::FileAccess access) override;
    [[nodiscard]] hypervisor::Result<devices::storage::OpenedImageFile> openParent(
        const std::string& child, const devices::storage::ParentReference& parent) override;

    /// Opens and locks one file, a regular one, without noting it.
    [[nodiscard]] hypervisor::Result<devices::storage::OpenedImageFile> openOne(
        const std::string& path) const;
    [[nodiscard]] std::vector<devices::storage::OpenedImageFile> takeOpened() {
        return std::move(opened_);
    }

  private:
    [[nodiscard]] hypervisor::Result<std::string> findConfinedParent(
        const std::string& child, const devices::storage::ParentReference& parent) const;

    const ConfinedFolder* folder_;
    std::vector<devices::storage::OpenedImageFile> opened_;
};

}  // namespace service
