// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "test_machine.h"

using namespace test_machine;

class SystemRegistersTest : public QObject {
    Q_OBJECT

  private slots:
    void controlRegisterZeroIsChecked();
    void pagingCanNotBeLeftFromCode64();
    void longModeIsEnteredByPaging();
    void controlRegisterFourIsChecked();
    void pcidNeedsLongModeAndCleanCr3();
    void controlRegisterThreeHasReservedBits();
    void paePointersAreLoadedAndChecked();
    void controlRegistersNeedKernelMode();
    void debugRegistersHaveAliases();
    void efersReservedBitsAreRefused();
    void modelSpecificRegistersAreChecked();
    void patAndMtrrsHoldWhatTheyMay();
    void environmentHasOtherRegisters();
    void machineStatusCanNotLeaveProtectedMode();
    void extendedControlRegister();
    void stateIsSavedAndLoadedWhole();
};

void SystemRegistersTest::controlRegisterZeroIsChecked() {
    for (const std::uint64_t value : {0x8000'0030U, 0x2000'0031U}) {
        Machine m;
        m.protected32();
        m.processor()[Register::Rax] = value;
        m.run({0x0F, 0x22, 0xC0});
        QVERIFY(m.raised(Exception::GeneralProtection, 0));
    }
    Machine m;
    m.long64();
    m.processor()[Register::Rax] = 0x1'8000'0031;
    m.run({0x0F, 0x22, 0xC0});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
    m.long64();
    m.processor()[Register::Rax] = 0x8001'0021;
    m.run({0x0F, 0x22, 0xC0});
    // ET is always set.
    QCOMPARE(m.processor().cr0, 0x8001'0031U);
}

void SystemRegistersTest::pagingCanNotBeLeftFromCode64() {
    Machine m;
    m.long64();
    m.processor()[Register::Rax] = 0x31;
    m.run({0x0F, 0x22, 0xC0});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
}

void SystemRegistersTest::longModeIsEnteredByPaging() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    ProcessorState state = p.save();
    state.cr0 = 0x31;
    state.efer = 0x100;
    state.cr4 = 0;
    state[SegmentName::Cs] = {0, 0xFFFF'FFFF, kCode32, 0xC09B};
    p.load(state);
    m.setGate(13, kCode32, kHandlers + 13, 0x8E);
    p[Register::Rax] = 0x8000'0031;
    // Not without PAE.
    m.run({0x0F, 0x22, 0xC0});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
    state.cr4 = 0x20;
    state[Register::Rax] = 0x8000'0031;
    p.load(state);
    m.run({0x0F, 0x22, 0xC0});
    QVERIFY(p.inLongMode());
    QVERIFY(!p.in64BitMode());
    QCOMPARE(p.efer, 0x500U);
    // And back.
    p[Register::Rax] = 0x31;
    m.run({0x0F, 0x22, 0xC0});
    QCOMPARE(p.efer, 0x100U);
}

void SystemRegistersTest::controlRegisterFourIsChecked() {
    for (const std::uint64_t value : {0x600U, 0x1620U, 0x80'0620U}) {
        Machine m;
        m.long64();
        m.processor()[Register::Rax] = value;
        m.run({0x0F, 0x22, 0xE0});
        QVERIFY(m.raised(Exception::GeneralProtection, 0));
    }
    Machine m;
    m.long64();
    m.processor()[Register::Rax] = 0x620;
    m.run({0x0F, 0x22, 0xE0});
    QCOMPARE(m.processor().cr4, 0x620U);
}

void SystemRegistersTest::pcidNeedsLongModeAndCleanCr3() {
    Machine m;
    m.protected32();
    m.processor()[Register::Rax] = cr4::kPcid;
    m.run({0x0F, 0x22, 0xE0});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));

    m.long64();
    Processor& p = m.processor();
    p[Register::Rax] = 0x620 | cr4::kPcid;
    m.run({0x0F, 0x22, 0xE0});
    QCOMPARE(p.cr4, 0x620 | cr4::kPcid);
    p[Register::Rax] = kPageTables | 5 | std::uint64_t{1} << 63;
    m.run({0x0F, 0x22, 0xD8});
    QCOMPARE(p.cr3, kPageTables | 5);
    // PG can't go while PCIDs are in use; checked from compatibility mode.
    ProcessorState state = p.save();
    state[SegmentName::Cs] = {0, 0xFFFF'FFFF, kCode32, 0xC09B};
    state[Register::Rax] = 0x31;
    p.load(state);
    m.run({0x0F, 0x22, 0xC0});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
}

void SystemRegistersTest::controlRegisterThreeHasReservedBits() {
    Machine m;
    m.long64();
    m.processor()[Register::Rax] = std::uint64_t{1} << 52;
    m.run({0x0F, 0x22, 0xD8});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
    m.long64();
    m.processor()[Register::Rax] = kPageTables | std::uint64_t{1} << 63;
    m.run({0x0F, 0x22, 0xD8});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
}

void SystemRegistersTest::paePointersAreLoadedAndChecked() {
    Machine m;
    m.protected32();
    Processor& p = m.processor();
    p.cr4 = 0x20;
    p.cr3 = 0xB000;
    m.put<std::uint64_t>(0xB000, (kPageTables + 0x2000) | 1);
    m.put<std::uint64_t>(kPageTables + 0x2000, 0x83);
    m.put<std::uint64_t>(0xB008, 3);
    p[Register::Rax] = 0x8000'0031;
    m.run({0x0F, 0x22, 0xC0});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
    m.put<std::uint64_t>(0xB008, 0);
    p.rip = kCodeStart;
    m.run({0x0F, 0x22, 0xC0});
    QCOMPARE(p.cr0, 0x8000'0031U);
    QCOMPARE(p.pdptes[0], (kPageTables + 0x2000) | 1);
    QCOMPARE(p.rip, kCodeStart + 3);
}

void SystemRegistersTest::controlRegistersNeedKernelMode() {
    for (const std::initializer_list<unsigned> code :
         {std::initializer_list<unsigned>{0x0F, 0x20, 0xC0},
          {0x0F, 0x22, 0xD8},
          {0x0F, 0x21, 0xF8},
          {0x0F, 0x06},
          {0x0F, 0x01, 0x3B},
          {0x0F, 0x09},
          {0xF4},
          {0x0F, 0x32},
          {0x0F, 0x30},
          {0x0F, 0x01, 0xF0},
          {0x0F, 0x01, 0x13},
          {0x0F, 0x00, 0xD0},
          {0x0F, 0x33},
          {0x0F, 0x01, 0xF8},
          {0xFA},
          {0xFB},
          {0x48, 0x0F, 0x07}}) {
        Machine m;
        m.long64();
        m.user();
        m.run(code);
        QVERIFY(m.raised(Exception::GeneralProtection, 0));
        QCOMPARE(m.frame(1, 8), kCodeStart);
    }
}

void SystemRegistersTest::debugRegistersHaveAliases() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    p[Register::Rax] = 0xFFFF'FFFF;
    // mov dr4, rax is mov dr6, rax
    m.run({0x0F, 0x23, 0xE0});
    QCOMPARE(p.dr[6], 0xFFFF'EFFFU);
    p.cr4 |= cr4::kDebuggingExtensions;
    m.run({0x0F, 0x23, 0xE0});
    QCOMPARE(m.vector(), 6);
    m.long64();
    p[Register::Rax] = 0x1'0000'0000;
    m.run({0x0F, 0x23, 0xF8});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
}

void SystemRegistersTest::efersReservedBitsAreRefused() {
    for (const std::uint64_t value : {0xD03U, 0xC01U, 0x1D01U}) {
        Machine m;
        m.long64();
        Processor& p = m.processor();
        p[Register::Rcx] = 0xC000'0080;
        p[Register::Rax] = value;
        m.run({0x0F, 0x30});
        QVERIFY(m.raised(Exception::GeneralProtection, 0));
    }
    Machine m;
    m.long64();
    Processor& p = m.processor();
    p[Register::Rcx] = 0xC000'0080;
    p[Register::Rax] = 0x101;
    m.run({0x0F, 0x30});
    QCOMPARE(p.efer, 0x501U);
}

void SystemRegistersTest::modelSpecificRegistersAreChecked() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    for (const std::uint32_t number :
         {0xC000'0082U, 0xC000'0083U, 0xC000'0100U, 0xC000'0101U, 0xC000'0102U, 0x175U, 0x176U}) {
        m.long64();
        p[Register::Rcx] = number;
        p[Register::Rdx] = 0x8000;
        m.run({0x0F, 0x30});
        QVERIFY(m.raised(Exception::GeneralProtection, 0));
        m.long64();
        p[Register::Rcx] = number;
        p[Register::Rdx] = 0xFFFF'8000;
        p[Register::Rax] = 0x1234;
        m.run({0x0F, 0x30});
        QCOMPARE(p.rip, kCodeStart + 2);
        p[Register::Rax] = 0;
        m.run({0x0F, 0x32});
        QCOMPARE(p[Register::Rax], 0x1234U);
        QCOMPARE(p[Register::Rdx], 0xFFFF'8000U);
    }
    QCOMPARE(p.linearBase[4], 0U);
    p[Register::Rcx] = 0xC000'0100;
    p[Register::Rax] = 0x5678;
    m.run({0x0F, 0x30});
    QCOMPARE(p.linearBase[4], 0xFFFF'8000'0000'5678U);
}

void SystemRegistersTest::patAndMtrrsHoldWhatTheyMay() {
    const auto write = [](Machine& m, std::uint32_t number, std::uint64_t value) {
        m.long64();
        Processor& p = m.processor();
        p[Register::Rcx] = number;
        p[Register::Rax] = value & 0xFFFF'FFFF;
        p[Register::Rdx] = value >> 32;
        m.run({0x0F, 0x30});
        return p.rip == kCodeStart + 2;
    };
    Machine m;
    QVERIFY(write(m, 0x277, 0x0007'0406'0007'0401));
    QVERIFY(!write(m, 0x277, 0x0002'0406'0007'0406));
    QVERIFY(write(m, 0x2FF, 0xC06));
    QVERIFY(!write(m, 0x2FF, 0xC02));
    QVERIFY(!write(m, 0x2FF, 0x1C06));
    QVERIFY(write(m, 0x200, 0x8000'0006));
    QVERIFY(!write(m, 0x200, 0x8000'0106));
    QVERIFY(write(m, 0x201, 0x3F'F800'0800));
    QVERIFY(!write(m, 0x201, 0x1000'0000'0000'0800));
    QVERIFY(write(m, 0x26F, 0x0606'0606'0606'0606));
    QVERIFY(!write(m, 0x26F, 0x0707'0606'0606'0606));
    QVERIFY(!write(m, 0xFE, 0));
    QVERIFY(!write(m, 0x10A, 0));
    QVERIFY(!write(m, 0xC000'0103, 0x1'0000'0000));
    QVERIFY(write(m, 0x48, 1));
    QVERIFY(!write(m, 0x48, 0x10));
    QVERIFY(!write(m, 0x1'2345, 0));
    // IA32_MISC_ENABLE: what is unavailable stays so, and the rest is kept.
    QVERIFY(write(m, 0x1A0, 0x4'00C5'0089));
    QCOMPARE(m.processor().miscellaneous.miscEnable, 0x4'00C5'1889U);
    QVERIFY(!write(m, 0x1A0, 2));
}

void SystemRegistersTest::environmentHasOtherRegisters() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    p[Register::Rcx] = 0x4000'0000;
    p[Register::Rax] = 0x11;
    p[Register::Rdx] = 0x22;
    m.run({0x0F, 0x30});
    QCOMPARE(m.environment.msrs[0x4000'0000], 0x22'0000'0011U);
}

void SystemRegistersTest::machineStatusCanNotLeaveProtectedMode() {
    Machine m;
    m.protected32();
    Processor& p = m.processor();
    p[Register::Rax] = 0xE;
    m.run({0x0F, 0x01, 0xF0});
    QCOMPARE(p.cr0, 0x3FU);
    QVERIFY((p.mode & mode::kTaskSwitched) != 0);
    m.run({0x0F, 0x06});
    QCOMPARE(p.cr0, 0x37U);
    QVERIFY((p.mode & mode::kTaskSwitched) == 0);
}

void SystemRegistersTest::extendedControlRegister() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    m.run({0x0F, 0x01, 0xD1});
    QCOMPARE(m.vector(), 6);
    m.long64();
    p.cr4 |= cr4::kOsXsave;
    p.updateMode();
    p[Register::Rax] = 3;
    m.run({0x0F, 0x01, 0xD1});
    QCOMPARE(p.xcr0, 3U);
    p[Register::Rax] = 2;
    m.run({0x0F, 0x01, 0xD1});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
}

void SystemRegistersTest::stateIsSavedAndLoadedWhole() {
    Machine m;
    m.long64();
    m.user();
    ProcessorState state = m.processor().save();
    for (std::size_t i = 0; i < 16; ++i)
        state.registers[i] = 0x1111'1111'1111'1111 * i;
    state.rflags = 0x24'0AD7;
    state.fpu.xmm[3][5] = 0x77;
    state.fpu.mxcsr = 0x1F00;
    state.lstar = 5;
    state.nmiBlocked = true;
    m.processor().load(state);
    const ProcessorState copy = m.processor().save();
    QCOMPARE(copy.registers, state.registers);
    QCOMPARE(copy.rflags, state.rflags);
    QCOMPARE(copy.segments, state.segments);
    QCOMPARE(copy.fpu.xmm[3][5], std::uint8_t{0x77});
    QCOMPARE(copy.fpu.mxcsr, 0x1F00U);
    QCOMPARE(copy.lstar, 5U);
    QVERIFY(copy.nmiBlocked);
    QCOMPARE(m.processor().cpl, 3);
    QVERIFY((m.processor().mode & mode::kSimdUnmasked) != 0);
}

QTEST_APPLESS_MAIN(SystemRegistersTest)
#include "system_registers_test.moc"
