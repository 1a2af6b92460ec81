// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/vmms/performance/open_metrics_page.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <random>
#include <thread>

#include "open_metrics_parser.h"
#include "service/vmms/performance/http_request.h"
#include "service/vmms/performance/metrics_server.h"
#include "unix_sockets.h"

using hypervisor::CountedStats;
using hypervisor::FileDescriptor;
using hypervisor::HostSample;
using hypervisor::Intercept;
using hypervisor::MachineSample;
using hypervisor::StatsSlotKind;
using hypervisor::StatsSnapshot;
using hypervisor::StorageValue;
using hypervisor::VpCounter;
using service::HttpRequest;
using service::MetricsServer;
using service::OpenMetricsPage;
using service::PerformanceMonitor;
using tests::OpenMetrics;

namespace {

using Counted = PerformanceMonitor::Counted;

Counted machine(const std::string& id, const std::string& name) {
    auto sample = std::make_shared<MachineSample>();
    sample->stats.counted = CountedStats()
                                .with(Intercept::Halt)
                                .with(Intercept::Hypercall)
                                .with(VpCounter::HypervisorTime);
    sample->stats.tscFrequency = 2'000'000'000;
    for (std::uint64_t vp = 0; vp < 2; ++vp) {
        StatsSnapshot::Processor& processor = sample->stats.processors.emplace_back();
        processor.intercepts[static_cast<std::size_t>(Intercept::Halt)] = 10 + vp;
        processor.counters[static_cast<std::size_t>(VpCounter::HypervisorTime)] = 3'000'000'001;
        sample->threads.push_back(hypervisor::ThreadTimes{1'500'000'007, 2, 99});
    }
    sample->threads[1].reset();
    // Two of one name, and a name that tries to break out.
    for (const char* const device : {"disk", "disk", "a\"b\\c\nd} 1\xff"}) {
        StatsSnapshot::Slot& slot = sample->stats.counterSlots.emplace_back();
        slot.kind = StatsSlotKind::Storage;
        slot.name = device;
        slot.values[static_cast<std::size_t>(StorageValue::ReadBytes)] = 4096;
        slot.values[static_cast<std::size_t>(StorageValue::ReadTime)] = 5'000'000;
        slot.values[static_cast<std::size_t>(StorageValue::Outstanding)] = ~std::uint64_t{0};
    }
    return {id, name, sample, nullptr};
}

Counted host() {
    auto sample = std::make_shared<HostSample>();
    sample->times.processors[0] = {10'000'000'000, 2'000'000'000, 30'000'000'000, 0, {}};
    sample->times.processors[3] = {};
    sample->times.contextSwitches = 12345;
    return {"", "", nullptr, sample};
}

std::string whole(OpenMetricsPage page) {
    std::string text;
    for (std::string piece = page.next(); !piece.empty(); piece = page.next())
        text += piece;
    return text;
}

/// A monitor that has what it was given.
class FixedMonitor : public PerformanceMonitor {
  public:
    hypervisor::Result<void> add(const std::string&, const std::string&, const FileDescriptor&,
                                 pid_t) override {
        return {};
    }
    void rename(const std::string&, const std::string&) override {}
    void remove(const std::string&) override {}
    void forget(const std::string&) override {}
    FiguresPointer latest(const std::string&) const override { return nullptr; }
    std::vector<FiguresPointer> latest() const override { return {}; }
    std::vector<Counted> counted() const override { return machines; }
    std::unique_ptr<Subscription> subscribe(
        std::vector<std::string>, Pace, std::function<void(std::vector<FiguresPointer>)>) override {
        return nullptr;
    }
    void query(service::HistoryQuery, HistoryCallback) override {}
    void flush() override {}

    std::vector<Counted> machines;
};

}  // namespace

class OpenMetricsTest : public QObject {
    Q_OBJECT

  private slots:
    void pageIsAsTheStandardWantsIt() {
        std::string error;
        const auto page = OpenMetrics::parse(
            whole(OpenMetricsPage({host(), machine("id-1", "one"), machine("id-2", "two")})),
            error);
        QVERIFY2(page, error.c_str());
        for (const auto& [name, family] : page->families) {
            QVERIFY2(name.starts_with("vireo_"), name.c_str());
            QVERIFY(!family.help.empty() && !family.type.empty());
            QVERIFY(!name.ends_with("_total"));
        }
        const auto run = page->find("vireo_virtual_processor_run_seconds", {{"machine", "one"}});
        // The second VP has no thread any more.
        QCOMPARE(run.size(), std::size_t{1});
        QCOMPARE(run[0].value, std::string("1.500000007"));
        QCOMPARE(run[0].labels.at("machine_id"), std::string("id-1"));
        QCOMPARE(run[0].labels.at("vp"), std::string("0"));
        QCOMPARE(
            page->find("vireo_virtual_processor_hypervisor_seconds", {{"vp", "1"}}).at(0).value,
            std::string("1.500000000"));
        // What the backend does not count has no sample.
        const auto intercepts =
            page->find("vireo_virtual_processor_intercepts", {{"machine_id", "id-2"}, {"vp", "1"}});
        QCOMPARE(intercepts.size(), std::size_t{2});
        QCOMPARE(page->find("vireo_virtual_processor_intercepts",
                            {{"machine_id", "id-2"}, {"vp", "1"}, {"kind", "halt"}})
                     .at(0)
                     .value,
                 std::string("11"));
        QCOMPARE(page->find("vireo_virtual_processor_long_spin_waits", {}).size(), std::size_t{0});
        QCOMPARE(page->find("vireo_logical_processor_seconds", {{"lp", "0"}, {"mode", "guest"}})
                     .at(0)
                     .value,
                 std::string("10.000000000"));
        QCOMPARE(page->find("vireo_host_context_switches", {}).at(0).value, std::string("12345"));
        QVERIFY(page->find("vireo_host_context_switches", {}).at(0).labels.empty());
        QCOMPARE(page->families.at("vireo_storage_bytes").unit, std::string("bytes"));
        QCOMPARE(page->families.at("vireo_storage_queue_length").type, std::string("gauge"));
        QCOMPARE(page->find("vireo_storage_busy_seconds",
                            {{"machine", "one"}, {"device", "disk"}, {"operation", "read"}})
                     .at(0)
                     .value,
                 std::string("0.005000000"));
    }

    void hostileNamesStayInTheirLabels() {
        const std::string name = "evil\"} 1\n# EOF\nx{y=\"\\";
        std::string error;
        const auto page = OpenMetrics::parse(whole(OpenMetricsPage({machine("id", name)})), error);
        QVERIFY2(page, error.c_str());
        const auto samples = page->find("vireo_virtual_processors", {});
        QCOMPARE(samples.size(), std::size_t{1});
        QCOMPARE(samples[0].labels.at("machine"), std::string("evil\"} 1?# EOF?x{y=\"\\"));
        QCOMPARE(page->find("vireo_storage_bytes", {{"device", "a\"b\\c?d} 1?"}}).size(),
                 std::size_t{2});
    }

    void emptyPageIsAPage() {
        std::string error;
        QVERIFY(OpenMetrics::parse(whole(OpenMetricsPage({})), error));
        QVERIFY(OpenMetrics::parse(whole(OpenMetricsPage({host()})), error));
    }

    void impossibleNumbersAreHarmless() {
        Counted odd = machine("id", "odd");
        auto sample = std::make_shared<MachineSample>(*odd.machine);
        for (const std::uint64_t frequency :
             {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
            sample->stats.tscFrequency = frequency;
            sample->stats.processors[0].counters.fill(~std::uint64_t{0});
            sample->stats.processors.resize(64);
            odd.machine = sample;
            std::string error;
            QVERIFY2(OpenMetrics::parse(whole(OpenMetricsPage({odd})), error), error.c_str());
        }
    }

    void largePageComesInPieces() {
        std::vector<Counted> machines;
        for (int number = 0; number < 500; ++number)
            machines.push_back(machine(std::to_string(number), "machine"));
        OpenMetricsPage page(machines);
        std::string text;
        for (std::string piece = page.next(); !piece.empty(); piece = page.next()) {
            QVERIFY(piece.size() < OpenMetricsPage::kPiece + 16'384);
            text += piece;
        }
        std::string error;
        QVERIFY2(OpenMetrics::parse(text, error), error.c_str());
        QVERIFY(text.size() > 10 * OpenMetricsPage::kPiece);
    }

    void requestsAreJudged_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("verdict");
        const auto row = [](const char* name, const QByteArray& bytes,
                            HttpRequest::Verdict verdict) {
            QTest::newRow(name) << bytes << static_cast<int>(verdict);
        };
        using Verdict = HttpRequest::Verdict;
        row("get", "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", Verdict::Good);
        row("old", "GET /metrics HTTP/1.0\r\n\r\n", Verdict::Good);
        row("query", "GET /metrics?x=/../y HTTP/1.1\r\n\r\n", Verdict::Good);
        row("head", "HEAD /metrics HTTP/1.1\r\n\r\n", Verdict::Good);
        row("nothing", "", Verdict::Incomplete);
        row("half", "GET /metrics HTTP/1.1\r\nHost", Verdict::Incomplete);
        row("post", "POST /metrics HTTP/1.1\r\n\r\n", Verdict::NoMethod);
        row("elsewhere", "GET /etc/passwd HTTP/1.1\r\n\r\n", Verdict::NoPage);
        row("no target", "GET  HTTP/1.1\r\n\r\n", Verdict::Bad);
        row("two", "GET /metrics HTTP/2.0\r\n\r\n", Verdict::Bad);
        row("no version", "GET /metrics\r\n\r\n", Verdict::Bad);
        row("blank", "\r\n\r\n", Verdict::Bad);
        row("binary", QByteArray("\x16\x03\x01\x02 \x01 \xfc\r\n\r\n", 12), Verdict::Bad);
        row("long", "GET /" + QByteArray(9000, 'x'), Verdict::TooLong);
        row("long headers", "GET /metrics HTTP/1.1\r\nX: " + QByteArray(9000, 'x') + "\r\n\r\n",
            Verdict::TooLong);
    }
    void requestsAreJudged() {
        QFETCH(QByteArray, bytes);
        QTEST(static_cast<int>(HttpRequest::parse(bytes.toStdString(), "/metrics").verdict),
              "verdict");
    }

    void pageIsServed_data() {
        QTest::addColumn<QByteArray>("version");
        QTest::newRow("in chunks") << QByteArray("1.1");
        QTest::newRow("to the end") << QByteArray("1.0");
    }
    void pageIsServed() {
        QFETCH(QByteArray, version);
        startServer(300);
        const std::string answer =
            exchange("GET /metrics HTTP/" + version.toStdString() + "\r\nHost: localhost\r\n\r\n");
        QVERIFY(answer.starts_with("HTTP/1.1 200 OK\r\n"));
        const auto split = answer.find("\r\n\r\n");
        const std::string head = answer.substr(0, split);
        QVERIFY(head.find("application/openmetrics-text; version=1.0.0; charset=utf-8") !=
                std::string::npos);
        std::string body = answer.substr(split + 4);
        QCOMPARE(head.find("chunked") != std::string::npos, version == "1.1");
        if (version == "1.1")
            body = withoutChunks(body);
        std::string error;
        const auto page = OpenMetrics::parse(body, error);
        QVERIFY2(page, error.c_str());
        QCOMPARE(page->find("vireo_virtual_processors", {}).size(), std::size_t{300});
        QCOMPARE(exchange("HEAD /metrics HTTP/1.1\r\n\r\n").find("# TYPE"), std::string::npos);
        QVERIFY(exchange("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
        QVERIFY(exchange("DELETE /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
        QVERIFY(exchange("nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
        QVERIFY(exchange(std::string(20'000, 'x')).starts_with("HTTP/1.1 431 "));
    }

    void socketHasItsMode() {
        startServer(1);
        struct stat status {};
        QCOMPARE(::stat(path().c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777, 0640U);
        stopServer();
        QVERIFY(::stat(path().c_str(), &status) != 0);
    }

    void hostileClientsKeepNobodyWaiting() {
        startServer(2000);
        // Silent ones, half requests, and those that take nothing of a page of megabytes.
        std::vector<FileDescriptor> hostile;
        for (int client = 0; client < 200; ++client) {
            hostile.push_back(connect());
            QVERIFY(hostile.back());
            const std::string bytes = client % 3 == 0   ? ""
                                      : client % 3 == 1 ? "GET /met"
                                                        : "GET /metrics HTTP/1.1\r\n\r\n";
            static_cast<void>(
                ::send(hostile.back().get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
            if (hostile.size() > 40)
                hostile.erase(hostile.begin());
        }
        // They are cut off after five seconds each turn, and then it is the turn of who asks well.
        const std::string answer = exchange("GET /metrics HTTP/1.1\r\n\r\n");
        std::string error;
        QVERIFY2(
            OpenMetrics::parse(withoutChunks(answer.substr(answer.find("\r\n\r\n") + 4)), error),
            error.c_str());
    }

    void clientsThatLeaveAtAnyTimeDoNoHarm() {
        startServer(200);
        std::mt19937 random(9);
        for (int turn = 0; turn < 500; ++turn) {
            FileDescriptor client = connect();
            const std::string request = "GET /metrics HTTP/1.1\r\n\r\n";
            static_cast<void>(::send(client.get(), request.data(), random() % (request.size() + 1),
                                     MSG_NOSIGNAL));
            if (random() % 2 == 0) {
                std::array<char, 1000> bytes{};
                pollfd source{client.get(), POLLIN, 0};
                if (::poll(&source, 1, static_cast<int>(random() % 3)) == 1)
                    static_cast<void>(!::read(client.get(), bytes.data(), bytes.size()));
            }
        }
        QVERIFY(exchange("GET /metrics HTTP/1.0\r\n\r\n").ends_with("# EOF\n"));
    }

    void cleanup() { stopServer(); }

  private:
    [[nodiscard]] std::string path() const {
        return folder_.filePath("metrics.sock").toStdString();
    }
    void startServer(int machines) {
        monitor_.machines = {host()};
        for (int number = 0; number < machines; ++number)
            monitor_.machines.push_back(machine(std::to_string(number), "machine"));
        loop_.emplace();
        auto server = MetricsServer::create(loop_->get_executor(), monitor_, {path(), 0640, {}});
        if (!server)
            qFatal("%s", server.error().message.c_str());
        server_ = std::move(*server);
        thread_ = std::thread([this] { loop_->run(); });
    }
    void stopServer() {
        if (!loop_)
            return;
        loop_->stop();
        thread_.join();
        server_.reset();
        loop_.reset();
    }
    [[nodiscard]] FileDescriptor connect() const { return tests::connectTo(path()); }
    [[nodiscard]] std::string exchange(const std::string& request) const {
        const FileDescriptor socket = connect();
        static_cast<void>(::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL));
        std::string answer;
        std::array<char, 65536> bytes{};
        for (;;) {
            pollfd source{socket.get(), POLLIN, 0};
            if (::poll(&source, 1, 60'000) != 1)
                return answer + " (no end)";
            const ssize_t size = ::read(socket.get(), bytes.data(), bytes.size());
            if (size <= 0)
                return answer;
            answer.append(bytes.data(), static_cast<std::size_t>(size));
        }
    }
    static std::string withoutChunks(const std::string& body) {
        std::string text;
        std::size_t at = 0;
        for (;;) {
            const auto end = body.find("\r\n", at);
            if (end == std::string::npos)
                return text + " (no end)";
            const std::size_t size = std::stoul(body.substr(at, end - at), nullptr, 16);
            if (size == 0)
                return text;
            text += body.substr(end + 2, size);
            at = end + 2 + size + 2;
        }
    }

    QTemporaryDir folder_;
    FixedMonitor monitor_;
    std::optional<boost::asio::io_context> loop_;
    std::unique_ptr<MetricsServer> server_;
    std::thread thread_;
};

QTEST_GUILESS_MAIN(OpenMetricsTest)
#include "open_metrics_test.moc"
