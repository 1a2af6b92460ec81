// SPDX-License-Identifier: GPL-3.0-or-later
#include "memory_disk.h"

#include <algorithm>
#include <cstring>
#include <utility>

void MemoryDisk::letGo() {
    holding = false;
    for (DiskRequest* request : std::exchange(held_, {}))
        carryOut(*request);
}

void MemoryDisk::start(DiskRequest& request) {
    if (seen.size() < 10'000)
        seen.push_back(
            {request.operation, request.offset, request.length, request.forceUnitAccess});
    if (holding)
        held_.push_back(&request);
    else
        carryOut(request);
}

void MemoryDisk::carryOut(DiskRequest& request) {
    const int error = fault ? fault(request) : 0;
    if (error != 0)
        return complete(request, {error});
    std::byte* at = content.data() + request.offset;
    switch (request.operation) {
        case DiskOperation::Read:
            for (const iovec& buffer : request.buffers) {
                std::memcpy(buffer.iov_base, at, buffer.iov_len);
                at += buffer.iov_len;
            }
            break;
        case DiskOperation::Write:
            for (const iovec& buffer : request.buffers) {
                std::memcpy(at, buffer.iov_base, buffer.iov_len);
                at += buffer.iov_len;
            }
            break;
        case DiskOperation::Zero:
        case DiskOperation::Unmap:
            std::fill_n(at, request.length, std::byte{0});
            break;
        default:
            break;
    }
    complete(request, {});
}
