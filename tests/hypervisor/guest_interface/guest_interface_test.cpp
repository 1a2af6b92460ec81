// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/guest_interface/guest_interface.h"

#include <QTest>
#include <cstring>
#include <memory>
#include <vector>

#include "guest_interface_fixture.h"
#include "hypervisor/processor_state.h"

using namespace hypervisor;
using namespace guest_interface_test;

namespace {

constexpr std::uint64_t kFast = kFastCall;
constexpr std::uint64_t reps(std::uint64_t count, std::uint64_t start) {
    return count << 32 | start << 48;
}

}  // namespace

class GuestInterfaceTest : public QObject {
    Q_OBJECT

  private slots:
    void theIdentityIsHyperVs();
    void featuresAreShownOnlyWhenOffered();
    void otherLeavesAreNotOurs();
    void theHypercallPageNeedsAGuestIdentity();
    void theHypercallPageHoldsTheBackendsEntry();
    void clearingTheIdentityTakesHypercallsAway();
    void aLockedHypercallPageStays();
    void pagesOutsideOfRamFault();
    void readOnlyAndUnknownMsrsFault();
    void theReferenceCounterAndTheTscPageAgree();
    void frequenciesAreTheClocks();
    void theRunTimeGrowsWithWork();
    void guestIdleBlocksOnlyWhenOffered();
    void theVpAssistPageNeverSaysThatNoEoiIsNeeded();
    void aCrashIsReportedWithItsMessage();
    void aCrashMessageOutsideOfRamIsLeftOut();
    void theResetMsrAsksForAReset();
    void hypercallsNeedKernelModeAndProtection();
    void unknownAndUnofferedCallsAreRefused();
    void malformedControlValuesAreRefused();
    void inputMustBeAlignedWithinAPageOfRam();
    void longSpinWaitAlwaysSucceeds();
    void clusterIpisReachTheNamedProcessors();
    void sparseProcessorSetsAreRead();
    void listFlushesReportTheirRepsAndContinue();
    void thirtyTwoBitCallersUseRegisterPairs();
};

void GuestInterfaceTest::theIdentityIsHyperVs() {
    Fixture f;
    const CpuidResult leaf = f.interface.cpuid(0x4000'0000, 0).value();
    char name[13]{};
    std::memcpy(name, &leaf.ebx, 4);
    std::memcpy(name + 4, &leaf.ecx, 4);
    std::memcpy(name + 8, &leaf.edx, 4);
    QCOMPARE(name, "Microsoft Hv");
    QVERIFY(leaf.eax >= 0x4000'0005 && leaf.eax <= 0x4000'FFFF);
    QCOMPARE(f.interface.cpuid(0x4000'0001, 0)->eax, 0x3123'7648U);
    QCOMPARE(f.interface.cpuid(0x4000'0005, 0)->eax, 4U);
}

void GuestInterfaceTest::featuresAreShownOnlyWhenOffered() {
    Fixture all;
    Fixture none{GuestInterfaceSettings{}};
    const CpuidResult some = none.interface.cpuid(0x4000'0003, 0).value();
    QCOMPARE(some.eax, 0xAEFU);
    QCOMPARE(some.ebx, 0x30U);
    QCOMPARE(some.edx, 0x8'0500U);
    QCOMPARE(none.interface.cpuid(0x4000'0004, 0)->eax, 0x220U);
    QCOMPARE(all.interface.cpuid(0x4000'0003, 0)->eax, 0xEEFU);
    QCOMPARE(all.interface.cpuid(0x4000'0003, 0)->edx, 0x8'0520U);
    QCOMPARE(all.interface.cpuid(0x4000'0004, 0)->eax, 0xE24U);
    // The TSC must not be called invariant: the guest would leave the Hyper-V clock.
    QVERIFY((some.eax & 1U << 15) == 0);
}

void GuestInterfaceTest::otherLeavesAreNotOurs() {
    Fixture f;
    QVERIFY(!f.interface.cpuid(0, 0));
    QVERIFY(!f.interface.cpuid(0x3FFF'FFFF, 0));
    QVERIFY(!f.interface.cpuid(0x4000'0100, 0));
    QCOMPARE(f.interface.cpuid(0x4000'0082, 0).value(), CpuidResult{});
}

void GuestInterfaceTest::theHypercallPageNeedsAGuestIdentity() {
    Fixture f;
    QVERIFY(f.interface.writeMsr(0, 0x4000'0001, kPage | 1));
    QCOMPARE(f.interface.readMsr(0, 0x4000'0001).value(), kPage);
    QVERIFY(f.host.written.empty());
    f.enable();
    QCOMPARE(f.interface.readMsr(1, 0x4000'0001).value(), kPage | 1);
    QCOMPARE(f.host.written, std::vector<Gpa>{kPage});
}

void GuestInterfaceTest::theHypercallPageHoldsTheBackendsEntry() {
    Fixture vmcall;
    vmcall.enable();
    QCOMPARE(vmcall.memory->read<std::uint32_t>(kPage).value(), 0xC3C1'010FU);
    QCOMPARE(vmcall.memory->read<std::uint32_t>(kPage + 4).value(), 0xCCCC'CCCCU);
    QCOMPARE(int(vmcall.memory->read<std::uint8_t>(kPage + 4095).value()), 0xCC);
    QCOMPARE(int(vmcall.memory->read<std::uint8_t>(kPage + 4096).value()), 0);
    GuestInterfaceSettings settings;
    settings.hypercallEntry = HypercallEntry::PortWrite;
    Fixture port{settings};
    port.enable();
    QCOMPARE(port.memory->read<std::uint32_t>(kPage).value(), 0xCCC3'E4E7U);
}

void GuestInterfaceTest::clearingTheIdentityTakesHypercallsAway() {
    Fixture f;
    f.enable();
    QCOMPARE(f.call(kFast | 8, 1, 0), 0ULL);
    QVERIFY(f.interface.writeMsr(0, 0x4000'0000, 0));
    QCOMPARE(f.interface.readMsr(0, 0x4000'0001).value(), kPage);
    QCOMPARE(f.call(kFast | 8, 1, 0), ~0ULL);
}

void GuestInterfaceTest::aLockedHypercallPageStays() {
    Fixture f;
    f.enable();
    QVERIFY(f.interface.writeMsr(0, 0x4000'0001, kPage | 3));
    QVERIFY(f.interface.writeMsr(0, 0x4000'0001, 0x6001));
    QCOMPARE(f.interface.readMsr(0, 0x4000'0001).value(), kPage | 3);
    f.interface.reset();
    QCOMPARE(f.interface.readMsr(0, 0x4000'0001).value(), 0ULL);
}

void GuestInterfaceTest::pagesOutsideOfRamFault() {
    Fixture f;
    f.enable();
    for (const std::uint64_t bad : {0x10'0001ULL, 0xFFFF'FFFF'FFFF'F001ULL}) {
        QVERIFY(!f.interface.writeMsr(0, 0x4000'0001, bad));
        QVERIFY(!f.interface.writeMsr(0, 0x4000'0021, bad));
        QVERIFY(!f.interface.writeMsr(0, 0x4000'0073, bad));
    }
    QCOMPARE(f.interface.readMsr(0, 0x4000'0001).value(), kPage | 1);
}

void GuestInterfaceTest::readOnlyAndUnknownMsrsFault() {
    Fixture f;
    QCOMPARE(f.interface.readMsr(3, 0x4000'0002).value(), 3ULL);
    for (const std::uint32_t msr :
         {0x4000'0002U, 0x4000'0010U, 0x4000'0020U, 0x4000'0022U, 0x4000'0023U, 0x4000'0081U,
          0x4000'00F0U, 0x4000'0118U, 0x4000'0FFFU})
        QVERIFY(!f.interface.writeMsr(0, msr, 1));
    for (const std::uint32_t msr :
         {0x4000'0070U, 0x4000'0071U, 0x4000'0072U, 0x4000'0118U, 0x4000'00A0U, 0x4000'0FFFU})
        QVERIFY(!f.interface.readMsr(0, msr));
}

void GuestInterfaceTest::theReferenceCounterAndTheTscPageAgree() {
    Fixture f;
    QVERIFY(f.interface.readMsr(0, 0x4000'0020).value() <= 1);
    QVERIFY(f.interface.writeMsr(0, 0x4000'0021, kPage | 1));
    QCOMPARE(f.interface.readMsr(0, 0x4000'0021).value(), kPage | 1);
    const auto page = f.memory->read<ReferenceTscPage>(kPage).value();
    QVERIFY(page.sequence != 0);
    for (const std::uint64_t seconds : {1ULL, 3600ULL, 31'536'000ULL}) {
        f.clock.now = 123'456'789'000 + seconds * 2'500'000'000;
        __extension__ using Product = unsigned __int128;
        const auto fromPage = static_cast<std::uint64_t>(Product{f.clock.now} * page.scale >> 64) +
                              static_cast<std::uint64_t>(page.offset);
        QCOMPARE(fromPage, f.interface.readMsr(0, 0x4000'0020).value());
        const std::uint64_t wanted = seconds * 10'000'000;
        QVERIFY(fromPage + 1 >= wanted && fromPage <= wanted + 1);
    }
}

void GuestInterfaceTest::frequenciesAreTheClocks() {
    Fixture f;
    QCOMPARE(f.interface.readMsr(0, 0x4000'0022).value(), 2'500'000'000ULL);
    QCOMPARE(f.interface.readMsr(0, 0x4000'0023).value(), 1'000'000'000ULL);
}

void GuestInterfaceTest::theRunTimeGrowsWithWork() {
    Fixture f;
    const std::uint64_t start = f.interface.readMsr(0, 0x4000'0010).value();
    std::uint64_t end = start;
    for (int i = 0; i < 100'000'000 && end == start; ++i)
        end = f.interface.readMsr(0, 0x4000'0010).value();
    QVERIFY(end > start);
}

void GuestInterfaceTest::guestIdleBlocksOnlyWhenOffered() {
    Fixture f;
    QCOMPARE(f.interface.readMsr(0, 0x4000'00F0).value(), 0ULL);
    QCOMPARE(f.host.idles, 1);
    Fixture none{GuestInterfaceSettings{}};
    QVERIFY(!none.interface.readMsr(0, 0x4000'00F0));
    QCOMPARE(none.host.idles, 0);
}

void GuestInterfaceTest::theVpAssistPageNeverSaysThatNoEoiIsNeeded() {
    Fixture f;
    QVERIFY(f.memory->write(kPage, std::uint32_t{1}));
    QVERIFY(f.interface.writeMsr(2, 0x4000'0073, kPage | 1));
    QCOMPARE(f.memory->read<std::uint32_t>(kPage).value(), 0U);
    QCOMPARE(f.interface.readMsr(2, 0x4000'0073).value(), kPage | 1);
    QCOMPARE(f.interface.readMsr(1, 0x4000'0073).value(), 0ULL);
}

void GuestInterfaceTest::aCrashIsReportedWithItsMessage() {
    Fixture f;
    QCOMPARE(f.interface.readMsr(0, 0x4000'0105).value(), 3ULL << 62);
    const std::string text = "Kernel panic - not syncing";
    QVERIFY(f.memory->write(kPage, std::as_bytes(std::span(text))));
    QVERIFY(f.interface.writeMsr(0, 0x4000'0103, kPage));
    QVERIFY(f.interface.writeMsr(0, 0x4000'0104, text.size()));
    QVERIFY(f.interface.writeMsr(0, 0x4000'0105, 1ULL << 62));
    QVERIFY(f.platform.crashes.empty());
    QVERIFY(f.interface.writeMsr(0, 0x4000'0105, 3ULL << 62));
    QCOMPARE(f.platform.crashes.size(), std::size_t{1});
    QCOMPARE(f.platform.crashes[0].message, text);
    QCOMPARE(f.platform.crashes[0].parameters[3], kPage);
    QVERIFY(f.interface.writeMsr(0, 0x4000'0105, 1ULL << 63));
    QVERIFY(f.platform.crashes[1].message.empty());
}

void GuestInterfaceTest::aCrashMessageOutsideOfRamIsLeftOut() {
    Fixture f;
    QVERIFY(f.interface.writeMsr(0, 0x4000'0103, 0xF'F000));
    QVERIFY(f.interface.writeMsr(0, 0x4000'0104, ~0ULL));
    QVERIFY(f.interface.writeMsr(0, 0x4000'0105, 3ULL << 62));
    QCOMPARE(f.platform.crashes[0].message.size(), std::size_t{4096});
    QVERIFY(f.interface.writeMsr(0, 0x4000'0103, ~0ULL));
    QVERIFY(f.interface.writeMsr(0, 0x4000'0105, 3ULL << 62));
    QVERIFY(f.platform.crashes[1].message.empty());
}

void GuestInterfaceTest::theResetMsrAsksForAReset() {
    Fixture f;
    QVERIFY(f.interface.writeMsr(0, 0x4000'0003, 0));
    QCOMPARE(f.platform.resets, 0);
    QVERIFY(f.interface.writeMsr(0, 0x4000'0003, 1));
    QCOMPARE(f.platform.resets, 1);
}

void GuestInterfaceTest::hypercallsNeedKernelModeAndProtection() {
    Fixture f;
    std::array<std::uint64_t, 16> registers{7, kFast | 8};
    QVERIFY(!f.interface.hypercall(0, {registers, true, true, 0}));
    f.enable();
    QVERIFY(!f.interface.hypercall(0, {registers, true, true, 3}));
    QVERIFY(!f.interface.hypercall(0, {registers, true, true, 1}));
    QVERIFY(!f.interface.hypercall(0, {registers, false, false, 0}));
    QCOMPARE(registers[0], 7ULL);
    QVERIFY(f.interface.hypercall(0, {registers, true, true, 0}));
    QCOMPARE(registers[0], 0ULL);
}

void GuestInterfaceTest::unknownAndUnofferedCallsAreRefused() {
    Fixture f;
    f.enable();
    QCOMPARE(f.call(kFast | 0x1, 0, 0), 2ULL);
    QCOMPARE(f.call(kFast | 0x46, 0, 0), 2ULL);
    QCOMPARE(f.call(0xFFFF'FFFF'FFFF'FFFF, 0, 0), 2ULL);
    Fixture none{GuestInterfaceSettings{}};
    none.enable();
    QCOMPARE(none.call(kFast | 0xB, 0x40, 1), 2ULL);
    QCOMPARE(none.call(kFast | 0x2, 0, 0), 2ULL);
}

void GuestInterfaceTest::malformedControlValuesAreRefused() {
    Fixture f;
    f.enable();
    for (const std::uint64_t extra : {1ULL << 27, 1ULL << 31, 1ULL << 44, 1ULL << 60})
        QCOMPARE(f.call(kFast | 8 | extra, 0, 0), 3ULL);
    QCOMPARE(f.call(kFast | 8 | reps(1, 0), 0, 0), 3ULL);  // reps of a simple call
    QCOMPARE(f.call(kFast | 8 | 1U << 17, 0, 0), 3ULL);    // a header it has not
    QCOMPARE(f.call(3, 0x1000, 0), 3ULL);                  // a rep call without reps
    QCOMPARE(f.call(3 | reps(2, 2), 0x1000, 0), 3ULL);     // nothing left to do
    QCOMPARE(f.call(kFast | 2, 0, 0), 3ULL);               // three words do not fit
}

void GuestInterfaceTest::inputMustBeAlignedWithinAPageOfRam() {
    Fixture f;
    f.enable();
    QCOMPARE(f.call(0xB, 0x1004, 0), 4ULL);
    QCOMPARE(f.call(0xB, 0x1FF8, 0), 4ULL);
    QCOMPARE(f.call(3 | reps(4095, 0), 0x1000, 0), 4ULL);
    QCOMPARE(f.call(0xB, 0x10'0000, 0), 3ULL);
    QCOMPARE(f.call(0xB, 0xFFFF'FFFF'FFFF'F000, 0), 3ULL);
    QVERIFY(f.memory->write(0x1FF0, std::array<std::uint64_t, 2>{0x40, 1}));
    QCOMPARE(f.call(0xB, 0x1FF0, 0), 0ULL);
}

void GuestInterfaceTest::longSpinWaitAlwaysSucceeds() {
    Fixture f;
    f.enable();
    QCOMPARE(f.call(kFast | 8, 0x1000, 0), 0ULL);
}

void GuestInterfaceTest::clusterIpisReachTheNamedProcessors() {
    Fixture f;
    f.enable();
    QCOMPARE(f.call(kFast | 0xB, 0xF7, 0xA), 0ULL);
    QCOMPARE(f.host.interrupts.back(), (std::pair<ProcessorMask, std::uint8_t>{0xA, 0xF7}));
    QCOMPARE(f.call(kFast | 0xB, 0x40, ~0ULL), 0ULL);
    QCOMPARE(f.host.interrupts.back().first, 0xFULL);
    QCOMPARE(f.call(kFast | 0xB, 0x0F, 1), 5ULL);
    QCOMPARE(f.call(kFast | 0xB, 0x100, 1), 5ULL);
    QCOMPARE(f.call(kFast | 0xB, 1ULL << 32 | 0x40, 1), 5ULL);
    QCOMPARE(f.host.interrupts.size(), std::size_t{2});
}

void GuestInterfaceTest::sparseProcessorSetsAreRead() {
    Fixture f;
    f.enable();
    const auto send = [&f](std::uint64_t format, std::uint64_t banks, std::uint64_t first,
                           std::uint64_t headerWords) {
        (void)f.memory->write(0x1000,
                              std::array<std::uint64_t, 5>{0x40, format, banks, first, 0xF});
        return f.call(0x15 | headerWords << 17, 0x1000, 0);
    };
    QCOMPARE(send(0, 1, 0x6, 1), 0ULL);
    QCOMPARE(f.host.interrupts.back().first, 0x6ULL);
    QCOMPARE(send(0, 3, 0x5, 2), 0ULL);
    QCOMPARE(f.host.interrupts.back().first, 0x5ULL);
    QCOMPARE(send(0, 2, 0x5, 1), 0ULL);  // bank 1 alone: nobody
    QCOMPARE(f.host.interrupts.back().first, 0ULL);
    QCOMPARE(send(1, 0, 0, 0), 0ULL);
    QCOMPARE(f.host.interrupts.back().first, 0xFULL);
    QCOMPARE(send(0, 3, 0x5, 1), 5ULL);  // fewer banks than the mask says
    QCOMPARE(send(2, 1, 0x5, 1), 5ULL);
}

void GuestInterfaceTest::listFlushesReportTheirRepsAndContinue() {
    Fixture f;
    f.enable();
    QVERIFY(f.memory->write(
        0x1000, std::array<std::uint64_t, 6>{0x1000, 2, 0x6, 0x7000'0001, 0x8000'0000, 0x9000}));
    QCOMPARE(f.call(3 | reps(3, 0), 0x1000, 0), 3ULL << 32);
    QCOMPARE(f.host.flushed, 0x6ULL);
    QCOMPARE(f.host.ranges, (std::vector<GvaRange>{0x7000'0001, 0x8000'0000, 0x9000}));
    QCOMPARE(f.call(3 | reps(3, 2), 0x1000, 0), 3ULL << 32);
    QCOMPARE(f.host.ranges, std::vector<GvaRange>{0x9000});
    QCOMPARE(f.call(2, 0x1000, 0), 0ULL);
    QVERIFY(f.host.ranges.empty());
    QVERIFY(f.memory->write(0x1008, std::uint64_t{1}));
    QCOMPARE(f.call(2, 0x1000, 0), 0ULL);
    QCOMPARE(f.host.flushed, 0xFULL);
    QVERIFY(f.memory->write(0x1008, std::uint64_t{0x10}));
    QCOMPARE(f.call(3 | reps(3, 1), 0x1000, 0), 1ULL << 32 | 5);
}

void GuestInterfaceTest::thirtyTwoBitCallersUseRegisterPairs() {
    Fixture f;
    f.enable();
    std::array<std::uint64_t, 16> registers{};
    const auto reg = [&registers](Register name) -> std::uint64_t& {
        return registers[static_cast<std::size_t>(name)];
    };
    reg(Register::Rax) = kFast | 0xB;
    reg(Register::Rcx) = 0xF7;
    reg(Register::Rsi) = 0x3;
    QVERIFY(f.interface.hypercall(0, {registers, true, false, 0}));
    QCOMPARE(reg(Register::Rax), 0ULL);
    QCOMPARE(f.host.interrupts.back(), (std::pair<ProcessorMask, std::uint8_t>{0x3, 0xF7}));
}

QTEST_APPLESS_MAIN(GuestInterfaceTest)
#include "guest_interface_test.moc"
