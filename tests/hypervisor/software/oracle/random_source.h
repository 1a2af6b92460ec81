// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace oracle {

/// A stream of numbers that a seed determines (SplitMix64).
class RandomSource {
  public:
    explicit RandomSource(std::uint64_t seed) : state_(seed) {}
    /// A stream for one of many cases.
    RandomSource(std::uint64_t seed, std::uint64_t number)
        : state_(RandomSource(seed).next() ^ RandomSource(~number).next()) {}

    std::uint64_t next() {
        std::uint64_t value = (state_ += 0x9E37'79B9'7F4A'7C15);
        value = (value ^ (value >> 30)) * 0xBF58'476D'1CE4'E5B9;
        value = (value ^ (value >> 27)) * 0x94D0'49BB'1331'11EB;
        return value ^ (value >> 31);
    }
    /// Less than `bound`, which is not zero.
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    bool oneIn(std::uint64_t bound) { return below(bound) == 0; }
    bool percent(unsigned share) { return below(100) < share; }
    template <class Range>
    const auto& pick(const Range& range) {
        return range[below(std::size(range))];
    }

  private:
    std::uint64_t state_;
};

}  // namespace oracle
