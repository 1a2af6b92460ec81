// SPDX-License-Identifier: GPL-3.0-or-later
#include "disk_jobs.h"

namespace devices::storage {

using hypervisor::failure;
using hypervisor::Result;

Task<Result<DiskInformation>> inspectDisk(IoEngine& engine, std::string path,
                                          std::optional<ImageFormat> format) {
    PathImageOpener opener;
    DiskInformation information;
    while (information.chain.size() < kMaximumChain) {
        OpenDiskOptions options;
        options.format = format;
        options.withParent = false;
        auto image = co_await openDisk(engine, opener, path, options);
        if (!image && information.chain.empty())
            co_return std::unexpected(image.error());
        if (!image) {
            information.chainError = image.error().message;
            break;
        }
        information.chain.push_back({path, (*image)->describe()});
        const auto& parent = information.chain.back().description.parent;
        if (!parent)
            break;
        auto parentPath = findParent(path, *parent);
        if (!parentPath) {
            information.chainError = parentPath.error().message;
            break;
        }
        path = std::move(*parentPath);
        format.reset();
    }
    // Whether parent and child fit is only known by opening them together.
    if (information.chain.size() > 1 && information.chainError.empty()) {
        OpenDiskOptions options;
        auto whole = co_await openDisk(engine, opener, information.chain.front().path, options);
        if (!whole)
            information.chainError = whole.error().message;
    }
    co_return information;
}

Task<Result<CheckReport>> checkDisk(IoEngine& engine, std::string path,
                                    std::optional<ImageFormat> format, CheckMode mode, Job& job) {
    PathImageOpener opener;
    const auto access = mode == CheckMode::Repair ? FileAccess::ReadWrite : FileAccess::Read;
    auto file = openImageFile(engine, opener, path, access);
    if (!file)
        co_return std::unexpected(file.error());
    const auto found = co_await formatOf(**file, format);
    if (!found)
        co_return std::unexpected(found.error());
    co_return co_await driverFor(*found).check(**file, mode, job);
}

}  // namespace devices::storage
