// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>
#include <random>

#include "vhdx_workload.h"

using namespace devices::storage;

// Cuts power at every moment of some allocations, and at random moments of random workloads.
// VIREO_POWER_CUTS says how often the latter for each kind of disk; with few of them, the former
// leaves out moments too.
class VhdxPowerCutTest : public QObject {
    Q_OBJECT

  private slots:
    void everyRequestTakesEffect_data() { kinds(); }
    void everyRequestTakesEffect() {
        auto engine = IoEngine::create({.kind = IoEngineKind::ThreadPool});
        QVERIFY(engine);
        for (unsigned seed = 1; seed <= 4; ++seed) {
            VhdxWorkload workload(**engine, options(seed));
            report(workload.create(), seed, 0);
            for (int reopened = 0; reopened < 4; ++reopened)
                report(workload.run(20), seed, 0);
            report(workload.close(), seed, 0);
            report(workload.verifyNow(), seed, 0);
        }
    }

    void losesNoBlockAtAnyMoment_data() { kinds(); }
    void losesNoBlockAtAnyMoment() {
        auto engine = IoEngine::create({.kind = IoEngineKind::ThreadPool});
        QVERIFY(engine);
        VhdxWorkload workload(**engine, options(1));
        report(workload.create(), 1, 0);
        report(workload.allocateBlocks(), 1, 0);
        report(workload.close(), 1, 0);
        using enum PowerCutFile::Unflushed;
        const std::size_t step = cutsPerKind() < kDefaultCuts ? 7 : 1;
        for (std::size_t moment = 0; moment <= workload.file().moments(); moment += step)
            for (const auto mode : {SomeRequests, SomeSectors}) {
                // A seed of its own for each, or the same requests would always be lost.
                const unsigned seed = static_cast<unsigned>(moment) * 2 + (mode == SomeRequests);
                report(workload.verifyAfterCut(workload.file().afterCut(moment, mode, seed), moment,
                                               seed * 7, seed),
                       seed, moment);
                if (QTest::currentTestFailed())
                    return;
            }
        qInfo("%zu power cuts", (workload.file().moments() / step + 1) * 2);
    }

    void losesNothingThatWasFlushed_data() { kinds(); }
    void losesNothingThatWasFlushed() {
        const int cuts = cutsPerKind();
        auto engine = IoEngine::create({.kind = IoEngineKind::ThreadPool});
        QVERIFY(engine);
        constexpr int kCutsPerWorkload = 40;
        using enum PowerCutFile::Unflushed;
        constexpr std::array kModes{Lost, SomeSectors, SomeRequests, Kept, SomeSectors};
        int done = 0;
        for (unsigned seed = 1; done < cuts; ++seed) {
            VhdxWorkload workload(**engine, options(seed));
            report(workload.create(), seed, 0);
            report(workload.run(24), seed, 0);
            report(workload.close(), seed, 0);
            if (QTest::currentTestFailed())
                return;
            std::mt19937 generator(seed);
            const auto random = [&] { return static_cast<unsigned>(generator()); };
            std::vector<std::size_t> moments;
            for (int i = 0; i < kCutsPerWorkload; ++i)
                moments.push_back(random() % (workload.file().moments() + 1));
            // The file remembers best forwards.
            std::ranges::sort(moments);
            for (const std::size_t moment : moments) {
                report(workload.verifyAfterCut(
                           workload.file().afterCut(
                               moment, kModes[static_cast<std::size_t>(done) % kModes.size()],
                               random()),
                           moment, random(), random()),
                       seed, moment);
                if (QTest::currentTestFailed())
                    return;
                ++done;
            }
        }
        qInfo("%d power cuts", done);
    }

  private:
    static constexpr int kDefaultCuts = 100;
    static int cutsPerKind() {
        const int asked = qEnvironmentVariableIntValue("VIREO_POWER_CUTS");
        return asked > 0 ? asked : kDefaultCuts;
    }
    static void kinds() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<unsigned>("sector");
        QTest::newRow("dynamic, 512") << static_cast<int>(ImageKind::Dynamic) << 512U;
        QTest::newRow("differencing, 512") << static_cast<int>(ImageKind::Differencing) << 512U;
        QTest::newRow("differencing, 4096") << static_cast<int>(ImageKind::Differencing) << 4096U;
        QTest::newRow("fixed, 512") << static_cast<int>(ImageKind::Fixed) << 512U;
    }
    static VhdxWorkload::Options options(unsigned seed) {
        VhdxWorkload::Options options;
        options.kind =
            static_cast<ImageKind>(*static_cast<int*>(QTest::qData("kind", qMetaTypeId<int>())));
        options.logicalSectorSize =
            *static_cast<unsigned*>(QTest::qData("sector", qMetaTypeId<unsigned>()));
        options.seed = seed;
        return options;
    }
    static void report(const hypervisor::Result<void>& result, unsigned seed, std::size_t moment) {
        if (!result)
            QFAIL(qPrintable(QStringLiteral("seed %1, moment %2: %3")
                                 .arg(seed)
                                 .arg(moment)
                                 .arg(QString::fromStdString(result.error().message))));
    }
};

QTEST_GUILESS_MAIN(VhdxPowerCutTest)
#include "vhdx_power_cut_test.moc"
