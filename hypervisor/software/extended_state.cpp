// SPDX-License-Identifier: GPL-3.0-or-later
#include "extended_state.h"

#include <algorithm>
#include <cstring>

#include "fxsave_image.h"
#include "mxcsr.h"
#include "x87_operation.h"

namespace hypervisor::software {

namespace {

/// State components (Intel SDM volume 1, section 13.1).
constexpr std::uint64_t kX87 = 1U << 0;
constexpr std::uint64_t kSse = 1U << 1;
constexpr std::uint64_t kAvx = 1U << 2;

constexpr unsigned kHeaderOffset = 512;
constexpr unsigned kHeaderSize = 64;
constexpr unsigned kAvxOffset = 576;
constexpr unsigned kAvxSize = 256;

// Pieces of the 512-byte legacy region.
constexpr unsigned kX87HeadSize = 24;
constexpr unsigned kMxcsrOffset = 24;
constexpr unsigned kRegistersOffset = 32;
constexpr unsigned kXmmOffset = 160;

/// `extra`: REX.W, so that pointers have 64 bits.
bool isWide(const Operation& o) {
    return o.extra != 0;
}

/// Outside of 64-bit mode XMM8 to XMM15 are neither read nor written.
unsigned vectorCount(const Processor& p) {
    return p.in64BitMode() ? 16 : 8;
}

/// The operand's linear address, after checks of segment and alignment. The byte at `probed` is
/// looked at before any other: where more than one page is missing, that is the page that is
/// asked for.
std::optional<std::uint64_t> areaAddress(Processor& p, const Operation& o, unsigned size,
                                         Access access, unsigned alignment, unsigned probed) {
    const auto address = p.operandAddress(o, size, access);
    if (address && *address % alignment != 0) {
        // Alignment checks are for what is not even aligned to four bytes.
        const bool checked = *address % 4 != 0 && p.cpl == 3 &&
                             (p.cr0 & cr0::kAlignmentMask) != 0 &&
                             (p.systemFlags & rflags::kAlignmentCheck) != 0;
        p.raise(checked ? Exception::AlignmentCheck : Exception::GeneralProtection, 0);
        return std::nullopt;
    }
    if (address && !p.translate(*address + probed, access, Privilege::Current))
        return std::nullopt;
    return address;
}

FxsaveImage legacyImage(Processor& p, bool wide) {
    FxsaveImage image{};
    storeX87(p.x87, image);
    if (!wide) {
        image.instructionPointer &= 0xFFFF'FFFF;
        image.dataPointer &= 0xFFFF'FFFF;
    }
    image.mxcsr = currentMxcsr(p);
    image.mxcsrMask = mxcsr::kWritable;
    storeXmm(p, image);
    return image;
}

void loadX87Part(Processor& p, const FxsaveImage& saved, bool wide) {
    FxsaveImage image = saved;
    if (!wide) {
        image.instructionPointer &= 0xFFFF'FFFF;
        image.dataPointer &= 0xFFFF'FFFF;
    }
    loadX87(p.x87, image);
}

void loadXmmPart(Processor& p, const FxsaveImage& image) {
    for (unsigned i = 0; i < vectorCount(p); ++i)
        std::memcpy(p.vectors[i].bytes.data(), image.xmm[i].data(), image.xmm[i].size());
}

void fxsave(Processor& p, const Operation& o) {
    const auto address =
        areaAddress(p, o, sizeof(FxsaveImage), Access::Write, 16, sizeof(FxsaveImage) - 1);
    if (!address)
        return;
    const FxsaveImage image = legacyImage(p, isWide(o));
    // The rest of the area stays as it is.
    const unsigned size =
        (p.cr4 & cr4::kOsFxsr) != 0 ? kXmmOffset + 16 * vectorCount(p) : kXmmOffset;
    static_cast<void>(p.writeLinear(*address, &image, size));
}

void fxrstor(Processor& p, const Operation& o) {
    const auto address =
        areaAddress(p, o, sizeof(FxsaveImage), Access::Read, 16, sizeof(FxsaveImage) - 1);
    FxsaveImage image;
    if (!address || !p.readLinear(*address, &image, sizeof image))
        return;
    if ((p.cr4 & cr4::kOsFxsr) != 0) {
        if ((image.mxcsr & ~mxcsr::kWritable) != 0) {
            p.raise(Exception::GeneralProtection, 0);
            return;
        }
        static_cast<void>(replaceMxcsr(p, image.mxcsr));
        loadXmmPart(p, image);
    }
    loadX87Part(p, image, isWide(o));
}

std::uint64_t requestedComponents(Processor& p) {
    const std::uint64_t mask = p[Register::Rdx] << 32 | (p[Register::Rax] & 0xFFFF'FFFF);
    return mask & p.xcr0;
}

unsigned areaSize(std::uint64_t components) {
    return (components & kAvx) != 0 ? kAvxOffset + kAvxSize : kHeaderOffset + kHeaderSize;
}

/// Components that are not in their initial state (XINUSE).
std::uint64_t componentsInUse(const Processor& p) {
    std::uint64_t components = 0;
    const X87State& x87 = p.x87;
    const bool registersZero = std::all_of(
        x87.registers.begin(), x87.registers.end(),
        [](const X87State::Value& value) { return value.mantissa == 0 && value.exponent == 0; });
    if (x87.control != 0x037F || x87.statusWord() != 0 || x87.valid != 0 || x87.opcode != 0 ||
        x87.instructionPointer != 0 || x87.dataPointer != 0 || !registersZero)
        components |= kX87;
    for (unsigned i = 0; i < vectorCount(p); ++i) {
        const auto& bytes = p.vectors[i].bytes;
        const auto isZero = [](std::byte value) { return value == std::byte{0}; };
        if (!std::all_of(bytes.begin(), bytes.begin() + 16, isZero))
            components |= kSse;
        if (!std::all_of(bytes.begin() + 16, bytes.end(), isZero))
            components |= kAvx;
    }
    return components;
}

template <bool kOptimize>
void xsave(Processor& p, const Operation& o) {
    const std::uint64_t requested = requestedComponents(p);
    const unsigned size = areaSize(requested);
    const auto address = areaAddress(p, o, size, Access::Write, 64, size - 1);
    if (!address)
        return;
    const std::uint64_t inUse = componentsInUse(p);
    const std::uint64_t saved = kOptimize ? requested & inUse : requested;
    const FxsaveImage image = legacyImage(p, isWide(o));

    const auto header = p.read<std::uint64_t>(*address + kHeaderOffset);
    if (!header)
        return;
    const auto put = [&](unsigned offset, const void* from, unsigned length) {
        return p.writeLinear(*address + offset, from, length);
    };
    const auto* bytes = reinterpret_cast<const std::byte*>(&image);
    if ((saved & kX87) != 0 &&
        (!put(0, bytes, kX87HeadSize) ||
         !put(kRegistersOffset, bytes + kRegistersOffset, kXmmOffset - kRegistersOffset)))
        return;
    // MXCSR goes with either kind of vector register, in use or not.
    if ((requested & (kSse | kAvx)) != 0 && !put(kMxcsrOffset, &image.mxcsr, 8))
        return;
    if ((saved & kSse) != 0 && !put(kXmmOffset, bytes + kXmmOffset, 16 * vectorCount(p)))
        return;
    if ((saved & kAvx) != 0)
        for (unsigned i = 0; i < vectorCount(p); ++i)
            if (!put(kAvxOffset + 16 * i, p.vectors[i].bytes.data() + 16, 16))
                return;
    static_cast<void>(
        p.write(*address + kHeaderOffset, (*header & ~requested) | (requested & inUse)));
}

void xrstor(Processor& p, const Operation& o) {
    const std::uint64_t requested = requestedComponents(p);
    const auto address = areaAddress(p, o, areaSize(requested), Access::Read, 64,
                                     kHeaderOffset + sizeof(std::uint64_t));
    if (!address)
        return;
    FxsaveImage image;
    struct Header {
        std::uint64_t present;
        std::array<std::uint64_t, 7> zero;
    } header;
    static_assert(sizeof header == kHeaderSize);
    std::array<std::array<std::byte, 16>, 16> upper{};
    if (!p.readLinear(*address + kHeaderOffset, &header, sizeof header))
        return;
    const std::uint64_t present = requested & header.present;
    const bool withMxcsr = (requested & (kSse | kAvx)) != 0;
    // What is not asked for, or not there, is not looked at.
    if (withMxcsr && !p.translate(*address + kMxcsrOffset, Access::Read, Privilege::Current))
        return;
    if ((withMxcsr || (present & kX87) != 0) && !p.readLinear(*address, &image, sizeof image))
        return;
    if ((present & kAvx) != 0 &&
        !p.readLinear(*address + kAvxOffset, upper.data(), 16 * vectorCount(p)))
        return;
    // Without compaction XCOMP_BV is zero, and so are the 16 bytes that follow it; the standard
    // form looks no further.
    const bool headerValid =
        (header.present & ~p.xcr0) == 0 && header.zero[0] == 0 && header.zero[1] == 0;
    if (!headerValid || (withMxcsr && (image.mxcsr & ~mxcsr::kWritable) != 0)) {
        p.raise(Exception::GeneralProtection, 0);
        return;
    }

    if ((present & kX87) != 0)
        loadX87Part(p, image, isWide(o));
    else if ((requested & kX87) != 0)
        p.x87 = X87State{};
    if (withMxcsr)
        static_cast<void>(replaceMxcsr(p, image.mxcsr));
    if ((requested & kSse) != 0) {
        if ((present & kSse) == 0)
            image.xmm = {};
        loadXmmPart(p, image);
    }
    if ((requested & kAvx) != 0)
        for (unsigned i = 0; i < vectorCount(p); ++i)
            std::memcpy(p.vectors[i].bytes.data() + 16, upper[i].data(), 16);
}

Lowered refuse(Operation& operation, Handler handler) {
    operation.handler = handler;
    return Lowered::EndBlock;
}

}  // namespace

Lowered lowerExtendedState(const DecodedInstruction& decoded, Operation& operation) {
    Handler handler = nullptr;
    bool restores = false;
    bool extended = true;
    switch (decoded.mnemonic()) {
        case ZYDIS_MNEMONIC_FXSAVE:
        case ZYDIS_MNEMONIC_FXSAVE64:
            handler = &plainOperation<&fxsave>;
            extended = false;
            break;
        case ZYDIS_MNEMONIC_FXRSTOR:
        case ZYDIS_MNEMONIC_FXRSTOR64:
            handler = &systemOperation<&fxrstor>;
            restores = true;
            extended = false;
            break;
        case ZYDIS_MNEMONIC_XSAVE:
        case ZYDIS_MNEMONIC_XSAVE64:
            handler = &plainOperation<&xsave<false>>;
            break;
        case ZYDIS_MNEMONIC_XSAVEOPT:
        case ZYDIS_MNEMONIC_XSAVEOPT64:
            handler = &plainOperation<&xsave<true>>;
            break;
        case ZYDIS_MNEMONIC_XRSTOR:
        case ZYDIS_MNEMONIC_XRSTOR64:
            handler = &systemOperation<&xrstor>;
            restores = true;
            break;
        default:
            return Lowered::No;
    }
    if (extended && (decoded.mode & mode::kOsXsave) == 0)
        return refuse(operation, &raiseException<Exception::InvalidOpcode>);
    const Mode trapping = extended ? mode::kTaskSwitched : mode::kTaskSwitched | mode::kEmulateFpu;
    if ((decoded.mode & trapping) != 0)
        return refuse(operation, &raiseException<Exception::DeviceNotAvailable>);

    encodeMemory(decoded, decoded.operand(0), operation);
    operation.extra = (decoded.instruction.attributes & ZYDIS_ATTRIB_HAS_REX) != 0 &&
                      decoded.instruction.raw.rex.W != 0;
    operation.handler = handler;
    // A restored MXCSR may unmask exceptions, which changes the mode.
    return restores ? Lowered::EndBlock : Lowered::Continue;
}

}  // namespace hypervisor::software
