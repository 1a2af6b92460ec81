// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/stats/stats_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <QTest>
#include <algorithm>
#include <cstring>
#include <thread>
#include <vector>

#include "hypervisor/stats/stats_view.h"

using namespace hypervisor;

namespace {

using Slots = std::vector<StatsSnapshot::Slot>;

/// A worker's pages and what the service sees of them.
struct Pages {
    std::unique_ptr<StatsMemory> memory = StatsMemory::create(2).value();
    std::unique_ptr<StatsView> view;

    Pages() {
        memory->publish({}, 1'000'000'000);
        view = StatsView::open(FileDescriptor(::dup(memory->descriptor()))).value();
    }
    [[nodiscard]] Slots read() const { return view->read().value().counterSlots; }
};

/// Another letter and another length for each.
std::string nameOf(std::uint32_t index) {
    std::string name(8 + 16 * index, 'a');
    std::ranges::fill(name, static_cast<char>('a' + index));
    return name;
}

}  // namespace

class StatsPagesTest : public QObject {
    Q_OBJECT

  private slots:
    void aDeviceIsSeenAsLongAsItIsThere() {
        const Pages pages;
        auto disk = pages.memory->takeSlot(StatsSlotKind::Storage, 3, "SCSI 0:3 system.vhdx");
        (*disk)[StorageValue::Reads].add(5);
        (*disk)[StorageValue::ReadBytes].add(4096);
        Slots seen = pages.read();
        QCOMPARE(seen.size(), std::size_t{1});
        QCOMPARE(seen[0].kind, StatsSlotKind::Storage);
        QCOMPARE(seen[0].index, 3U);
        QCOMPARE(seen[0].name, std::string("SCSI 0:3 system.vhdx"));
        QCOMPARE(seen[0].values[static_cast<std::size_t>(StorageValue::Reads)], std::uint64_t{5});
        QCOMPARE(seen[0].values[static_cast<std::size_t>(StorageValue::ReadBytes)],
                 std::uint64_t{4096});
        disk.reset();
        QVERIFY(pages.read().empty());
        // The next one begins at zero.
        const auto adapter = pages.memory->takeSlot(StatsSlotKind::Network, 0, "Network Adapter");
        seen = pages.read();
        QCOMPARE(seen.size(), std::size_t{1});
        QCOMPARE(seen[0].kind, StatsSlotKind::Network);
        QCOMPARE(seen[0].name, std::string("Network Adapter"));
        for (const std::uint64_t value : seen[0].values)
            QCOMPARE(value, std::uint64_t{0});
    }

    void aLongNameIsCutBetweenCharacters() {
        const Pages pages;
        const std::string name = std::string(71, 'n') + "\u00E4" + "rest";
        const auto slot = pages.memory->takeSlot(StatsSlotKind::Storage, 0, name);
        QCOMPARE(pages.read()[0].name, std::string(71, 'n'));
        const std::string fits(72, 'f');
        const auto whole = pages.memory->takeSlot(StatsSlotKind::Storage, 1, fits);
        QCOMPARE(pages.read()[1].name, fits);
    }

    void whatFindsNoSlotCountsUnseen() {
        const Pages pages;
        std::vector<std::shared_ptr<StatsSlot>> taken;
        for (std::size_t i = 0; i < kStatsSlots; ++i)
            taken.push_back(pages.memory->takeSlot(StatsSlotKind::Channel,
                                                   static_cast<std::uint32_t>(i), "channel"));
        const auto unseen = pages.memory->takeSlot(StatsSlotKind::Channel, 999, "unseen");
        (*unseen)[ChannelValue::PacketsToGuest].add();
        QCOMPARE(pages.read().size(), kStatsSlots);
        taken[17].reset();
        const auto next = pages.memory->takeSlot(StatsSlotKind::Channel, 1'000, "next");
        QCOMPARE(pages.read()[17].name, std::string("next"));
    }

    void slotsAreTakenByManyThreads() {
        const Pages pages;
        std::vector<std::jthread> threads;
        for (unsigned thread = 0; thread < 4; ++thread)
            threads.emplace_back([&pages, thread] {
                for (unsigned turn = 0; turn < 1'000; ++turn) {
                    const auto slot =
                        pages.memory->takeSlot(StatsSlotKind::Network, thread, nameOf(thread));
                    (*slot)[NetworkValue::BytesSent].add(thread + 1);
                    if ((*slot)[NetworkValue::BytesSent].read() != thread + 1)
                        qFatal("two have one slot");
                }
            });
        for (int turn = 0; turn < 1'000; ++turn)
            for (const StatsSnapshot::Slot& slot : pages.read()) {
                QCOMPARE(slot.name, nameOf(slot.index));
                const std::uint64_t sent =
                    slot.values[static_cast<std::size_t>(NetworkValue::BytesSent)];
                QVERIFY(sent == 0 || sent == slot.index + 1);
            }
        threads.clear();
        QVERIFY(pages.read().empty());
    }

    void whatAHostileWorkerWritesIsBounded() {
        const int file = ::memfd_create("stats", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        QVERIFY(file >= 0);
        QCOMPARE(::ftruncate(file, sizeof(StatsPages)), 0);
        void* const memory =
            ::mmap(nullptr, sizeof(StatsPages), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        QVERIFY(memory != MAP_FAILED);
        // No name has an end, no number makes sense.
        std::memset(memory, 0xFF, sizeof(StatsPages));
        auto* const pages = static_cast<StatsPages*>(memory);
        pages->header.magic = kStatsMagic;
        pages->header.version = kStatsVersion;
        // It could shrink.
        QVERIFY(!StatsView::open(FileDescriptor(::dup(file))));
        QCOMPARE(::fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK), 0);
        const auto view = StatsView::open(FileDescriptor(file));
        QVERIFY(view);
        // A slot that is being filled in for ever is not there.
        QVERIFY((*view)->read()->counterSlots.empty());
        for (StatsSlot& slot : pages->counterSlots)
            slot.generation = 2;
        const auto snapshot = (*view)->read();
        QVERIFY(snapshot);
        QCOMPARE(snapshot->processors.size(), kStatsProcessors);
        QCOMPARE(snapshot->counterSlots.size(), kStatsSlots);
        for (const StatsSnapshot::Slot& slot : snapshot->counterSlots)
            QCOMPARE(slot.name.size(), std::size_t{72});
        pages->header.version = kStatsVersion + 1;
        QVERIFY(!(*view)->read());
        ::munmap(memory, sizeof(StatsPages));
    }
};

QTEST_GUILESS_MAIN(StatsPagesTest)
#include "stats_pages_test.moc"
