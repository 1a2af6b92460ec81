// SPDX-License-Identifier: GPL-3.0-or-later
#include "instruction_bench.h"

#include <QTest>
#include <array>
#include <limits>

using namespace hypervisor::software;
using hypervisor::Register;
using hypervisor::software::test::InstructionBench;

namespace {

using Halves = std::array<std::uint64_t, 2>;
using Doubles = std::array<double, 2>;
using Singles = std::array<float, 4>;
using Text = std::array<char, 16>;

constexpr auto kData = InstructionBench::kData;

constexpr Text text(std::string_view characters) {
    Text result{};
    std::ranges::copy(characters, result.begin());
    return result;
}

}  // namespace

class VectorTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { bench_.reset(); }

    void alignedOperandsFaultOffTheirBoundary() {
        bench_.put(kData + 1, Halves{1, 2});
        bench_.setXmm(0, Halves{5, 6});
        (*this)[Register::Rdi] = kData + 1;
        for (const auto& load : {std::array<std::uint8_t, 4>{0x66, 0x0F, 0x6F, 0x07},  // movdqa
                                 std::array<std::uint8_t, 4>{0x66, 0x0F, 0xFE, 0x07},  // paddd
                                 std::array<std::uint8_t, 4>{0x66, 0x0F, 0x58, 0x07},  // addpd
                                 std::array<std::uint8_t, 4>{0x66, 0x0F, 0xE7, 0x07},  // movntdq
                                 std::array<std::uint8_t, 4>{0x66, 0x0F, 0x7F, 0x07}}) {
            const auto fault = bench_.execute({load[0], load[1], load[2], load[3]});
            QVERIFY(fault.has_value());
            QCOMPARE(fault->vector, Exception::GeneralProtection);
            QVERIFY(fault->hasErrorCode);
            QCOMPARE(fault->errorCode, 0U);
        }
        QVERIFY((bench_.xmm<Halves>(0) == Halves{5, 6}));
        QVERIFY((bench_.get<Halves>(kData + 1) == Halves{1, 2}));
        (*this)[Register::Rdi] = kData;
        QVERIFY(bench_.runs({0x66, 0x0F, 0x6F, 0x07}));
    }

    void unalignedMovesReachAcrossPages() {
        constexpr Halves kValue{0x0123'4567'89AB'CDEF, 0xFEDC'BA98'7654'3210};
        const auto address = kData + 0x1000 - 5;
        bench_.setXmm(0, kValue);
        (*this)[Register::Rdi] = address;
        QVERIFY(bench_.runs({0xF3, 0x0F, 0x7F, 0x07}));  // movdqu [rdi], xmm0
        QVERIFY(bench_.get<Halves>(address) == kValue);
        QVERIFY(bench_.runs({0x0F, 0x10, 0x0F}));        // movups xmm1, [rdi]
        QVERIFY(bench_.runs({0xF2, 0x0F, 0xF0, 0x17}));  // lddqu xmm2, [rdi]
        QVERIFY(bench_.xmm<Halves>(1) == kValue);
        QVERIFY(bench_.xmm<Halves>(2) == kValue);
    }

    void scalarLoadsClearAndRegisterMovesKeepTheRest() {
        bench_.put(kData, 2.5);
        (*this)[Register::Rdi] = kData;
        bench_.setXmm(0, Halves{7, 8});
        QVERIFY(bench_.runs({0xF2, 0x0F, 0x10, 0x07}));  // movsd xmm0, [rdi]
        QVERIFY((bench_.xmm<Doubles>(0) == Doubles{2.5, 0}));
        bench_.setXmm(1, Doubles{1, 9});
        QVERIFY(bench_.runs({0xF2, 0x0F, 0x10, 0xC8}));  // movsd xmm1, xmm0
        QVERIFY((bench_.xmm<Doubles>(1) == Doubles{2.5, 9}));
    }

    void systemBitsDecideOnAvailability() {
        Processor& p = bench_.processor();
        const std::uint64_t cr0 = p.cr0;
        p.cr0 = cr0 | cr0::kTaskSwitched;
        p.updateMode();
        QVERIFY(bench_.raises(Exception::DeviceNotAvailable, {0x0F, 0x58, 0xC1}));  // addps
        QVERIFY(bench_.raises(Exception::DeviceNotAvailable, {0x0F, 0xFC, 0xC1}));  // paddb mm
        QVERIFY(bench_.runs({0x0F, 0xAE, 0xF0}));                                   // mfence
        QVERIFY(bench_.runs({0xF3, 0x0F, 0xB8, 0xC1}));                             // popcnt
        p.cr0 = cr0 | cr0::kTaskSwitched | cr0::kEmulation;
        p.updateMode();
        QVERIFY(bench_.raises(Exception::InvalidOpcode, {0x0F, 0x58, 0xC1}));
        QVERIFY(bench_.raises(Exception::InvalidOpcode, {0x0F, 0xFC, 0xC1}));
        p.cr0 = cr0;
        p.cr4 &= ~cr4::kOsFxsr;
        p.updateMode();
        QVERIFY(bench_.raises(Exception::InvalidOpcode, {0x0F, 0x58, 0xC1}));
        QVERIFY(bench_.raises(Exception::InvalidOpcode, {0x0F, 0xAE, 0x17}));  // ldmxcsr [rdi]
        QVERIFY(bench_.runs({0x0F, 0xFC, 0xC1}));
    }

    void unknownAndLockedInstructionsAreInvalid() {
        QVERIFY(bench_.raises(Exception::InvalidOpcode, {0xC5, 0xF8, 0x58, 0xC1}));  // vaddps
        QVERIFY(bench_.raises(Exception::InvalidOpcode, {0xF0, 0x0F, 0x58, 0xC1}));  // lock addps
        (*this)[Register::Rdi] = kData;
        QVERIFY(bench_.raises(Exception::InvalidOpcode, {0x66, 0x0F, 0xAE, 0x37}));  // clwb
        QVERIFY(bench_.raises(Exception::InvalidOpcode, {0xF2, 0x0F, 0x79, 0xC1}));  // insertq
    }

    void mxcsrCollectsFlagsAndControlsRounding() {
        (*this)[Register::Rdi] = kData;
        bench_.setXmm(0, Doubles{1, 0});
        bench_.setXmm(1, Doubles{3, 0});
        QVERIFY(bench_.runs({0xF2, 0x0F, 0x5E, 0xC1}));  // divsd xmm0, xmm1
        QVERIFY(bench_.runs({0x0F, 0xAE, 0x1F}));        // stmxcsr [rdi]
        QCOMPARE(bench_.get<std::uint32_t>(kData), 0x1F80U | mxcsr::kPrecision);
        const double nearest = bench_.xmm<Doubles>(0)[0];

        bench_.put(kData, std::uint32_t{0x1F80 | 2U << 13});  // up
        QVERIFY(bench_.runs({0x0F, 0xAE, 0x17}));             // ldmxcsr [rdi]
        bench_.setXmm(0, Doubles{1, 0});
        QVERIFY(bench_.runs({0xF2, 0x0F, 0x5E, 0xC1}));
        QVERIFY(bench_.xmm<Doubles>(0)[0] > nearest);
        QCOMPARE(bench_.processor().mxcsr, 0x1F80U | 2U << 13 | mxcsr::kPrecision);
    }

    void denormalsFollowMxcsr() {
        const double tiny = std::numeric_limits<double>::denorm_min();
        bench_.setXmm(1, Doubles{tiny, 0});
        bench_.setXmm(0, Doubles{0, 0});
        QVERIFY(bench_.runs({0xF2, 0x0F, 0x58, 0xC1}));  // addsd
        QCOMPARE(bench_.xmm<Halves>(0)[0], std::uint64_t{1});
        bench_.processor().mxcsr = mxcsr::kReset | mxcsr::kDenormalsAreZeros;
        bench_.setXmm(0, Doubles{0, 0});
        QVERIFY(bench_.runs({0xF2, 0x0F, 0x58, 0xC1}));
        QCOMPARE(bench_.xmm<Halves>(0)[0], std::uint64_t{0});
        QCOMPARE(bench_.processor().mxcsr, mxcsr::kReset | mxcsr::kDenormalsAreZeros);
    }

    void theHostsMxcsrIsItsOwnAgain() {
        bench_.processor().mxcsr = mxcsr::kReset | mxcsr::kRounding | mxcsr::kFlushToZero;
        const std::uint32_t before = readHostMxcsr();
        bench_.setXmm(0, Doubles{1, 0});
        bench_.setXmm(1, Doubles{3, 0});
        QVERIFY(bench_.runs({0xF2, 0x0F, 0x5E, 0xC1}));
        QCOMPARE(readHostMxcsr() & ~mxcsr::kFlags, before & ~mxcsr::kFlags);
    }

    void reservedMxcsrBitsFault() {
        (*this)[Register::Rdi] = kData;
        bench_.put(kData, std::uint32_t{0x1'1F80});
        QVERIFY(bench_.raises(Exception::GeneralProtection, {0x0F, 0xAE, 0x17}));
        QCOMPARE(bench_.processor().mxcsr, mxcsr::kReset);
    }

    void unmaskedExceptionsStopTheInstruction() {
        Processor& p = bench_.processor();
        (*this)[Register::Rdi] = kData;
        bench_.put(kData, mxcsr::kReset & ~(mxcsr::kDivideByZero << mxcsr::kMaskShift));
        QVERIFY(bench_.runs({0x0F, 0xAE, 0x17}));  // ldmxcsr
        QVERIFY((p.mode & mode::kSimdUnmasked) != 0);

        bench_.setXmm(0, Doubles{1, 4});
        bench_.setXmm(1, Doubles{0, 0});
        QVERIFY(bench_.raises(Exception::SimdFloatingPoint, {0xF2, 0x0F, 0x5E, 0xC1}));
        QVERIFY((bench_.xmm<Doubles>(0) == Doubles{1, 4}));
        QCOMPARE(p.mxcsr & mxcsr::kFlags, mxcsr::kDivideByZero);

        // What has happened before raises nothing; masked exceptions don't either.
        bench_.setXmm(1, Doubles{3, 0});
        QVERIFY(bench_.runs({0xF2, 0x0F, 0x5E, 0xC1}));
        QCOMPARE(p.mxcsr & mxcsr::kFlags, mxcsr::kDivideByZero | mxcsr::kPrecision);

        p.cr4 &= ~cr4::kOsSimdExceptions;
        p.updateMode();
        bench_.setXmm(1, Doubles{0, 0});
        QVERIFY(bench_.raises(Exception::InvalidOpcode, {0xF2, 0x0F, 0x5E, 0xC1}));

        bench_.put(kData, mxcsr::kReset);
        QVERIFY(bench_.runs({0x0F, 0xAE, 0x17}));
        QVERIFY((p.mode & mode::kSimdUnmasked) == 0);
        QVERIFY(bench_.runs({0xF2, 0x0F, 0x5E, 0xC1}));
        QCOMPARE(bench_.xmm<Doubles>(0)[0], std::numeric_limits<double>::infinity());
    }

    void exactTinyResultsUnderflowOnlyUnmasked() {
        Processor& p = bench_.processor();
        constexpr double kSmallest = std::numeric_limits<double>::min();
        const auto halve = [this, kSmallest] {
            bench_.setXmm(0, Doubles{kSmallest, 0});
            bench_.setXmm(1, Doubles{0.5, 0});
            return bench_.execute({0xF2, 0x0F, 0x59, 0xC1});  // mulsd
        };
        QVERIFY(!halve().has_value());
        QCOMPARE(p.mxcsr & mxcsr::kFlags, 0U);
        p.mxcsr = mxcsr::kReset & ~(mxcsr::kUnderflow << mxcsr::kMaskShift);
        p.updateMode();
        const auto fault = halve();
        QVERIFY(fault.has_value());
        QCOMPARE(fault->vector, Exception::SimdFloatingPoint);
        QCOMPARE(p.mxcsr & mxcsr::kFlags, mxcsr::kUnderflow);
    }

    void comparisonsSetFlags() {
        const auto compare = [this](double a, double b) {
            bench_.setXmm(0, a);
            bench_.setXmm(1, b);
            return bench_.runs({0x66, 0x0F, 0x2E, 0xC1})  // ucomisd
                       ? bench_.processor().rflags() & rflags::kArithmetic
                       : ~std::uint64_t{0};
        };
        bench_.processor().setRflags(rflags::kFixed | rflags::kArithmetic);
        QCOMPARE(compare(2, 1), std::uint64_t{0});
        QCOMPARE(compare(1, 2), rflags::kCarry);
        QCOMPARE(compare(1, 1), rflags::kZero);
        QCOMPARE(compare(1, std::numeric_limits<double>::quiet_NaN()),
                 rflags::kZero | rflags::kParity | rflags::kCarry);
    }

    void stringComparisonsFindTheIndex() {
        const auto index = [this](Text a, Text b, std::uint8_t control) {
            bench_.setXmm(1, a);
            bench_.setXmm(2, b);
            return bench_.runs({0x66, 0x0F, 0x3A, 0x63, 0xCA, control})  // pcmpistri xmm1, xmm2
                       ? (*this)[Register::Rcx]
                       : ~std::uint64_t{0};
        };
        // Equal any: the first of b's characters that is in the set a.
        QCOMPARE(index(text("xyz,"), text("hello, world"), 0x00), std::uint64_t{5});
        QVERIFY((bench_.processor().rflags() & rflags::kCarry) != 0);
        QCOMPARE(index(text("0123"), text("hello, world"), 0x00), std::uint64_t{16});
        QVERIFY((bench_.processor().rflags() & rflags::kCarry) == 0);
        // Ranges, last index.
        QCOMPARE(index(text("az"), text("Hello WorlD"), 0x44), std::uint64_t{9});
        // Equal each, negated: the first difference.
        QCOMPARE(index(text("interpreter"), text("interactive"), 0x18), std::uint64_t{5});
        // Equal ordered: a as part of b.
        QCOMPARE(index(text("lo, w"), text("hello, world"), 0x0C), std::uint64_t{3});
    }

    void stringComparisonsWithLengthsMakeMasks() {
        bench_.setXmm(1, text("abcdefgh"));
        bench_.put(kData + 3, text("abXdefYh"));
        (*this)[Register::Rdi] = kData + 3;
        (*this)[Register::Rax] = 0xFFFF'FFFF'FFFF'FFF8;  // -8 counts as 8
        (*this)[Register::Rdx] = 7;
        // pcmpestrm xmm1, [rdi], equal each, bit mask; memory off its boundary is allowed
        QVERIFY(bench_.runs({0x66, 0x0F, 0x3A, 0x60, 0x0F, 0x08}));
        // Positions behind both ends count as equal, behind one as different.
        QVERIFY((bench_.xmm<Halves>(0) == Halves{0b1111'1111'0011'1011, 0}));
        QVERIFY(bench_.runs({0x66, 0x0F, 0x3A, 0x60, 0x0F, 0x48}));
        QVERIFY((bench_.xmm<Halves>(0) == Halves{0x0000'FFFF'FF00'FFFF, ~std::uint64_t{0}}));
    }

    void mmxUsesTheX87Registers() {
        Processor& p = bench_.processor();
        p.x87.top = 3;
        p.x87.valid = 0;
        p.x87.registers[1] = {0x0101'0101'0101'0101, 0x1234};
        p.x87.registers[2] = {0xFF, 0x1234};
        QVERIFY(bench_.runs({0x0F, 0xFC, 0xD1}));  // paddb mm2, mm1
        QCOMPARE(p.x87.registers[2].mantissa, std::uint64_t{0x0101'0101'0101'0100});
        QCOMPARE(p.x87.registers[2].exponent, std::uint16_t{0xFFFF});
        QCOMPARE(p.x87.registers[1].exponent, std::uint16_t{0x1234});
        QCOMPARE(p.x87.top, std::uint8_t{0});
        QCOMPARE(p.x87.valid, std::uint8_t{0xFF});
        QVERIFY(bench_.runs({0x0F, 0x77}));  // emms
        QCOMPARE(p.x87.valid, std::uint8_t{0});

        p.x87.control = 0x037E;
        p.x87.setStatusWord(1);
        QVERIFY(bench_.raises(Exception::FloatingPoint, {0x0F, 0xFC, 0xD1}));
    }

    void maskedStoresTouchOnlyChosenBytes() {
        std::array<std::uint8_t, 16> mask{};
        mask[1] = 0x80;
        mask[2] = 0xFF;
        mask[15] = 0x80;
        bench_.put(kData, text("................"));
        bench_.setXmm(1, text("abcdefghijklmnop"));
        bench_.setXmm(2, mask);
        (*this)[Register::Rdi] = kData;
        QVERIFY(bench_.runs({0x66, 0x0F, 0xF7, 0xCA}));  // maskmovdqu xmm1, xmm2
        QVERIFY(bench_.get<Text>(kData) == text(".bc............p"));
        // Nothing chosen, nothing reached: no fault on an absent page.
        bench_.setXmm(2, Halves{0x7F7F, 0x7F});
        (*this)[Register::Rdi] = 0x7000'0000'0000;
        QVERIFY(bench_.runs({0x66, 0x0F, 0xF7, 0xCA}));
    }

    void bitInstructionsAgreeWithTheirDefinition() {
        (*this)[Register::Rcx] = 0;
        QVERIFY(bench_.runs({0xF3, 0x48, 0x0F, 0xBC, 0xC1}));  // tzcnt rax, rcx
        QCOMPARE((*this)[Register::Rax], std::uint64_t{64});
        QVERIFY((bench_.processor().rflags() & rflags::kCarry) != 0);
        (*this)[Register::Rcx] = 0xF0F0;
        (*this)[Register::Rdx] = 0x00A5;
        QVERIFY(bench_.runs({0xC4, 0xE2, 0xEB, 0xF5, 0xC1}));  // pdep rax, rdx, rcx
        QCOMPARE((*this)[Register::Rax], std::uint64_t{0xA050});
        (*this)[Register::Rdx] = 0xA353;
        QVERIFY(bench_.runs({0xC4, 0xE2, 0xEA, 0xF5, 0xC1}));  // pext rax, rdx, rcx
        QCOMPARE((*this)[Register::Rax], std::uint64_t{0xA5});
        (*this)[Register::Rdx] = ~std::uint64_t{0};
        (*this)[Register::Rcx] = ~std::uint64_t{0};
        QVERIFY(bench_.runs({0xC4, 0xE2, 0xF3, 0xF6, 0xC1}));  // mulx rax, rcx, rcx
        QCOMPARE((*this)[Register::Rax], ~std::uint64_t{1});
        QCOMPARE((*this)[Register::Rcx], std::uint64_t{1});
    }

    void randomNumbersDiffer() {
        QVERIFY(bench_.runs({0x48, 0x0F, 0xC7, 0xF0}));  // rdrand rax
        QCOMPARE(bench_.processor().rflags() & rflags::kArithmetic, rflags::kCarry);
        QVERIFY(bench_.runs({0x48, 0x0F, 0xC7, 0xF9}));  // rdseed rcx
        QVERIFY((*this)[Register::Rax] != (*this)[Register::Rcx]);
    }

  private:
    std::uint64_t& operator[](Register name) { return bench_.processor()[name]; }

    InstructionBench bench_;
};

QTEST_APPLESS_MAIN(VectorTest)
#include "vector_test.moc"
