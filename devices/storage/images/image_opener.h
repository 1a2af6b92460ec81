// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "devices/storage/engine_file.h"
#include "devices/storage/image.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace devices::storage {

/// An image's file, open and locked.
struct OpenedImageFile {
    hypervisor::FileDescriptor descriptor;
    /// For messages, and what a child's relative paths are relative to.
    std::string path;
};

/// Where images' files come from: the library itself opens no path.
class ImageOpener {
  public:
    virtual ~ImageOpener() = default;
    [[nodiscard]] virtual hypervisor::Result<OpenedImageFile> open(const std::string& path,
                                                                   FileAccess access) = 0;
    /// The parent of the image that was opened as `child`, for reading.
    [[nodiscard]] virtual hypervisor::Result<OpenedImageFile> openParent(
        const std::string& child, const ParentReference& parent) = 0;
    /// Whether what is opened lies where the paths say, so that others can be looked for beside it.
    [[nodiscard]] virtual bool opensPaths() const { return false; }
};

/// Opens paths with the rights of this process and locks the files. Paths of Windows in images are
/// followed as far as they are relative.
class PathImageOpener final : public ImageOpener {
  public:
    [[nodiscard]] hypervisor::Result<OpenedImageFile> open(const std::string& path,
                                                           FileAccess access) override;
    [[nodiscard]] hypervisor::Result<OpenedImageFile> openParent(
        const std::string& child, const ParentReference& parent) override;
    [[nodiscard]] bool opensPaths() const override { return true; }
};

/// The first of the noted places where there is a file.
[[nodiscard]] hypervisor::Result<std::string> findParent(const std::string& child,
                                                         const ParentReference& parent);

/// Gives out descriptors that somebody else has opened and locked: the image's, its parent's, its
/// parent's parent's and so on. For a process that may open nothing.
class GivenImageOpener final : public ImageOpener {
  public:
    explicit GivenImageOpener(std::vector<OpenedImageFile> chain) : chain_(std::move(chain)) {}
    [[nodiscard]] hypervisor::Result<OpenedImageFile> open(const std::string& path,
                                                           FileAccess access) override;
    [[nodiscard]] hypervisor::Result<OpenedImageFile> openParent(
        const std::string& child, const ParentReference& parent) override;

  private:
    [[nodiscard]] hypervisor::Result<OpenedImageFile> next(const std::string& wanted);

    std::vector<OpenedImageFile> chain_;
    std::size_t given_ = 0;
};

/// The paths under which `child` can note its parent: relative to the child's folder, and absolute.
/// Both as text with '\' in the relative one, as the formats have it.
[[nodiscard]] hypervisor::Result<std::vector<ParentPath>> pathsToParent(const std::string& child,
                                                                        const std::string& parent);

/// Where on this host a noted path may lead, most likely first.
[[nodiscard]] std::vector<std::string> hostPaths(const std::string& child, const ParentPath& path);

}  // namespace devices::storage
