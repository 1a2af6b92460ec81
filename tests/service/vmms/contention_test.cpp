// SPDX-License-Identifier: GPL-3.0-or-later
//
// Machines with busy VPs that compete under the service, on the host's own control groups. With
// VIREO_LONG_TESTS the guests are Debian's kernel with a loop on each VP, else a few instructions.
#include <sys/types.h>
#include <unistd.h>

#include <QtTest>
#include <cmath>
#include <map>
#include <numeric>
#include <thread>

#include "hypervisor/stats/thread_times.h"
#include "service/ipc/methods.h"
#include "session_service.h"

using namespace service;  // NOLINT: the interface under test
using namespace std::chrono_literals;
using Time = std::chrono::steady_clock;
using tests::eventually;
using tests::RpcClient;
using tests::SessionService;
using tests::tinyMachine;

namespace {

constexpr const char* kKernel = VIREO_GUEST_IMAGES "/cloud/vmlinuz";

/// What a worker's VPs have run, in nanoseconds: limits and weights are theirs.
std::uint64_t runTime(pid_t worker) {
    std::uint64_t sum = 0;
    const QDir threads(QString("/proc/%1/task").arg(worker));
    for (const QString& name : threads.entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        QFile command(threads.filePath(name + "/comm"));
        if (!command.open(QIODevice::ReadOnly) || !command.readAll().startsWith("vp "))
            continue;
        if (const auto times = hypervisor::readThreadTimes(worker, name.toInt()))
            sum += times->runNanoseconds;
    }
    return sum;
}

}  // namespace

class ContentionTest : public QObject {
    Q_OBJECT

    std::unique_ptr<SessionService> service_;
    std::optional<RpcClient> client_;
    std::uint32_t lps_ = 0;
    std::map<std::string, pid_t> workers_;
    const bool long_ = qEnvironmentVariableIsSet("VIREO_LONG_TESTS");
    const Time::duration measured_ = long_ ? 10s : 3s;

    [[nodiscard]] MachineSettings busyMachine(const std::string& name) const {
        MachineSettings settings = tinyMachine(name, long_ ? kKernel : BUSY_GUEST);
        if (long_) {
            settings.memory.startupBytes = settings.memory.minimumBytes = 256U << 20U;
            settings.firmware.kernel->initialRamDisks = {VIREO_TEST_RAM_DISK};
            settings.firmware.kernel->commandLine = "console=ttyS0 vireo.recipe=busy";
        }
        return settings;
    }

    /// Until all VPs are busy; false if that does not come.
    [[nodiscard]] bool waitUntilBusy(const std::string& name) {
        if (!long_)
            return eventually([&] { return runTime(workers_[name]) > 20'000'000; });
        const auto console = client_->call<ConsoleAttachMethod>({name, std::nullopt});
        auto attached = console ? RpcClient::connect(console->console.socket) : std::nullopt;
        while (attached) {
            const auto line = attached->receiveLine();
            if (!line || line->starts_with("@@busy"))
                return line.has_value();
        }
        return false;
    }

    void run(const std::string& name, const ProcessorSettings& processor) {
        MachineSettings settings = busyMachine(name);
        settings.processor = processor;
        const auto made = client_->call<MachineCreateMethod>({settings, std::nullopt});
        if (!made)
            qFatal("%s", describe(made.error()).c_str());
        const auto started = client_->call<MachineStartMethod>({name});
        if (!started)
            qFatal("%s", describe(started.error()).c_str());
        const auto details = client_->call<MachineGetMethod>({name});
        workers_[name] = static_cast<pid_t>(*details->machine.workerProcess);
        if (!waitUntilBusy(name))
            qFatal("the guest does nothing");
    }

    struct Outcome {
        /// In LPs.
        std::map<std::string, double> used;
        double all = 0;
    };
    Outcome measure(Time::duration duration) {
        std::map<std::string, std::uint64_t> before;
        const auto begin = Time::now();
        for (const auto& [name, worker] : workers_)
            before[name] = runTime(worker);
        std::this_thread::sleep_for(duration);
        Outcome outcome;
        const double passed = std::chrono::duration<double>(Time::now() - begin).count();
        for (const auto& [name, worker] : workers_) {
            outcome.used[name] = static_cast<double>(runTime(worker) - before[name]) / 1e9 / passed;
            outcome.all += outcome.used[name];
            qInfo("%s: %.4f LPs", name.c_str(), outcome.used[name]);
        }
        return outcome;
    }
    void set(const std::string& name, boost::json::object processor) {
        MachineSetParams params;
        params.machine = name;
        params.changes.emplace("processor", std::move(processor));
        const auto reply = client_->call<MachineSetMethod>(params);
        if (!reply)
            qFatal("%s", describe(reply.error()).c_str());
    }
    /// Whether something else on the host had its LPs, so that shares of it can't be measured.
    [[nodiscard]] bool hadWholeHost(double all) const { return all >= lps_ * 0.95; }

  private slots:
    void initTestCase() {
        if (long_)
            for (const char* file : {kKernel, VIREO_TEST_RAM_DISK})
                if (!QFileInfo::exists(file))
                    QSKIP("no guest images: run installer/guest-images.sh and build again");
    }
    void init() {
        service_ = std::make_unique<SessionService>();
        QVERIFY2(service_->start(), service_->output().c_str());
        client_ = service_->client();
        const auto host = client_->call<HostGetMethod>({});
        QVERIFY(host);
        lps_ = host->logicalProcessors;
        if (host->resourceControl == ResourceControlMode::WorkerPacing)
            QSKIP(host->resourceControlNote.c_str());
    }
    void cleanup() {
        for (const auto& [name, worker] : workers_)
            static_cast<void>(client_->call<MachineTurnOffMethod>({name}).has_value());
        workers_.clear();
        client_.reset();
        service_.reset();
    }

    void limits() {
        run("half", {1, 0, 50'000, 100});
        run("fifth", {1, 0, 20'000, 100});
        std::this_thread::sleep_for(500ms);
        const Outcome outcome = measure(measured_);
        QVERIFY(outcome.used.at("half") <= 0.51);
        QVERIFY(outcome.used.at("fifth") <= 0.21);
        if (outcome.used.at("half") < 0.49 || outcome.used.at("fifth") < 0.19)
            QSKIP("the host was busy with something else");
    }

    void weights() {
        for (const std::uint32_t weight : {100U, 200U, 400U})
            run("w" + std::to_string(weight), {lps_, 0, kNoLimit, weight});
        std::this_thread::sleep_for(2s);
        const Outcome outcome = measure(measured_);
        if (!hadWholeHost(outcome.all))
            QSKIP("the host was busy with something else");
        QVERIFY(std::abs(outcome.used.at("w200") / outcome.used.at("w100") / 2 - 1) < 0.03);
        QVERIFY(std::abs(outcome.used.at("w400") / outcome.used.at("w100") / 4 - 1) < 0.03);
    }

    void aReserveBesideEightOthers() {
        run("reserved", {1, 80'000, kNoLimit, 100});
        for (int at = 0; at < 8; ++at)
            run("other" + std::to_string(at), {2, 0, kNoLimit, 100});
        std::this_thread::sleep_for(3s);
        const Outcome outcome = measure(measured_);
        if (!hadWholeHost(outcome.all))
            QSKIP("the host was busy with something else");
        QVERIFY(outcome.used.at("reserved") >= 0.79);
    }

    void aLiveChangeIsInForceWithin200Milliseconds() {
        run("one", {1, 0, kNoLimit, 100});
        const double before = measure(500ms).used.at("one");
        if (before < 0.6)
            QSKIP("the host was busy with something else");
        set("one", {{"limit", 30'000}});
        std::this_thread::sleep_for(200ms);
        const double limited = measure(1s).used.at("one");
        QVERIFY(limited <= 0.32);
        set("one", {{"limit", kNoLimit}});
        std::this_thread::sleep_for(200ms);
        const double free = measure(1s).used.at("one");
        if (free < 0.6)
            QSKIP("the host was busy with something else");
        QVERIFY(free > limited * 1.5);
    }
};

QTEST_GUILESS_MAIN(ContentionTest)
#include "contention_test.moc"
