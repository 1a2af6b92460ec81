// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>

#include <QTest>
#include <array>
#include <atomic>
#include <span>
#include <thread>

#include "hypervisor/hypervisor.h"
#include "hypervisor/kvm/kvm_hypervisor.h"
#include "hypervisor/software/software_hypervisor.h"

using namespace hypervisor;

namespace {

constexpr std::uint64_t kMemorySize = 4 * 1024 * 1024;
constexpr Gpa kCode = 0x1'0000;
constexpr Gpa kTables = 0x2'0000;
constexpr int kLimit = 20'000;

/// No devices; keeps the last byte that was written to a port.
class Platform final : public InterceptHandler {
  public:
    std::uint32_t readPort(VpIndex, std::uint16_t, unsigned) override { return 0xFFFF'FFFF; }
    void writePort(VpIndex, std::uint16_t, unsigned, std::uint32_t value) override {
        last = static_cast<int>(value & 0xFF);
    }
    std::uint64_t readMmio(VpIndex, Gpa, unsigned) override { return ~std::uint64_t{0}; }
    void writeMmio(VpIndex, Gpa, unsigned, std::uint64_t) override {}
    std::optional<std::uint64_t> readMsr(VpIndex, std::uint32_t) override { return std::nullopt; }
    bool writeMsr(VpIndex, std::uint32_t, std::uint64_t) override { return false; }
    std::uint8_t acknowledgeExternalInterrupt() override { return 0xFF; }
    void endOfInterrupt(std::uint8_t) override {}

    std::atomic<int> last = -1;
};

/// Reads the first byte behind 4 GiB, tells it to a port, writes 0x5A there, for ever.
constexpr std::array<std::uint8_t, 19> kProgram{
    0x48, 0xBB, 0, 0, 0, 0, 1, 0, 0, 0, 0x8A, 0x03, 0xE6, 0x80, 0xC6, 0x03, 0x5A, 0xEB, 0xF7};

/// 64-bit code at kCode; the first 2 MiB, and those behind 4 GiB, are where they are.
ProcessorState prepare(GuestMemory& memory) {
    constexpr std::uint64_t kTable = 0x03;
    constexpr std::uint64_t kLargePage = 0x83;
    const std::span<const std::byte> program = std::as_bytes(std::span(kProgram));
    const bool written = memory.write(kTables, std::uint64_t{kTables + 0x1000} | kTable) &&
                         memory.write(kTables + 0x1000, std::uint64_t{kTables + 0x2000} | kTable) &&
                         memory.write(kTables + 0x1020, std::uint64_t{kTables + 0x3000} | kTable) &&
                         memory.write(kTables + 0x2000, kLargePage) &&
                         memory.write(kTables + 0x3000, kHighRamStart | kLargePage) &&
                         memory.write(kCode, program);
    if (!written)
        qFatal("the guest does not fit");
    ProcessorState state;
    for (Segment& segment : state.segments)
        segment = {0, 0xFFFF'FFFF, 0x10, 0xC093};
    state[SegmentName::Cs] = {0, 0xFFFF'FFFF, 0x08, 0xA09B};
    state.cr0 = 0x8000'0011;
    state.cr3 = kTables;
    state.cr4 = 0x20;
    state.efer = 0x500;
    state.rip = kCode;
    return state;
}

/// Nothing where the host lacks it.
std::unique_ptr<Hypervisor> backendOf(const QString& name) {
    if (name == "software")
        return software::createSoftwareHypervisor().value();
    FileDescriptor device(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
    if (!device)
        return nullptr;
    auto made = kvm::createHypervisor(std::move(device), true, {});
    return made ? std::move(*made) : nullptr;
}

}  // namespace

class MemoryGrowthTest : public QObject {
    Q_OBJECT

  private slots:
    void aRunningGuestFindsWhatItHasGot_data() {
        QTest::addColumn<QString>("backend");
        QTest::newRow("software") << "software";
        QTest::newRow("kvm") << "kvm";
    }

    void aRunningGuestFindsWhatItHasGot() {
        QFETCH(QString, backend);
        const auto hypervisor = backendOf(backend);
        if (!hypervisor)
            QSKIP("/dev/kvm does not open");
        Platform platform;
        auto proto = hypervisor->createPartition({1});
        QVERIFY(proto);
        auto built = std::move(**proto).build(
            GuestMemory::create(kMemorySize, 2 * kGrowthUnit).value(), platform);
        QVERIFY(built);
        Partition& partition = **built;
        VirtualProcessor& vp = partition.processor(0);
        const ProcessorState state = prepare(partition.memory());
        std::atomic<bool> over = false;
        std::thread runner([&] {
            if (!vp.bind() || !vp.setState(state))
                qFatal("the VP can't be prepared");
            while (!over)
                if (vp.run() != ExitReason::Stopped)
                    qFatal("%s", vp.report().c_str());
        });
        // There is nothing.
        [&] { QTRY_COMPARE_WITH_TIMEOUT(platform.last.load(), 0xFF, kLimit); }();
        const auto grown = partition.growMemory(kGrowthUnit);
        [&] { QTRY_COMPARE_WITH_TIMEOUT(platform.last.load(), 0x5A, kLimit); }();
        const auto more = partition.growMemory(kGrowthUnit);
        const auto tooMuch = partition.growMemory(kGrowthUnit);
        over = true;
        vp.requestStop();
        runner.join();
        QVERIFY(grown && more && !tooMuch);
        QCOMPARE(platform.last.load(), 0x5A);
        QCOMPARE(partition.memory().read<std::uint8_t>(kHighRamStart),
                 std::optional<std::uint8_t>(0x5A));
        // The next guest begins with the memory of the start, and may get the same again.
        QVERIFY(partition.reset());
        QVERIFY(!partition.memory().at(kHighRamStart, 1));
        QVERIFY(partition.growMemory(2 * kGrowthUnit));
        QCOMPARE(partition.memory().read<std::uint8_t>(kHighRamStart),
                 std::optional<std::uint8_t>(0));
    }
};

QTEST_GUILESS_MAIN(MemoryGrowthTest)
#include "memory_growth_test.moc"
