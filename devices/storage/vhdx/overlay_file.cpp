// SPDX-License-Identifier: GPL-3.0-or-later
#include "overlay_file.h"

#include <algorithm>
#include <cerrno>

#include "devices/storage/scatter.h"

namespace devices::storage::vhdx {

void OverlayFile::write(std::uint64_t offset, const MetadataSector& content) {
    sectors_.insert_or_assign(offset, content);
    size_ = std::max(size_, offset + kMetadataSector);
}

void OverlayFile::zero(const Region& region) {
    sectors_.erase(sectors_.lower_bound(region.offset), sectors_.lower_bound(region.end()));
    zeroes_.push_back(region);
    size_ = std::max(size_, region.end());
}

FileRange OverlayFile::nextData(std::uint64_t offset) const {
    const FileRange data = file_->nextData(offset);
    const auto sector = sectors_.lower_bound(offset / kMetadataSector * kMetadataSector);
    if (sector == sectors_.end() || (data.length != 0 && data.offset <= sector->first))
        return data;
    const std::uint64_t begin = std::max(sector->first, offset);
    return {begin, sector->first + kMetadataSector - begin};
}

void OverlayFile::complete(FileRequest& request, IoStatus status, IoEngine& engine) {
    request.status = status;
    request.run = [](ReadyItem& item) {
        auto& ended = static_cast<FileRequest&>(item);
        ended.completed(ended, ended.status);
    };
    engine.schedule(request);
}

void OverlayFile::submit(FileRequest& request) {
    if (request.operation == FileOperation::Read)
        spawn(read(request));
    else
        complete(request, {request.operation == FileOperation::Flush ? 0 : EROFS}, engine());
}

Task<void> OverlayFile::read(FileRequest& request) {
    const Region wanted{request.offset, request.length};
    if (wanted.offset > size_ || wanted.length > size_ - wanted.offset) {
        complete(request, {ENODATA}, engine());
        co_return;
    }
    const std::uint64_t fileEnd = std::clamp(file_->size(), wanted.offset, wanted.end());
    const std::uint64_t inFile = fileEnd - wanted.offset;
    if (inFile != 0) {
        const std::vector<iovec> buffers = slice(request.buffers, 0, inFile);
        const IoStatus status = co_await readFile(*file_, wanted.offset, inFile, buffers);
        if (!status.ok()) {
            complete(request, status, engine());
            co_return;
        }
    }
    zeroFill(request.buffers, inFile, wanted.length - inFile);
    for (const Region& zero : zeroes_) {
        const std::uint64_t begin = std::max(zero.offset, wanted.offset);
        const std::uint64_t end = std::min(zero.end(), wanted.end());
        if (begin < end)
            zeroFill(request.buffers, begin - wanted.offset, end - begin);
    }
    const std::uint64_t firstSector = wanted.offset / kMetadataSector * kMetadataSector;
    for (auto it = sectors_.lower_bound(firstSector);
         it != sectors_.end() && it->first < wanted.end(); ++it) {
        const std::uint64_t begin = std::max(it->first, wanted.offset);
        const std::uint64_t end = std::min(it->first + kMetadataSector, wanted.end());
        copyInto(request.buffers, begin - wanted.offset,
                 std::span(it->second)
                     .subspan(static_cast<std::size_t>(begin - it->first),
                              static_cast<std::size_t>(end - begin)));
    }
    complete(request, {}, engine());
}

}  // namespace devices::storage::vhdx
