// SPDX-License-Identifier: GPL-3.0-or-later
//
// The feed and what shows it, against a real vireod with machines that run.
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTreeView>
#include <QtTest>

#include "connected_test.h"
#include "gui/connection/machine_store.h"
#include "gui/performance/graph.h"
#include "gui/performance/graph_curves.h"
#include "gui/performance/performance_feed.h"
#include "gui/performance/performance_monitor.h"
#include "gui/performance/processor_strip.h"
#include "gui/performance/reservation_bar.h"
#include "service/ipc/methods.h"

using namespace gui;      // NOLINT: under test
using namespace service;  // NOLINT: what they talk to
using tests::tinyMachine;

class PerformanceWindowsTest : public tests::ConnectedTest {
    Q_OBJECT

    std::unique_ptr<PerformanceFeed> feed_;
    std::string id_;

    bool start() { return client_->call<MachineStartMethod>({id_}).has_value(); }

    /// What a curve has, in all its time.
    static std::size_t pointsOf(const Graph& graph) {
        std::size_t points = 0;
        for (const auto& [number, curve] : graph.curves().all())
            points += curve.series.points().size();
        return points;
    }
    static QModelIndex find(const QAbstractItemModel& model, const QString& text,
                            const QModelIndex& parent = {}) {
        for (int row = 0; row < model.rowCount(parent); ++row) {
            const QModelIndex index = model.index(row, 0, parent);
            if (index.data().toString() == text)
                return index;
            if (const QModelIndex below = find(model, text, index); below.isValid())
                return below;
        }
        return {};
    }

  private slots:
    void init() {
        QVERIFY2(startService(), service_->output().c_str());
        const auto made =
            client_->call<MachineCreateMethod>({tinyMachine("one", BUSY_GUEST), std::nullopt});
        QVERIFY(made);
        id_ = made->machine.settings.id;
        connectStore();
        feed_ = std::make_unique<PerformanceFeed>(*connection_);
        QTRY_VERIFY(store_->isComplete() && store_->host());
    }
    void cleanup() {
        feed_.reset();
        stopService();
    }

    void onlyWhatSomeViewShowsIsAskedFor() {
        QVERIFY(start());
        QObject view;
        auto other = std::make_unique<QObject>();
        QVERIFY(feed_->subscribed().empty());
        feed_->setWanted(&view, {id_});
        feed_->setWanted(other.get(), {""});
        QTRY_COMPARE(feed_->subscribed(), (std::set<std::string>{"", id_}));
        QSignalSpy samples(feed_.get(), &PerformanceFeed::sampleArrived);
        bool ofMachine = false;
        bool ofHost = false;
        connect(feed_.get(), &PerformanceFeed::sampleArrived, &view,
                [&](const PerformanceSample& sample) {
                    (sample.machineId.empty() ? ofHost : ofMachine) = true;
                });
        QTRY_VERIFY(ofMachine && ofHost);
        // A view that is gone wants nothing any more.
        other.reset();
        QTRY_COMPARE(feed_->subscribed(), std::set<std::string>{id_});
        feed_->setWanted(&view, {});
        QTRY_VERIFY(feed_->subscribed().empty());
    }

    void theFeedGoesOnWhenTheServiceIsBack() {
        QVERIFY(start());
        QObject view;
        feed_->setWanted(&view, {id_});
        QSignalSpy samples(feed_.get(), &PerformanceFeed::sampleArrived);
        QTRY_VERIFY(!samples.isEmpty());
        QSignalSpy restarts(feed_.get(), &PerformanceFeed::restarted);
        client_.reset();
        service_->kill();
        QTRY_VERIFY(connection_->state() == ServiceConnection::State::Lost);
        QVERIFY(feed_->subscribed().empty());
        samples.clear();
        QVERIFY2(service_->start(), service_->output().c_str());
        client_ = service_->client();
        QTRY_COMPARE_WITH_TIMEOUT(restarts.size(), 1, 20'000);
        QTRY_COMPARE(feed_->subscribed(), std::set<std::string>{id_});
        QTRY_VERIFY(!samples.isEmpty());
    }

    void aDeletedMachineIsAskedForNoMore() {
        QObject view;
        feed_->setWanted(&view, {id_, ""});
        QTRY_COMPARE(feed_->subscribed().size(), 2U);
        QVERIFY(client_->call<MachineDeleteMethod>({id_, std::nullopt}).has_value());
        QTRY_COMPARE(feed_->subscribed(), std::set<std::string>{""});
    }

    void theStripFollowsTheMachine() {
        ProcessorStrip strip(*store_, *feed_);
        strip.setMachine(id_);
        strip.resize(500, 120);
        strip.show();
        auto* const calm = strip.findChild<QLabel*>("calmText");
        auto* const graph = strip.findChild<Graph*>("stripGraph");
        QVERIFY(calm->isVisible() && !graph->isVisible());
        QVERIFY(start());
        QTRY_VERIFY(graph->isVisible());
        // The guest is busy, so that there is something to see.
        QTRY_VERIFY_WITH_TIMEOUT(pointsOf(*graph) > 2, 10'000);
        QTRY_VERIFY(graph->accessibleDescription().contains("using"));
        const QImage without = graph->picture();
        strip.setReserve(25);
        strip.setLimit(75);
        QVERIFY(graph->picture() != without);
        strip.hide();
        QTRY_VERIFY(feed_->subscribed().empty());
        strip.show();
        QVERIFY(client_->call<MachineTurnOffMethod>({id_}).has_value());
        QTRY_VERIFY(calm->isVisible());
    }

    void theBarSaysWhoHasWhat() {
        ReservationBar bar;
        bar.resize(400, bar.sizeHint().height());
        bar.setReservations({}, 4);
        QVERIFY2(bar.accessibleDescription().contains("4.0"),
                 qPrintable(bar.accessibleDescription()));
        const QImage empty = bar.grab().toImage();
        bar.setReservations({{"one", 25, false}, {"two", 50, true}, {"none", 0, false}}, 4);
        const QString said = bar.accessibleDescription();
        QVERIFY2(said.contains("one: 1.00") && said.contains("two: 2.00"), qPrintable(said));
        QVERIFY2(!said.contains("none") && said.contains("free: 1.0"), qPrintable(said));
        QVERIFY(bar.grab().toImage() != empty);
        // More than there is, as while one types, is full and nothing free.
        bar.setReservations({{"one", 90, false}, {"two", 60, true}}, 4);
        QVERIFY(bar.accessibleDescription().contains("free: 0.0"));
        bar.grab();
    }

    void countersAreFoundCheckedAndDrawn() {
        QVERIFY(start());
        PerformanceMonitor monitor(*store_, *feed_);
        monitor.show();
        auto* const tree = monitor.findChild<QTreeView*>("counters");
        QTRY_VERIFY(find(*tree->model(), "% Guest Run Time").isValid());
        const auto graphs = monitor.findChildren<Graph*>().size();
        auto* const search = monitor.findChild<QLineEdit*>("search");
        search->setText("guest run");
        QTRY_VERIFY(!find(*tree->model(), "% Hypervisor Run Time").isValid());
        QModelIndex counter = find(*tree->model(), "% Guest Run Time");
        QVERIFY(counter.isValid());
        QVERIFY(tree->model()->setData(counter, Qt::Checked, Qt::CheckStateRole));
        QTRY_COMPARE(monitor.findChildren<Graph*>().size(), graphs + 1);
        Graph* const chosen = monitor.findChildren<Graph*>().back();
        QTRY_VERIFY_WITH_TIMEOUT(pointsOf(*chosen) > 1, 10'000);
        counter = find(*tree->model(), "% Guest Run Time");
        QVERIFY(tree->model()->setData(counter, Qt::Unchecked, Qt::CheckStateRole));
        QTRY_COMPARE(monitor.findChildren<Graph*>().size(), graphs);
    }

    void aMonitorThatIsHiddenAsksForNothing() {
        QVERIFY(start());
        PerformanceMonitor monitor(*store_, *feed_);
        monitor.show();
        QTRY_VERIFY(!feed_->subscribed().empty());
        monitor.hide();
        QTRY_VERIFY(feed_->subscribed().empty());
    }
};

QTEST_MAIN(PerformanceWindowsTest)
#include "performance_windows_test.moc"
