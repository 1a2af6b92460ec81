// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/storage/vhdx/vhdx_driver.h"

#include <QtTest>

#include "power_cut_cases.h"

using namespace devices::storage;

class VhdxPowerCutTest : public QObject {
    Q_OBJECT

  private slots:
    void everyRequestTakesEffect_data() { kinds(); }
    void everyRequestTakesEffect() { cases().everyRequestTakesEffect(); }
    void losesNoBlockAtAnyMoment_data() { kinds(); }
    void losesNoBlockAtAnyMoment() { cases().losesNoBlockAtAnyMoment(); }
    void losesNothingThatWasFlushed_data() { kinds(); }
    void losesNothingThatWasFlushed() { cases().losesNothingThatWasFlushed(); }

  private:
    static constexpr int kKinds = 4;
    static void kinds() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<unsigned>("sector");
        QTest::newRow("dynamic, 512") << static_cast<int>(ImageKind::Dynamic) << 512U;
        QTest::newRow("differencing, 512") << static_cast<int>(ImageKind::Differencing) << 512U;
        QTest::newRow("differencing, 4096") << static_cast<int>(ImageKind::Differencing) << 4096U;
        QTest::newRow("fixed, 512") << static_cast<int>(ImageKind::Fixed) << 512U;
    }
    PowerCutCases cases() {
        DiskWorkload::Options options;
        options.driver = &driver_;
        options.kind =
            static_cast<ImageKind>(*static_cast<int*>(QTest::qData("kind", qMetaTypeId<int>())));
        options.logicalSectorSize =
            *static_cast<unsigned*>(QTest::qData("sector", qMetaTypeId<unsigned>()));
        return {options, kKinds};
    }

    vhdx::VhdxDriver driver_;
};

QTEST_GUILESS_MAIN(VhdxPowerCutTest)
#include "vhdx_power_cut_test.moc"
