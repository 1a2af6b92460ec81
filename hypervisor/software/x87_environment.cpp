// SPDX-License-Identifier: GPL-3.0-or-later
#include "x87_environment.h"

#include <cstring>

namespace hypervisor::software {

namespace {

/// Two bits for each physical register: 0 valid, 1 zero, 2 special, 3 empty.
std::uint16_t fullTag(const X87State& state) {
    unsigned tag = 0;
    for (unsigned i = 0; i < 8; ++i) {
        const X87State::Value& value = state.registers[i];
        const unsigned exponent = value.exponent & 0x7FFFU;
        unsigned kind = 0;
        if ((state.valid >> i & 1) == 0)
            kind = 3;
        else if (exponent == 0 && value.mantissa == 0)
            kind = 1;
        else if (exponent == 0 || exponent == 0x7FFF || value.mantissa >> 63 == 0)
            kind = 2;
        tag |= kind << 2 * i;
    }
    return static_cast<std::uint16_t>(tag);
}

template <class T>
void put(X87Image& image, unsigned offset, T value) {
    std::memcpy(image.data() + offset, &value, sizeof value);
}

template <class T>
T get(const X87Image& image, unsigned offset) {
    T value;
    std::memcpy(&value, image.data() + offset, sizeof value);
    return value;
}

}  // namespace

X87Image storeX87Image(const X87State& state, X87Format format) {
    X87Image image{};
    const auto instruction = static_cast<std::uint32_t>(state.instructionPointer);
    const auto data = static_cast<std::uint32_t>(state.dataPointer);
    const std::uint32_t reserved = 0xFFFF'0000;
    if (format.wide) {
        put<std::uint32_t>(image, 0, reserved | state.control);
        put<std::uint32_t>(image, 4, reserved | state.statusWord());
        put<std::uint32_t>(image, 8, reserved | fullTag(state));
        if (format.real) {
            put<std::uint32_t>(image, 12, reserved | (instruction & 0xFFFF));
            put<std::uint32_t>(image, 16, (instruction >> 16 << 12) | state.opcode);
            put<std::uint32_t>(image, 20, reserved | (data & 0xFFFF));
            put<std::uint32_t>(image, 24, data >> 16 << 12);
        } else {
            put<std::uint32_t>(image, 12, instruction);
            put<std::uint32_t>(image, 16, static_cast<std::uint32_t>(state.opcode) << 16);
            put<std::uint32_t>(image, 20, data);
            put<std::uint32_t>(image, 24, reserved);
        }
    } else {
        put<std::uint16_t>(image, 0, state.control);
        put<std::uint16_t>(image, 2, state.statusWord());
        put<std::uint16_t>(image, 4, fullTag(state));
        put<std::uint16_t>(image, 6, static_cast<std::uint16_t>(instruction));
        put<std::uint16_t>(image, 10, static_cast<std::uint16_t>(data));
        if (format.real) {
            put<std::uint16_t>(
                image, 8,
                static_cast<std::uint16_t>((instruction >> 16 & 0xF) << 12 | state.opcode));
            put<std::uint16_t>(image, 12, static_cast<std::uint16_t>((data >> 16 & 0xF) << 12));
        }
    }
    unsigned offset = format.environmentSize();
    for (unsigned i = 0; i < 8; ++i, offset += 10) {
        const X87State::Value& value = state.registers[(state.top + i) & 7];
        put(image, offset, value.mantissa);
        put(image, offset + 8, value.exponent);
    }
    return image;
}

void loadX87Environment(X87State& state, const X87Image& image, X87Format format) {
    const unsigned step = format.wide ? 4 : 2;
    state.setControlWord(get<std::uint16_t>(image, 0));
    state.setStatusWord(get<std::uint16_t>(image, step));
    const auto tag = get<std::uint16_t>(image, 2 * step);
    state.valid = 0;
    for (unsigned i = 0; i < 8; ++i)
        if ((tag >> 2 * i & 3) != 3)
            state.valid = static_cast<std::uint8_t>(state.valid | 1U << i);

    if (format.wide && format.real) {
        const auto high = get<std::uint32_t>(image, 16);
        state.opcode = high & 0x7FF;
        state.instructionPointer = get<std::uint16_t>(image, 12) | (high >> 12 & 0xFFFF) << 16;
        state.dataPointer =
            get<std::uint16_t>(image, 20) | (get<std::uint32_t>(image, 24) >> 12 & 0xFFFF) << 16;
    } else if (format.wide) {
        state.instructionPointer = get<std::uint32_t>(image, 12);
        state.opcode = get<std::uint16_t>(image, 18) & 0x7FF;
        state.dataPointer = get<std::uint32_t>(image, 20);
    } else {
        state.instructionPointer = get<std::uint16_t>(image, 6);
        state.dataPointer = get<std::uint16_t>(image, 10);
        state.opcode = 0;
        if (format.real) {
            const auto high = get<std::uint16_t>(image, 8);
            state.opcode = high & 0x7FF;
            state.instructionPointer |= (high >> 12U) << 16U;
            state.dataPointer |= (get<std::uint16_t>(image, 12) >> 12U) << 16U;
        }
    }
}

void loadX87Registers(X87State& state, const X87Image& image, X87Format format) {
    unsigned offset = format.environmentSize();
    for (unsigned i = 0; i < 8; ++i, offset += 10)
        state.st(i) = {get<std::uint64_t>(image, offset), get<std::uint16_t>(image, offset + 8)};
}

}  // namespace hypervisor::software
