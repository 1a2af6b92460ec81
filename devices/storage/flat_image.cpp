// SPDX-License-Identifier: GPL-3.0-or-later
#include "flat_image.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "zero_content.h"

namespace devices::storage {

using hypervisor::failure;
using hypervisor::Result;

void FlatImage::start(DiskRequest& request) {
    switch (request.operation) {
        case DiskOperation::Read:
            // The last sector of a file that ends inside it.
            if (request.offset + request.length > file_->size()) {
                spawn(readToEnd(request));
                return;
            }
            pass(request, FileOperation::Read);
            return;
        case DiskOperation::Write:
            pass(request, FileOperation::Write);
            return;
        case DiskOperation::Flush:
            pass(request, FileOperation::Flush);
            return;
        case DiskOperation::Unmap:
            if (room_ == Room::Kept)
                complete(request, {});
            else
                pass(request, FileOperation::Punch);
            return;
        case DiskOperation::Zero:
            if (request.forceUnitAccess)
                spawn(zeroAndFlush(request));
            else
                pass(request, request.mayUnmap && room_ == Room::GivenBack ? FileOperation::Punch
                                                                           : FileOperation::Zero);
            return;
        case DiskOperation::WriteSame:
            complete(request, {EINVAL});
    }
}

void FlatImage::pass(DiskRequest& request, FileOperation operation) {
    FileRequest& carried = request.carried;
    carried.operation = operation;
    carried.forceUnitAccess = request.forceUnitAccess;
    carried.offset = request.offset;
    carried.length = request.length;
    carried.buffers = request.buffers;
    carried.context = &request;
    carried.completed = [](FileRequest& ended, IoStatus status) {
        completeFromLoop(*static_cast<DiskRequest*>(ended.context), status);
    };
    file_->submit(carried);
}

Task<void> FlatImage::zeroAndFlush(DiskRequest& request) {
    IoStatus status = co_await zeroFile(*file_, request.offset, request.length);
    if (status.ok())
        status = co_await flushFile(*file_);
    complete(request, status);
}

Task<void> FlatImage::readToEnd(DiskRequest& request) {
    const std::uint64_t fileSize = file_->size();
    std::uint64_t offset = request.offset;
    IoStatus status;
    for (const iovec& buffer : request.buffers) {
        const std::span bytes(static_cast<std::byte*>(buffer.iov_base), buffer.iov_len);
        const auto inFile = static_cast<std::size_t>(
            std::min<std::uint64_t>(bytes.size(), fileSize > offset ? fileSize - offset : 0));
        if (inFile > 0)
            status = co_await readFile(*file_, offset, bytes.first(inFile));
        if (!status.ok())
            break;
        std::ranges::fill(bytes.subspan(inFile), std::byte{0});
        offset += bytes.size();
    }
    complete(request, status);
}

Task<Result<Extent>> FlatImage::extentAt(std::uint64_t offset, std::uint64_t limit) {
    const FileRange data = file_->nextData(offset);
    const std::uint64_t begin = std::max(data.offset, offset);
    if (data.length == 0 || begin - offset >= limit)
        co_return Extent{limit, Extent::Content::Zero};
    // What the file system calls data may begin and end anywhere; an extent is whole sectors.
    const std::uint64_t zeroes = (begin - offset) / sectorSize_ * sectorSize_;
    if (zeroes > 0)
        co_return Extent{zeroes, Extent::Content::Zero};
    const std::uint64_t end = std::min(offset + limit, data.offset + data.length);
    const std::uint64_t length = (end - offset + sectorSize_ - 1) / sectorSize_ * sectorSize_;
    co_return Extent{std::min(length, limit), Extent::Content::Data};
}

Task<Result<void>> FlatImage::compact(Job& job) {
    if (room_ == Room::Kept)
        co_return failure("cannot compact " + file_->name() +
                          ": it is a fixed disk; convert it to a dynamic one instead");
    co_return co_await giveBackZeroes(*file_, {0, std::min(size_, file_->size())}, job);
}

Task<Result<void>> FlatImage::close() {
    const IoStatus status = co_await flushFile(*file_);
    if (!status.ok())
        co_return failure("cannot bring " + file_->name() + " to stable storage: " + status.text());
    co_return Result<void>();
}

}  // namespace devices::storage
