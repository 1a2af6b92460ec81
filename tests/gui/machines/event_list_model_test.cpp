// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>
#include <QtTest>
#include <random>

#include "gui/machines/event_list.h"

using namespace gui;  // NOLINT: the interface under test
using service::EventRecord;

/// What the service would tell is told by the test: the connection is never opened.
class EventListModelTest : public QObject {
    Q_OBJECT

    std::unique_ptr<ServiceConnection> connection_;
    std::uint64_t last_ = 0;

    void tell(const std::string& machine, const std::string& text = "it happened") {
        EventRecord event;
        event.id = ++last_;
        event.machineId = machine;
        event.machineName = machine;
        event.text = text;
        emit connection_->eventRecorded(event);
    }
    static QString text(const EventListModel& model, int row) {
        return model.index(row, EventListModel::Text).data().toString();
    }

  private slots:
    void init() {
        connection_ =
            std::make_unique<ServiceConnection>(service::client::ServiceAddress::at("/nowhere"));
        last_ = 0;
    }

    void theNewestIsFirstAndNothingIsTwice() {
        EventListModel model(*connection_);
        tell("a", "first");
        tell("", "second");
        QCOMPARE(model.rowCount({}), 2);
        QCOMPARE(text(model, 0), "second");
        QCOMPARE(model.index(0, EventListModel::Machine).data().toString(), "Service");
        --last_;
        tell("", "second again");
        QCOMPARE(model.rowCount({}), 2);
    }

    void onlyTheChosenMachinesAreShown() {
        EventListModel model(*connection_);
        model.setMachine("a");
        tell("a", "of a");
        tell("b", "of b");
        tell("", "of the service");
        QCOMPARE(model.rowCount({}), 1);
        QCOMPARE(text(model, 0), "of a");
        model.setMachine("b");
        QCOMPARE(model.rowCount({}), 0);
    }

    void oldOnesMakeRoom() {
        EventListModel model(*connection_);
        for (std::size_t at = 0; at < EventListModel::kMost + 5; ++at)
            tell("a", std::to_string(at));
        QCOMPARE(model.rowCount({}), static_cast<int>(EventListModel::kMost));
        QCOMPARE(text(model, static_cast<int>(EventListModel::kMost) - 1), "5");
    }

    void markupInAnEventStaysText() {
        EventListModel model(*connection_);
        tell("a", "<b>bold</b>");
        const QString tip = model.index(0, EventListModel::Text).data(Qt::ToolTipRole).toString();
        QVERIFY2(tip.contains("&lt;b&gt;"), qPrintable(tip));
    }

    void randomChangesKeepTheModelSound() {
        EventListModel model(*connection_);
        QAbstractItemModelTester tester(&model,
                                        QAbstractItemModelTester::FailureReportingMode::QtTest);
        std::mt19937 random(7);
        const auto pick = [&](unsigned of) {
            return std::uniform_int_distribution<unsigned>(0, of - 1)(random);
        };
        const char* const machines[]{"", "a", "b", "c"};
        for (int step = 0; step < 3'000; ++step) {
            if (pick(200) == 0)
                model.setMachine(machines[pick(4)]);
            else
                tell(machines[pick(4)]);
            if (QTest::currentTestFailed())
                return;
        }
        QVERIFY(model.rowCount({}) > 0);
    }
};

QTEST_MAIN(EventListModelTest)
#include "event_list_model_test.moc"
