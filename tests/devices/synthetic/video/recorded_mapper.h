// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>
#include <memory>
#include <optional>

#include "devices/synthetic/video/video_memory_mapper.h"

namespace tests {

/// Remembers where the video memory is.
class RecordedMapper final : public devices::synthetic::VideoMemoryMapper {
  public:
    hypervisor::Result<void> map(
        hypervisor::Gpa gpa,
        std::shared_ptr<const devices::display::VideoMemory> mapped) override {
        if (refuses)
            return hypervisor::failure("no room");
        if (address)
            qFatal("mapped twice");
        address = gpa;
        memory = mapped.get();
        return {};
    }
    void unmap() override {
        if (!address)
            qFatal("unmapped twice");
        address.reset();
    }
    std::optional<hypervisor::Gpa> address;
    const devices::display::VideoMemory* memory = nullptr;
    bool refuses = false;
};

}  // namespace tests
