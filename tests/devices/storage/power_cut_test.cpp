// SPDX-License-Identifier: GPL-3.0-or-later
#include "power_cut.h"

#include <QtTest>

using namespace devices::storage;

namespace {

std::vector<std::byte> filled(std::size_t length, unsigned value) {
    return std::vector<std::byte>(length, static_cast<std::byte>(value));
}

unsigned at(const SparseContent& content, std::uint64_t offset) {
    std::array<std::byte, 1> byte = {};
    content.read(offset, byte);
    return static_cast<unsigned>(byte[0]);
}

// Each step in turn; the moments at which it ended are in `marks`.
Task<hypervisor::Result<void>> workload(PowerCutFile& file, std::vector<std::size_t>& marks) {
    const auto first = filled(2048, 1);
    const auto second = filled(2048, 2);
    static_cast<void>(co_await writeFile(file, 0, first));
    marks.push_back(file.moments());
    static_cast<void>(co_await flushFile(file));
    marks.push_back(file.moments());
    static_cast<void>(co_await writeFile(file, 0, second));
    marks.push_back(file.moments());
    static_cast<void>(co_await writeFile(file, 4096, second, Durability::ForceUnitAccess));
    marks.push_back(file.moments());
    static_cast<void>(co_await resizeFile(file, 512));
    marks.push_back(file.moments());
    co_return hypervisor::Result<void>();
}

}  // namespace

class PowerCutTest : public QObject {
    Q_OBJECT

  private slots:
    void keepsWhatWasFlushedAndMayLoseTheRest() {
        auto engine = IoEngine::create({.kind = IoEngineKind::ThreadPool});
        QVERIFY(engine);
        SparseContent content;
        PowerCutFile file(**engine, content);
        std::vector<std::size_t> marks;
        QVERIFY((*engine)->wait(workload(file, marks)));
        using enum PowerCutFile::Unflushed;

        QCOMPARE(file.afterCut(marks[0], Lost, 1).size(), std::uint64_t{0});
        QCOMPARE(at(file.afterCut(marks[0], Kept, 1), 2047), 1u);
        QCOMPARE(at(file.afterCut(marks[1], Lost, 1), 2047), 1u);
        QCOMPARE(at(file.afterCut(marks[2], Lost, 1), 0), 1u);
        QCOMPARE(at(file.afterCut(marks[2], Kept, 1), 0), 2u);
        // A write through survives alone; the write before it need not.
        QCOMPARE(at(file.afterCut(marks[3], Lost, 1), 4096), 2u);
        QCOMPARE(at(file.afterCut(marks[3], Lost, 1), 0), 1u);
        QCOMPARE(file.afterCut(marks[4], Lost, 1).size(), std::uint64_t{4096 + 2048});
        QCOMPARE(file.afterCut(marks[4], Kept, 1).size(), std::uint64_t{512});
        // Back in time again.
        QCOMPARE(at(file.afterCut(marks[1], Lost, 1), 0), 1u);
    }

    void tearsWritesAtSectors() {
        auto engine = IoEngine::create({.kind = IoEngineKind::ThreadPool});
        QVERIFY(engine);
        SparseContent content;
        PowerCutFile file(**engine, content);
        std::vector<std::size_t> marks;
        QVERIFY((*engine)->wait(workload(file, marks)));
        int torn = 0;
        for (unsigned seed = 0; seed < 100; ++seed) {
            const SparseContent cut =
                file.afterCut(marks[2], PowerCutFile::Unflushed::SomeSectors, seed);
            unsigned sum = 0;
            for (std::uint64_t sector = 0; sector < 4; ++sector) {
                const unsigned value = at(cut, sector * 512);
                QCOMPARE(at(cut, sector * 512 + 511), value);
                QVERIFY(value == 1 || value == 2);
                sum += value;
            }
            torn += sum > 4 && sum < 8;
        }
        QVERIFY(torn > 50);
    }
};

QTEST_GUILESS_MAIN(PowerCutTest)
#include "power_cut_test.moc"
