// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace fuzz {

/// Bytes of a fuzzer's input, and zeroes behind its end.
class Input {
  public:
    Input(const std::uint8_t* data, std::size_t length) : data_(data), left_(length) {}
    [[nodiscard]] bool empty() const { return left_ == 0; }
    std::uint8_t byte() {
        if (left_ == 0)
            return 0;
        --left_;
        return *data_++;
    }
    template <class T>
    T value() {
        T value{};
        for (std::size_t i = 0; i < sizeof(T); ++i)
            reinterpret_cast<std::uint8_t*>(&value)[i] = byte();
        return value;
    }
    std::uint32_t number() { return value<std::uint32_t>(); }

  private:
    const std::uint8_t* data_;
    std::size_t left_;
};

}  // namespace fuzz
