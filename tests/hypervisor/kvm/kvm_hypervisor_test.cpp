// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/kvm/kvm_hypervisor.h"

#include <fcntl.h>

#include <QTest>
#include <array>
#include <chrono>
#include <semaphore>
#include <thread>
#include <vector>

using namespace hypervisor;

namespace {

constexpr std::uint64_t kMemorySize = 4 * 1024 * 1024;
constexpr Gpa kCode = 0x1'0000;

/// No devices but one that notices a write to any port.
class EmptyPlatform final : public InterceptHandler {
  public:
    std::uint32_t readPort(VpIndex, std::uint16_t, unsigned) override { return 0xFFFF'FFFF; }
    void writePort(VpIndex, std::uint16_t, unsigned, std::uint32_t) override { written.release(); }
    std::uint64_t readMmio(VpIndex, Gpa, unsigned) override { return ~std::uint64_t{0}; }
    void writeMmio(VpIndex, Gpa, unsigned, std::uint64_t) override {}
    std::optional<std::uint64_t> readMsr(VpIndex, std::uint32_t) override { return std::nullopt; }
    bool writeMsr(VpIndex, std::uint32_t, std::uint64_t) override { return false; }
    std::uint8_t acknowledgeExternalInterrupt() override { return 0xFF; }
    void endOfInterrupt(std::uint8_t) override {}

    std::counting_semaphore<> written{0};
};

/// Flat 32-bit code at kCode, no paging.
ProcessorState protectedMode() {
    ProcessorState state;
    for (Segment& segment : state.segments)
        segment = {0, 0xFFFF'FFFF, 0x10, 0xC093};
    state[SegmentName::Cs] = {0, 0xFFFF'FFFF, 0x08, 0xC09B};
    state.cr0 = 0x11;
    state.rip = kCode;
    return state;
}

}  // namespace

class KvmHypervisorTest : public QObject {
    Q_OBJECT

  public:
    explicit KvmHypervisorTest(Hypervisor& hypervisor) : hypervisor_(hypervisor) {}

  private slots:
    void impossibleProcessorCountsAreRefused();
    void theStateReadsBackAsWritten();
    void resetUndoesEverythingAndLeavesTheOthersWaiting();
    void aStopReachesHaltedAndWaitingProcessors();
    void aStopBeforeTheRunEndsIt();
    void aTripleFaultIsReported();

  private:
    std::unique_ptr<Partition> build(VpIndex processors) {
        auto proto = hypervisor_.createPartition({processors});
        if (!proto)
            return nullptr;
        auto partition =
            std::move(**proto).build(GuestMemory::create(kMemorySize).value(), platform_);
        return partition ? std::move(*partition) : nullptr;
    }

    Hypervisor& hypervisor_;
    EmptyPlatform platform_;
};

void KvmHypervisorTest::impossibleProcessorCountsAreRefused() {
    QVERIFY(!hypervisor_.createPartition({0}));
    const auto many = hypervisor_.createPartition({65});
    QVERIFY(!many);
    QVERIFY(many.error().message.find('\n') == std::string::npos);
    auto proto = hypervisor_.createPartition({2});
    QVERIFY(proto);
    QVERIFY((*proto)->limits().maximumProcessors >= 2);
    QVERIFY((*proto)->limits().physicalAddressBits >= 36);
}

void KvmHypervisorTest::theStateReadsBackAsWritten() {
    const auto partition = build(1);
    QVERIFY(partition);
    VirtualProcessor& vp = partition->processor(0);
    QVERIFY(vp.bind());
    ProcessorState state = protectedMode();
    for (std::size_t i = 0; i < 8; ++i)
        state.registers[i] = 0x1111'1111 * (i + 1);
    state.rflags = 0x8D7 & ~std::uint64_t{0x100};
    state.cr2 = 0x1234'5678;
    state.cr3 = 0x3000;
    state.gdtr = {0x5000, 0x67};
    state.idtr = {0x6000, 0x7FF};
    state.tr = {0x7000, 0x67, 0x48, 0x8B};
    state.dr[0] = 0x4444;
    state.fpu.controlWord = 0x037A;
    state.fpu.mxcsr = 0x1F00;
    state.fpu.xmm[3].fill(0x5A);
    state.star = 0x0023'0010'0000'0000;
    state.lstar = 0xFFFF'8000'0000'1000;
    state.kernelGsBase = 0x9999;
    state.sysenterEip = 0x8888;
    state.pat = 0x0007'0406'0007'0401;
    state.nmiBlocked = true;
    QVERIFY(vp.setState(state));
    const ProcessorState got = vp.state();
    QCOMPARE(got.registers, state.registers);
    QCOMPARE(got.rip, state.rip);
    QCOMPARE(got.rflags, state.rflags);
    for (std::size_t i = 0; i < kSegmentCount; ++i)
        QVERIFY(got.segments[i] == state.segments[i]);
    QVERIFY(got.tr == state.tr);
    QVERIFY(got.gdtr == state.gdtr && got.idtr == state.idtr);
    QCOMPARE(got.cr0, state.cr0);
    QCOMPARE(got.cr2, state.cr2);
    QCOMPARE(got.cr3, state.cr3);
    QCOMPARE(got.dr, state.dr);
    QCOMPARE(got.fpu.controlWord, state.fpu.controlWord);
    QCOMPARE(got.fpu.mxcsr, state.fpu.mxcsr);
    QCOMPARE(got.fpu.xmm[3], state.fpu.xmm[3]);
    QCOMPARE(got.star, state.star);
    QCOMPARE(got.lstar, state.lstar);
    QCOMPARE(got.kernelGsBase, state.kernelGsBase);
    QCOMPARE(got.sysenterEip, state.sysenterEip);
    QCOMPARE(got.pat, state.pat);
    QCOMPARE(got.apicBase, 0xFEE0'0900ULL);
    QVERIFY(got.nmiBlocked);
    QVERIFY(!got.pendingEvent);
}

void KvmHypervisorTest::resetUndoesEverythingAndLeavesTheOthersWaiting() {
    const auto partition = build(2);
    QVERIFY(partition);
    QVERIFY(partition->processor(0).setState(protectedMode()));
    QVERIFY(partition->reset());
    const ProcessorState first = partition->processor(0).state();
    QCOMPARE(first.rip, 0xFFF0ULL);
    QVERIFY(first[SegmentName::Cs] == ProcessorState{}[SegmentName::Cs]);
    QCOMPARE(first.cr0, ProcessorState{}.cr0);
    QVERIFY(first.activity == Activity::Running);
    QVERIFY(partition->processor(1).state().activity == Activity::WaitForSipi);
    QCOMPARE(partition->processor(1).state().apicBase, 0xFEE0'0800ULL);
}

void KvmHypervisorTest::aStopReachesHaltedAndWaitingProcessors() {
    const auto partition = build(2);
    QVERIFY(partition);
    // out %al, $0x80; hlt; jmp to the hlt
    QVERIFY(partition->memory().write(kCode, std::uint64_t{0xFD'EBF4'80E6}));
    QVERIFY(partition->processor(0).setState(protectedMode()));
    bool running = false;
    std::array<ExitReason, 2> reasons{ExitReason::TripleFault, ExitReason::TripleFault};
    {
        std::vector<std::jthread> threads;
        for (VpIndex i = 0; i < 2; ++i)
            threads.emplace_back([&, i] {
                if (partition->processor(i).bind())
                    reasons[i] = partition->processor(i).run();
            });
        running = platform_.written.try_acquire_for(std::chrono::seconds(20));
        for (VpIndex i = 0; i < 2; ++i)
            partition->processor(i).requestStop();
    }
    QVERIFY(running);
    QVERIFY(reasons[0] == ExitReason::Stopped);
    QVERIFY(reasons[1] == ExitReason::Stopped);
}

void KvmHypervisorTest::aStopBeforeTheRunEndsIt() {
    const auto partition = build(1);
    QVERIFY(partition);
    VirtualProcessor& vp = partition->processor(0);
    QVERIFY(vp.bind());
    QVERIFY(partition->memory().write(kCode, std::uint32_t{0x90FE'EB90}));
    QVERIFY(vp.setState(protectedMode()));
    vp.requestStop();
    QVERIFY(vp.run() == ExitReason::Stopped);
}

void KvmHypervisorTest::aTripleFaultIsReported() {
    const auto partition = build(1);
    QVERIFY(partition);
    VirtualProcessor& vp = partition->processor(0);
    QVERIFY(vp.bind());
    // A division by zero without an IDT.
    QVERIFY(partition->memory().write(kCode, std::uint32_t{0xF1F7'C931}));
    ProcessorState state = protectedMode();
    state.idtr = {0, 0};
    QVERIFY(vp.setState(state));
    QVERIFY(vp.run() == ExitReason::TripleFault);
    QVERIFY(vp.report().find("RIP=") != std::string::npos);
}

int main(int argumentCount, char** arguments) {
    FileDescriptor device(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
    if (!device) {
        std::printf("SKIP: /dev/kvm cannot be opened\n");
        return 77;
    }
    auto hypervisor = kvm::createHypervisor(std::move(device), true, {});
    if (!hypervisor) {
        std::printf("SKIP: %s\n", hypervisor.error().message.c_str());
        return 77;
    }
    KvmHypervisorTest test(**hypervisor);
    return QTest::qExec(&test, argumentCount, arguments);
}

#include "kvm_hypervisor_test.moc"
