// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/storage/vhd/vhd_driver.h"

#include <QtTest>

#include "memory_file.h"
#include "power_cut.h"
#include "power_cut_cases.h"

using namespace devices::storage;
using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::uint32_t kBlock = 512 * 1024;
constexpr std::uint64_t kSize = 24 * kBlock;
constexpr std::uint32_t kUnit = 4096;
constexpr std::uint32_t kUnits = static_cast<std::uint32_t>(kSize / kUnit);

/// What each unit of the disk may hold after a cut at some moment: the numbers written to it since
/// the last flush, and what that flush made certain. 0 is "as at first".
struct History {
    struct Written {
        std::uint32_t unit;
        std::uint32_t number;
        std::size_t moment;
    };
    struct Flush {
        std::size_t writes;
        std::size_t moment;
    };
    std::vector<Written> writes;
    std::vector<Flush> flushes;
};

std::vector<std::byte> unitOf(std::uint32_t number) {
    std::vector<std::byte> bytes(kUnit);
    for (std::size_t i = 0; i < kUnit; i += 4)
        std::memcpy(bytes.data() + i, &number, 4);
    return bytes;
}

Task<Result<void>> workload(DiskImage& disk, PowerCutFile& file, History& history, unsigned seed,
                            std::uint32_t firstNumber, int count) {
    std::mt19937 random(seed);
    for (int i = 0; i < count; ++i) {
        const auto unit = static_cast<std::uint32_t>(random() % kUnits);
        const std::uint32_t number = firstNumber + static_cast<std::uint32_t>(i);
        history.writes.push_back({unit, number, file.moments()});
        const auto bytes = unitOf(number);
        IoStatus status = co_await writeDisk(disk, std::uint64_t{unit} * kUnit, bytes);
        if (status.ok() && random() % 6 == 0) {
            const std::size_t covered = history.writes.size();
            status = co_await flushDisk(disk);
            history.flushes.push_back({covered, file.moments()});
        }
        if (!status.ok())
            co_return failure(status.text());
    }
    co_return Result<void>();
}

class VhdPowerCutTest : public QObject {
    Q_OBJECT

  private:
    std::unique_ptr<IoEngine> engine_;
    Job job_;

    // Each unit holds one of the numbers that it may, all of it the same... or, torn, several.
    static Task<Result<void>> verify(DiskImage& disk, const History& history, std::size_t moment,
                                     std::uint32_t base) {
        std::size_t covered = 0;
        for (const History::Flush& flush : history.flushes)
            if (flush.moment <= moment)
                covered = flush.writes;
        std::vector<std::vector<std::uint32_t>> allowed(kUnits);
        for (std::uint32_t unit = 0; unit < kUnits; ++unit)
            allowed[unit] = {base == 0 ? 0 : base + unit};
        for (std::size_t i = 0; i < history.writes.size(); ++i) {
            const History::Written& write = history.writes[i];
            if (write.moment > moment)
                break;
            if (i < covered)
                allowed[write.unit].clear();
            allowed[write.unit].push_back(write.number);
        }
        std::vector<std::byte> bytes(kBlock);
        for (std::uint32_t unit = 0; unit < kUnits; ++unit) {
            const std::size_t inBlock = unit % (kBlock / kUnit);
            if (inBlock == 0) {
                const IoStatus status = co_await readDisk(disk, std::uint64_t{unit} * kUnit, bytes);
                if (!status.ok())
                    co_return failure("a read gave " + status.text());
            }
            for (std::size_t at = 0; at < kUnit; at += 512) {
                std::uint32_t number = 0;
                std::memcpy(&number, bytes.data() + inBlock * kUnit + at, 4);
                // A sector of a write that was cut off may read as zeroes where nothing was.
                const bool fresh = number == 0 && base == 0 && allowed[unit].front() == 0;
                if (!fresh && std::ranges::find(allowed[unit], number) == allowed[unit].end())
                    co_return failure("unit " + std::to_string(unit) + " holds " +
                                      std::to_string(number) + ", flushed or at first " +
                                      std::to_string(allowed[unit].front()));
            }
        }
        co_return Result<void>();
    }

    void cutEverywhere(PowerCutFile& file, const History& history, SparseContent* parent,
                       std::uint32_t base, std::size_t wanted) {
        using enum PowerCutFile::Unflushed;
        const std::size_t step = std::max<std::size_t>(1, file.moments() * 4 / wanted);
        std::size_t cuts = 0;
        for (std::size_t moment = 0; moment <= file.moments(); moment += step) {
            for (const auto unflushed : {Lost, Kept, SomeRequests, SomeSectors}) {
                SparseContent content =
                    file.afterCut(moment, unflushed, static_cast<unsigned>(moment));
                ImageOpenOptions options;
                if (parent)
                    options.openParent = [&](const ParentReference&) {
                        return vhdDriver().open(
                            std::make_unique<MemoryFile>(*engine_, *parent, 1, true), none_);
                    };
                auto image = engine_->wait(
                    vhdDriver().open(std::make_unique<MemoryFile>(*engine_, content, 1), options));
                const auto where = "cut at " + std::to_string(moment) + ", kind " +
                                   std::to_string(static_cast<int>(unflushed)) + ": ";
                QVERIFY2(image, image ? "" : (where + image.error().message).c_str());
                const auto result = engine_->wait(verify(**image, history, moment, base));
                QVERIFY2(result, result ? "" : (where + result.error().message).c_str());
                ++cuts;
            }
        }
        qInfo("%zu cuts", cuts);
        QVERIFY(cuts >= wanted / 2);
    }
    ImageOpenOptions none_;

    static constexpr int kKinds = 3;
    static void kinds() {
        QTest::addColumn<int>("kind");
        QTest::newRow("dynamic") << static_cast<int>(ImageKind::Dynamic);
        QTest::newRow("differencing") << static_cast<int>(ImageKind::Differencing);
        QTest::newRow("fixed") << static_cast<int>(ImageKind::Fixed);
    }
    static PowerCutCases cases() {
        DiskWorkload::Options options;
        options.driver = &vhdDriver();
        options.kind =
            static_cast<ImageKind>(*static_cast<int*>(QTest::qData("kind", qMetaTypeId<int>())));
        options.blockSize = kBlock;
        return {options, kKinds};
    }

  private slots:
    void everyRequestTakesEffect_data() { kinds(); }
    void everyRequestTakesEffect() { cases().everyRequestTakesEffect(); }
    void losesNoBlockAtAnyMoment_data() { kinds(); }
    void losesNoBlockAtAnyMoment() { cases().losesNoBlockAtAnyMoment(); }
    void losesNothingThatWasFlushed_data() { kinds(); }
    void losesNothingThatWasFlushed() { cases().losesNothingThatWasFlushed(); }

    void initTestCase() {
        auto engine = IoEngine::create({.kind = IoEngineKind::ThreadPool});
        QVERIFY(engine);
        engine_ = std::move(*engine);
    }

    void dynamicImageKeepsWhatWasFlushed() {
        SparseContent content;
        ImageCreateOptions options;
        options.size = kSize;
        options.blockSize = kBlock;
        {
            MemoryFile file(*engine_, content);
            QVERIFY(engine_->wait(vhdDriver().create(file, options, job_)));
        }
        auto owned = std::make_unique<PowerCutFile>(*engine_, content, 7);
        PowerCutFile& file = *owned;
        History history;
        auto image = engine_->wait(vhdDriver().open(std::move(owned), {}));
        QVERIFY(image);
        const auto result = engine_->wait(workload(**image, file, history, 3, 1000, 200));
        QVERIFY2(result, result ? "" : result.error().message.c_str());
        cutEverywhere(file, history, nullptr, 0, 500);
    }

    void differencingImageKeepsWhatWasFlushed() {
        constexpr std::uint32_t kBase = 1'000'000;
        SparseContent parent;
        ImageCreateOptions options;
        options.kind = ImageKind::Fixed;
        options.size = kSize;
        {
            MemoryFile file(*engine_, parent);
            QVERIFY(engine_->wait(vhdDriver().create(file, options, job_)));
        }
        for (std::uint32_t unit = 0; unit < kUnits; ++unit)
            parent.write(std::uint64_t{unit} * kUnit, unitOf(kBase + unit));
        SparseContent child;
        {
            auto opened = engine_->wait(
                vhdDriver().open(std::make_unique<MemoryFile>(*engine_, parent, 1, true), none_));
            QVERIFY(opened);
            options = {};
            options.kind = ImageKind::Differencing;
            options.blockSize = kBlock;
            options.parent = opened->get();
            options.parentPaths = {{ParentPath::Kind::Relative, ".\\parent.vhd"}};
            MemoryFile file(*engine_, child);
            QVERIFY(engine_->wait(vhdDriver().create(file, options, job_)));
        }
        auto owned = std::make_unique<PowerCutFile>(*engine_, child, 11);
        PowerCutFile& file = *owned;
        ImageOpenOptions openOptions;
        openOptions.openParent = [&](const ParentReference&) {
            return vhdDriver().open(std::make_unique<MemoryFile>(*engine_, parent, 1, true), none_);
        };
        History history;
        auto image = engine_->wait(vhdDriver().open(std::move(owned), openOptions));
        QVERIFY2(image, image ? "" : image.error().message.c_str());
        const auto result = engine_->wait(workload(**image, file, history, 5, 1000, 200));
        QVERIFY2(result, result ? "" : result.error().message.c_str());
        cutEverywhere(file, history, &parent, kBase, 500);
    }

    void compactingAndGrowingLoseNothing() {
        SparseContent content;
        ImageCreateOptions options;
        options.size = kSize;
        options.blockSize = kBlock;
        History history;
        {
            MemoryFile file(*engine_, content);
            QVERIFY(engine_->wait(vhdDriver().create(file, options, job_)));
            PowerCutFile recorded(*engine_, content, 1);
            auto image = engine_->wait(
                vhdDriver().open(std::make_unique<MemoryFile>(*engine_, content), {}));
            QVERIFY(image);
            QVERIFY(engine_->wait(workload(**image, recorded, history, 9, 1000, 150)));
            // Holes between the blocks, for compacting to fill.
            auto zero = [](Disk& disk) -> Task<Result<void>> {
                for (std::uint64_t block = 0; block < 24; block += 2) {
                    const IoStatus status = co_await zeroDisk(disk, block * kBlock, kBlock);
                    if (!status.ok())
                        co_return failure(status.text());
                }
                co_return Result<void>();
            };
            QVERIFY(engine_->wait(zero(**image)));
            QVERIFY(engine_->wait((*image)->close()));
        }
        std::erase_if(history.writes, [](const History::Written& write) {
            return write.unit / (kBlock / kUnit) % 2 == 0;
        });
        history.flushes = {{history.writes.size(), 0}};
        for (History::Written& write : history.writes)
            write.moment = 0;
        auto owned = std::make_unique<PowerCutFile>(*engine_, content, 13);
        PowerCutFile& file = *owned;
        auto image = engine_->wait(vhdDriver().open(std::move(owned), {}));
        QVERIFY(image);
        auto result = engine_->wait((*image)->compact(job_));
        QVERIFY2(result, result ? "" : result.error().message.c_str());
        result = engine_->wait((*image)->resize(kSize + 1000 * std::uint64_t{kBlock}, job_));
        QVERIFY2(result, result ? "" : result.error().message.c_str());
        cutEverywhere(file, history, nullptr, 0, 300);
    }
};

}  // namespace

QTEST_GUILESS_MAIN(VhdPowerCutTest)
#include "vhd_power_cut_test.moc"
