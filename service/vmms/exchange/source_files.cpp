// SPDX-License-Identifier: GPL-3.0-or-later
#include "source_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "devices/storage/images/open_disk.h"

namespace service {

namespace storage = devices::storage;

using hypervisor::failure;
using hypervisor::Result;
using storage::ImageFormat;
using storage::OpenedImageFile;

namespace {

constexpr std::size_t kMaximumFiles = 1'024;

/// What a name that says nothing means: a raw disk unless it has another format's signature.
storage::Task<Result<ImageFormat>> formatOfNameless(storage::IoEngine& engine,
                                                    OpenedImageFile opened) {
    auto file = storage::EngineFile::create(engine, std::move(opened.descriptor), opened.path,
                                            storage::FileAccess::Read);
    if (!file)
        co_return std::unexpected(file.error());
    for (const ImageFormat format : {ImageFormat::Vhdx, ImageFormat::Vhd}) {
        const auto known = co_await storage::driverFor(format).recognizes(**file);
        if (!known)
            co_return std::unexpected(known.error());
        if (*known)
            co_return format;
    }
    co_return ImageFormat::Raw;
}

}  // namespace

Result<std::vector<OpenedImageFile>> SourceFiles::openDisk(SourceOpener& opener,
                                                           const std::string& path) {
    storage::OpenDiskOptions options;
    const auto named = storage::formatOfPath(path);
    // A guest may have written another format's signature into its raw disk.
    if (named == ImageFormat::Raw)
        options.format = ImageFormat::Raw;
    if (!named) {
        auto file = opener.openOne(path);
        if (!file)
            return std::unexpected(file.error());
        const auto format = engine_.wait(formatOfNameless(engine_, std::move(*file)));
        if (!format)
            return std::unexpected(format.error());
        options.format = *format;
    }
    // With its parents, which tells whether all are there and fit.
    if (auto disk = engine_.wait(storage::openDisk(engine_, opener, path, options)); !disk)
        return std::unexpected(disk.error());
    return opener.takeOpened();
}

Result<std::size_t> SourceFiles::take(OpenedImageFile opened, MachineFileKind kind) {
    struct stat status {};
    if (::fstat(opened.descriptor.get(), &status) != 0)
        return hypervisor::systemFailure(fmt::format("can't examine '{}'", opened.path), errno);
    const bool boots = kind == MachineFileKind::Kernel || kind == MachineFileKind::InitialRamDisk;
    for (std::size_t at = 0; at < files_.size(); ++at) {
        SourceFile& known = files_[at];
        const bool knownBoots =
            known.kind == MachineFileKind::Kernel || known.kind == MachineFileKind::InitialRamDisk;
        if (known.device != status.st_dev || known.inode != status.st_ino || knownBoots != boots)
            continue;
        if (kind == MachineFileKind::HardDisk)
            known.kind = kind;
        return at;
    }
    if (files_.size() == kMaximumFiles)
        return failure(
            fmt::format("the machine has more than {} files; merge some disks", kMaximumFiles));
    const auto size = static_cast<std::uint64_t>(status.st_size);
    total_ += std::min(size, std::numeric_limits<std::uint64_t>::max() - total_);
    files_.push_back({kind,
                      std::move(opened.path),
                      std::move(opened.descriptor),
                      size,
                      status.st_dev,
                      status.st_ino,
                      {}});
    return files_.size() - 1;
}

Result<std::size_t> SourceFiles::add(const std::string& path, MachineFileKind kind) {
    SourceOpener opener(confinement_.paths.contains(path) ? confinement_.folder : nullptr);
    if (kind != MachineFileKind::HardDisk) {
        auto opened = opener.openOne(path);
        if (!opened)
            return std::unexpected(opened.error());
        return take(std::move(*opened), kind);
    }
    auto chain = openDisk(opener, path);
    if (!chain)
        return std::unexpected(chain.error());
    std::optional<std::size_t> first;
    std::optional<std::size_t> child;
    for (OpenedImageFile& image : *chain) {
        const auto at =
            take(std::move(image), first ? MachineFileKind::ParentDisk : MachineFileKind::HardDisk);
        if (!at)
            return at;
        if (child)
            files_[*child].parent = *at;
        child = *at;
        if (!first)
            first = *at;
    }
    if (!first)
        return failure(fmt::format("cannot open {}", path));
    return *first;
}

}  // namespace service
