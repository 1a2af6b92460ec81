// SPDX-License-Identifier: GPL-3.0-or-later
#include "fxsave_image.h"

#include <cstring>

namespace hypervisor::software {

void storeX87(const X87State& x87, FxsaveImage& image) {
    image.controlWord = x87.control;
    image.statusWord = x87.statusWord();
    image.abridgedTag = x87.valid;
    image.reserved = 0;
    image.opcode = x87.opcode;
    image.instructionPointer = x87.instructionPointer;
    image.dataPointer = x87.dataPointer;
    for (unsigned i = 0; i < 8; ++i) {
        const X87State::Value& value = x87.registers[(x87.top + i) & 7];
        image.st[i] = {};
        std::memcpy(image.st[i].data(), &value.mantissa, sizeof value.mantissa);
        std::memcpy(image.st[i].data() + 8, &value.exponent, sizeof value.exponent);
    }
}

void loadX87(X87State& x87, const FxsaveImage& image) {
    x87.setControlWord(image.controlWord);
    x87.setStatusWord(image.statusWord);
    x87.valid = image.abridgedTag;
    x87.opcode = image.opcode & 0x7FF;
    // The instruction pointer has as many bits as linear addresses.
    x87.instructionPointer =
        static_cast<std::uint64_t>(static_cast<std::int64_t>(image.instructionPointer << 16) >> 16);
    x87.dataPointer = image.dataPointer;
    for (unsigned i = 0; i < 8; ++i) {
        X87State::Value& value = x87.st(i);
        std::memcpy(&value.mantissa, image.st[i].data(), sizeof value.mantissa);
        std::memcpy(&value.exponent, image.st[i].data() + 8, sizeof value.exponent);
    }
}

void storeXmm(const Processor& p, FxsaveImage& image) {
    for (std::size_t i = 0; i < image.xmm.size(); ++i)
        std::memcpy(image.xmm[i].data(), p.vectors[i].bytes.data(), image.xmm[i].size());
}

void loadXmm(Processor& p, const FxsaveImage& image) {
    for (std::size_t i = 0; i < image.xmm.size(); ++i)
        std::memcpy(p.vectors[i].bytes.data(), image.xmm[i].data(), image.xmm[i].size());
}

FxsaveImage fxsaveImage(const Processor& p) {
    FxsaveImage image;
    storeX87(p.x87, image);
    image.mxcsr = p.mxcsr;
    storeXmm(p, image);
    return image;
}

void loadFxsaveImage(Processor& p, const FxsaveImage& image) {
    loadX87(p.x87, image);
    p.mxcsr = image.mxcsr & image.mxcsrMask & 0xFFFF;
    loadXmm(p, image);
}

}  // namespace hypervisor::software
