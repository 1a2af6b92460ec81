// SPDX-License-Identifier: GPL-3.0-or-later
#include "transfer.h"

#include <fcntl.h>
#include <linux/falloc.h>

#include <algorithm>

namespace devices::storage {

std::span<const iovec> nextTransfer(FileRequest& request) {
    if (request.done == 0)
        return request.buffers.first(std::min(request.buffers.size(), kMaximumVectors));
    if (!request.remaining)
        request.remaining = std::make_unique<std::vector<iovec>>();
    auto& remaining = *request.remaining;
    remaining.clear();
    std::uint64_t skip = request.done;
    for (const iovec& buffer : request.buffers) {
        if (remaining.size() == kMaximumVectors)
            break;
        if (skip >= buffer.iov_len) {
            skip -= buffer.iov_len;
            continue;
        }
        remaining.push_back(
            {static_cast<std::byte*>(buffer.iov_base) + skip, buffer.iov_len - skip});
        skip = 0;
    }
    return remaining;
}

bool transferred(FileRequest& request, long result) {
    if (result == -EINTR || result == -EAGAIN)
        return false;
    if (result < 0) {
        request.status = {static_cast<int>(-result)};
        return true;
    }
    request.done += static_cast<std::uint64_t>(result);
    if (request.done < request.length && result > 0)
        return false;
    if (request.done == request.length)
        request.status = {};
    else
        request.status = {request.operation == FileOperation::Read ? ENODATA : EIO};
    return true;
}

bool performed(FileRequest& request, long result) {
    if (result == -EINTR || result == -EAGAIN)
        return false;
    request.status = {static_cast<int>(-result)};
    return true;
}

int allocationMode(FileOperation operation) {
    switch (operation) {
        case FileOperation::Zero:
            return FALLOC_FL_ZERO_RANGE;
        case FileOperation::Punch:
            return FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
        default:
            return 0;
    }
}

}  // namespace devices::storage
