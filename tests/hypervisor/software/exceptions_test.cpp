// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/software/exceptions.h"

#include <QTest>

#include "test_machine.h"

using namespace test_machine;

class ExceptionsTest : public QObject {
    Q_OBJECT

  private slots:
    void realModePushesThreeWordsAndNoErrorCode();
    void realModeFaultBeyondTheTableEndsInTripleFault();
    void protectedFaultPushesErrorCodeAndResumeFlag();
    void interruptGateClearsInterruptFlagAndTrapGateDoesNot();
    void userInterruptSwitchesToTheInnerStack();
    void softwareInterruptNeedsTheGatesPrivilege();
    void absentGateIsReportedWithItsVector();
    void gateToDataSegmentIsReportedWithItsSelector();
    void faultWhileDeliveringHardwareInterruptHasExternalBit();
    void contributoryFaultsMakeADoubleFault();
    void faultOnDoubleFaultIsATripleFault();
    void virtual8086InterruptSavesAndClearsDataSegments();
    void virtual8086SoftwareInterruptNeedsIopl();
    void extensionsRedirectSoftwareInterrupts();
    void longModePushesFiveQuadwordsOnAnAlignedStack();
    void longModeSwitchesToStackZeroFromUserMode();
    void interruptStackTableReplacesTheStack();
    void longModePageFaultHasAddressAndErrorCode();
    void pageFaultOnThePageFaultStackIsADoubleFault();
    void nmiBlocksUntilInterruptReturn();
    void singleStepTrapsAfterEachInstruction();
    void popfWithTrapTrapsAfterTheNextInstruction();
    void stackSegmentLoadHoldsSingleStepBack();
    void codeBreakpointIsAFaultAndResumeFlagSkipsIt();
    void dataBreakpointIsATrap();
    void generalDetectFaultsAndIsCleared();
    void haltedProcessorGoesOnBehindHlt();
    void historyKeepsWhatWasDelivered();
};

namespace {

constexpr std::uint64_t kResume = rflags::kResume;

}  // namespace

void ExceptionsTest::realModePushesThreeWordsAndNoErrorCode() {
    Machine m;
    m.real();
    m.processor().systemFlags |= rflags::kInterrupt;
    m.run({0x0F, 0x0B});
    QCOMPARE(m.vector(), 6);
    QCOMPARE(m.processor()[Register::Rsp], kStackTop - 6);
    QCOMPARE(m.frame(0, 2), kCodeStart);
    QCOMPARE(m.frame(1, 2), 0U);
    QVERIFY((m.frame(2, 2) & rflags::kInterrupt) != 0);
    QVERIFY((m.processor().systemFlags & rflags::kInterrupt) == 0);

    m.real();
    m.run({0xCD, 0x21});
    QCOMPARE(m.vector(), 0x21);
    QCOMPARE(m.frame(0, 2), kCodeStart + 2);
}

void ExceptionsTest::realModeFaultBeyondTheTableEndsInTripleFault() {
    Machine m;
    m.real();
    m.processor().idtr.limit = 0x0F;
    m.run({0x0F, 0x0B});
    QVERIFY(m.processor().tripleFaulted);
}

void ExceptionsTest::protectedFaultPushesErrorCodeAndResumeFlag() {
    Machine m;
    m.protected32();
    // mov ds, ax with a selector outside of the table
    m.processor()[Register::Rax] = kOutside | 3;
    m.run({0x8E, 0xD8});
    QVERIFY(m.raised(Exception::GeneralProtection, kOutside));
    QCOMPARE(m.processor()[Register::Rsp], kStackTop - 16);
    QCOMPARE(m.frame(1, 4), kCodeStart);
    QCOMPARE(m.frame(2, 4), kCode32);
    QCOMPARE(m.frame(3, 4), kResume | 2);
}

void ExceptionsTest::interruptGateClearsInterruptFlagAndTrapGateDoesNot() {
    Machine m;
    m.protected32();
    m.processor().systemFlags |= rflags::kInterrupt | rflags::kNestedTask;
    m.run({0xCD, 0x80});
    QCOMPARE(m.processor().systemFlags, rflags::kFixed);

    m.protected32();
    m.setGate(0x80, kCode32, kHandlers + 0x80, 0xEF);
    m.processor().systemFlags |= rflags::kInterrupt | rflags::kNestedTask;
    m.run({0xCD, 0x80});
    QCOMPARE(m.processor().systemFlags, rflags::kFixed | rflags::kInterrupt);
}

void ExceptionsTest::userInterruptSwitchesToTheInnerStack() {
    Machine m;
    m.protected32();
    m.user();
    m.run({0xCD, 0x80});
    Processor& p = m.processor();
    QCOMPARE(m.vector(), 0x80);
    QCOMPARE(p.cpl, 0);
    QCOMPARE(p[SegmentName::Ss].selector, kData);
    QCOMPARE(p[Register::Rsp], kKernelStack - 20);
    QCOMPARE(m.frame(0, 4), kCodeStart + 2);
    QCOMPARE(m.frame(1, 4), kUserCode32);
    QCOMPARE(m.frame(3, 4), kStackTop);
    QCOMPARE(m.frame(4, 4), kUserData);
    QVERIFY((p.mode & mode::kUser) == 0);

    // A stack segment of the wrong level in the TSS.
    m.protected32();
    m.user();
    m.put<std::uint16_t>(kTssBase + 8, kUserData);
    m.run({0xCD, 0x80});
    QVERIFY(p.tripleFaulted);
    QCOMPARE(p.history[0].fault.vector, Exception::InvalidTss);
    QCOMPARE(p.history[0].fault.errorCode, std::uint32_t{kUserData & ~3});
}

void ExceptionsTest::softwareInterruptNeedsTheGatesPrivilege() {
    Machine m;
    m.protected32();
    m.user();
    m.run({0xCD, 0x21});
    QVERIFY(m.raised(Exception::GeneralProtection, 0x21 * 8 + 2));
    QCOMPARE(m.frame(1, 4), kCodeStart);

    m.protected32();
    m.user();
    m.run({0xCC});
    QVERIFY(m.raised(Exception::GeneralProtection, 3 * 8 + 2));

    // INT1 asks nobody.
    m.protected32();
    m.user();
    m.run({0xF1});
    QCOMPARE(m.vector(), 1);
    QCOMPARE(m.frame(0, 4), kCodeStart + 1);
}

void ExceptionsTest::absentGateIsReportedWithItsVector() {
    Machine m;
    m.protected32();
    m.setGate(0x80, kCode32, kHandlers, 0x6E);
    m.run({0xCD, 0x80});
    QVERIFY(m.raised(Exception::SegmentNotPresent, 0x80 * 8 + 2));
    m.protected32();
    m.setGate(0x80, kCode32, kHandlers, 0xE0);
    m.run({0xCD, 0x80});
    QVERIFY(m.raised(Exception::GeneralProtection, 0x80 * 8 + 2));
    m.protected32();
    m.processor().idtr.limit = 0x3FF;
    m.run({0xCD, 0x80});
    QVERIFY(m.raised(Exception::GeneralProtection, 0x80 * 8 + 2));
}

void ExceptionsTest::gateToDataSegmentIsReportedWithItsSelector() {
    Machine m;
    m.protected32();
    m.setGate(0x80, kData, kHandlers, 0xEE);
    m.run({0xCD, 0x80});
    QVERIFY(m.raised(Exception::GeneralProtection, kData));
    m.protected32();
    m.setGate(0x80, 0, kHandlers, 0xEE);
    m.run({0xCD, 0x80});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
}

void ExceptionsTest::faultWhileDeliveringHardwareInterruptHasExternalBit() {
    Machine m;
    m.protected32();
    m.setGate(0x30, kData, kHandlers, 0x8E);
    deliverInterrupt(m.processor(), 0x30);
    QVERIFY(m.raised(Exception::GeneralProtection, kData | 1));
    m.protected32();
    m.setGate(0x30, kCode32, kHandlers, 0x0E);
    deliverInterrupt(m.processor(), 0x30);
    QVERIFY(m.raised(Exception::SegmentNotPresent, 0x30 * 8 + 3));
}

void ExceptionsTest::contributoryFaultsMakeADoubleFault() {
    Machine m;
    m.protected32();
    m.setGate(13, kCode32, kHandlers, 0x0E);
    m.processor()[Register::Rax] = kOutside;
    m.run({0x8E, 0xD8});
    QVERIFY(m.raised(Exception::DoubleFault, 0));
    QCOMPARE(m.frame(1, 4), kCodeStart);

    // An invalid opcode is benign: the second fault is delivered on its own.
    m.protected32();
    m.setGate(6, kCode32, kHandlers, 0x0E);
    m.run({0x0F, 0x0B});
    QVERIFY(m.raised(Exception::SegmentNotPresent, 6 * 8 + 3));
}

void ExceptionsTest::faultOnDoubleFaultIsATripleFault() {
    Machine m;
    m.protected32();
    m.processor().idtr.limit = 0;
    m.run({0x0F, 0x0B});
    QVERIFY(m.processor().tripleFaulted);
    QVERIFY(!m.processor().faulted);
}

void ExceptionsTest::virtual8086InterruptSavesAndClearsDataSegments() {
    Machine m;
    m.protected32();
    m.virtual8086(3);
    Processor& p = m.processor();
    p[SegmentName::Gs] = {0x440, 0xFFFF, 0x44, 0xF3};
    m.run({0x0F, 0x0B});
    QCOMPARE(m.vector(), 6);
    QCOMPARE(p[Register::Rsp], kKernelStack - 36);
    QCOMPARE(m.frame(0, 4), kCodeStart);
    QVERIFY((m.frame(2, 4) & rflags::kVirtual8086) != 0);
    QCOMPARE(m.frame(3, 4), kStackTop);
    QCOMPARE(m.frame(8, 4), 0x44U);
    QVERIFY(!p.inVirtual8086Mode());
    QVERIFY(!p[SegmentName::Gs].present());
    QCOMPARE(p[SegmentName::Gs].selector, 0);

    // And back by IRET.
    m.run({0xCF});
    QVERIFY(p.inVirtual8086Mode());
    QCOMPARE(p.cpl, 3);
    QCOMPARE(p.rip, kCodeStart);
    QCOMPARE(p[SegmentName::Gs].base, 0x440U);
    QCOMPARE(p[Register::Rsp], kStackTop);
}

void ExceptionsTest::virtual8086SoftwareInterruptNeedsIopl() {
    Machine m;
    m.protected32();
    m.virtual8086(0);
    m.run({0xCD, 0x80});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
    m.protected32();
    m.virtual8086(3);
    m.run({0xCD, 0x80});
    QCOMPARE(m.vector(), 0x80);
}

void ExceptionsTest::extensionsRedirectSoftwareInterrupts() {
    Machine m;
    m.protected32();
    Processor& p = m.processor();
    p.cr4 |= cr4::kVme;
    // I/O map at 0x100; the 32 bytes before it are the redirection map, all zero: redirect.
    m.put<std::uint16_t>(kTssBase + 102, 0x100);
    m.put<std::uint32_t>(0x21 * 4, 0x0050'0010);
    m.virtual8086(0);
    p.systemFlags |= rflags::kVirtualInterrupt;
    m.run({0xCD, 0x21});
    QVERIFY(p.inVirtual8086Mode());
    QCOMPARE(p.rip, 0x10U);
    QCOMPARE(p[SegmentName::Cs].base, 0x500U);
    QCOMPARE(m.frame(0, 2), kCodeStart + 2);
    // The image shows VIF as IF and IOPL 3.
    QCOMPARE(m.frame(2, 2) & (rflags::kInterrupt | rflags::kIopl),
             rflags::kInterrupt | rflags::kIopl);
    QVERIFY((p.systemFlags & rflags::kVirtualInterrupt) == 0);

    m.put<std::uint8_t>(kTssBase + 0x100 - 32 + 4, 2);
    m.virtual8086(0);
    p.rip = kCodeStart;
    p[SegmentName::Cs].base = 0;
    m.run({0xCD, 0x21});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
}

void ExceptionsTest::longModePushesFiveQuadwordsOnAnAlignedStack() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    p[Register::Rsp] = kStackTop - 3;
    m.run({0x0F, 0x0B});
    QCOMPARE(m.vector(), 6);
    QCOMPARE(p[Register::Rsp], kStackTop - 16 - 40);
    QCOMPARE(m.frame(0, 8), kCodeStart);
    QCOMPARE(m.frame(1, 8), kCode64);
    QCOMPARE(m.frame(3, 8), kStackTop - 3);
    QCOMPARE(m.frame(4, 8), kData);
    QCOMPARE(p[SegmentName::Ss].selector, kData);
}

void ExceptionsTest::longModeSwitchesToStackZeroFromUserMode() {
    Machine m;
    m.long64();
    m.user();
    Processor& p = m.processor();
    m.run({0xCD, 0x80});
    QCOMPARE(m.vector(), 0x80);
    QCOMPARE(p.cpl, 0);
    QCOMPARE(p[SegmentName::Ss].selector, 0);
    QVERIFY(!p[SegmentName::Ss].present());
    QCOMPARE(p[Register::Rsp], kKernelStack - 40);
    QCOMPARE(m.frame(1, 8), kUserCode64);
    QCOMPARE(m.frame(4, 8), kUserData);
    m.run({0x48, 0xCF});
    QCOMPARE(p.cpl, 3);
    QCOMPARE(p.rip, kCodeStart + 2);
    QCOMPARE(p[SegmentName::Ss].selector, kUserData);
    QCOMPARE(p[Register::Rsp], kStackTop);
}

void ExceptionsTest::interruptStackTableReplacesTheStack() {
    Machine m;
    m.long64();
    m.setGate64(6, kCode64, kHandlers + 6, 0x8E, 1);
    m.run({0x0F, 0x0B});
    QCOMPARE(m.processor()[Register::Rsp], (kInterruptStack & ~15U) - 40);
    QCOMPARE(m.frame(3, 8), kStackTop);
}

void ExceptionsTest::longModePageFaultHasAddressAndErrorCode() {
    Machine m;
    m.long64();
    m.user();
    Processor& p = m.processor();
    p[Register::Rbx] = kUnmapped + 5;
    m.run({0x89, 0x03});
    QVERIFY(m.raised(Exception::PageFault, kPageFaultWrite | kPageFaultUser));
    QCOMPARE(p.cr2, kUnmapped + 5);
    QCOMPARE(m.frame(1, 8), kCodeStart);
}

void ExceptionsTest::pageFaultOnThePageFaultStackIsADoubleFault() {
    Machine m;
    m.long64();
    m.setGate64(8, kCode64, kHandlers + 8, 0x8E, 1);
    Processor& p = m.processor();
    p[Register::Rsp] = kUnmapped + 0x1000;
    m.run({0x50});
    QVERIFY(m.raised(Exception::DoubleFault, 0));
    QCOMPARE(p[Register::Rsp], (kInterruptStack & ~15U) - 48);
    // The second of the two faults has the address.
    QCOMPARE(p.cr2 & ~std::uint64_t{0xFFF}, kUnmapped);
}

void ExceptionsTest::nmiBlocksUntilInterruptReturn() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    deliverNmi(p);
    QCOMPARE(m.vector(), 2);
    QVERIFY(p.nmiBlocked);
    m.run({0x48, 0xCF});
    QVERIFY(!p.nmiBlocked);
    QCOMPARE(p.rip, kCodeStart);
}

void ExceptionsTest::singleStepTrapsAfterEachInstruction() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    p.systemFlags |= rflags::kTrap;
    p.updateMode();
    m.run({0xFF, 0xC0});
    QCOMPARE(m.vector(), 1);
    QCOMPARE(m.frame(0, 8), kCodeStart + 2);
    QVERIFY((m.frame(2, 8) & rflags::kTrap) != 0);
    QVERIFY((m.frame(2, 8) & rflags::kResume) == 0);
    QVERIFY((p.dr[6] & 0x4000) != 0);
    QVERIFY((p.systemFlags & rflags::kTrap) == 0);
    QVERIFY((p.mode & mode::kSingle) == 0);
}

void ExceptionsTest::popfWithTrapTrapsAfterTheNextInstruction() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    p[Register::Rsp] = kStackTop - 8;
    m.put<std::uint64_t>(kStackTop - 8, 0x102);
    m.run({0x9D});
    QCOMPARE(p.rip, kCodeStart + 1);
    m.run({0xFF, 0xC0});
    QCOMPARE(m.vector(), 1);
    QCOMPARE(m.frame(0, 8), kCodeStart + 3);
}

void ExceptionsTest::stackSegmentLoadHoldsSingleStepBack() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    p.systemFlags |= rflags::kTrap;
    p.updateMode();
    p[Register::Rax] = kData;
    m.run({0x8E, 0xD0});
    QCOMPARE(p.rip, kCodeStart + 2);
    QVERIFY(p.interruptShadow);
    m.run({0xFF, 0xC0});
    QCOMPARE(m.vector(), 1);
    QCOMPARE(m.frame(0, 8), kCodeStart + 4);
}

void ExceptionsTest::codeBreakpointIsAFaultAndResumeFlagSkipsIt() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    p.dr[0] = kCodeStart;
    p.dr[7] = 0x402;
    p.updateMode();
    m.run({0xFF, 0xC0});
    QCOMPARE(m.vector(), 1);
    QCOMPARE(m.frame(0, 8), kCodeStart);
    QCOMPARE(p.dr[6] & 0xF, 1U);
    QCOMPARE(p[Register::Rax], 0U);

    // The handler sets RF in the frame, and the instruction runs.
    m.put<std::uint64_t>(p[Register::Rsp] + 16, m.frame(2, 8) | rflags::kResume);
    m.run({0x48, 0xCF});
    QCOMPARE(p.rip, kCodeStart);
    m.run({0xFF, 0xC0});
    QCOMPARE(p.rip, kCodeStart + 2);
    QCOMPARE(p[Register::Rax], 1U);
    QVERIFY((p.systemFlags & rflags::kResume) == 0);
}

void ExceptionsTest::dataBreakpointIsATrap() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    p.dr[1] = 0xB000;
    // DR1: writes of four bytes.
    p.dr[7] = 0x400 | 0x8 | 0xD0'0000;
    p.updateMode();
    p[Register::Rbx] = 0xB002;
    m.run({0x8A, 0x03});
    QCOMPARE(p.rip, kCodeStart + 2);
    p[Register::Rax] = 0x55;
    m.run({0x88, 0x03});
    QCOMPARE(m.vector(), 1);
    QCOMPARE(m.frame(0, 8), kCodeStart + 4);
    QCOMPARE(p.dr[6] & 0xF, 2U);
    QCOMPARE(m.get<std::uint8_t>(0xB002), std::uint8_t{0x55});
}

void ExceptionsTest::generalDetectFaultsAndIsCleared() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    p.dr[7] = 0x2400;
    m.run({0x0F, 0x21, 0xF8});
    QCOMPARE(m.vector(), 1);
    QCOMPARE(m.frame(0, 8), kCodeStart);
    QVERIFY((p.dr[6] & 0x2000) != 0);
    QCOMPARE(p.dr[7], 0x400U);
}

void ExceptionsTest::haltedProcessorGoesOnBehindHlt() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    m.run({0xF4});
    QVERIFY(p.halted);
    deliverInterrupt(p, 0x40);
    QVERIFY(!p.halted);
    QCOMPARE(m.vector(), 0x40);
    QCOMPARE(m.frame(0, 8), kCodeStart + 1);
}

void ExceptionsTest::historyKeepsWhatWasDelivered() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    const unsigned before = p.historyCount;
    m.run({0x0F, 0x0B});
    QCOMPARE(p.historyCount, before + 1);
    const auto& entry = p.history[before % p.history.size()];
    QCOMPARE(entry.fault.vector, Exception::InvalidOpcode);
    QCOMPARE(entry.rip, kCodeStart);
}

QTEST_APPLESS_MAIN(ExceptionsTest)
#include "exceptions_test.moc"
