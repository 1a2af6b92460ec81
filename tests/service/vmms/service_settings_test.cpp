// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a real vireod keeps for itself, and how a client ends it.
#include <sys/wait.h>
#include <unistd.h>

#include <QDir>
#include <QFile>
#include <QtTest>
#include <algorithm>

#include "service/ipc/methods.h"
#include "session_service.h"

using namespace service;  // NOLINT: the interface under test
using tests::eventually;
using tests::RpcClient;
using tests::SessionService;
using tests::tinyMachine;

namespace {

/// For QVERIFY2: what went wrong.
template <class Reply>
std::string why(const RpcResult<Reply>& reply) {
    return reply ? std::string() : nameOf(reply.error().code) + ": " + describe(reply.error());
}

}  // namespace

#define QVERIFY_REPLY(reply) QVERIFY2(reply, why(reply).c_str())

class ServiceSettingsTest : public QObject {
    Q_OBJECT

    std::unique_ptr<SessionService> service_;
    std::optional<RpcClient> client_;

    [[nodiscard]] std::string folder(const char* name) const {
        const QString path = QString::fromStdString(service_->folder()) + '/' + name;
        return QDir().mkpath(path) ? path.toStdString() : std::string();
    }
    RpcResult<ServiceReply> setDisks(std::string folder) {
        return client_->call<ServiceSetMethod>({std::move(folder), std::nullopt});
    }
    RpcResult<ServiceReply> setMachines(std::string folder) {
        return client_->call<ServiceSetMethod>({std::nullopt, std::move(folder)});
    }
    /// Of the service's process, which ends by itself.
    [[nodiscard]] int awaitEnd() const {
        siginfo_t end{};
        // It stays to be waited for by its owner.
        if (!eventually([&] {
                return ::waitid(P_PID, static_cast<id_t>(service_->process()), &end,
                                WEXITED | WNOHANG | WNOWAIT) == 0 &&
                       end.si_pid != 0;
            }))
            return -1;
        return end.si_code == CLD_EXITED ? end.si_status : 1000 + end.si_status;
    }

  private slots:
    void init() {
        service_ = std::make_unique<SessionService>();
        QVERIFY2(service_->start(), service_->output().c_str());
        client_ = service_->client();
    }
    void cleanup() {
        client_.reset();
        service_.reset();
    }

    void withoutAChoiceFoldersAreTheUsualOnes() {
        const auto reply = client_->call<ServiceGetMethod>({});
        QVERIFY_REPLY(reply);
        QCOMPARE(reply->settings.diskFolder, "");
        QCOMPARE(reply->settings.machineFolder, "");
        QCOMPARE(reply->usualMachineFolder, service_->machines());
        QCOMPARE(reply->machineFolderLimitation, "");
        QVERIFY(reply->machinesGoOn);
        const auto host = client_->call<HostGetMethod>({});
        QVERIFY_REPLY(host);
        QCOMPARE(host->machinesFolder, service_->machines());
        QCOMPARE(host->disksFolder, "");
    }

    void machinesGoToTheChosenFolderAndItIsKept() {
        const std::string place = folder("machines of mine");
        const auto set = setMachines(place + "//");
        QVERIFY_REPLY(set);
        QCOMPARE(set->settings.machineFolder, place);
        const auto made =
            client_->call<MachineCreateMethod>({tinyMachine("one", HALTED_GUEST), std::nullopt});
        QVERIFY_REPLY(made);
        QCOMPARE(made->machine.summary.folder, place + '/' + made->machine.settings.id);
        QCOMPARE(service_->stop(), 0);
        QVERIFY2(service_->start(), service_->output().c_str());
        client_ = service_->client();
        const auto again = client_->call<ServiceGetMethod>({});
        QVERIFY_REPLY(again);
        QCOMPARE(again->settings.machineFolder, place);
        const auto found = client_->call<MachineGetMethod>({"one"});
        QVERIFY_REPLY(found);
        QCOMPARE(found->machine.summary.folder, made->machine.summary.folder);
        // Back to the usual one: what is there stays.
        QVERIFY_REPLY(setMachines(""));
        const auto two =
            client_->call<MachineCreateMethod>({tinyMachine("two", HALTED_GUEST), std::nullopt});
        QVERIFY_REPLY(two);
        QCOMPARE(two->machine.summary.folder,
                 service_->machines() + '/' + two->machine.settings.id);
        QVERIFY(client_->call<MachineGetMethod>({"one"}).has_value());
    }

    void everyClientHearsOfTheChange() {
        RpcClient other = service_->client();
        SubscribeParams params;
        params.service = true;
        QVERIFY(other.call<SubscribeMethod>(params).has_value());
        const std::string place = folder("disks");
        QVERIFY_REPLY(setDisks(place));
        const auto heard = other.waitForNotification("service.changed");
        QVERIFY(heard);
        const auto changed = decodeValue<ServiceChangedNotification>(*heard, UnknownFields::Refuse);
        QVERIFY(changed.has_value());
        QCOMPARE(changed->settings.diskFolder, place);
        const auto host = other.call<HostGetMethod>({});
        QVERIFY_REPLY(host);
        QCOMPARE(host->disksFolder, place);
    }

    void foldersAreRefusedWithTheirField_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("code");
        QTest::newRow("relative") << "disks" << static_cast<int>(ErrorCode::InvalidParams);
        QTest::newRow("not there") << "/FOLDER/gone" << static_cast<int>(ErrorCode::FileError);
        QTest::newRow("a file") << "/FOLDER/file" << static_cast<int>(ErrorCode::FileError);
        QTest::newRow("no place for files")
            << "/proc/self" << static_cast<int>(ErrorCode::FileError);
        QTest::newRow("too long") << '/' + QString(5'000, 'x')
                                  << static_cast<int>(ErrorCode::InvalidParams);
    }
    void foldersAreRefusedWithTheirField() {
        QFETCH(QString, name);
        QFETCH(int, code);
        QFile file(QString::fromStdString(service_->folder()) + "/file");
        QVERIFY(file.open(QIODevice::WriteOnly));
        name.replace("/FOLDER", QString::fromStdString(service_->folder()));
        const auto disks = setDisks(name.toStdString());
        QVERIFY(!disks);
        QCOMPARE(static_cast<int>(disks.error().code), code);
        QCOMPARE(disks.error().data.field, "diskFolder");
        QVERIFY(!disks.error().message.empty());
        const auto machines = setMachines(name.toStdString());
        QVERIFY(!machines);
        QCOMPARE(machines.error().data.field, "machineFolder");
        const auto now = client_->call<ServiceGetMethod>({});
        QVERIFY_REPLY(now);
        QVERIFY(now->settings == ServiceSettings{});
    }

    void aTrialLeavesNothingBehind() {
        const std::string place = folder("tried");
        QVERIFY_REPLY(setDisks(place));
        QVERIFY(QDir(QString::fromStdString(place))
                    .isEmpty(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot));
    }

    void aDamagedFileIsToldOfAndKept() {
        QCOMPARE(service_->stop(), 0);
        QFile file(QString::fromStdString(service_->data()) + "/service.json");
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("{\"version\": 1, \"settings\": {\"diskFolder\": \"disks\"}}");
        file.close();
        QVERIFY2(service_->start(), service_->output().c_str());
        client_ = service_->client();
        QVERIFY(service_->output().find("service.json") != std::string::npos);
        const auto refused = setDisks(folder("disks"));
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::StorageError);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll().contains("\"disks\""));
    }

    void aStopIsAnsweredToldAndOrderly() {
        const auto made =
            client_->call<MachineCreateMethod>({tinyMachine("one", BUSY_GUEST), std::nullopt});
        QVERIFY_REPLY(made);
        QVERIFY_REPLY(client_->call<MachineStartMethod>({"one"}));
        RpcClient other = service_->client();
        SubscribeParams params;
        params.service = true;
        QVERIFY(other.call<SubscribeMethod>(params).has_value());
        const auto reply = client_->call<ServiceStopMethod>({});
        QVERIFY_REPLY(reply);
        QVERIFY(reply->machinesGoOn);
        QCOMPARE(reply->runningMachines, 1U);
        const auto heard = other.waitForNotification("service.stopping");
        QVERIFY(heard);
        QVERIFY(heard->at("machinesGoOn").as_bool());
        QVERIFY(other.waitForEnd(std::chrono::seconds(10)));
        QCOMPARE(awaitEnd(), 0);
        // The next one has the machine as it was.
        QVERIFY2(service_->start(), service_->output().c_str());
        client_ = service_->client();
        const auto after = client_->call<MachineGetMethod>({"one"});
        QVERIFY_REPLY(after);
        QCOMPARE(after->machine.summary.state, MachineState::Running);
        EventsListParams events;
        const auto happened = client_->call<EventsListMethod>(events);
        QVERIFY_REPLY(happened);
        QVERIFY(std::ranges::any_of(happened->events, [](const EventRecord& event) {
            return event.kind == "ServiceStopping";
        }));
    }

    void machinesStopWithAServiceThatWasStartedSo() {
        QCOMPARE(service_->stop(), 0);
        QVERIFY2(service_->start({"--when-stopped", "stop"}), service_->output().c_str());
        client_ = service_->client();
        auto settings = tinyMachine("one", BUSY_GUEST);
        settings.automaticStop = AutomaticStopAction::TurnOff;
        QVERIFY_REPLY(client_->call<MachineCreateMethod>({settings, std::nullopt}));
        QVERIFY_REPLY(client_->call<MachineStartMethod>({"one"}));
        const auto now = client_->call<ServiceGetMethod>({});
        QVERIFY_REPLY(now);
        QVERIFY(!now->machinesGoOn);
        const auto reply = client_->call<ServiceStopMethod>({});
        QVERIFY_REPLY(reply);
        QVERIFY(!reply->machinesGoOn);
        QCOMPARE(awaitEnd(), 0);
        QVERIFY2(service_->start(), service_->output().c_str());
        client_ = service_->client();
        const auto after = client_->call<MachineGetMethod>({"one"});
        QVERIFY_REPLY(after);
        QCOMPARE(after->machine.summary.state, MachineState::Off);
    }
};

QTEST_GUILESS_MAIN(ServiceSettingsTest)
#include "service_settings_test.moc"
