// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "devices/storage/image.h"

namespace devices::storage::vhdx {

/// Microsoft's VHDX format ([MS-VHDX]): fixed, dynamic and differencing disks of up to 64 TB.
class VhdxDriver final : public ImageDriver {
  public:
    [[nodiscard]] ImageFormat format() const override { return ImageFormat::Vhdx; }
    Task<hypervisor::Result<bool>> recognizes(StorageFile& file) const override;
    Task<hypervisor::Result<void>> create(StorageFile& file, const ImageCreateOptions& options,
                                          Job& job) const override;
    Task<hypervisor::Result<std::unique_ptr<DiskImage>>> open(
        std::unique_ptr<StorageFile> file, const ImageOpenOptions& options) const override;
    Task<hypervisor::Result<std::optional<ParentReference>>> parentOf(
        std::unique_ptr<StorageFile> file) const override;
    Task<hypervisor::Result<CheckReport>> check(StorageFile& file, CheckMode mode,
                                                Job& job) const override;
};

}  // namespace devices::storage::vhdx
