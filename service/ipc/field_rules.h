// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace service {

// What is said of a described struct's fields beside their types; the decoder holds it and the
// interface's JSON Schema tells it.

/// Least and most of a whole number.
struct FieldRange {
    std::string_view field;
    std::int64_t least;
    std::int64_t most;

    template <class Least, class Most>
    constexpr FieldRange(std::string_view name, Least from, Most to)
        : field(name),
          least(static_cast<std::int64_t>(from)),
          most(static_cast<std::int64_t>(to)) {}
};

template <class Struct>
inline constexpr std::array<FieldRange, 0> kFieldRanges{};

/// Fields may be left out and then have the struct's defaults. Without it, those that are not
/// std::optional must be there.
template <class Struct>
inline constexpr bool kHasDefaults = false;

}  // namespace service
