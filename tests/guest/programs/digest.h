// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

/// A running 64-bit FNV-1a checksum: long results become one line that two runs can compare.
class Digest {
  public:
    void add(const void* bytes, std::size_t size) {
        for (const auto byte : std::span(static_cast<const unsigned char*>(bytes), size))
            value_ = (value_ ^ byte) * 0x100000001b3;
    }
    template <class T>
    void add(const T& value) {
        add(&value, sizeof value);
    }
    [[nodiscard]] unsigned long long value() const { return value_; }

  private:
    std::uint64_t value_ = 0xcbf29ce484222325;
};

/// The same sequence of numbers from the same seed everywhere (xorshift64*).
class Sequence {
  public:
    explicit Sequence(std::uint64_t seed) : state_(seed * 2 + 1) {}
    std::uint64_t next() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545f4914f6cdd1d;
    }
    /// From 0 up to, not including, 1.
    double fraction() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  private:
    std::uint64_t state_;
};
