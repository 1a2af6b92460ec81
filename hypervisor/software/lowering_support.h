// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "decoded_instruction.h"

/// What several families of lowering share.
namespace hypervisor::software {

/// `function.operator()<T>()` for the unsigned type of `bits`.
template <class Function>
auto withSize(unsigned bits, Function function) {
    switch (bits) {
        case 8:
            return function.template operator()<std::uint8_t>();
        case 16:
            return function.template operator()<std::uint16_t>();
        case 32:
            return function.template operator()<std::uint32_t>();
        default:
            return function.template operator()<std::uint64_t>();
    }
}

/// withSize() without 8 bits.
template <class Function>
auto withWordSize(unsigned bits, Function function) {
    switch (bits) {
        case 16:
            return function.template operator()<std::uint16_t>();
        case 32:
            return function.template operator()<std::uint32_t>();
        default:
            return function.template operator()<std::uint64_t>();
    }
}

/// Like pick(), for what is too rare to be worth a form for every kind of address.
template <class Function>
[[nodiscard]] Handler pickFew(Addressing addressing, Function function) {
    return isLong(addressing) ? function.template operator()<Full>()
                              : pickShort(addressing, function);
}

/// The same for what has a fast form in 64-bit mode alone.
template <class Function>
[[nodiscard]] Handler pickLong(Addressing addressing, Function function) {
    return isLong(addressing) ? function.template operator()<Full>()
                              : function.template operator()<Checked>();
}

}  // namespace hypervisor::software
