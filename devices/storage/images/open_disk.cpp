// SPDX-License-Identifier: GPL-3.0-or-later
#include "open_disk.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

#include "children.h"
#include "devices/storage/raw/iso_image.h"
#include "devices/storage/raw/raw_image.h"
#include "devices/storage/vhd/vhd_driver.h"
#include "devices/storage/vhdx/vhdx_driver.h"

namespace devices::storage {

using hypervisor::failure;
using hypervisor::Result;

const ImageDriver& driverFor(ImageFormat format) {
    static const vhdx::VhdxDriver vhdx;
    switch (format) {
        case ImageFormat::Iso:
            return isoDriver();
        case ImageFormat::Vhd:
            return vhdDriver();
        case ImageFormat::Vhdx:
            return vhdx;
        case ImageFormat::Raw:
            break;
    }
    return rawDriver();
}

std::string_view nameOf(ImageFormat format) {
    constexpr std::array<std::string_view, 4> kNames = {"raw", "iso", "vhd", "vhdx"};
    return kNames[static_cast<std::size_t>(format)];
}

std::string_view nameOf(ImageKind kind) {
    constexpr std::array<std::string_view, 3> kNames = {"fixed", "dynamic", "differencing"};
    return kNames[static_cast<std::size_t>(kind)];
}

std::optional<ImageFormat> formatNamed(std::string_view name) {
    for (const auto format :
         {ImageFormat::Raw, ImageFormat::Iso, ImageFormat::Vhd, ImageFormat::Vhdx})
        if (nameOf(format) == name)
            return format;
    return std::nullopt;
}

std::optional<ImageFormat> formatOfPath(std::string_view path) {
    std::string extension = std::filesystem::path(path).extension().string();
    std::ranges::transform(extension, extension.begin(),
                           [](unsigned char letter) { return std::tolower(letter); });
    if (extension == ".vhdx" || extension == ".avhdx")
        return ImageFormat::Vhdx;
    if (extension == ".vhd" || extension == ".avhd")
        return ImageFormat::Vhd;
    if (extension == ".iso")
        return ImageFormat::Iso;
    if (extension == ".raw" || extension == ".img")
        return ImageFormat::Raw;
    return std::nullopt;
}

Task<Result<ImageFormat>> detectFormat(StorageFile& file) {
    for (const ImageFormat format : {ImageFormat::Vhdx, ImageFormat::Vhd, ImageFormat::Iso}) {
        const auto known = co_await driverFor(format).recognizes(file);
        if (!known)
            co_return std::unexpected(known.error());
        if (*known)
            co_return format;
    }
    const auto named = formatOfPath(file.name());
    if (named == ImageFormat::Raw)
        co_return *named;
    if (named)
        co_return failure("cannot open " + file.name() + ": it has no signature of " +
                          std::string(nameOf(*named)) +
                          " at its beginning or end: it is damaged, cut off or something else; "
                          "restore it from a copy");
    co_return failure("cannot tell what " + file.name() +
                      " is: no signature of VHDX, VHD or ISO; if it is a raw disk, say so with "
                      "'--format raw', or '--source-format raw' to convert it");
}

Task<Result<ImageFormat>> formatOf(StorageFile& file, std::optional<ImageFormat> known) {
    if (known)
        co_return *known;
    co_return co_await detectFormat(file);
}

Result<std::unique_ptr<StorageFile>> openImageFile(IoEngine& engine, ImageOpener& opener,
                                                   const std::string& path, FileAccess access) {
    auto opened = opener.open(path, access);
    if (!opened)
        return std::unexpected(opened.error());
    return EngineFile::create(engine, std::move(opened->descriptor), opened->path, access);
}

namespace {

/// One image of a chain, with what its parents need.
struct ChainLink {
    IoEngine& engine;
    ImageOpener& opener;
    OpenDiskOptions options;
    unsigned depth;
};

Task<Result<std::unique_ptr<DiskImage>>> openFile(ChainLink link, OpenedImageFile opened);

Task<Result<std::unique_ptr<DiskImage>>> openParentOf(ChainLink link, std::string child,
                                                      ParentReference reference) {
    if (link.depth + 1 == kMaximumChain)
        co_return failure("cannot open " + child + ": its chain of parents is longer than " +
                          std::to_string(kMaximumChain) + " disks, or a circle; merge some");
    auto opened = link.opener.openParent(child, reference);
    if (!opened)
        co_return std::unexpected(opened.error());
    ++link.depth;
    link.options.access = FileAccess::Read;
    link.options.format.reset();
    // What is ignored is said of the disk itself; its ancestors have to fit one another.
    link.options.parentIdentity = ParentIdentity::MustMatch;
    co_return co_await openFile(link, std::move(*opened));
}

Task<Result<std::unique_ptr<DiskImage>>> openFile(ChainLink link, OpenedImageFile opened) {
    const std::string path = opened.path;
    auto file =
        EngineFile::create(link.engine, std::move(opened.descriptor), path, link.options.access);
    if (!file)
        co_return std::unexpected(file.error());
    const auto format = co_await formatOf(**file, link.options.format);
    if (!format)
        co_return std::unexpected(format.error());
    ImageOpenOptions options;
    options.parentIdentity = link.options.parentIdentity;
    if (link.options.withParent)
        options.openParent = [link, path](const ParentReference& reference) {
            return openParentOf(link, path, reference);
        };
    co_return co_await driverFor(*format).open(std::move(*file), options);
}

}  // namespace

Task<Result<std::unique_ptr<DiskImage>>> openDisk(IoEngine& engine, ImageOpener& opener,
                                                  std::string path, OpenDiskOptions options) {
    auto opened = opener.open(path, options.access);
    if (!opened)
        co_return std::unexpected(opened.error());
    // After locking it: whoever makes a child has it open for reading.
    if (options.access == FileAccess::ReadWrite && options.children == KnownChildren::Refuse &&
        opener.opensPaths()) {
        auto allowed = co_await refuseIfParent(engine, "write to", opened->path);
        if (!allowed)
            co_return std::unexpected(allowed.error());
    }
    const ChainLink link{engine, opener, options, 0};
    co_return co_await openFile(link, std::move(*opened));
}

}  // namespace devices::storage
