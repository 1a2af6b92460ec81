// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/machines/machine_list_model.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QtTest>
#include <random>
#include <set>

#include "gui/machines/machine_list_view.h"

using namespace gui;  // NOLINT: the interface under test
using service::MachineState;
using service::MachineSummary;

namespace {

MachineSummary machine(const std::string& id, const std::string& group = {}) {
    MachineSummary summary;
    summary.id = id;
    summary.name = "machine " + id;
    summary.group = group;
    return summary;
}

}  // namespace

/// What the service would tell is told by the test: the connection is never opened.
class MachineListModelTest : public QObject {
    Q_OBJECT

    std::unique_ptr<ServiceConnection> connection_;
    std::unique_ptr<MachineStore> store_;

    void tell(const MachineSummary& summary) { emit connection_->machineChanged(summary); }
    void tellGone(const std::string& id) { emit connection_->machineRemoved(id); }

    static QStringList names(const QAbstractItemModel& model, const QModelIndex& parent = {}) {
        QStringList list;
        for (int row = 0; row < model.rowCount(parent); ++row) {
            const QModelIndex index = model.index(row, 0, parent);
            list << index.data().toString();
            list << names(model, index);
        }
        return list;
    }

  private slots:
    void init() {
        connection_ =
            std::make_unique<ServiceConnection>(service::client::ServiceAddress::at("/nowhere"));
        store_ = std::make_unique<MachineStore>(*connection_);
    }
    void cleanup() {
        store_.reset();
        connection_.reset();
    }

    void machinesWithoutGroupsAreAFlatList() {
        MachineListModel model(*store_);
        QAbstractItemModelTester tester(&model,
                                        QAbstractItemModelTester::FailureReportingMode::QtTest);
        tell(machine("b"));
        tell(machine("a"));
        QVERIFY(!model.isGrouped());
        MachineListFilter filter(model);
        QCOMPARE(names(filter), (QStringList{"machine a", "machine b"}));
    }

    void groupsAppearWithTheFirstAndGoWithTheLast() {
        MachineListModel model(*store_);
        QAbstractItemModelTester tester(&model,
                                        QAbstractItemModelTester::FailureReportingMode::QtTest);
        MachineListFilter filter(model);
        tell(machine("a"));
        tell(machine("b", "Web farm"));
        QVERIFY(model.isGrouped());
        QCOMPARE(names(filter),
                 (QStringList{"Web farm (1)", "machine b", "Other machines (1)", "machine a"}));
        tell(machine("a", "Web farm"));
        QCOMPARE(names(filter), (QStringList{"Web farm (2)", "machine a", "machine b"}));
        tellGone("b");
        tell(machine("a"));
        QVERIFY(!model.isGrouped());
        QCOMPARE(names(filter), (QStringList{"machine a"}));
    }

    void searchLooksAtNamesNotesAndGroups() {
        MachineListModel model(*store_);
        MachineListFilter filter(model);
        MachineSummary noted = machine("a", "Lab");
        noted.notes = "holds the Mail archive";
        tell(noted);
        tell(machine("b", "Databases"));
        filter.search("mail");
        QCOMPARE(names(filter), (QStringList{"Lab (1)", "machine a"}));
        filter.search("DATAB");
        QCOMPARE(names(filter), (QStringList{"Databases (1)", "machine b"}));
        filter.search("nothing of it");
        QCOMPARE(filter.rowCount(), 0);
    }

    void columnsSortByWhatTheyMean() {
        MachineListModel model(*store_);
        MachineListFilter filter(model);
        for (const auto& [id, usage] : {std::pair{"a", 9.0}, {"b", 100.0}, {"c", 20.0}}) {
            MachineSummary summary = machine(id);
            summary.state = MachineState::Running;
            summary.cpuUsagePercent = usage;
            tell(summary);
        }
        tell(machine("d"));
        filter.sort(MachineListModel::CpuUsage, Qt::DescendingOrder);
        QCOMPARE(names(filter), (QStringList{"machine b", "machine c", "machine a", "machine d"}));
    }

    void selectionStaysWhileMachinesChange() {
        MachineListModel model(*store_);
        MachineListView view(model);
        for (const char* const id : {"a", "b", "c"})
            tell(machine(id));
        view.select("b");
        QSignalSpy spy(&view, &MachineListView::machineSelectionChanged);
        tell(machine("aa"));
        MachineSummary running = machine("b");
        running.state = MachineState::Running;
        tell(running);
        emit connection_->usageArrived({{{"b", 12.5, 1 << 20, 3}}});
        QCOMPARE(view.currentMachine(), std::string("b"));
        // All rows are made anew.
        tell(machine("a", "group"));
        QCOMPARE(view.currentMachine(), std::string("b"));
        tellGone("b");
        QVERIFY(view.currentMachine() != "b");
    }

    void anUnreadableFolderIsARowOfItsOwn() {
        MachineListModel model(*store_);
        MachineSummary broken;
        broken.name = "damaged";
        broken.folder = "/machines/damaged";
        broken.unreadable = true;
        broken.state = MachineState::Critical;
        broken.status = "vm.json is cut off";
        tell(broken);
        const QModelIndex row = model.index(0, 0, {});
        QCOMPARE(row.data().toString(), "damaged");
        QCOMPARE(row.siblingAtColumn(MachineListModel::Status).data().toString(),
                 "vm.json is cut off");
        QVERIFY(!row.siblingAtColumn(MachineListModel::Weight).data().isValid());
    }

    void randomChangesKeepTheModelSound() {
        MachineListModel model(*store_);
        QAbstractItemModelTester tester(&model,
                                        QAbstractItemModelTester::FailureReportingMode::QtTest);
        MachineListFilter filter(model);
        QAbstractItemModelTester filterTester(
            &filter, QAbstractItemModelTester::FailureReportingMode::QtTest);
        std::mt19937 random(5);
        const auto pick = [&](unsigned of) {
            return std::uniform_int_distribution<unsigned>(0, of - 1)(random);
        };
        std::set<std::string> known;
        const char* const groups[]{"", "", "one", "two", "three"};
        for (int step = 0; step < 1'000; ++step) {
            const std::string id = std::to_string(pick(30));
            switch (pick(6)) {
                case 0:
                    tellGone(id);
                    known.erase(id);
                    break;
                case 1:
                    emit connection_->usageArrived({{{id, double(pick(100)), 1, step * 1ULL}}});
                    break;
                case 2:
                    filter.search(pick(3) == 0 ? QString::number(pick(9)) : QString());
                    break;
                default: {
                    MachineSummary summary = machine(id, groups[pick(5)]);
                    summary.state = static_cast<MachineState>(pick(service::kMachineStates));
                    tell(summary);
                    known.insert(id);
                }
            }
            if (QTest::currentTestFailed())
                return;
        }
        filter.search({});
        int rows = 0;
        for (const std::string& id : known)
            rows += filter.mapFromSource(model.indexOf(id)).isValid() ? 1 : 0;
        QCOMPARE(rows, static_cast<int>(known.size()));
    }
};

QTEST_MAIN(MachineListModelTest)
#include "machine_list_model_test.moc"
