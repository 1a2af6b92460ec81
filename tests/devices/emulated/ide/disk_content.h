// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "ide_machine.h"

/// Of what a drive says of itself.
inline std::uint16_t wordOf(const IdeMachine::Bytes& bytes, std::size_t word) {
    return static_cast<std::uint16_t>(bytes.at(word * 2) | bytes.at(word * 2 + 1) << 8);
}

inline IdeMachine::Bytes pattern(std::size_t bytes) {
    IdeMachine::Bytes data(bytes);
    for (std::size_t i = 0; i < bytes; ++i)
        data[i] = static_cast<std::uint8_t>(i * 31 + i / 256);
    return data;
}

/// `bytes` are what the disk has at `offset`.
inline bool isContent(std::span<const std::byte> bytes, std::size_t offset) {
    for (std::size_t i = 0; i < bytes.size(); ++i)
        if (bytes[i] != IdeMachine::contentAt(offset + i))
            return false;
    return true;
}

inline bool isContent(const IdeMachine::Bytes& bytes, std::size_t offset) {
    return isContent(std::as_bytes(std::span(bytes)), offset);
}

inline bool isAt(const MemoryDisk& disk, std::size_t offset, const IdeMachine::Bytes& bytes) {
    return std::memcmp(disk.content.data() + offset, bytes.data(), bytes.size()) == 0;
}
