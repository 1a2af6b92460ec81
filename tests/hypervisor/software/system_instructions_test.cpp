// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "test_machine.h"

using namespace test_machine;

class SystemInstructionsTest : public QObject {
    Q_OBJECT

  private slots:
    void systemCallAndReturn();
    void systemReturnRefusesNonCanonicalAddress();
    void systemCallNeedsEfer();
    void sysenterAndSysexit();
    void swapGsExchangesBases();
    void segmentBasesNeedTheirControlBit();
    void interruptFlagNeedsIopl();
    void virtualInterruptFlagOfProtectedMode();
    void popfObeysPrivilege();
    void pushfHidesResumeAndVirtual8086();
    void accessCheckFlagChoosesTables();
    void portsNeedIoplOrPermission();
    void stringInputChecksMemoryFirst();
    void stringOutputRepeats();
    void timeStampCanBeHidden();
    void userModeInstructionPreventionHolds();
    void hypercallNeedsKernelMode();
    void descriptorTablesLoadAndStore();
    void invpcidChecksItsOperands();
    void boundComparesSigned();
};

void SystemInstructionsTest::systemCallAndReturn() {
    Machine m;
    m.long64();
    m.user();
    Processor& p = m.processor();
    p.star = std::uint64_t{0x0020'0008} << 32;
    p.lstar = 0xD000;
    p.syscallMask = rflags::kInterrupt | rflags::kTrap | rflags::kDirection;
    p.systemFlags |= rflags::kInterrupt | rflags::kDirection;
    m.run({0x0F, 0x05});
    QCOMPARE(p.rip, 0xD000U);
    QCOMPARE(p.cpl, 0);
    QCOMPARE(p[Register::Rcx], kCodeStart + 2);
    QCOMPARE(p[Register::R11], 0x602U);
    QCOMPARE(p.systemFlags, rflags::kFixed);
    QCOMPARE(p[SegmentName::Cs].selector, 0x08);
    QCOMPARE(p[SegmentName::Ss].selector, 0x10);
    QVERIFY(p.in64BitMode());
    m.run({0x48, 0x0F, 0x07});
    QCOMPARE(p.rip, kCodeStart + 2);
    QCOMPARE(p.cpl, 3);
    QCOMPARE(p.systemFlags, 0x602U);
    QCOMPARE(p[SegmentName::Cs].selector, 0x33);
    QCOMPARE(p[SegmentName::Ss].selector, 0x2B);

    // To compatibility mode without REX.W.
    m.long64();
    p.star = std::uint64_t{0x0020'0008} << 32;
    p[Register::Rcx] = 0x1'0000'D000;
    p[Register::R11] = 2;
    m.run({0x0F, 0x07});
    QCOMPARE(p.rip, 0xD000U);
    QVERIFY(!p.in64BitMode());
    QCOMPARE(p[SegmentName::Cs].selector, 0x23);
    // No SYSCALL from there.
    m.run({0x0F, 0x05});
    QCOMPARE(m.vector(), 6);
}

void SystemInstructionsTest::systemReturnRefusesNonCanonicalAddress() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    p[Register::Rcx] = std::uint64_t{1} << 47;
    m.run({0x48, 0x0F, 0x07});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
    QCOMPARE(m.frame(1, 8), kCodeStart);
}

void SystemInstructionsTest::systemCallNeedsEfer() {
    Machine m;
    m.long64();
    m.processor().efer &= ~efer::kSyscall;
    m.run({0x0F, 0x05});
    QCOMPARE(m.vector(), 6);
}

void SystemInstructionsTest::sysenterAndSysexit() {
    Machine m;
    m.protected32();
    m.user();
    Processor& p = m.processor();
    m.run({0x0F, 0x34});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
    m.protected32();
    m.user();
    p.sysenterCs = 0x08;
    p.sysenterEsp = 0x9000;
    p.sysenterEip = 0xD000;
    p.systemFlags |= rflags::kInterrupt;
    m.run({0x0F, 0x34});
    QCOMPARE(p.rip, 0xD000U);
    QCOMPARE(p[Register::Rsp], 0x9000U);
    QCOMPARE(p.cpl, 0);
    QVERIFY((p.systemFlags & rflags::kInterrupt) == 0);
    p[Register::Rdx] = 0xE000;
    p[Register::Rcx] = 0x7000;
    m.run({0x0F, 0x35});
    QCOMPARE(p.rip, 0xE000U);
    QCOMPARE(p.cpl, 3);
    QCOMPARE(p[SegmentName::Cs].selector, 0x1B);
    QCOMPARE(p[SegmentName::Ss].selector, 0x23);
}

void SystemInstructionsTest::swapGsExchangesBases() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    p.kernelGsBase = 0xFFFF'8000'0000'0000;
    m.run({0x0F, 0x01, 0xF8});
    QCOMPARE(p.kernelGsBase, 0U);
    QCOMPARE(p.linearBase[5], 0xFFFF'8000'0000'0000U);
    QCOMPARE(p[SegmentName::Gs].base, 0xFFFF'8000'0000'0000U);
}

void SystemInstructionsTest::segmentBasesNeedTheirControlBit() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    m.run({0xF3, 0x48, 0x0F, 0xAE, 0xC0});
    QCOMPARE(m.vector(), 6);
    m.long64();
    p.cr4 |= cr4::kFsGsBase;
    p[Register::Rax] = 0x1'2345'6789;
    m.run({0xF3, 0x48, 0x0F, 0xAE, 0xD0});
    QCOMPARE(p.linearBase[4], 0x1'2345'6789U);
    m.run({0xF3, 0x0F, 0xAE, 0xC3});
    QCOMPARE(p[Register::Rbx], 0x2345'6789U);
    p[Register::Rax] = std::uint64_t{1} << 60;
    m.run({0xF3, 0x48, 0x0F, 0xAE, 0xD8});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
}

void SystemInstructionsTest::interruptFlagNeedsIopl() {
    Machine m;
    m.long64();
    m.user();
    Processor& p = m.processor();
    p.systemFlags |= rflags::kIopl;
    m.run({0xFB});
    QVERIFY((p.systemFlags & rflags::kInterrupt) != 0);
    m.run({0xFA});
    QVERIFY((p.systemFlags & rflags::kInterrupt) == 0);
    // STI with an interrupt waiting holds it off for one instruction.
    p.interruptWaiting = true;
    m.run({0xFB});
    QVERIFY(p.interruptShadow);
    m.run({0x90});
    QVERIFY(!p.interruptShadow);
}

void SystemInstructionsTest::virtualInterruptFlagOfProtectedMode() {
    Machine m;
    m.protected32();
    m.user();
    Processor& p = m.processor();
    p.cr4 |= cr4::kPvi;
    m.run({0xFB});
    QCOMPARE(p.rip, kCodeStart + 1);
    QVERIFY((p.systemFlags & rflags::kVirtualInterrupt) != 0);
    QVERIFY((p.systemFlags & rflags::kInterrupt) == 0);
    m.run({0xFA});
    QVERIFY((p.systemFlags & rflags::kVirtualInterrupt) == 0);
    p.systemFlags |= rflags::kVirtualInterruptPending;
    m.run({0xFB});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
}

void SystemInstructionsTest::popfObeysPrivilege() {
    const auto pop = [](Machine& m, std::uint64_t image) {
        m.processor()[Register::Rsp] = kStackTop - 8;
        m.put<std::uint64_t>(kStackTop - 8, image);
        m.run({0x9D});
        return m.processor().rflags();
    };
    Machine m;
    m.long64();
    // Everything but TF, RF, VM, VIF, VIP.
    QCOMPARE(pop(m, 0x3F'7EFF), 0x24'7ED7U);
    m.long64();
    m.user();
    m.processor().systemFlags |= rflags::kInterrupt;
    QCOMPARE(pop(m, 0x3000), 0x202U);
    // Virtual-8086 mode with IOPL 0.
    m.protected32();
    m.virtual8086(0);
    m.run({0x9D});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
    m.protected32();
    m.processor().cr4 |= cr4::kVme;
    m.virtual8086(0);
    m.processor()[Register::Rsp] = kStackTop - 2;
    m.put<std::uint16_t>(kStackTop - 2, 0x3202);
    m.run({0x9D});
    QVERIFY((m.processor().systemFlags & rflags::kVirtualInterrupt) != 0);
    QVERIFY((m.processor().systemFlags & rflags::kIopl) == 0);
}

void SystemInstructionsTest::pushfHidesResumeAndVirtual8086() {
    Machine m;
    m.protected32();
    m.virtual8086(3);
    Processor& p = m.processor();
    p.flags = 0xD701;
    m.run({0x66, 0x9C});
    QCOMPARE(m.frame(0, 4), 0x3AD7U);
}

void SystemInstructionsTest::accessCheckFlagChoosesTables() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    p.cr4 |= cr4::kSmap;
    p.updateMode();
    p.flushTlb();
    p[Register::Rbx] = 0xB000;
    // The pages are the user's.
    m.run({0x0F, 0x01, 0xCB});
    QVERIFY(p.tlb == &p.tlbs[1]);
    m.run({0x8B, 0x03});
    QCOMPARE(p.rip, kCodeStart + 5);
    m.run({0x0F, 0x01, 0xCA});
    QVERIFY(p.tlb == &p.tlbs[0]);
    m.user();
    m.run({0x0F, 0x01, 0xCB});
    // #UD could not be delivered with its stack in the user's pages.
    QVERIFY(p.tripleFaulted);
    QCOMPARE(p.history[0].fault.vector, Exception::InvalidOpcode);
}

void SystemInstructionsTest::portsNeedIoplOrPermission() {
    Machine m;
    m.long64();
    m.user();
    Processor& p = m.processor();
    // The bitmap lies behind the TSS: port 0x61 is denied.
    m.put<std::uint8_t>(kTssBase + 104 + 0x60 / 8, 0x02);
    m.run({0xE4, 0x60});
    QCOMPARE(p[Register::Rax], (0xA0B0'C0D0U + 0x61) & 0xFF);
    m.run({0x66, 0xE5, 0x60});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
    QCOMPARE(m.environment.portReads, 1U);

    m.long64();
    m.user();
    p.systemFlags |= rflags::kIopl;
    p[Register::Rdx] = 0x3F8;
    p[Register::Rax] = 0x1122'3344;
    m.run({0xEF});
    QCOMPARE(m.environment.written.back(), (Environment::PortWrite{0x3F8, 4, 0x1122'3344}));
    // Without room for the bitmap everything is denied.
    m.long64();
    m.user();
    p.tr.limit = 104;
    m.run({0xE4, 0x60});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
}

void SystemInstructionsTest::stringInputChecksMemoryFirst() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    p[Register::Rdi] = kUnmapped;
    p[Register::Rdx] = 0x1F0;
    m.run({0x6D});
    QCOMPARE(m.vector(), 14);
    QCOMPARE(m.environment.portReads, 0U);

    m.long64();
    p[Register::Rdi] = 0xB000;
    p[Register::Rdx] = 0x1F0;
    p[Register::Rcx] = 3;
    m.run({0xF3, 0x66, 0x6D});
    while (p.rip == kCodeStart)
        m.step();
    QCOMPARE(m.environment.portReads, 3U);
    QCOMPARE(p[Register::Rdi], 0xB006U);
    QCOMPARE(p[Register::Rcx], 0U);
    QCOMPARE(m.get<std::uint16_t>(0xB004), static_cast<std::uint16_t>(0xC0D0 + 0x1F0 + 2));
}

void SystemInstructionsTest::stringOutputRepeats() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    m.put<std::uint32_t>(0xB000, 0x6463'6261);
    p[Register::Rsi] = 0xB003;
    p[Register::Rdx] = 0x3F8;
    p[Register::Rcx] = 4;
    p.systemFlags |= rflags::kDirection;
    m.run({0xF3, 0x6E});
    while (p.rip == kCodeStart)
        m.step();
    QCOMPARE(m.environment.written.size(), 4U);
    QCOMPARE(m.environment.written[0], (Environment::PortWrite{0x3F8, 1, 0x64}));
    QCOMPARE(m.environment.written[3], (Environment::PortWrite{0x3F8, 1, 0x61}));
    QCOMPARE(p[Register::Rsi], 0xAFFFU);
    // Nothing to do is done too.
    m.run({0xF3, 0x6E});
    QCOMPARE(m.environment.written.size(), 4U);
}

void SystemInstructionsTest::timeStampCanBeHidden() {
    Machine m;
    m.long64();
    m.user();
    Processor& p = m.processor();
    p.tscAux = 7;
    m.run({0x0F, 0x01, 0xF9});
    QCOMPARE(p[Register::Rax], 0x9ABC'DEF0U);
    QCOMPARE(p[Register::Rdx], 0x1234'5678U);
    QCOMPARE(p[Register::Rcx], 7U);
    p.cr4 |= cr4::kTimeStampDisable;
    m.run({0x0F, 0x31});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
}

void SystemInstructionsTest::userModeInstructionPreventionHolds() {
    for (const std::initializer_list<unsigned> code :
         {std::initializer_list<unsigned>{0x0F, 0x01, 0xE0},
          {0x0F, 0x01, 0x03},
          {0x0F, 0x01, 0x0B},
          {0x0F, 0x00, 0xC0},
          {0x0F, 0x00, 0xC8}}) {
        Machine m;
        m.long64();
        m.user();
        Processor& p = m.processor();
        p[Register::Rbx] = 0xB000;
        m.run(code);
        QCOMPARE(m.vector(), -1);
        p.rip = kCodeStart;
        p.cr4 |= cr4::kUmip;
        m.run(code);
        QVERIFY(m.raised(Exception::GeneralProtection, 0));
    }
}

void SystemInstructionsTest::hypercallNeedsKernelMode() {
    Machine m;
    m.long64();
    m.run({0x0F, 0x01, 0xC1});
    QCOMPARE(m.environment.hypercalls, 1U);
    QCOMPARE(m.processor().rip, kCodeStart + 3);
    m.user();
    m.run({0x0F, 0x01, 0xC1});
    QCOMPARE(m.vector(), 6);
    QCOMPARE(m.environment.hypercalls, 1U);
}

void SystemInstructionsTest::descriptorTablesLoadAndStore() {
    Machine m;
    m.long64();
    Processor& p = m.processor();
    p[Register::Rbx] = 0xB000;
    m.put<std::uint16_t>(0xB000, 0x8F);
    m.put<std::uint64_t>(0xB002, 0xFFFF'8000'0000'1000);
    m.run({0x0F, 0x01, 0x13});
    QCOMPARE(p.gdtr, (DescriptorTable{0xFFFF'8000'0000'1000, 0x8F}));
    m.run({0x0F, 0x01, 0x0B});
    QCOMPARE(m.get<std::uint16_t>(0xB000), std::uint16_t{0xFFF});
    QCOMPARE(m.get<std::uint64_t>(0xB002), std::uint64_t{kIdt});
    m.long64();
    p[Register::Rbx] = 0xB000;
    m.put<std::uint64_t>(0xB002, std::uint64_t{1} << 50);
    m.run({0x0F, 0x01, 0x13});
    QVERIFY(m.raised(Exception::GeneralProtection, 0));
    // 24 bits of base with 16-bit operands.
    m.real();
    m.put<std::uint64_t>(0xB000, 0x1122'3344'0017);
    p[Register::Rbx] = 0xB000;
    m.run({0x0F, 0x01, 0x17});
    QCOMPARE(p.gdtr, (DescriptorTable{0x22'3344, 0x17}));
}

void SystemInstructionsTest::invpcidChecksItsOperands() {
    const auto run = [](Machine& m, std::uint64_t type, std::uint64_t pcid, std::uint64_t address) {
        m.long64();
        Processor& p = m.processor();
        p[Register::Rax] = type;
        p[Register::Rbx] = 0xB000;
        m.put(0xB000, pcid);
        m.put(0xB008, address);
        m.run({0x66, 0x0F, 0x38, 0x82, 0x03});
        return p.rip == kCodeStart + 5;
    };
    Machine m;
    QVERIFY(run(m, 0, 0, 0x1000));
    QVERIFY(run(m, 2, 0, 0));
    QVERIFY(!run(m, 4, 0, 0));
    QVERIFY(!run(m, 0, 1, 0));
    QVERIFY(!run(m, 0, 0x1000, 0));
    QVERIFY(!run(m, 0, 0, std::uint64_t{1} << 50));
}

void SystemInstructionsTest::boundComparesSigned() {
    Machine m;
    m.protected32();
    Processor& p = m.processor();
    m.put<std::uint32_t>(0xB000, 0xFFFF'FFF0);
    m.put<std::uint32_t>(0xB004, 5);
    p[Register::Rbx] = 0xB000;
    p[Register::Rax] = 0xFFFF'FFFF;
    m.run({0x62, 0x03});
    QCOMPARE(p.rip, kCodeStart + 2);
    p[Register::Rax] = 6;
    m.run({0x62, 0x03});
    QCOMPARE(m.vector(), 5);
    QCOMPARE(m.frame(0, 4), kCodeStart + 2);
}

QTEST_APPLESS_MAIN(SystemInstructionsTest)
#include "system_instructions_test.moc"
