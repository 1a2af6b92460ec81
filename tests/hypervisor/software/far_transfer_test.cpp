// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "test_machine.h"

using namespace test_machine;

/// Segment loads, far jumps, calls and returns, IRET, task switches: as instructions.
class FarTransferTest : public QObject {
    Q_OBJECT

  private slots:
    void dataSegmentLoadsAreChecked();
    void stackSegmentLoadsAreChecked();
    void nullSelectorsLoadAndFaultOnUse();
    void limitsAndTypesHoldForAccesses();
    void realModeLoadKeepsTheLimit();
    void farJumpEntersProtectedMode();
    void farJumpChecksItsTarget();
    void farJumpToCode64EntersLongModesOwn();
    void callGateSwitchesStacksAndCopiesParameters();
    void farReturnToUserModeDropsKernelSegments();
    void interruptReturnInLongModeTakesNullStackForKernelOnly();
    void interruptReturnToCompatibilityMode();
    void interruptReturnKeepsIoplFromUserMode();
    void interruptReturnRefusesNestedTaskInLongMode();
    void taskJumpSavesAndLoadsEverything();
    void taskCallNestsAndReturns();
    void doubleFaultTaskGateGetsACleanTask();
    void badSegmentInNewTaskIsTheNewTasksFault();
    void taskRegisterLoadMarksBusy();
    void selectorQueriesAnswerInZeroFlag();
    void farPointersLoadSegmentAndOffset();
};

namespace {

void prepareOtherTask(Machine& m, std::uint32_t eip) {
    m.put<std::uint32_t>(kOtherTssBase + 28, 0);
    m.put<std::uint32_t>(kOtherTssBase + 32, eip);
    m.put<std::uint32_t>(kOtherTssBase + 36, 2);
    m.put<std::uint32_t>(kOtherTssBase + 40, 0x1111);
    m.put<std::uint32_t>(kOtherTssBase + 56, 0xB000);
    for (const unsigned segment : {0U, 2U, 3U, 4U, 5U})
        m.put<std::uint32_t>(kOtherTssBase + 72 + segment * 4, kData);
    m.put<std::uint32_t>(kOtherTssBase + 76, kCode32);
    m.put<std::uint32_t>(kOtherTssBase + 96, 0);
    m.put<std::uint32_t>(kOtherTssBase + 100, 0);
}

bool zeroFlag(Machine& m) {
    return (m.processor().rflags() & rflags::kZero) != 0;
}

}  // namespace

void FarTransferTest::dataSegmentLoadsAreChecked() {
    struct Case {
        std::uint16_t selector;
        Exception vector;
        std::uint32_t code;
    };
    for (const Case& one : {Case{kOutside, Exception::GeneralProtection, kOutside},
                            Case{kTss, Exception::GeneralProtection, kTss},
                            Case{kAbsentData, Exception::SegmentNotPresent, kAbsentData},
                            Case{kData | 3, Exception::GeneralProtection, kData},
                            Case{kData | 4, Exception::GeneralProtection, kData | 4}}) {
        Machine m;
        m.protected32();
        m.processor()[Register::Rax] = one.selector;
        m.run({0x8E, 0xC0});
        QVERIFY(m.raised(one.vector, one.code));
    }
    // User mode may not have the kernel's data, but any conforming code.
    Machine m;
    m.protected32();
    m.user();
    m.processor()[Register::Rax] = kConforming | 3;
    m.run({0x8E, 0xC0});
    QCOMPARE(m.processor()[SegmentName::Es].selector, kConforming | 3);
    m.processor()[Register::Rax] = kData;
    m.run({0x8E, 0xC0});
    QVERIFY(m.raised(Exception::GeneralProtection, kData));
}

void FarTransferTest::stackSegmentLoadsAreChecked() {
    struct Case {
        std::uint16_t selector;
        Exception vector;
        std::uint32_t code;
    };
    for (const Case& one : {Case{0, Exception::GeneralProtection, 0},
                            Case{kReadOnly, Exception::GeneralProtection, kReadOnly},
                            Case{kCode32, Exception::GeneralProtection, kCode32},
                            Case{kAbsentData, Exception::StackFault, kAbsentData},
                            Case{kUserData, Exception::GeneralProtection, kUserData & ~3}}) {
        Machine m;
        m.protected32();
        m.processor()[Register::Rax] = one.selector;
        m.run({0x8E, 0xD0});
        QVERIFY(m.raised(one.vector, one.code));
    }
    Machine m;
    m.long64();
    m.processor()[Register::Rax] = 0;
    m.run({0x8E, 0xD0});
    QCOMPARE(m.processor().rip, kCodeStart + 2);
    QCOMPARE(m.processor()[SegmentName::Ss].selector, 0);
}

void FarTransferTest::nullSelectorsLoadAndFaultOnUse() {
    Machine m;
    m.protected32();
    Processor& p = m.processor();
    p[Register::Rax] = 0;
    p[Register::Rbx] = 0xB000;
    m.run({0x8E, 0xD8});
    QCOMPARE(p.rip, kCodeStart + 2);
    m.run({0x8B, 0x03});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
}

void FarTransferTest::limitsAndTypesHoldForAccesses() {
    Machine m;
    m.protected32();
    Processor& p = m.processor();
    p[Register::Rax] = kExpandDown;
    p[Register::Rbx] = 0x1000;
    m.run({0x8E, 0xD8});
    m.run({0x8B, 0x0B});
    QCOMPARE(p.rip, kCodeStart + 4);
    p[Register::Rbx] = 0xFFE;
    m.run({0x8B, 0x0B});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));

    m.protected32();
    p[Register::Rax] = kReadOnly;
    m.run({0x8E, 0xD8});
    m.run({0x8B, 0x0B});
    QCOMPARE(p.rip, kCodeStart + 4);
    m.run({0x89, 0x0B});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));

    // Through the stack segment it is #SS.
    m.protected32();
    p[SegmentName::Ss].limit = 0xFFF;
    p[SegmentName::Ss].attributes = 0x4093;
    p.updateMode();
    p[Register::Rbp] = 0xFFD;
    p[Register::Rsp] = 0x800;
    m.run({0x8B, 0x45, 0x00});
    QVERIFY(m.raised(Exception::StackFault, 0));
}

void FarTransferTest::realModeLoadKeepsTheLimit() {
    Machine m;
    m.real();
    Processor& p = m.processor();
    p[SegmentName::Ds].limit = 0xFFFF'FFFF;
    p[Register::Rax] = 0x123;
    m.run({0x8E, 0xD8});
    QCOMPARE(p[SegmentName::Ds].base, 0x1230U);
    QCOMPARE(p[SegmentName::Ds].limit, 0xFFFF'FFFFU);
}

void FarTransferTest::farJumpEntersProtectedMode() {
    Machine m;
    m.protected32();
    Processor& p = m.processor();
    ProcessorState state = p.save();
    for (Segment& segment : state.segments)
        segment = {0, 0xFFFF, 0, 0x93};
    state.cr0 = 0x10;
    p.load(state);
    p[Register::Rax] = 0x11;
    m.run({0x0F, 0x22, 0xC0});
    QVERIFY(p.inProtectedMode());
    QVERIFY((p.mode & mode::kCode32) == 0);
    // jmp 0x0008:0x0000D000 with an operand size prefix
    m.run({0x66, 0xEA, 0x00, 0xD0, 0x00, 0x00, 0x08, 0x00});
    QCOMPARE(p.rip, 0xD000U);
    QCOMPARE(p[SegmentName::Cs].selector, kCode32);
    QVERIFY((p.mode & mode::kCode32) != 0);
}

void FarTransferTest::farJumpChecksItsTarget() {
    struct Case {
        std::uint8_t selector;
        Exception vector;
        std::uint32_t code;
    };
    for (const Case& one : {Case{0, Exception::GeneralProtection, 0},
                            Case{kData, Exception::GeneralProtection, kData},
                            Case{kUserCode32 & ~3, Exception::GeneralProtection, kUserCode32 & ~3},
                            Case{kCode32 | 3, Exception::GeneralProtection, kCode32}}) {
        Machine m;
        m.protected32();
        m.run({0xEA, 0x00, 0xD0, 0x00, 0x00, one.selector, 0x00});
        QVERIFY(m.raised(one.vector, one.code));
    }
    // Beyond the limit of a 16-bit segment.
    Machine m;
    m.protected32();
    m.run({0xEA, 0x00, 0x00, 0x01, 0x00, kCode16, 0x00});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
}

void FarTransferTest::farJumpToCode64EntersLongModesOwn() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    ProcessorState state = p.save();
    state[SegmentName::Cs] = {0, 0xFFFF'FFFF, kCode32, 0xC09B};
    p.load(state);
    QVERIFY(!p.in64BitMode());
    m.run({0xEA, 0x00, 0xD0, 0x00, 0x00, kCode64, 0x00});
    QVERIFY(p.in64BitMode());
    QCOMPARE(p.rip, 0xD000U);
}

void FarTransferTest::callGateSwitchesStacksAndCopiesParameters() {
    Machine m;
    m.protected32();
    m.user();
    Processor& p = m.processor();
    p[Register::Rsp] = kStackTop - 8;
    m.put<std::uint32_t>(kStackTop - 8, 0xAAAA);
    m.put<std::uint32_t>(kStackTop - 4, 0xBBBB);
    m.run({0x9A, 0x00, 0x00, 0x00, 0x00, kCallGate | 3, 0x00});
    QCOMPARE(p.rip, 0x6000U);
    QCOMPARE(p.cpl, 0);
    QCOMPARE(p[Register::Rsp], kKernelStack - 24);
    QCOMPARE(m.frame(0, 4), kCodeStart + 7);
    QCOMPARE(m.frame(1, 4), kUserCode32);
    QCOMPARE(m.frame(2, 4), 0xAAAAU);
    QCOMPARE(m.frame(3, 4), 0xBBBBU);
    QCOMPARE(m.frame(4, 4), kStackTop - 8);
    QCOMPARE(m.frame(5, 4), kUserData);
    // retf 8
    m.run({0xCA, 0x08, 0x00});
    QCOMPARE(p.cpl, 3);
    QCOMPARE(p.rip, kCodeStart + 7);
    QCOMPARE(p[Register::Rsp], kStackTop);

    // In long mode a gate's target must be 64-bit code.
    m.long64();
    m.user();
    ProcessorState state = p.save();
    state[SegmentName::Cs] = {0, 0xFFFF'FFFF, kUserCode32, 0xC0FB};
    p.load(state);
    m.run({0x9A, 0x00, 0x00, 0x00, 0x00, kCallGate | 3, 0x00});
    QVERIFY(m.raised(Exception::GeneralProtection, kCode32));
}

void FarTransferTest::farReturnToUserModeDropsKernelSegments() {
    Machine m;
    m.protected32();
    Processor& p = m.processor();
    p[Register::Rsp] = kStackTop - 16;
    m.put<std::uint32_t>(kStackTop - 16, 0xD000);
    m.put<std::uint32_t>(kStackTop - 12, kUserCode32);
    m.put<std::uint32_t>(kStackTop - 8, 0x7000);
    m.put<std::uint32_t>(kStackTop - 4, kUserData);
    m.run({0xCB});
    QCOMPARE(p.cpl, 3);
    QCOMPARE(p.rip, 0xD000U);
    QCOMPARE(p[Register::Rsp], 0x7000U);
    QVERIFY(!p[SegmentName::Ds].present());
    QCOMPARE(p[SegmentName::Ds].selector, 0);
}

void FarTransferTest::interruptReturnInLongModeTakesNullStackForKernelOnly() {
    const auto prepare = [](Machine& m, std::uint16_t cs, std::uint16_t ss) {
        m.long64();
        m.processor()[Register::Rsp] = kStackTop - 40;
        m.put<std::uint64_t>(kStackTop - 40, 0xD000);
        m.put<std::uint64_t>(kStackTop - 32, cs);
        m.put<std::uint64_t>(kStackTop - 24, 2);
        m.put<std::uint64_t>(kStackTop - 16, 0x7000);
        m.put<std::uint64_t>(kStackTop - 8, ss);
        m.run({0x48, 0xCF});
    };
    Machine m;
    prepare(m, kCode64, 0);
    QCOMPARE(m.processor().rip, 0xD000U);
    QCOMPARE(m.processor()[Register::Rsp], 0x7000U);
    prepare(m, kUserCode64, 3);
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
    prepare(m, kUserCode64, kUserData);
    QCOMPARE(m.processor().cpl, 3);
    prepare(m, kUserCode64, kData);
    QVERIFY(m.raised(Exception::GeneralProtection, kData));
    prepare(m, 0, kData);
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
}

void FarTransferTest::interruptReturnToCompatibilityMode() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    p[Register::Rsp] = kStackTop - 40;
    m.put<std::uint64_t>(kStackTop - 40, 0xD000);
    m.put<std::uint64_t>(kStackTop - 32, kUserCode32);
    m.put<std::uint64_t>(kStackTop - 24, 0x202);
    m.put<std::uint64_t>(kStackTop - 16, 0x7000);
    m.put<std::uint64_t>(kStackTop - 8, kUserData);
    m.run({0x48, 0xCF});
    QVERIFY(!p.in64BitMode());
    QVERIFY((p.mode & mode::kCode32) != 0);
    QVERIFY((p.systemFlags & rflags::kInterrupt) != 0);
    m.run({0xCD, 0x80});
    QVERIFY(p.in64BitMode());
    QCOMPARE(m.frame(1, 8), kUserCode32);
}

void FarTransferTest::interruptReturnKeepsIoplFromUserMode() {
    Machine m;
    m.long64();
    m.user();
    Processor& p = m.processor();
    p[Register::Rsp] = kStackTop - 40;
    m.put<std::uint64_t>(kStackTop - 40, 0xD000);
    m.put<std::uint64_t>(kStackTop - 32, kUserCode64);
    m.put<std::uint64_t>(kStackTop - 24, 0x3202);
    m.put<std::uint64_t>(kStackTop - 16, 0x7000);
    m.put<std::uint64_t>(kStackTop - 8, kUserData);
    m.run({0x48, 0xCF});
    QCOMPARE(p.rip, 0xD000U);
    QVERIFY((p.systemFlags & (rflags::kIopl | rflags::kInterrupt)) == 0);
}

void FarTransferTest::interruptReturnRefusesNestedTaskInLongMode() {
    Machine m;
    m.long64();
    m.processor().systemFlags |= rflags::kNestedTask;
    m.run({0x48, 0xCF});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
}

void FarTransferTest::taskJumpSavesAndLoadsEverything() {
    Machine m;
    m.protected32();
    prepareOtherTask(m, 0xE000);
    Processor& p = m.processor();
    p[Register::Rax] = 0x2222;
    p.dr[7] = 0x401;
    p.dr[0] = 0xFFFF;
    m.run({0xEA, 0, 0, 0, 0, kOtherTss, 0});
    QCOMPARE(p.rip, 0xE000U);
    QCOMPARE(p[Register::Rax], 0x1111U);
    QCOMPARE(p[Register::Rsp], 0xB000U);
    QCOMPARE(p.tr.selector, kOtherTss);
    QVERIFY((p.cr0 & cr0::kTaskSwitched) != 0);
    QCOMPARE(p.dr[7], 0x400U);
    QCOMPARE(m.get<std::uint32_t>(kTssBase + 32), std::uint32_t{kCodeStart + 7});
    QCOMPARE(m.get<std::uint32_t>(kTssBase + 40), 0x2222U);
    QCOMPARE(m.get<std::uint16_t>(kTssBase + 76), kCode32);
    // Busy bits: the old one free, the new one taken.
    QCOMPARE(m.get<std::uint8_t>(kGdt + kTss + 5), std::uint8_t{0x89});
    QCOMPARE(m.get<std::uint8_t>(kGdt + kOtherTss + 5), std::uint8_t{0x8B});
}

void FarTransferTest::taskCallNestsAndReturns() {
    Machine m;
    m.protected32();
    prepareOtherTask(m, 0xE000);
    Processor& p = m.processor();
    m.run({0x9A, 0, 0, 0, 0, kTaskGate, 0});
    QCOMPARE(p.rip, 0xE000U);
    QVERIFY((p.systemFlags & rflags::kNestedTask) != 0);
    QCOMPARE(m.get<std::uint16_t>(kOtherTssBase), kTss);
    QCOMPARE(m.get<std::uint8_t>(kGdt + kTss + 5), std::uint8_t{0x8B});
    m.run({0xCF});
    QCOMPARE(p.rip, kCodeStart + 7);
    QCOMPARE(p.tr.selector, kTss);
    QCOMPARE(m.get<std::uint8_t>(kGdt + kOtherTss + 5), std::uint8_t{0x89});
    QVERIFY((m.get<std::uint32_t>(kOtherTssBase + 36) & rflags::kNestedTask) == 0);

    // A busy task can't be entered again.
    m.put<std::uint8_t>(kGdt + kOtherTss + 5, 0x8B);
    m.run({0xEA, 0, 0, 0, 0, kOtherTss, 0});
    QVERIFY(m.raised(Exception::GeneralProtection, kOtherTss));
}

void FarTransferTest::doubleFaultTaskGateGetsACleanTask() {
    Machine m;
    m.protected32();
    prepareOtherTask(m, 0xE000);
    m.put<std::uint64_t>(kIdt + 8 * 8, 0x0000'8500'0058'0000);
    Processor& p = m.processor();
    // A stack that can't be used: #SS can't be delivered either.
    p[SegmentName::Ss].limit = 0;
    p[SegmentName::Ss].attributes = 0x4093;
    p.updateMode();
    m.run({0x50});
    QVERIFY(!p.tripleFaulted);
    QCOMPARE(p.rip, 0xE000U);
    QCOMPARE(p.tr.selector, kOtherTss);
    QCOMPARE(p[Register::Rsp], 0xB000U - 4);
    QCOMPARE(m.frame(0, 4), 0U);
    QCOMPARE(m.get<std::uint32_t>(kTssBase + 32), std::uint32_t{kCodeStart});
}

void FarTransferTest::badSegmentInNewTaskIsTheNewTasksFault() {
    Machine m;
    m.protected32();
    prepareOtherTask(m, 0xE000);
    m.put<std::uint32_t>(kOtherTssBase + 84, kOutside);
    Processor& p = m.processor();
    m.run({0xEA, 0, 0, 0, 0, kOtherTss, 0});
    QVERIFY(m.raised(Exception::InvalidTss, kOutside));
    QCOMPARE(p.tr.selector, kOtherTss);
    QCOMPARE(m.frame(1, 4), 0xE000U);
    QCOMPARE(p[Register::Rsp], 0xB000U - 16);
}

void FarTransferTest::taskRegisterLoadMarksBusy() {
    Machine m;
    m.protected32();
    Processor& p = m.processor();
    p[Register::Rax] = kOtherTss;
    m.run({0x0F, 0x00, 0xD8});
    QCOMPARE(p.tr.selector, kOtherTss);
    QCOMPARE(p.tr.base, std::uint64_t{kOtherTssBase});
    QCOMPARE(m.get<std::uint8_t>(kGdt + kOtherTss + 5), std::uint8_t{0x8B});
    m.run({0x0F, 0x00, 0xD8});
    QVERIFY(m.raised(Exception::GeneralProtection, kOtherTss));
}

void FarTransferTest::selectorQueriesAnswerInZeroFlag() {
    Machine m;
    m.protected32();
    Processor& p = m.processor();
    p[Register::Rax] = kReadOnly;
    m.run({0x0F, 0x00, 0xE0});
    QVERIFY(zeroFlag(m));
    m.run({0x0F, 0x00, 0xE8});
    QVERIFY(!zeroFlag(m));
    // lar ecx, eax; lsl ecx, eax
    m.run({0x0F, 0x02, 0xC8});
    QVERIFY(zeroFlag(m));
    QCOMPARE(p[Register::Rcx] & 0xF0FF00, 0xC0'9100U);
    m.run({0x0F, 0x03, 0xC8});
    QCOMPARE(p[Register::Rcx], 0xFFFF'FFFFU);
    p[Register::Rax] = kOutside;
    p[Register::Rcx] = 7;
    m.run({0x0F, 0x02, 0xC8});
    QVERIFY(!zeroFlag(m));
    QCOMPARE(p[Register::Rcx], 7U);
    // arpl ax, cx
    p[Register::Rax] = 0x10;
    p[Register::Rcx] = 3;
    m.run({0x63, 0xC8});
    QVERIFY(zeroFlag(m));
    QCOMPARE(p[Register::Rax], 0x13U);
    // None of these exist in virtual-8086 mode.
    m.virtual8086(3);
    m.run({0x0F, 0x00, 0xE0});
    QCOMPARE(m.vector(), 6);
}

void FarTransferTest::farPointersLoadSegmentAndOffset() {
    Machine m;
    m.protected32();
    Processor& p = m.processor();
    m.put<std::uint32_t>(0xB000, 0x1234'5678);
    m.put<std::uint16_t>(0xB004, kReadOnly);
    p[Register::Rbx] = 0xB000;
    // les ecx, [ebx]
    m.run({0xC4, 0x0B});
    QCOMPARE(p[Register::Rcx], 0x1234'5678U);
    QCOMPARE(p[SegmentName::Es].selector, kReadOnly);
    // push es; pop fs
    m.run({0x06});
    QCOMPARE(m.frame(0, 4), kReadOnly);
    m.run({0x0F, 0xA1});
    QCOMPARE(p[SegmentName::Fs].selector, kReadOnly);
    QCOMPARE(p[Register::Rsp], kStackTop);
}

QTEST_APPLESS_MAIN(FarTransferTest)
#include "far_transfer_test.moc"
