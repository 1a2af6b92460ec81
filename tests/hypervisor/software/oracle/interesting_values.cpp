// SPDX-License-Identifier: GPL-3.0-or-later
#include "interesting_values.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace oracle {

std::uint64_t interestingInteger(RandomSource& random) {
    static constexpr std::array<std::uint64_t, 24> kValues{0,
                                                           1,
                                                           2,
                                                           0x7F,
                                                           0x80,
                                                           0x81,
                                                           0xFF,
                                                           0x100,
                                                           0x7FFF,
                                                           0x8000,
                                                           0xFFFF,
                                                           0x1'0000,
                                                           0x7FFF'FFFF,
                                                           0x8000'0000,
                                                           0xFFFF'FFFF,
                                                           0x1'0000'0000,
                                                           0x7FFF'FFFF'FFFF'FFFF,
                                                           0x8000'0000'0000'0000,
                                                           0xFFFF'FFFF'FFFF'FFFF,
                                                           0xFFFF'FFFF'FFFF'FFFE,
                                                           0xFFFF'FFFF'8000'0000,
                                                           0x5555'5555'5555'5555,
                                                           0xAAAA'AAAA'AAAA'AAAA,
                                                           0x0102'0304'0506'0708};
    switch (random.below(8)) {
        case 0:
        case 1:
            return random.pick(kValues);
        case 2:
            return random.pick(kValues) + random.below(5) - 2;
        case 3:
            return random.below(72);
        case 4:
            return 1ULL << random.below(64);
        case 5:
            return random.next() >> random.below(64);
        default:
            return random.next();
    }
}

std::uint32_t interestingFloat(RandomSource& random) {
    static constexpr std::array<std::uint32_t, 16> kValues{
        0,           1,           0x007F'FFFF, 0x0080'0000, 0x3F80'0000, 0x3F80'0001,
        0x4B00'0000, 0x4F00'0000, 0x5F00'0000, 0x7F7F'FFFF, 0x7F80'0000, 0x7F80'0001,
        0x7FC0'0000, 0x7FBF'FFFF, 0x3F00'0000, 0x4EFF'FFFF};
    const auto sign = static_cast<std::uint32_t>(random.below(2) << 31);
    switch (random.below(4)) {
        case 0:
            return sign | random.pick(kValues);
        case 1:
            // Near one and near the integers.
            return sign | static_cast<std::uint32_t>((100 + random.below(60)) << 23 |
                                                     (random.next() & 0x7F'FFFF));
        case 2:
            return std::bit_cast<std::uint32_t>(
                static_cast<float>(static_cast<std::int64_t>(random.below(2000)) - 1000) / 4);
        default:
            return static_cast<std::uint32_t>(random.next());
    }
}

std::uint64_t interestingDouble(RandomSource& random) {
    static constexpr std::array<std::uint64_t, 18> kValues{
        0,
        1,
        0x000F'FFFF'FFFF'FFFF,
        0x0010'0000'0000'0000,
        0x3FF0'0000'0000'0000,
        0x3FF0'0000'0000'0001,
        0x41DF'FFFF'FFC0'0000,
        0x41E0'0000'0000'0000,
        0x43E0'0000'0000'0000,
        0x7FEF'FFFF'FFFF'FFFF,
        0x7FF0'0000'0000'0000,
        0x7FF0'0000'0000'0001,
        0x7FF8'0000'0000'0000,
        0x7FF7'FFFF'FFFF'FFFF,
        0x3FE0'0000'0000'0000,
        0x36A0'0000'0000'0000,  // the smallest float
        0x3810'0000'0000'0000,  // the smallest normal float
        0x47EF'FFFF'E000'0000,  // the largest float
    };
    const std::uint64_t sign = random.below(2) << 63;
    switch (random.below(4)) {
        case 0:
            return sign | random.pick(kValues);
        case 1:
            return sign | (990 + random.below(130)) << 52 | (random.next() >> 12);
        case 2:
            return std::bit_cast<std::uint64_t>(
                static_cast<double>(static_cast<std::int64_t>(random.below(2000)) - 1000) / 4);
        default:
            return random.next();
    }
}

std::array<std::uint8_t, 16> interestingExtended(RandomSource& random) {
    static constexpr std::array<std::uint64_t, 9> kMantissas{0,
                                                             1,
                                                             0x8000'0000'0000'0000,
                                                             0x8000'0000'0000'0001,
                                                             0xC000'0000'0000'0000,
                                                             0xC000'0000'0000'0001,
                                                             0xFFFF'FFFF'FFFF'FFFF,
                                                             0x7FFF'FFFF'FFFF'FFFF,
                                                             0x4000'0000'0000'0000};
    static constexpr std::array<std::uint16_t, 16> kExponents{
        0,      1,      2,      0x3FBF, 0x3FFE, 0x3FFF, 0x4000, 0x401D,
        0x401E, 0x403D, 0x403E, 0x403F, 0x7FFE, 0x7FFF, 0x3C00, 0x43FF};
    std::uint64_t mantissa = random.next() | 1ULL << 63;
    auto exponent = static_cast<std::uint16_t>(random.next() & 0x7FFF);
    switch (random.below(6)) {
        case 0:
            mantissa = random.pick(kMantissas);
            exponent = random.pick(kExponents);
            break;
        case 1:
            exponent = static_cast<std::uint16_t>(0x3FFF - 70 + random.below(140));
            break;
        case 2:
            // Small integers and fractions.
            mantissa = (random.below(255) + 1) << 56 | 1ULL << 63;
            exponent = static_cast<std::uint16_t>(0x3FFC + random.below(12));
            break;
        case 3:
            mantissa = random.pick(kMantissas);
            exponent = static_cast<std::uint16_t>(0x3FFF - 4 + random.below(72));
            break;
        case 4:
            exponent = static_cast<std::uint16_t>(0x3FF0 + random.below(32));
            break;
        default:
            break;
    }
    exponent = static_cast<std::uint16_t>(exponent | random.below(2) << 15);
    std::array<std::uint8_t, 16> value{};
    std::memcpy(value.data(), &mantissa, sizeof mantissa);
    std::memcpy(value.data() + 8, &exponent, sizeof exponent);
    return value;
}

void fillInteresting(RandomSource& random, ValueKind kind, std::span<std::byte> to) {
    if (kind == ValueKind::Any) {
        static constexpr std::array<ValueKind, 5> kKinds{ValueKind::Integer, ValueKind::Integer,
                                                         ValueKind::Float, ValueKind::Double,
                                                         ValueKind::Double};
        kind = random.pick(kKinds);
    }
    std::size_t at = 0;
    while (at < to.size()) {
        std::array<std::byte, 16> piece{};
        std::size_t size = 8;
        const auto put = [&piece, &size](auto value) {
            size = sizeof value;
            std::memcpy(piece.data(), &value, size);
        };
        switch (kind) {
            case ValueKind::Float:
                put(interestingFloat(random));
                break;
            case ValueKind::Double:
                put(interestingDouble(random));
                break;
            case ValueKind::Extended:
                put(interestingExtended(random));
                size = 10;
                break;
            case ValueKind::Decimal:
                for (std::size_t i = 0; i < 9; ++i)
                    piece[i] = static_cast<std::byte>(random.below(10) << 4 | random.below(10));
                piece[9] = static_cast<std::byte>(random.below(2) << 7);
                if (random.oneIn(8))
                    piece[random.below(10)] = static_cast<std::byte>(random.next());
                size = 10;
                break;
            default:
                put(interestingInteger(random));
                break;
        }
        const std::size_t length = std::min(size, to.size() - at);
        std::memcpy(to.data() + at, piece.data(), length);
        at += length;
    }
}

hypervisor::FxsaveImage interestingFloatingPoint(RandomSource& random) {
    hypervisor::FxsaveImage image;
    image.controlWord = 0x037F;
    if (random.oneIn(3))
        image.controlWord = static_cast<std::uint16_t>(
            0x40 | (random.next() & 0x1F00) | (random.oneIn(2) ? random.next() & 0x3F : 0x3F));
    image.statusWord = static_cast<std::uint16_t>(random.next() & 0x3800);
    if (random.oneIn(4))
        image.statusWord = static_cast<std::uint16_t>(
            random.next() & (random.oneIn(8) ? 0x7F7F : 0x7F00 | (image.controlWord & 0x3F)));
    if ((image.statusWord & ~image.controlWord & 0x3F) != 0)
        image.statusWord |= 0x8080;
    const unsigned top = image.statusWord >> 11 & 7;
    // The stack is mostly filled from TOP on, as compilers do.
    unsigned tag = 0;
    for (std::uint64_t i = 0, count = random.below(9); i < count; ++i)
        tag |= 1U << ((top + i) & 7);
    if (random.oneIn(6))
        tag = static_cast<unsigned>(random.next());
    image.abridgedTag = static_cast<std::uint8_t>(tag);
    image.opcode = static_cast<std::uint16_t>(random.next() & 0x7FF);
    image.instructionPointer = random.next() & 0x7FFF'FFFF;
    image.dataPointer = random.next() & 0x7FFF'FFFF;
    const bool mmx = random.oneIn(3);
    for (auto& value : image.st) {
        value = interestingExtended(random);
        if (mmx) {
            const std::uint64_t integer = interestingInteger(random);
            std::memcpy(value.data(), &integer, sizeof integer);
        }
    }
    image.mxcsr = 0x1F80;
    if (random.oneIn(2))
        image.mxcsr = static_cast<std::uint32_t>(
            (random.next() & 0xE07F) |
            (random.oneIn(3) ? random.next() & 0x1F80 : std::uint64_t{0x1F80}));
    image.mxcsrMask = 0xFFFF;
    const auto kind = static_cast<ValueKind>(1 + random.below(3));
    for (auto& value : image.xmm) {
        fillInteresting(random, random.oneIn(4) ? ValueKind::Any : kind,
                        std::as_writable_bytes(std::span(value)));
        if (random.oneIn(5))
            value = random.pick(image.xmm);
    }
    return image;
}

}  // namespace oracle
