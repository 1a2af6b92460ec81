// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "children.h"
#include "open_disk.h"

namespace devices::storage {

// Operations on images as a whole. Each opens its files with the rights of this process, locks
// them, reports progress to its Job and can be cancelled. What makes a new file writes it beside
// the target under another name and renames it when it is complete and on stable storage: an
// interrupted one leaves the target as it was.

struct CreateDisk {
    std::string path;
    /// None: from the path.
    std::optional<ImageFormat> format;
    ImageCreateOptions image;
    /// Differencing: the parent; its format is the child's too.
    std::string parent;
    /// A file that is there already is an error, else replaced.
    bool replace = false;
};
Task<hypervisor::Result<void>> createDisk(IoEngine& engine, CreateDisk request, Job& job);

/// An image and its ancestors.
struct DiskInformation {
    struct Image {
        std::string path;
        ImageDescription description;
    };
    std::vector<Image> chain;
    /// Why the chain ends early, if it does.
    std::string chainError;
};
Task<hypervisor::Result<DiskInformation>> inspectDisk(IoEngine& engine, std::string path,
                                                      std::optional<ImageFormat> format);

Task<hypervisor::Result<CheckReport>> checkDisk(IoEngine& engine, std::string path,
                                                std::optional<ImageFormat> format, CheckMode mode,
                                                Job& job);

struct ConvertDisk {
    std::string source;
    std::optional<ImageFormat> sourceFormat;
    std::string target;
    std::optional<ImageFormat> targetFormat;
    /// Size, sector sizes and parent are the source's; a differencing target is not made.
    ImageKind kind = ImageKind::Dynamic;
    std::uint32_t blockSize = 0;
    bool replace = false;
};
/// What the disk reads as, parents included.
Task<hypervisor::Result<void>> convertDisk(IoEngine& engine, ConvertDisk request, Job& job);

/// In place; what the disk reads as stays, so children do not mind.
Task<hypervisor::Result<void>> compactDisk(IoEngine& engine, std::string path,
                                           std::optional<ImageFormat> format, Job& job);
/// In place; refused while children are known.
Task<hypervisor::Result<void>> expandDisk(IoEngine& engine, std::string path,
                                          std::optional<ImageFormat> format, std::uint64_t size,
                                          Job& job);

/// Writes what a differencing disk holds into its parent, then removes the disk. Until then the
/// disk reads as before whenever it is interrupted, and merging can be begun again. Refused while
/// the parent has other known children.
Task<hypervisor::Result<void>> mergeDisk(IoEngine& engine, std::string path, Job& job);

/// Notes where the parent is now, and that it is as it is now.
Task<hypervisor::Result<void>> reconnectDisk(IoEngine& engine, std::string path,
                                             std::string parent);

}  // namespace devices::storage
