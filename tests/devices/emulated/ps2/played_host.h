// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "devices/chipset/ps2_device.h"

using Bytes = std::vector<std::uint8_t>;

/// All that a device has to send, at most so much of it.
inline Bytes readAll(devices::Ps2Device& device, std::size_t most = 10'000) {
    Bytes bytes;
    while (bytes.size() < most) {
        const auto byte = device.send();
        if (!byte)
            break;
        bytes.push_back(*byte);
    }
    return bytes;
}

/// What a device answers to the last of these.
inline Bytes ask(devices::Ps2Device& device, const Bytes& bytes) {
    for (const std::uint8_t byte : bytes)
        device.receive(byte);
    return readAll(device);
}
