// SPDX-License-Identifier: GPL-3.0-or-later
#include "content_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "devices/storage/zero_content.h"

namespace devices::storage {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::uint64_t kCopy = std::uint64_t{2} << 20;
// Zeroes in shorter runs are copied as they are.
constexpr std::size_t kZeroUnit = 64 * 1024;

std::unexpected<hypervisor::Error> failed(const char* what, const DiskImage& image,
                                          std::uint64_t offset, IoStatus status) {
    return failure(fmt::format("cannot {} {} at disk offset {}: {}", what, image.file().name(),
                               offset, status.text()));
}

// What the chain holds at `offset`: never Parent.
Task<Result<Extent>> chainExtent(DiskImage& image, std::uint64_t offset, std::uint64_t limit) {
    DiskImage* level = &image;
    for (;;) {
        auto extent = co_await level->extentAt(offset, limit);
        if (!extent || extent->content != Extent::Content::Parent)
            co_return extent;
        limit = std::min(limit, extent->length);
        level = level->parent();
        if (level == nullptr || offset >= level->size())
            co_return Extent{limit, Extent::Content::Zero};
        limit = std::min(limit, level->size() - offset);
    }
}

// The parts of `data` that are not zeroes.
Task<Result<void>> writeNonZero(DiskImage& target, std::uint64_t offset,
                                std::span<const std::byte> data) {
    std::size_t at = 0;
    while (at < data.size()) {
        const auto unitAt = [&](std::size_t begin) {
            return data.subspan(begin, std::min(kZeroUnit, data.size() - begin));
        };
        if (isZero(unitAt(at))) {
            at += unitAt(at).size();
            continue;
        }
        std::size_t end = at;
        while (end < data.size() && !isZero(unitAt(end)))
            end += unitAt(end).size();
        const IoStatus status = co_await writeDisk(target, offset + at, data.subspan(at, end - at));
        if (!status.ok())
            co_return failed("write", target, offset + at, status);
        at = end;
    }
    co_return Result<void>();
}

}  // namespace

Task<Result<void>> copyContent(DiskImage& source, DiskImage& target, CopyFrom from, Job& job) {
    const bool chain = from == CopyFrom::Chain;
    std::vector<std::byte> buffer(kCopy);
    const std::uint64_t size = source.size();
    for (std::uint64_t offset = 0; offset < size;) {
        if (job.cancelled())
            co_return cancelledJob("copying " + source.file().name());
        // So far and no further, lest finding out takes long.
        constexpr std::uint64_t kLook = std::uint64_t{64} << 30;
        const std::uint64_t limit = std::min(size - offset, kLook);
        auto extent = chain ? chainExtent(source, offset, limit) : source.extentAt(offset, limit);
        const auto found = co_await extent;
        if (!found)
            co_return std::unexpected(found.error());
        std::uint64_t length = found->length;
        if (found->content == Extent::Content::Data) {
            length = std::min(length, kCopy);
            const auto data = std::span(buffer).first(static_cast<std::size_t>(length));
            IoStatus status = co_await readDisk(source, offset, data);
            if (!status.ok())
                co_return failed("read", source, offset, status);
            if (chain) {
                auto written = co_await writeNonZero(target, offset, data);
                if (!written)
                    co_return written;
            } else {
                status = co_await writeDisk(target, offset, data);
                if (!status.ok())
                    co_return failed("write", target, offset, status);
            }
        } else if (found->content == Extent::Content::Zero && !chain) {
            const IoStatus status = co_await zeroDisk(target, offset, length);
            if (!status.ok())
                co_return failed("write", target, offset, status);
        }
        offset += length;
        job.report(offset, size);
    }
    co_return Result<void>();
}

}  // namespace devices::storage
