// SPDX-License-Identifier: GPL-3.0-or-later
#include "video_aperture.h"

#include <utility>

namespace devices::synthetic {

using display::VideoMemory;
using hypervisor::Gpa;
using hypervisor::Result;

Result<void> VideoAperture::map(Gpa gpa, std::shared_ptr<const VideoMemory> memory) {
    const std::scoped_lock lock(mutex_);
    memory_ = std::move(memory);
    ofChannel_ = gpa;
    auto settled = settle();
    if (!settled) {
        ofChannel_.reset();
        static_cast<void>(settle().has_value());
    }
    return settled;
}

void VideoAperture::unmap() {
    const std::scoped_lock lock(mutex_);
    ofChannel_.reset();
    static_cast<void>(settle().has_value());
}

void VideoAperture::show(std::optional<Gpa> gpa, std::shared_ptr<const VideoMemory> memory) {
    const std::scoped_lock lock(mutex_);
    memory_ = std::move(memory);
    ofPci_ = gpa;
    if (gpa && (*gpa % hypervisor::kPageSize != 0 || *gpa < kDeviceMemoryStart ||
                *gpa > kDeviceMemoryEnd || memory_->size() > kDeviceMemoryEnd - *gpa))
        ofPci_.reset();
    static_cast<void>(settle().has_value());
}

Result<void> VideoAperture::settle() {
    const std::optional<Gpa> wanted = ofChannel_ ? ofChannel_ : ofPci_;
    if (wanted == mapped_)
        return {};
    if (std::exchange(mapped_, std::nullopt))
        mapper_.unmap();
    if (!wanted)
        return {};
    auto mapped = mapper_.map(*wanted, memory_);
    if (mapped)
        mapped_ = wanted;
    return mapped;
}

}  // namespace devices::synthetic
