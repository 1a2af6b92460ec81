// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

namespace devices::synthetic {

/// A structure out of a private copy of a message; nothing when it is not all there.
template <class T>
requires std::is_trivially_copyable_v<T>
[[nodiscard]] std::optional<T> structureAt(std::span<const std::byte> bytes,
                                           std::size_t offset = 0) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T))
        return std::nullopt;
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

template <class T>
requires std::is_trivially_copyable_v<T>
void append(std::vector<std::byte>& to, const T& value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    to.insert(to.end(), bytes.begin(), bytes.end());
}

}  // namespace devices::synthetic
