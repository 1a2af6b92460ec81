// SPDX-License-Identifier: GPL-3.0-or-later
#include "vhdx_driver.h"

#include <array>

#include "file_check.h"
#include "file_creation.h"
#include "file_layout.h"
#include "log_replay.h"
#include "vhdx_image.h"

namespace devices::storage::vhdx {

using hypervisor::Result;

Task<Result<bool>> VhdxDriver::recognizes(StorageFile& file) const {
    std::array<std::byte, sizeof(std::uint64_t)> identifier{};
    if (file.size() < identifier.size())
        co_return false;
    const IoStatus status = co_await readFile(file, kFileIdentifierOffset, identifier);
    if (!status.ok())
        co_return std::unexpected(errorAbout(file, "can't read its begin: " + status.text()));
    co_return checkFileIdentifier(identifier).has_value();
}

Task<Result<void>> VhdxDriver::create(StorageFile& file, const ImageCreateOptions& options,
                                      Job& job) const {
    return createFile(file, options, job);
}

Task<Result<std::unique_ptr<DiskImage>>> VhdxDriver::open(std::unique_ptr<StorageFile> file,
                                                          const ImageOpenOptions& options) const {
    return VhdxImage::open(std::move(file), options);
}

Task<Result<std::optional<ParentReference>>> VhdxDriver::parentOf(
    std::unique_ptr<StorageFile> file) const {
    const auto headers = co_await readHeaders(*file);
    if (!headers)
        co_return std::unexpected(headers.error());
    if (!headers->current.logGuid.isZero()) {
        auto overlay = co_await overlayLog(std::move(file), *headers);
        if (!overlay)
            co_return std::unexpected(overlay.error());
        file = std::move(*overlay);
    }
    const auto layout = co_await readLayout(*file);
    if (!layout)
        co_return std::unexpected(layout.error());
    if (!layout->parameters.parent)
        co_return std::nullopt;
    co_return referenceOf(*layout->parameters.parent);
}

Task<Result<CheckReport>> VhdxDriver::check(StorageFile& file, CheckMode mode, Job& job) const {
    return checkFile(file, mode, job);
}

}  // namespace devices::storage::vhdx
