// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/performance/counter_model.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QtTest>
#include <random>
#include <set>

using gui::CounterFilter;
using gui::CounterKey;
using gui::CounterModel;
using service::PerformanceSample;

namespace {

PerformanceSample sample(const std::string& machine, int processors) {
    PerformanceSample one;
    one.machineId = machine;
    const bool host = machine.empty();
    const std::string set =
        host ? gui::counters::kLogicalProcessor : gui::counters::kVirtualProcessor;
    for (int at = 0; at <= processors; ++at) {
        const std::string instance = at == processors ? std::string(gui::counters::kTotal)
                                                      : (host ? "LP " : "VP ") + std::to_string(at);
        for (const char* const name : {"% Guest Run Time", "% Total Run Time"})
            one.counters.push_back({set, instance, name, 1.0});
    }
    return one;
}

QStringList namesUnder(const QAbstractItemModel& model, const QModelIndex& parent) {
    QStringList names;
    for (int row = 0; row < model.rowCount(parent); ++row)
        names << model.index(row, 0, parent).data().toString();
    return names;
}

QModelIndex find(const QAbstractItemModel& model, const QStringList& path) {
    QModelIndex at;
    for (const QString& name : path) {
        const int row = static_cast<int>(namesUnder(model, at).indexOf(name));
        if (row < 0)
            return {};
        at = model.index(row, 0, at);
    }
    return at;
}

int state(const QModelIndex& index) {
    return index.data(Qt::CheckStateRole).toInt();
}

}  // namespace

class CounterModelTest : public QObject {
    Q_OBJECT

    const QStringList total_{"Virtual Processor", "% Total Run Time"};

  private slots:
    void samplesMakeATreeOfSetsNamesAndInstances() {
        CounterModel model;
        model.setMachineName("1", "web-01");
        model.take(sample({}, 2));
        model.take(sample("1", 1));
        CounterFilter filter(model);
        QCOMPARE(namesUnder(filter, {}), QStringList({"Logical Processor", "Virtual Processor"}));
        QCOMPARE(namesUnder(filter, find(filter, {"Logical Processor"})),
                 QStringList({"% Guest Run Time", "% Total Run Time"}));
        QCOMPARE(namesUnder(filter, find(filter, total_)).size(), 2);
        QVERIFY(find(filter, total_ + QStringList("web-01: VP 0")).isValid());
    }

    void theSameSampleAgainChangesNothing() {
        CounterModel model;
        model.take(sample("1", 4));
        QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        model.take(sample("1", 4));
        QCOMPARE(inserted.size() + changed.size(), 0);
    }

    void numbersAreSortedBySize() {
        CounterModel model;
        model.take(sample({}, 12));
        CounterFilter filter(model);
        const QStringList names =
            namesUnder(filter, find(filter, {"Logical Processor", "% Total Run Time"}));
        QVERIFY(names.indexOf("LP 2") < names.indexOf("LP 10"));
    }

    void aCheckedNameHasItsTotals() {
        CounterModel model;
        model.take(sample("1", 2));
        model.take(sample("2", 2));
        QSignalSpy checked(&model, &CounterModel::checkedChanged);
        const QPersistentModelIndex name = find(model, total_);
        QVERIFY(model.setData(name, Qt::Checked, Qt::CheckStateRole));
        QCOMPARE(checked.size(), 2);
        QCOMPARE(model.checked().size(), 2U);
        for (const CounterKey& key : model.checked())
            QCOMPARE(key.instance, std::string("_Total"));
        QCOMPARE(state(name), Qt::Checked);
        // A machine that starts now is among them.
        model.take(sample("3", 1));
        QCOMPARE(model.checked().size(), 3U);
        QVERIFY(model.setData(name, Qt::Unchecked, Qt::CheckStateRole));
        QVERIFY(model.checked().empty());
        QCOMPARE(state(name), Qt::Unchecked);
    }

    void someInstancesMakeANameHalfChecked() {
        CounterModel model;
        model.take(sample("1", 2));
        const QPersistentModelIndex name = find(model, total_);
        QSignalSpy checked(&model, &CounterModel::checkedChanged);
        QVERIFY(model.setData(find(model, total_ + QStringList("1: VP 1")), Qt::Checked,
                              Qt::CheckStateRole));
        QCOMPARE(state(name), Qt::PartiallyChecked);
        QCOMPARE(checked.size(), 1);
        QCOMPARE(checked[0][0].value<CounterKey>().instance, std::string("VP 1"));
    }

    void aRemovedMachineTakesItsCountersAlong() {
        CounterModel model;
        model.take(sample({}, 1));
        model.take(sample("1", 1));
        QVERIFY(model.setData(find(model, total_), Qt::Checked, Qt::CheckStateRole));
        QSignalSpy checked(&model, &CounterModel::checkedChanged);
        model.removeMachine("1");
        QCOMPARE(checked.size(), 1);
        QCOMPARE(checked[0][1].toBool(), false);
        QCOMPARE(namesUnder(model, {}), QStringList({"Logical Processor"}));
        model.take(sample("1", 1));
        QVERIFY(find(model, total_).isValid());
    }

    void searchFindsNamesMachinesAndWholeSets() {
        CounterModel model;
        model.setMachineName("1", "web-01");
        model.setMachineName("2", "db");
        model.take(sample({}, 1));
        model.take(sample("1", 1));
        model.take(sample("2", 1));
        CounterFilter filter(model);
        filter.setFilterFixedString("web");
        QCOMPARE(namesUnder(filter, {}), QStringList({"Virtual Processor"}));
        for (const QString& name : namesUnder(filter, find(filter, total_)))
            QVERIFY(name.startsWith("web-01"));
        filter.setFilterFixedString("logical");
        QCOMPARE(namesUnder(filter, find(filter, {"Logical Processor"})).size(), 2);
        filter.setFilterFixedString("nothing has this");
        QCOMPARE(filter.rowCount(), 0);
    }

    void renamedMachinesAreShownByTheirNewNames() {
        CounterModel model;
        model.setMachineName("1", "before");
        model.take(sample("1", 1));
        model.setMachineName("1", "after");
        QVERIFY(find(model, total_ + QStringList("after: VP 0")).isValid());
    }

    void randomChangesKeepTheModelRight() {
        std::mt19937 random(20);
        CounterModel model;
        const QAbstractItemModelTester tester(
            &model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        CounterFilter filter(model);
        const QAbstractItemModelTester filterTester(
            &filter, QAbstractItemModelTester::FailureReportingMode::QtTest);
        std::set<CounterKey> told;
        connect(&model, &CounterModel::checkedChanged, this,
                [&told](const CounterKey& key, bool checked) {
                    if (checked)
                        told.insert(key);
                    else
                        told.erase(key);
                });
        for (int turn = 0; turn < 300; ++turn) {
            const std::string machine = std::to_string(random() % 5);
            switch (random() % 6) {
                case 0:
                case 1:
                    model.take(sample(machine == "0" ? std::string() : machine,
                                      static_cast<int>(1 + random() % 4)));
                    break;
                case 2:
                    model.removeMachine(machine);
                    break;
                case 3:
                    model.setMachineName(machine, QString::number(random() % 100));
                    break;
                case 4:
                    filter.setFilterFixedString(QString::number(random() % 4));
                    break;
                default: {
                    QModelIndex at;
                    const auto depth = 2 + random() % 2;
                    for (unsigned level = 0; level < depth && model.rowCount(at) > 0; ++level)
                        at = model.index(
                            static_cast<int>(random() % static_cast<unsigned>(model.rowCount(at))),
                            0, at);
                    model.setData(at, random() % 2 == 0 ? Qt::Checked : Qt::Unchecked,
                                  Qt::CheckStateRole);
                }
            }
            const std::vector<CounterKey> now = model.checked();
            QCOMPARE(std::set<CounterKey>(now.begin(), now.end()), told);
        }
    }
};

QTEST_MAIN(CounterModelTest)
#include "counter_model_test.moc"
