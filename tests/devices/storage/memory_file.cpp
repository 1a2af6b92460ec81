// SPDX-License-Identifier: GPL-3.0-or-later
#include "memory_file.h"

#include <algorithm>

using namespace devices::storage;

std::vector<std::byte> gathered(std::span<const iovec> buffers) {
    std::vector<std::byte> bytes;
    for (const iovec& buffer : buffers) {
        const auto* const begin = static_cast<const std::byte*>(buffer.iov_base);
        bytes.insert(bytes.end(), begin, begin + buffer.iov_len);
    }
    return bytes;
}

MemoryFile::MemoryFile(IoEngine& engine, SparseContent& content, unsigned seed, bool readOnly)
    : engine_(engine), content_(content), readOnly_(readOnly), random_(seed) {
    turn_.file = this;
    turn_.run = [](ReadyItem& item) { static_cast<Turn&>(item).file->takeTurn(); };
}

FileRange MemoryFile::nextData(std::uint64_t offset) const {
    const std::uint64_t begin = content_.nextPage(offset);
    if (begin >= content_.size())
        return {offset, 0};
    const std::uint64_t pageEnd = (begin / SparseContent::kPage + 1) * SparseContent::kPage;
    return {begin, std::min(pageEnd, content_.size()) - begin};
}

void MemoryFile::submit(FileRequest& request) {
    request.file = this;
    submitted(request);
    pending_.push_back(&request);
    mostTogether = std::max(mostTogether, pending_.size());
    if (!std::exchange(turnScheduled_, true))
        engine_.schedule(turn_);
}

void MemoryFile::takeTurn() {
    turnScheduled_ = false;
    const std::size_t chosen =
        std::uniform_int_distribution<std::size_t>(0, pending_.size() - 1)(random_);
    FileRequest& request = *pending_[chosen];
    pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(chosen));
    if (!pending_.empty()) {
        turnScheduled_ = true;
        engine_.schedule(turn_);
    }
    const IoStatus status = carryOut(request);
    if (status.ok())
        carriedOut(request);
    else
        failed(request);
    request.completed(request, status);
}

IoStatus MemoryFile::carryOut(FileRequest& request) {
    if (fault)
        if (const int error = fault(request); error != 0)
            return {error};
    const bool changes =
        request.operation != FileOperation::Read && request.operation != FileOperation::Flush;
    if (changes && readOnly_)
        return {EROFS};
    const std::uint64_t end = request.offset + request.length;
    if (changes && request.operation != FileOperation::Punch && end > content_.size() &&
        end > maximumSize)
        return {ENOSPC};
    switch (request.operation) {
        case FileOperation::Read: {
            ++reads;
            if (end > content_.size())
                return {ENODATA};
            std::uint64_t offset = request.offset;
            for (const iovec& buffer : request.buffers) {
                content_.read(offset, {static_cast<std::byte*>(buffer.iov_base), buffer.iov_len});
                offset += buffer.iov_len;
            }
            return {};
        }
        case FileOperation::Write:
            ++writes;
            content_.write(request.offset, gathered(request.buffers));
            return {};
        case FileOperation::Flush:
            ++flushes;
            return {};
        case FileOperation::Allocate:
            if (end > content_.size())
                content_.resize(end);
            return {};
        case FileOperation::Zero:
            if (end > content_.size())
                content_.resize(end);
            content_.zero(request.offset, request.length);
            return {};
        case FileOperation::Punch:
            content_.zero(request.offset, request.length);
            return {};
        case FileOperation::Resize:
            content_.resize(request.offset);
            return {};
    }
    return {EINVAL};
}
