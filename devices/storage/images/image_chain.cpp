// SPDX-License-Identifier: GPL-3.0-or-later
#include "image_chain.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

#include "children.h"
#include "open_disk.h"

namespace devices::storage {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

/// Which parent an opened image notes.
Task<Result<std::optional<ParentReference>>> parentOf(IoEngine& engine,
                                                      const OpenedImageFile& opened,
                                                      std::optional<ImageFormat> format) {
    // A description of its own: with the library's file goes the lock of the one that it has.
    FileDescriptor again(::open(fmt::format("/proc/self/fd/{}", opened.descriptor.get()).c_str(),
                                O_RDONLY | O_CLOEXEC));
    if (!again)
        co_return hypervisor::systemFailure("cannot open " + opened.path, errno);
    auto file = EngineFile::create(engine, std::move(again), opened.path, FileAccess::Read);
    if (!file)
        co_return std::unexpected(file.error());
    const auto found = co_await formatOf(**file, format);
    if (!found)
        co_return std::unexpected(found.error());
    co_return co_await driverFor(*found).parentOf(std::move(*file));
}

}  // namespace

Task<Result<std::vector<OpenedImageFile>>> openChain(IoEngine& engine, std::string path,
                                                     FileAccess access,
                                                     std::optional<ImageFormat> format) {
    PathImageOpener opener;
    std::vector<OpenedImageFile> chain;
    auto opened = opener.open(path, access);
    if (!opened)
        co_return std::unexpected(opened.error());
    // After locking it: whoever makes a child has it open for reading.
    if (access == FileAccess::ReadWrite) {
        if (auto allowed = co_await refuseIfParent(engine, "write to", path); !allowed)
            co_return std::unexpected(allowed.error());
    }
    chain.push_back(std::move(*opened));
    for (;;) {
        const auto parent = co_await parentOf(engine, chain.back(), format);
        if (!parent)
            co_return std::unexpected(parent.error());
        if (!*parent)
            co_return chain;
        if (chain.size() == kMaximumChain)
            co_return failure(fmt::format(
                "cannot open {}: its chain of parents is longer than {} disks, or a circle; merge "
                "some",
                path, kMaximumChain));
        auto next = opener.openParent(chain.back().path, **parent);
        if (!next)
            co_return std::unexpected(next.error());
        chain.push_back(std::move(*next));
        format.reset();
    }
}

}  // namespace devices::storage
