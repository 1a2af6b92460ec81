// SPDX-License-Identifier: GPL-3.0-or-later
#include "sector_access.h"

#include <utility>

#include "diskette_format.h"

namespace devices::floppy {

namespace {

constexpr std::uint64_t kSector = DisketteFormat::kSectorSize;
constexpr std::size_t kCylinder =
    std::size_t{DisketteFormat::kHeads} * DisketteFormat::kMostSectors * kSector;

}  // namespace

SectorAccess::SectorAccess(Ended ended) : ended_(std::move(ended)), buffer_(kCylinder) {
    request_.context = this;
    request_.completed = &SectorAccess::completed;
}

void SectorAccess::start(Order order) {
    order_ = std::move(order);
    done_ = 0;
    oneByOne_ = false;
    // Also without anything to move, the end does not come from in here.
    order_.disk->engine().post([this] { next(); });
}

void SectorAccess::next() {
    const auto& sectors = order_.sectors;
    const std::uint64_t there = order_.disk->size() / kSector;
    count_ = 0;
    while (done_ + count_ < sectors.size() && (count_ == 0 || !oneByOne_)) {
        const std::uint32_t sector = sectors[done_ + count_];
        if (sector >= there || sector != sectors[done_] + count_)
            break;
        ++count_;
    }
    if (count_ == 0) {
        order_.disk.reset();
        return ended_();
    }
    data_ = {buffer_.data() + done_ * kSector, count_ * kSector};
    request_.operation =
        order_.writes ? storage::DiskOperation::Write : storage::DiskOperation::Read;
    request_.offset = sectors[done_] * kSector;
    request_.length = data_.iov_len;
    request_.buffers = {&data_, 1};
    order_.disk->submit(request_);
}

void SectorAccess::completed(storage::DiskRequest& request, storage::IoStatus status) {
    static_cast<SectorAccess*>(request.context)->moved(status.ok());
}

void SectorAccess::moved(bool sound) {
    if (sound) {
        done_ += count_;
        return next();
    }
    if (count_ > 1) {
        oneByOne_ = true;
        return next();
    }
    order_.disk.reset();
    ended_();
}

}  // namespace devices::floppy
