// SPDX-License-Identifier: GPL-3.0-or-later
#include "processor_table.h"

#include <string_view>

namespace devices {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kNameOp = 0x08;
constexpr std::uint8_t kByteConstant = 0x0A;
constexpr std::uint8_t kStringConstant = 0x0D;
constexpr std::uint8_t kScopeOp = 0x10;
constexpr std::uint8_t kExtendedOp = 0x5B;
constexpr std::uint8_t kDeviceOp = 0x82;

void append(Bytes& to, std::string_view text) {
    to.insert(to.end(), text.begin(), text.end());
}

void append(Bytes& to, const Bytes& bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

// A package length, which counts itself, and the package: up to 4095 bytes are enough here.
Bytes package(const Bytes& content) {
    Bytes bytes;
    if (const std::size_t shortLength = content.size() + 1; shortLength < 0x40) {
        bytes.push_back(static_cast<std::uint8_t>(shortLength));
    } else {
        const std::size_t length = content.size() + 2;
        bytes.push_back(static_cast<std::uint8_t>(0x40 | (length & 0xF)));
        bytes.push_back(static_cast<std::uint8_t>(length >> 4));
    }
    append(bytes, content);
    return bytes;
}

Bytes processorDevice(std::uint8_t index) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    Bytes content;
    append(content, "CP");
    content.push_back(static_cast<std::uint8_t>(kDigits[index >> 4]));
    content.push_back(static_cast<std::uint8_t>(kDigits[index & 0xF]));
    content.push_back(kNameOp);
    append(content, "_HID");
    content.push_back(kStringConstant);
    append(content, "ACPI0007");
    content.push_back(0);
    content.push_back(kNameOp);
    append(content, "_UID");
    content.push_back(kByteConstant);
    content.push_back(index);

    Bytes device{kExtendedOp, kDeviceOp};
    append(device, package(content));
    return device;
}

}  // namespace

std::vector<std::uint8_t> processorDevices(hypervisor::VpIndex count) {
    Bytes devices;
    append(devices, "\\_SB_");
    for (hypervisor::VpIndex index = 0; index < count; ++index)
        append(devices, processorDevice(static_cast<std::uint8_t>(index)));
    Bytes scope{kScopeOp};
    append(scope, package(devices));
    return scope;
}

}  // namespace devices
