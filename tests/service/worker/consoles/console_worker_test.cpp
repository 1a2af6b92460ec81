// SPDX-License-Identifier: GPL-3.0-or-later
//
// Consoles of a real worker: there whether its service is or not.
#include "service/vmms/consoles/console_sockets.h"

#include <QTemporaryDir>
#include <QtTest>

#include "console_peer.h"
#include "hypervisor/stats/stats_view.h"
#include "started_worker.h"
#include "unix_sockets.h"

using service::ConsoleSockets;
using service::WorkerEventKind;
using service::WorkerRequestKind;
using tests::ConsolePeer;
using tests::StartedWorker;

namespace {

constexpr const char* kMachine = "11111111-2222-3333-4444-555555555555";

}  // namespace

class ConsoleWorkerTest : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        auto sockets = ConsoleSockets::create({folder_.filePath("consoles").toStdString(), {}});
        QVERIFY(sockets);
        sockets_.emplace(std::move(*sockets));
    }

    void twoAttachAndType() {
        StartedWorker worker(options());
        ConsolePeer first(path(1));
        QVERIFY(first.hears("ready\r\n"));
        ConsolePeer second(path(1));
        QVERIFY(second.hears("ready\r\n"));
        first.type("a");
        QVERIFY(first.hears("a"));
        QVERIFY(second.hears("a"));
        second.type("b");
        QVERIFY(first.hears("b"));
        QVERIFY(second.hears("b"));
    }

    void secondPortIsThereToo() {
        StartedWorker worker(options());
        ConsolePeer other(path(2));
        QVERIFY(other.connected());
        ConsolePeer console(path(1));
        QVERIFY(console.hears("ready\r\n"));
    }

    void consolesGoOnWhileTheServiceIsAway() {
        StartedWorker worker(options());
        ConsolePeer attached(path(1));
        QVERIFY(attached.hears("ready\r\n"));
        worker.closeConnection();
        // Who was attached still is, and others come.
        attached.type("x");
        QVERIFY(attached.hears("x"));
        ConsolePeer late(path(1));
        QVERIFY(late.hears("ready\r\nx"));
        late.type("y");
        QVERIFY(attached.hears("y"));
        // The next service removes what is nobody's, adopts, and has nothing to do for consoles.
        sockets_->removeAllBut({kMachine});
        QVERIFY(worker.reconnect());
        const auto description = worker.ask(WorkerRequestKind::Describe);
        QVERIFY(description && description->event.description);
        attached.type("z");
        QVERIFY(attached.hears("z"));
        ConsolePeer after(path(1));
        QVERIFY(after.hears("ready\r\nxyz"));
    }

    void outputForNobodyDoesNotStopTheGuest() {
        StartedWorker worker(options());
        {
            ConsolePeer console(path(1));
            QVERIFY(console.hears("ready\r\n"));
            console.type("n");
            QVERIFY(console.hears("noise\r\n"));
        }
        worker.closeConnection();
        QVERIFY(worker.reconnect());
        auto description = worker.ask(WorkerRequestKind::Describe);
        QVERIFY(description && description->descriptors.size() == 1);
        const auto view = hypervisor::StatsView::open(description->descriptors[0]);
        QVERIFY(view);
        const auto written = [&view] {
            const auto stats = (*view)->read();
            return stats->processors.at(0)
                .intercepts[static_cast<std::size_t>(hypervisor::Intercept::IoInstruction)];
        };
        // More than all buffers hold: two accesses of ports a byte, at least.
        const auto before = written();
        QTRY_VERIFY_WITH_TIMEOUT(written() > before + (std::uint64_t{2} << 20), 60'000);
        ConsolePeer late(path(1));
        QVERIFY(late.hears("noise\r\n"));
        QVERIFY(late.heard().starts_with("noise\r\n"));
    }

    void endOfTheMachineEndsItsConsoles() {
        StartedWorker worker(options());
        ConsolePeer console(path(1));
        QVERIFY(console.hears("ready\r\n"));
        console.type("q");
        QVERIFY(worker.waitFor(WorkerEventKind::PoweredOff));
        QVERIFY(console.hearsTheEnd());
        QCOMPARE(worker.waitForEnd(), 0);
        QVERIFY(!ConsolePeer(path(1)).connected());
        sockets_->remove(kMachine);
        QVERIFY(!QFile::exists(QString::fromStdString(path(1))));
    }

    void wrongPortsAreRefused_data() {
        QTest::addColumn<QList<int>>("ports");
        QTest::addColumn<bool>("stream");
        QTest::newRow("none such") << QList<int>{5} << false;
        QTest::newRow("zero") << QList<int>{0} << false;
        QTest::newRow("twice") << QList<int>{2, 2} << false;
        QTest::newRow("a stream's") << QList<int>{1} << true;
    }
    void wrongPortsAreRefused() {
        QFETCH(QList<int>, ports);
        QFETCH(bool, stream);
        StartedWorker::Options wrong = options();
        wrong.start.hasStream = stream;
        wrong.start.consolePorts.assign(ports.begin(), ports.end());
        wrong.consoles.clear();
        for (int port = 0; port < ports.size(); ++port)
            wrong.consoles.push_back(
                std::make_shared<hypervisor::FileDescriptor>(tests::listenAt(path(4))));
        StartedWorker worker(std::move(wrong));
        const auto refused = worker.waitFor(WorkerEventKind::Refused);
        QVERIFY(refused && refused->event.text.find("COM") != std::string::npos);
    }

  private:
    [[nodiscard]] std::string path(unsigned port) const { return sockets_->path(kMachine, port); }
    [[nodiscard]] StartedWorker::Options options() {
        StartedWorker::Options result;
        result.start.memoryBytes = 16 << 20;
        result.start.backend = service::BackendChoice::Software;
        result.start.kernel = "guest";
        result.start.hasStream = false;
        result.start.consolePorts = {1, 2};
        result.kernel = CONSOLE_GUEST;
        result.listenAt = folder_.filePath("control").toStdString();
        for (const unsigned port : {1U, 2U}) {
            auto socket = sockets_->open(kMachine, port);
            if (!socket)
                qFatal("%s", socket.error().message.c_str());
            result.consoles.push_back(
                std::make_shared<hypervisor::FileDescriptor>(std::move(*socket)));
        }
        return result;
    }

    QTemporaryDir folder_;
    std::optional<ConsoleSockets> sockets_;
};

QTEST_GUILESS_MAIN(ConsoleWorkerTest)
#include "console_worker_test.moc"
