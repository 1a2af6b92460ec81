// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>

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
    if (!format) {
        const auto detected = co_await detectFormat(**file);
        if (!detected)
            co_return std::unexpected(detected.error());
        format = *detected;
    }
    co_return co_await driverFor(*format).check(**file, mode, job);
}

Task<Result<std::vector<std::string>>> childrenOf(IoEngine& engine, std::string path) {
    namespace fs = std::filesystem;
    // A folder with more images is none that a person made.
    constexpr std::size_t kMaximumLooked = 4096;
    std::error_code error;
    const fs::path wanted = fs::canonical(path, error);
    if (error)
        co_return hypervisor::systemFailure("cannot find " + path, error.value());
    PathImageOpener opener;
    std::vector<std::string> children;
    std::size_t looked = 0;
    for (fs::directory_iterator entry(wanted.parent_path(), error), end;
         !error && entry != end && looked < kMaximumLooked; entry.increment(error)) {
        const std::string candidate = entry->path().string();
        const auto format = formatOfPath(candidate);
        if (entry->path() == wanted || (format != ImageFormat::Vhd && format != ImageFormat::Vhdx))
            continue;
        ++looked;
        OpenDiskOptions options;
        options.withParent = false;
        // One that is being written holds its lock on the parent.
        auto image = co_await openDisk(engine, opener, candidate, options);
        if (!image)
            continue;
        const auto parent = (*image)->describe().parent;
        if (!parent)
            continue;
        const auto place = findParent(candidate, *parent);
        std::error_code ignored;
        if (place && fs::equivalent(*place, wanted, ignored))
            children.push_back(candidate);
    }
    co_return children;
}

}  // namespace devices::storage
