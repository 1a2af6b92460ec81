// SPDX-License-Identifier: GPL-3.0-or-later
#include "disk.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

namespace devices::storage {

namespace {

// A pattern is written in pieces of this, however long its range.
constexpr std::size_t kPatternBuffer = 256 * 1024;

std::uint64_t totalLength(std::span<const iovec> buffers) {
    std::uint64_t total = 0;
    for (const iovec& buffer : buffers) {
        if (buffer.iov_len > std::numeric_limits<std::uint64_t>::max() - total)
            return std::numeric_limits<std::uint64_t>::max();
        total += buffer.iov_len;
    }
    return total;
}

}  // namespace

IoStatus Disk::judge(const DiskRequest& request) const {
    if (request.operation != DiskOperation::Read && readOnly() &&
        request.operation != DiskOperation::Flush)
        return {EROFS};
    if (request.operation == DiskOperation::Flush)
        return {};
    const std::uint32_t sector = logicalSectorSize();
    if (request.offset % sector != 0 || request.length % sector != 0)
        return {EINVAL};
    if (request.offset > size() || request.length > size() - request.offset)
        return {ERANGE};
    switch (request.operation) {
        case DiskOperation::Read:
        case DiskOperation::Write:
            return {totalLength(request.buffers) == request.length ? 0 : EINVAL};
        case DiskOperation::WriteSame:
            return {totalLength(request.buffers) == sector ? 0 : EINVAL};
        default:
            return {};
    }
}

void Disk::submit(DiskRequest& request) {
    request.disk = this;
    if (const IoStatus status = judge(request); !status.ok())
        complete(request, status);
    else if (request.length == 0 && request.operation != DiskOperation::Flush)
        complete(request, {});
    else if (request.operation == DiskOperation::WriteSame)
        spawn(writeSame(request));
    else
        start(request);
}

void Disk::complete(DiskRequest& request, IoStatus status) {
    request.status = status;
    request.run = [](ReadyItem& item) {
        auto& ended = static_cast<DiskRequest&>(item);
        ended.completed(ended, ended.status);
    };
    request.disk->engine().schedule(request);
}

Task<void> Disk::writeSame(DiskRequest& request) {
    const std::uint32_t sector = logicalSectorSize();
    std::vector<std::byte> pattern(sector);
    std::size_t copied = 0;
    for (const iovec& buffer : request.buffers) {
        std::memcpy(pattern.data() + copied, buffer.iov_base, buffer.iov_len);
        copied += buffer.iov_len;
    }
    const auto durability =
        request.forceUnitAccess ? Durability::ForceUnitAccess : Durability::Cached;
    IoStatus status;
    if (std::ranges::all_of(pattern, [](std::byte byte) { return byte == std::byte{0}; })) {
        status = co_await zeroDisk(*this, request.offset, request.length, durability);
        complete(request, status);
        co_return;
    }
    const std::uint64_t pieces =
        std::min<std::uint64_t>(std::max<std::size_t>(kPatternBuffer, sector), request.length);
    pattern.resize(static_cast<std::size_t>(pieces));
    for (std::size_t filled = sector; filled < pattern.size(); filled += sector)
        std::memcpy(pattern.data() + filled, pattern.data(), sector);
    std::uint64_t done = 0;
    while (done < request.length && status.ok()) {
        const std::size_t length = static_cast<std::size_t>(
            std::min<std::uint64_t>(pattern.size(), request.length - done));
        status = co_await writeDisk(*this, request.offset + done, std::span(pattern).first(length),
                                    durability);
        done += length;
    }
    complete(request, status);
}

}  // namespace devices::storage
