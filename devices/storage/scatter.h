// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace devices::storage {

/// Calls `visit(std::span<std::byte>)` for the pieces of `length` bytes from `offset` of `buffers`.
template <class Visitor>
void visitPieces(std::span<const iovec> buffers, std::uint64_t offset, std::uint64_t length,
                 Visitor visit) {
    for (const iovec& buffer : buffers) {
        if (length == 0)
            return;
        if (offset >= buffer.iov_len) {
            offset -= buffer.iov_len;
            continue;
        }
        const std::uint64_t count = std::min<std::uint64_t>(buffer.iov_len - offset, length);
        visit(std::span(static_cast<std::byte*>(buffer.iov_base) + offset,
                        static_cast<std::size_t>(count)));
        offset = 0;
        length -= count;
    }
}

inline std::vector<iovec> slice(std::span<const iovec> buffers, std::uint64_t offset,
                                std::uint64_t length) {
    std::vector<iovec> pieces;
    visitPieces(buffers, offset, length, [&](std::span<std::byte> piece) {
        pieces.push_back({piece.data(), piece.size()});
    });
    return pieces;
}

inline void zeroFill(std::span<const iovec> buffers, std::uint64_t offset, std::uint64_t length) {
    visitPieces(buffers, offset, length,
                [](std::span<std::byte> piece) { std::ranges::fill(piece, std::byte{0}); });
}

inline void copyInto(std::span<const iovec> buffers, std::uint64_t offset,
                     std::span<const std::byte> bytes) {
    visitPieces(buffers, offset, bytes.size(), [&](std::span<std::byte> piece) {
        std::memcpy(piece.data(), bytes.data(), piece.size());
        bytes = bytes.subspan(piece.size());
    });
}

}  // namespace devices::storage
