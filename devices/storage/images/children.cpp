// SPDX-License-Identifier: GPL-3.0-or-later
#include "children.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <filesystem>

#include "open_disk.h"

namespace devices::storage {

using hypervisor::failure;
using hypervisor::Result;

namespace fs = std::filesystem;

namespace {

// Whether the image at `candidate` notes `wanted` as its parent. It is not locked, so that whoever
// opens it meanwhile is not disturbed: one that is being written holds its lock on the parent.
Task<bool> isChild(IoEngine& engine, std::string candidate, ImageFormat format, fs::path wanted) {
    hypervisor::FileDescriptor descriptor(
        ::open(candidate.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!descriptor)
        co_return false;
    auto file = EngineFile::create(engine, std::move(descriptor), candidate, FileAccess::Read);
    if (!file)
        co_return false;
    const auto parent = co_await driverFor(format).parentOf(std::move(*file));
    if (!parent || !*parent)
        co_return false;
    const auto place = findParent(candidate, **parent);
    std::error_code ignored;
    co_return place&& fs::equivalent(*place, wanted, ignored);
}

}  // namespace

Task<Result<std::vector<std::string>>> childrenOf(IoEngine& engine, std::string path) {
    // A folder with more images is none that a person made.
    constexpr std::size_t kMaximumLooked = 4096;
    std::error_code error;
    const fs::path wanted = fs::canonical(path, error);
    if (error)
        co_return hypervisor::systemFailure("cannot find " + path, error.value());
    std::vector<std::string> children;
    std::size_t looked = 0;
    for (fs::directory_iterator entry(wanted.parent_path(), error), end;
         !error && entry != end && looked < kMaximumLooked; entry.increment(error)) {
        const std::string candidate = entry->path().string();
        const auto format = formatOfPath(candidate);
        if (entry->path() == wanted || (format != ImageFormat::Vhd && format != ImageFormat::Vhdx))
            continue;
        ++looked;
        if (co_await isChild(engine, candidate, *format, wanted))
            children.push_back(candidate);
    }
    co_return children;
}

Task<Result<void>> refuseIfParent(IoEngine& engine, std::string verb, std::string path,
                                  std::string except) {
    auto children = co_await childrenOf(engine, path);
    if (!children)
        co_return std::unexpected(children.error());
    std::error_code ignored;
    std::erase_if(*children, [&](const std::string& child) {
        return !except.empty() && fs::equivalent(child, except, ignored);
    });
    if (!children->empty())
        co_return failure(
            fmt::format("cannot {} {}: it is the parent of {}, whose data would no "
                        "longer fit; merge or remove that first",
                        verb, path, children->front()));
    co_return Result<void>();
}

}  // namespace devices::storage
