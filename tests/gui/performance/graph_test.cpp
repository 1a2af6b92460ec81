// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/performance/graph.h"

#include <QAbstractButton>
#include <QBuffer>
#include <QDateTime>
#include <QSignalSpy>
#include <QtTest>
#include <cmath>
#include <ctime>

#include "gui/performance/graph_curves.h"
#include "gui/performance/graph_export.h"

using namespace gui;  // NOLINT: the interface under test

namespace {

std::int64_t now() {
    return QDateTime::currentMSecsSinceEpoch();
}

/// Of the last `seconds`, up to a second ago.
std::vector<CounterPoint> past(int seconds, double value) {
    std::vector<CounterPoint> points;
    const std::int64_t end = now() / 1'000 * 1'000;
    for (int second = seconds; second > 0; --second)
        points.push_back({end - second * 1'000, value});
    return points;
}

double processorSeconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

class GraphTest : public QObject {
    Q_OBJECT

    static void show(Graph& graph) {
        graph.resize(700, 300);
        graph.show();
        QVERIFY(QTest::qWaitForWindowExposed(&graph));
        QTRY_VERIFY(graph.draws() > 0);
    }

  private slots:
    void whatIsHiddenIsNotDrawn() {
        Graph graph(GraphLook::Framed, "Graph");
        const int curve = graph.addCurve("one", 0, GraphShape::Line);
        graph.setTimeRange(TimeRange::Minute);
        graph.append(curve, now(), 1.0);
        QTest::qWait(100);
        QCOMPARE(graph.draws(), 0U);
        show(graph);
        graph.hide();
        const std::size_t before = graph.draws();
        for (int turn = 0; turn < 20; ++turn) {
            graph.append(curve, now(), turn);
            QTest::qWait(10);
        }
        QCOMPARE(graph.draws(), before);
        graph.show();
        QTRY_VERIFY(graph.draws() > before);
    }

    void minimizedIsHidden() {
        QWidget window;
        auto* graph = new Graph(GraphLook::Framed, "Graph", &window);
        graph->addCurve("one", 0, GraphShape::Line);
        window.show();
        QTRY_VERIFY(graph->isShown());
        QSignalSpy changed(graph, &Graph::shownChanged);
        window.showMinimized();
        QTRY_VERIFY(!graph->isShown());
        window.showNormal();
        QTRY_VERIFY(graph->isShown());
        QCOMPARE(changed.size(), 2);
    }

    void itIsDrawnAtMostSixtyTimesASecond() {
        Graph graph(GraphLook::Framed, "Graph");
        const int curve = graph.addCurve("one", 0, GraphShape::Line);
        show(graph);
        const std::size_t before = graph.draws();
        QElapsedTimer clock;
        clock.start();
        std::int64_t time = now();
        while (clock.elapsed() < 500) {
            graph.append(curve, ++time, 1.0);
            QTest::qWait(1);
        }
        const double most = static_cast<double>(clock.elapsed()) / 16 + 2;
        QVERIFY2(static_cast<double>(graph.draws() - before) <= most,
                 qPrintable(QString::number(graph.draws() - before)));
        QVERIFY(graph.draws() > before);
    }

    void itMovesAsTimeGoesOnUnlessPaused() {
        Graph graph(GraphLook::Framed, "Graph");
        graph.addCurve("one", 0, GraphShape::Line);
        graph.setTimeRange(TimeRange::Minute);
        show(graph);
        const std::size_t before = graph.draws();
        QTRY_VERIFY(graph.draws() > before + 1);
        graph.setPaused(true);
        const TimeSpan paused = graph.seen();
        QTest::qWait(50);
        const std::size_t still = graph.draws();
        QTest::qWait(600);
        QCOMPARE(graph.draws(), still);
        QCOMPARE(graph.seen(), paused);
        graph.setPaused(false);
        QTRY_VERIFY(graph.draws() > still);
        QVERIFY(graph.seen().to > paused.to);
    }

    void anotherRangeIsTold() {
        Graph graph(GraphLook::Framed, "Graph");
        const int curve = graph.addCurve("one", 0, GraphShape::Line);
        QSignalSpy changed(&graph, &Graph::timeRangeChanged);
        graph.setTimeRange(TimeRange::Hour);
        QCOMPARE(changed.size(), 1);
        QCOMPARE(graph.seen().length(), 3'600'000);
        graph.mergeHistory(curve, past(3'000, 4), 1'000);
        // Points of a second serve the shorter ranges.
        graph.setTimeRange(TimeRange::FiveMinutes);
        QVERIFY(graph.curves().find(curve)->series.hasFigures());
        graph.setTimeRange(TimeRange::Day);
        QVERIFY(!graph.curves().find(curve)->series.hasFigures());
        QCOMPARE(graph.curves().find(curve)->series.step(), 60'000);
        graph.setTimeRange(TimeRange::Day);
        QCOMPARE(changed.size(), 3);
    }

    void theLegendHidesAndShowsCurves() {
        Graph graph(GraphLook::Framed, "Graph");
        const int one = graph.addCurve("one", 0, GraphShape::Line);
        const int two = graph.addCurve("two", 1, GraphShape::Line);
        graph.mergeHistory(one, past(50, 4), 1'000);
        show(graph);
        auto* entry = graph.findChild<QAbstractButton*>(QString("legend%1").arg(one));
        QVERIFY(entry && entry->isVisible());
        QVERIFY(entry->text().startsWith("one 4"));
        // Nothing has been counted for the other.
        QVERIFY(!graph.findChild<QAbstractButton*>(QString("legend%1").arg(two))->isVisible());
        QTest::mouseClick(entry, Qt::LeftButton);
        QVERIFY(!graph.isCurveShown(one));
        QTest::keyClick(entry, Qt::Key_Space);
        QVERIFY(graph.isCurveShown(one));
        graph.setCurveShown(one, false);
        QVERIFY(!entry->isChecked());
    }

    void figuresAreExported() {
        Graph graph(GraphLook::Framed, "CPU");
        graph.setTimeRange(TimeRange::Minute);
        const int one = graph.addCurve("with \"quotes\"", 0, GraphShape::Line);
        const int two = graph.addCurve("two", 1, GraphShape::Line);
        const int hidden = graph.addCurve("hidden", 2, GraphShape::Line);
        graph.mergeHistory(one, past(10, 1.5), 1'000);
        graph.mergeHistory(two, past(5, 0.25), 1'000);
        graph.mergeHistory(hidden, past(10, 9), 1'000);
        graph.setCurveShown(hidden, false);
        QBuffer buffer;
        QVERIFY(buffer.open(QIODevice::WriteOnly));
        const Graph* const graphs[] = {&graph};
        QVERIFY(writeCsv(graphs, buffer));
        const QList<QByteArray> lines = buffer.data().trimmed().split('\n');
        QCOMPARE(lines[0].trimmed(),
                 QByteArray("\"Time\",\"CPU: with \"\"quotes\"\"\",\"CPU: two\""));
        QVERIFY(lines.size() >= 9 && lines.size() <= 11);
        QVERIFY(lines[1].trimmed().endsWith(",1.5,"));
        QVERIFY(lines.last().trimmed().endsWith(",1.5,0.25"));
        const QDateTime time =
            QDateTime::fromString(QString(lines[1].split(',')[0]), Qt::ISODateWithMs);
        QVERIFY(time.isValid());
        QVERIFY(std::abs(time.toMSecsSinceEpoch() - now()) < 20'000);
    }

    void aPictureIsMade() {
        Graph graph(GraphLook::Open, "Graph");
        const int curve = graph.addCurve("one", 0, GraphShape::Area);
        graph.mergeHistory(curve, past(60, 4), 1'000);
        show(graph);
        const QImage picture = graph.picture();
        QCOMPARE(picture.size(), graph.size() * graph.devicePixelRatioF());
    }

    void stacksAreAsHighAsTheirParts() {
        Graph graph(GraphLook::Small, "LP 0");
        graph.setTimeRange(TimeRange::Minute);
        const int below = graph.addCurve("below", 0, GraphShape::Stacked);
        const int above = graph.addCurve("above", 1, GraphShape::Stacked);
        // In whichever order they come.
        graph.mergeHistory(above, past(30, 20), 1'000);
        graph.mergeHistory(below, past(30, 10), 1'000);
        QCOMPARE(graph.curves().greatest(graph.seen()), 30.0);
        graph.setCurveShown(below, false);
        QCOMPARE(graph.curves().greatest(graph.seen()), 20.0);
    }

    void theWheelZoomsAndADoubleClickEndsThat() {
        Graph graph(GraphLook::Framed, "Graph");
        graph.addCurve("one", 0, GraphShape::Line);
        show(graph);
        QSignalSpy moved(&graph, &Graph::movedChanged);
        const QPointF middle(350, 120);
        QWheelEvent wheel(middle, graph.mapToGlobal(middle), {}, {0, 120}, Qt::NoButton,
                          Qt::NoModifier, Qt::NoScrollPhase, false);
        QApplication::sendEvent(&graph, &wheel);
        QVERIFY(wheel.isAccepted());
        QVERIFY(graph.seen().length() < 300'000);
        QCOMPARE(moved.size(), 1);
        QTest::mouseDClick(&graph, Qt::LeftButton, {}, middle.toPoint());
        QCOMPARE(graph.seen().length(), 300'000);
        QCOMPARE(moved.size(), 2);
    }

    void aDragPans() {
        Graph graph(GraphLook::Framed, "Graph");
        graph.addCurve("one", 0, GraphShape::Line);
        show(graph);
        const std::int64_t before = graph.seen().to;
        QTest::mousePress(&graph, Qt::LeftButton, {}, {300, 120});
        QTest::mouseMove(&graph, {360, 120});
        QTest::mouseRelease(&graph, Qt::LeftButton, {}, {360, 120});
        QVERIFY(graph.seen().to < before - 10'000);
        QVERIFY(graph.window().isMoved());
    }

    void keysMoveTheCursorWhichIsSpoken() {
        Graph graph(GraphLook::Framed, "Graph");
        graph.setTimeRange(TimeRange::Minute);
        const int curve = graph.addCurve("one", 0, GraphShape::Line);
        graph.mergeHistory(curve, past(70, 4), 1'000);
        show(graph);
        const QString help = graph.accessibleDescription();
        graph.setPaused(true);
        QTest::keyClick(&graph, Qt::Key_Home);
        for (int turn = 0; turn < 5; ++turn)
            QTest::keyClick(&graph, Qt::Key_Right);
        QVERIFY(graph.accessibleDescription() != help);
        QVERIFY(graph.accessibleDescription().contains("one 4"));
    }

    void anHourLeavesTheProcessorFree_data() {
        QTest::addColumn<int>("curves");
        QTest::newRow("64 curves") << 64;
        // Few enough to be drawn with more care, and too many points for it.
        QTest::newRow("9 curves") << 9;
    }
    void anHourLeavesTheProcessorFree() {
        QFETCH(int, curves);
        Graph graph(GraphLook::Open, "Graph");
        graph.setTimeRange(TimeRange::Hour);
        std::vector<int> ids;
        for (int at = 0; at < curves; ++at) {
            const int id = graph.addCurve(QString("curve %1").arg(at), static_cast<std::size_t>(at),
                                          GraphShape::Line);
            std::vector<CounterPoint> points = past(3'600, 0);
            for (int point = 0; point < static_cast<int>(points.size()); ++point)
                points[static_cast<std::size_t>(point)].value =
                    50 + 30 * std::sin(point * (at + 1) / 300.0) + (point * 7919 + at * 31) % 17;
            graph.mergeHistory(id, points, 1'000);
            ids.push_back(id);
        }
        show(graph);
        QTest::qWait(500);
        const std::size_t drawn = graph.draws();
        const double before = processorSeconds();
        QElapsedTimer clock;
        clock.start();
        for (int second = 0; second < 5; ++second) {
            for (const int id : ids)
                graph.append(id, now(), 50.0);
            QTest::qWait(1'000);
        }
        const double share =
            (processorSeconds() - before) * 1'000 / static_cast<double>(clock.elapsed());
        qInfo("%.1f %% of a processor, drawn %zu times", share * 100, graph.draws() - drawn);
        QVERIFY(graph.draws() >= drawn + 4);
#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__)
        QVERIFY2(share < 0.25, qPrintable(QString::number(share)));
#endif
    }
};

QTEST_MAIN(GraphTest)
#include "graph_test.moc"
