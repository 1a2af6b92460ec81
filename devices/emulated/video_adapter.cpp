// SPDX-License-Identifier: GPL-3.0-or-later
#include "video_adapter.h"

#include <utility>

namespace devices {

namespace {

/// A display controller that is no VGA.
constexpr PciIdentity kIdentity{.vendor = 0x1414, .device = 0x5353, .classCode = 0x03'80'00};
constexpr unsigned kVideoMemory = 0;

}  // namespace

VideoAdapter::VideoAdapter(std::uint32_t memoryBytes,
                           std::function<void(std::optional<hypervisor::Gpa>)> placed)
    : PciFunction(kIdentity), placed_(std::move(placed)) {
    addMemory(kVideoMemory, memoryBytes, true);
}

void VideoAdapter::memoryPlaced(unsigned /*baseAddress*/, std::optional<hypervisor::Gpa> at) {
    placed_(at);
}

}  // namespace devices
