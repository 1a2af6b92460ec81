// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtTest>
#include <algorithm>
#include <array>
#include <random>

#include "disk_workload.h"

/// Power cuts of one kind of disk, for the tests of each format: at every moment of some
/// allocations, and at random moments of random workloads. VIREO_POWER_CUTS says how often the
/// latter for all kinds of a format together; with few of them, the former leaves out moments too.
class PowerCutCases {
  public:
    PowerCutCases(DiskWorkload::Options options, int kinds)
        : options_(options), cuts_(wanted() / kinds) {
        auto engine = devices::storage::IoEngine::create(
            {.kind = devices::storage::IoEngineKind::ThreadPool});
        if (engine)
            engine_ = std::move(*engine);
    }

    // Without a cut.
    void everyRequestTakesEffect() {
        QVERIFY(engine_);
        for (unsigned seed = 1; seed <= 4; ++seed) {
            DiskWorkload workload(*engine_, with(seed));
            report(workload.create(), seed, 0);
            for (int reopened = 0; reopened < 4; ++reopened)
                report(workload.run(20), seed, 0);
            report(workload.close(), seed, 0);
            report(workload.verifyNow(), seed, 0);
        }
    }

    void losesNoBlockAtAnyMoment() {
        QVERIFY(engine_);
        DiskWorkload workload(*engine_, with(1));
        report(workload.create(), 1, 0);
        report(workload.allocateBlocks(), 1, 0);
        report(workload.close(), 1, 0);
        using enum PowerCutFile::Unflushed;
        const std::size_t step = wanted() < kDefaultCuts ? 7 : 1;
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

    void losesNothingThatWasFlushed() {
        QVERIFY(engine_);
        constexpr int kCutsPerWorkload = 40;
        using enum PowerCutFile::Unflushed;
        constexpr std::array kModes{Lost, SomeSectors, SomeRequests, Kept, SomeSectors};
        int done = 0;
        for (unsigned seed = 1; done < cuts_; ++seed) {
            DiskWorkload workload(*engine_, with(seed));
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

    static constexpr int kDefaultCuts = 500;
    [[nodiscard]] static int wanted() {
        const int asked = qEnvironmentVariableIntValue("VIREO_POWER_CUTS");
        return asked > 0 ? asked : kDefaultCuts;
    }

  private:
    [[nodiscard]] DiskWorkload::Options with(unsigned seed) const {
        DiskWorkload::Options options = options_;
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

    DiskWorkload::Options options_;
    int cuts_;
    std::unique_ptr<devices::storage::IoEngine> engine_;
};
