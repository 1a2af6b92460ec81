// SPDX-License-Identifier: GPL-3.0-or-later
#include "block_builder.h"

#include <algorithm>
#include <cstring>

#include "control_transfer.h"
#include "decoded_instruction.h"
#include "fusion.h"
#include "integer_lowering.h"

namespace hypervisor::software {

namespace {

constexpr std::size_t kMaximumLength = 15;

struct Decoders {
    ZydisDecoder long64;
    ZydisDecoder compatibility32;
    ZydisDecoder compatibility16;
    ZydisDecoder legacy32;
    ZydisDecoder legacy16;
    ZydisDecoder real16;
};

ZydisDecoder makeDecoder(ZydisMachineMode mode, ZydisStackWidth stack) {
    ZydisDecoder decoder;
    ZydisDecoderInit(&decoder, mode, stack);
    // What this processor does not have decodes as the NOP, or the #UD, that it then is.
    for (const ZydisDecoderMode absent : {ZYDIS_DECODER_MODE_MPX, ZYDIS_DECODER_MODE_CET,
                                          ZYDIS_DECODER_MODE_CLDEMOTE, ZYDIS_DECODER_MODE_WBNOINVD})
        ZydisDecoderEnableMode(&decoder, absent, ZYAN_FALSE);
    return decoder;
}

const ZydisDecoder& decoderFor(Mode mode) {
    static const Decoders kDecoders{
        makeDecoder(ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64),
        makeDecoder(ZYDIS_MACHINE_MODE_LONG_COMPAT_32, ZYDIS_STACK_WIDTH_32),
        makeDecoder(ZYDIS_MACHINE_MODE_LONG_COMPAT_16, ZYDIS_STACK_WIDTH_16),
        makeDecoder(ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32),
        makeDecoder(ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16),
        makeDecoder(ZYDIS_MACHINE_MODE_REAL_16, ZYDIS_STACK_WIDTH_16),
    };
    if ((mode & mode::kCode64) != 0)
        return kDecoders.long64;
    const bool code32 = (mode & mode::kCode32) != 0;
    if ((mode & mode::kLongModeActive) != 0)
        return code32 ? kDecoders.compatibility32 : kDecoders.compatibility16;
    if (code32)
        return kDecoders.legacy32;
    const bool real = (mode & mode::kProtected) == 0 || (mode & mode::kVirtual8086) != 0;
    return real ? kDecoders.real16 : kDecoders.legacy16;
}

void noOperation(Processor& p, const Operation* o) {
    return next(p, o);
}

void raiseGeneralProtection(Processor& p, const Operation* o) {
    p.raise(Exception::GeneralProtection, 0);
    return fault(p, o);
}

/// Copies `length` bytes of code; what is no RAM is read from whatever device is there.
void readCode(Processor& p, Gpa physical, std::uint8_t* to, std::size_t length) {
    if (const std::byte* host = p.memory.at(physical, length); host != nullptr) {
        std::memcpy(to, host, length);
        return;
    }
    for (std::size_t i = 0; i < length; ++i)
        to[i] = static_cast<std::uint8_t>(p.environment.readMmio(physical + i, 1));
}

/// What becomes of bytes that are no instruction.
Handler handlerOfFailure(ZyanStatus status) {
    return status == ZYDIS_STATUS_INSTRUCTION_TOO_LONG ? Handler{&raiseGeneralProtection}
                                                       : &raiseException<Exception::InvalidOpcode>;
}

Lowered lower(const DecodedInstruction& d, Operation& o) {
    for (const auto family : {&lowerInteger, &lowerControlTransfer, &lowerString, &lowerVector,
                              &lowerX87, &lowerSystem})
        if (const Lowered lowered = family(d, o); lowered != Lowered::No)
            return lowered;
    o.handler = &raiseException<Exception::InvalidOpcode>;
    return Lowered::EndBlock;
}

bool isFusible(ZydisMnemonic mnemonic) {
    return mnemonic == ZYDIS_MNEMONIC_CMP || mnemonic == ZYDIS_MNEMONIC_TEST ||
           mnemonic == ZYDIS_MNEMONIC_SUB || mnemonic == ZYDIS_MNEMONIC_ADD ||
           mnemonic == ZYDIS_MNEMONIC_AND;
}

/// One block on its way.
class Builder {
  public:
    Builder(Processor& p, Gpa physical, Mode mode)
        : p_(p),
          block_(p.scratch->block),
          operations_(p.scratch->operations),
          physical_(physical),
          mode_(mode),
          single_((mode & mode::kSingle) != 0) {
        block_ = Block{};
        block_.virtualStart = p.rip;
        block_.context = p.codeContext;
        block_.physical = physical;
        block_.mode = mode;
        block_.secondPage = Block::kNoPage;
        p_.scratch->settled = true;
    }

    [[nodiscard]] bool build() {
        bool ended = false;
        while (!ended && count_ < Processor::Scratch::kInstructions) {
            const std::size_t room = kPageSize - physical_ % kPageSize - offset_;
            if (room == 0)
                break;
            const std::size_t length = std::min(room, kMaximumLength);
            markCode(physical_ + offset_, length);
            std::array<std::uint8_t, kMaximumLength> bytes{};
            readCode(p_, physical_ + offset_, bytes.data(), length);

            DecodedInstruction decoded{};
            decoded.mode = mode_;
            ZyanStatus status = decode(decoded, bytes.data(), length);
            if (status == ZYDIS_STATUS_NO_MORE_DATA && length == room && length < kMaximumLength) {
                // It goes on in the next page, as a block of its own.
                if (offset_ != 0)
                    break;
                if (!addSecondPage(bytes, length))
                    return false;
                status = decode(decoded, bytes.data(), kMaximumLength);
                append(decoded, status);
                ended = ended_;
                break;
            }
            append(decoded, status);
            ended = ended_ || single_;
        }
        if (!ended_)
            appendFallThrough();
        block_.operationCount = static_cast<std::uint16_t>(count_);
        block_.length = static_cast<std::uint16_t>(offset_);
        return true;
    }

  private:
    [[nodiscard]] ZyanStatus decode(DecodedInstruction& decoded, const std::uint8_t* bytes,
                                    std::size_t length) const {
        return ZydisDecoderDecodeFull(&decoderFor(mode_), bytes, length, &decoded.instruction,
                                      decoded.operands.data());
    }

    /// Before the bytes are read. Only if all other VPs have given up their write tags by then
    /// will a write after the reading be reported.
    void markCode(Gpa at, std::size_t length) {
        if (p_.codePages.mark(at, static_cast<unsigned>(length))) {
            const std::uint32_t mark = p_.codePages.currentMark();
            p_.dropWriteTags();
            p_.codePages.acknowledge(p_.participant, mark);
        }
        if (!p_.codePages.settled(at))
            p_.scratch->settled = false;
    }

    [[nodiscard]] bool addSecondPage(std::array<std::uint8_t, kMaximumLength>& bytes,
                                     std::size_t have) {
        const std::uint64_t linear =
            p_.rip + p_.linearBase[static_cast<std::size_t>(SegmentName::Cs)] + have;
        const auto second = p_.translateFetch(linear);
        if (!second)
            return false;
        markCode(*second, kMaximumLength - have);
        readCode(p_, *second, bytes.data() + have, kMaximumLength - have);
        block_.secondPage = *second & kPageMask;
        return true;
    }

    [[nodiscard]] bool isWithinPage(const Operation& o) const {
        if (single_ || block_.secondPage != Block::kNoPage)
            return false;
        const std::int64_t target =
            static_cast<std::int64_t>(physical_ % kPageSize) + o.displacement;
        return target >= 0 && target < static_cast<std::int64_t>(kPageSize);
    }

    void append(const DecodedInstruction& decoded, ZyanStatus status) {
        Operation& o = operations_[count_];
        o = Operation{};
        o.base = kZero;
        o.index = kZero;
        o.offset = static_cast<std::uint16_t>(offset_);
        if (!ZYAN_SUCCESS(status)) {
            o.handler = handlerOfFailure(status);
            ++offset_;
            ++count_;
            ended_ = true;
            return;
        }
        o.length = decoded.instruction.length;
        offset_ += o.length;
        if (decoded.mnemonic() == ZYDIS_MNEMONIC_NOP) {
            // Takes part only where instructions are counted.
            if (single_) {
                o.handler = &noOperation;
                ++count_;
            }
            return;
        }
        ended_ = lower(decoded, o) == Lowered::EndBlock;
        if ((mode_ & mode::kCode64) != 0)
            specialiseJump(decoded, o);
        previous_ = decoded.mnemonic();
        ++count_;
    }

    void specialiseJump(const DecodedInstruction& decoded, Operation& o) {
        const bool direct = decoded.isImmediate(0);
        if (decoded.mnemonic() == ZYDIS_MNEMONIC_JMP && direct && isWithinPage(o)) {
            o.handler = directJump(true);
            return;
        }
        const auto code = conditionOf(decoded.mnemonic(), ConditionalKind::Jump);
        if (!code)
            return;
        const bool within = isWithinPage(o);
        o.handler = conditionalJump(*code, within);
        if (count_ == 0 || single_ || !isFusible(previous_))
            return;
        Operation& before = operations_[count_ - 1];
        if (const Handler both = fused(static_cast<Fusible>(before.extra), *code, within))
            before.handler = both;
    }

    void appendFallThrough() {
        Operation& o = operations_[count_];
        o = Operation{};
        o.offset = static_cast<std::uint16_t>(offset_);
        o.displacement = static_cast<std::int32_t>(offset_);
        if ((mode_ & mode::kCode64) != 0) {
            o.handler = directJump(isWithinPage(o));
        } else {
            o.handler = directJumpLegacy();
            o.extra = (mode_ & mode::kCode32) != 0 ? 32 : 16;
        }
        ++count_;
    }

    Processor& p_;
    Block& block_;
    std::array<Operation, Processor::Scratch::kInstructions + 1>& operations_;
    const Gpa physical_;
    const Mode mode_;
    const bool single_;
    std::size_t count_ = 0;
    std::size_t offset_ = 0;
    bool ended_ = false;
    ZydisMnemonic previous_ = ZYDIS_MNEMONIC_INVALID;
};

}  // namespace

bool buildBlock(Processor& p, Gpa physical, Mode mode) {
    return Builder(p, physical, mode).build();
}

}  // namespace hypervisor::software
