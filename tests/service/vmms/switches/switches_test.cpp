// SPDX-License-Identifier: GPL-3.0-or-later
//
// The system's service with virtual switches, in a network and a mount namespace of this test's
// own: what machines get, what is refused, what is told, and what outlives the service.
#include <QtTest>
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "own_network.h"
#include "service/ipc/methods.h"
#include "service/vmms/switches/bridge_switches.h"
#include "session_service.h"
#include "system_service.h"

using namespace service;  // NOLINT: the interface under test
using tests::eventually;
using tests::RpcClient;
using tests::tinyMachine;

namespace {

constexpr const char* kSwitchFile = "/var/lib/vireo/switches.json";

NetworkAdapter adapterAt(const std::string& switchName, const std::string& macAddress = {}) {
    NetworkAdapter adapter;
    adapter.switchName = switchName;
    adapter.macAddress = macAddress;
    return adapter;
}

template <class Reply>
std::string refusalOf(const RpcResult<Reply>& reply) {
    return reply ? std::string() : reply.error().data.field + ": " + reply.error().message;
}

}  // namespace

class SwitchesTest : public QObject {
    Q_OBJECT

    tests::SystemService service_;
    std::optional<RpcClient> client_;
    std::optional<HostNetwork> network_;

    void startService() {
        QVERIFY2(service_.start(), service_.output().c_str());
        client_ = RpcClient::connect(tests::SystemService::kSocket);
        QVERIFY(client_);
        SubscribeParams events;
        events.switches = true;
        QVERIFY(client_->call<SubscribeMethod>(events));
    }
    void stopService() {
        client_.reset();
        QVERIFY2(service_.stop(), service_.output().c_str());
    }
    VirtualSwitch make(const std::string& name, SwitchKind kind) {
        SwitchSettings settings;
        settings.name = name;
        settings.kind = kind;
        const auto made = client_->call<SwitchCreateMethod>({settings});
        if (!made)
            qFatal("%s", made.error().message.c_str());
        return made->virtualSwitch;
    }
    VirtualSwitch get(const std::string& name) {
        const auto list = client_->call<SwitchListMethod>({});
        for (const VirtualSwitch& one : list->switches)
            if (one.settings.name == name)
                return one;
        return {};
    }
    /// How many taps are ports of this interface.
    std::ptrdiff_t portsOf(const VirtualSwitch& one) {
        const auto links = network_->links().value();
        const auto bridge = std::ranges::find(links, one.interfaceName, &HostLink::name);
        return bridge == links.end() ? -1
                                     : std::ranges::count(links, bridge->index, &HostLink::master);
    }
    bool hasEvent(const std::string& kind, const std::string& machine = {}) {
        const auto events = client_->call<EventsListMethod>({});
        return events && std::ranges::any_of(events->events, [&](const EventRecord& event) {
                   return event.kind == kind && event.machineName == machine;
               });
    }
    void makeMachine(const std::string& name, std::vector<NetworkAdapter> adapters) {
        MachineSettings settings = tinyMachine(name, HALTED_GUEST);
        settings.networkAdapters = std::move(adapters);
        const auto made = client_->call<MachineCreateMethod>({settings, std::nullopt});
        QVERIFY2(made, made ? "" : made.error().message.c_str());
    }
    RpcResult<MachineReply> connectTo(const std::string& machine, const std::string& switchName) {
        const auto details = client_->call<MachineGetMethod>({machine});
        if (!details)
            return std::unexpected(details.error());
        auto adapters = details->machine.settings.networkAdapters;
        adapters.front().switchName = switchName;
        MachineSetParams set;
        set.machine = machine;
        set.changes = {{"networkAdapters", encodeValue(adapters)}};
        return client_->call<MachineSetMethod>(set);
    }

  private slots:
    void initTestCase() {
        network_.emplace(HostNetwork::create().value());
        QVERIFY(tests::makeCable("nic0", "outside0"));
        startService();
    }
    void cleanupTestCase() {
        if (client_)
            if (const auto list = client_->call<MachineListMethod>({}))
                for (const MachineSummary& machine : list->machines)
                    static_cast<void>(client_->call<MachineTurnOffMethod>({machine.id}));
        if (service_.runs())
            stopService();
    }

    void switchesAreMadeChangedRenamedAndRemoved() {
        const auto list = client_->call<SwitchListMethod>({});
        QVERIFY(list);
        QCOMPARE(list->limitation, "");
        QCOMPARE(list->switches.size(), std::size_t{1});
        QCOMPARE(list->switches[0].settings.name, kDefaultSwitch);
        QVERIFY(std::ranges::any_of(list->hostAdapters, [](const HostAdapter& adapter) {
            return adapter.name == "nic0" && adapter.unusable.empty() && adapter.connected;
        }));
        const VirtualSwitch made = make("Lab", SwitchKind::Private);
        QCOMPARE(made.state, SwitchState::Ready);
        QCOMPARE(portsOf(made), 0);
        QVERIFY(client_->waitForNotification("switch.changed"));

        SwitchSetParams outside;
        outside.name = "Lab";
        outside.kind = SwitchKind::External;
        QCOMPARE(client_->call<SwitchSetMethod>(outside).error().data.field, "hostAdapter");
        outside.hostAdapter = "nic0";
        const auto changed = client_->call<SwitchSetMethod>(outside);
        QVERIFY2(changed, refusalOf(changed).c_str());
        QCOMPARE(portsOf(made), 1);
        SwitchSetParams inside;
        inside.name = "Lab";
        inside.kind = SwitchKind::Internal;
        inside.hostAddress = "192.168.77.1/24";
        inside.notes = "for tests";
        QVERIFY(client_->call<SwitchSetMethod>(inside));
        QCOMPARE(portsOf(made), 0);

        QVERIFY(client_->call<SwitchRenameMethod>({"Lab", "Laboratory"}));
        QCOMPARE(get("Laboratory").settings.notes, "for tests");
        QVERIFY(client_->call<SwitchRemoveMethod>({"Laboratory"}));
        QVERIFY(client_->waitForNotification("switch.removed"));
        QCOMPARE(portsOf(made), -1);
        QVERIFY(hasEvent("SwitchCreated") && hasEvent("SwitchChanged") &&
                hasEvent("SwitchRenamed") && hasEvent("SwitchRemoved"));
    }

    void whatIsWrongWithASwitchIsSaidOfItsField() {
        SwitchSettings settings;
        settings.kind = SwitchKind::Internal;
        const auto fieldOf = [&](SwitchSettings wrong) {
            const auto made = client_->call<SwitchCreateMethod>({std::move(wrong)});
            return made ? std::string("none") : made.error().data.field;
        };
        QCOMPARE(fieldOf(settings), "name");
        for (const char* const name : {" x", "none", kDefaultSwitch, "a\tb"}) {
            settings.name = name;
            QCOMPARE(fieldOf(settings), "name");
        }
        settings.name = "Wrong";
        for (const char* const address : {"192.168.77.1", "192.168.77.0/24", "x", "127.0.0.1/8"}) {
            settings.hostAddress = address;
            QCOMPARE(fieldOf(settings), "hostAddress");
        }
        settings.hostAddress.clear();
        settings.hostAdapter = "nic0";
        QCOMPARE(fieldOf(settings), "hostAdapter");
        settings.kind = SwitchKind::External;
        settings.hostAdapter = "../nic0";
        QCOMPARE(fieldOf(settings), "hostAdapter");
        settings.hostAdapter = "eth77";
        QCOMPARE(fieldOf(settings), "hostAdapter");
        settings.kind = SwitchKind::Nat;
        settings.hostAdapter.clear();
        QCOMPARE(fieldOf(settings), "kind");
        settings.kind = SwitchKind::Private;
        settings.notes = std::string(kMaximumNotesLength + 1, 'x');
        QCOMPARE(fieldOf(settings), "notes");
        QCOMPARE(client_->call<SwitchListMethod>({})->switches.size(), std::size_t{1});
        // An address of the host's own networks.
        SwitchSettings first;
        first.name = "First";
        first.kind = SwitchKind::Internal;
        first.hostAddress = "192.168.80.1/24";
        QVERIFY(client_->call<SwitchCreateMethod>({first}));
        SwitchSettings second = first;
        second.name = "Second";
        second.hostAddress = "192.168.80.129/25";
        QCOMPARE(fieldOf(second), "hostAddress");
        QCOMPARE(client_->call<SwitchRemoveMethod>({kDefaultSwitch}).error().code,
                 ErrorCode::NotSupported);
        QCOMPARE(client_->call<SwitchRemoveMethod>({"Nowhere"}).error().code, ErrorCode::NotFound);
        QVERIFY(client_->call<SwitchRemoveMethod>({"First"}));
    }

    void aMachineThatRunsIsAtTheSwitchThatItsAdapterNames() {
        const VirtualSwitch one = make("One", SwitchKind::Private);
        const VirtualSwitch other = make("Other", SwitchKind::Internal);
        MachineSettings lost = tinyMachine("lost", HALTED_GUEST);
        lost.networkAdapters = {adapterAt("Nowhere")};
        QCOMPARE(client_->call<MachineCreateMethod>({lost, std::nullopt}).error().data.field,
                 "networkAdapters[0].switchName");
        makeMachine("web", {adapterAt("One")});
        QCOMPARE(get("One").machines, std::vector<std::string>{"web"});
        QCOMPARE(portsOf(one), 0);
        const auto started = client_->call<MachineStartMethod>({"web"});
        QVERIFY2(started, refusalOf(started).c_str());
        QCOMPARE(portsOf(one), 1);

        // Connected elsewhere while it runs; nowhere; to the NAT; and back.
        QVERIFY(connectTo("web", "Other"));
        QVERIFY(eventually([&] { return portsOf(one) == 0 && portsOf(other) == 1; }));
        QVERIFY(eventually([&] { return hasEvent("AdapterPlugged", "web"); }));
        QVERIFY(connectTo("web", ""));
        QVERIFY(eventually([&] { return portsOf(other) == 0; }));
        QVERIFY(connectTo("web", kDefaultSwitch));
        QVERIFY(connectTo("web", "One"));
        QVERIFY(eventually([&] { return portsOf(one) == 1; }));
        QCOMPARE(refusalOf(connectTo("web", "Nowhere")),
                 "networkAdapters[0].switchName: there is no switch 'Nowhere'");

        // A switch in use stays, under whichever name.
        const auto refused = client_->call<SwitchRemoveMethod>({"One"});
        QCOMPARE(refusalOf(refused), "name: the switch 'One' is in use by 'web'");
        QVERIFY(client_->call<SwitchRenameMethod>({"One", "First"}));
        QCOMPARE(client_->call<MachineGetMethod>({"web"})
                     ->machine.settings.networkAdapters[0]
                     .switchName,
                 "First");
        QCOMPARE(portsOf(one), 1);

        QVERIFY(client_->call<MachineTurnOffMethod>({"web"}));
        QVERIFY(eventually([&] { return portsOf(one) == 0; }));
        QVERIFY(client_->call<MachineDeleteMethod>({"web", std::nullopt}));
        QVERIFY(client_->call<SwitchRemoveMethod>({"First"}));
        QVERIFY(client_->call<SwitchRemoveMethod>({"Other"}));
    }

    void oneMacAddressIsOneAdapters() {
        make("Shared", SwitchKind::Private);
        makeMachine("owner", {adapterAt("Shared", "02:00:00:00:00:01")});
        MachineSettings thief = tinyMachine("thief", HALTED_GUEST);
        thief.networkAdapters = {adapterAt("Shared", "02:00:00:00:00:01")};
        QCOMPARE(refusalOf(client_->call<MachineCreateMethod>({thief, std::nullopt})),
                 "networkAdapters[0].macAddress: the machine 'owner' has the MAC address "
                 "02:00:00:00:00:01 already");
        thief.networkAdapters = {adapterAt("Shared", "02:00:00:00:00:02"),
                                 adapterAt("Shared", "02:00:00:00:00:02")};
        QCOMPARE(client_->call<MachineCreateMethod>({thief, std::nullopt}).error().data.field,
                 "networkAdapters[1].macAddress");
        // Machines can come with one: by hand, or from elsewhere. The second one goes without.
        makeMachine("thief", {adapterAt("Shared", "02:00:00:00:00:02")});
        const std::string folder =
            client_->call<MachineGetMethod>({"thief"})->machine.summary.folder;
        stopService();
        const std::string file = folder + "/vm.json";
        QFile settings(QString::fromStdString(file));
        QVERIFY(settings.open(QIODevice::ReadWrite));
        const QByteArray text = settings.readAll().replace("00:00:00:02", "00:00:00:01");
        settings.seek(0);
        settings.write(text);
        settings.close();
        startService();
        QVERIFY(client_->call<MachineStartMethod>({"owner"}));
        QVERIFY(client_->call<MachineStartMethod>({"thief"}));
        QVERIFY(hasEvent("AddressConflict", "thief"));
        QCOMPARE(portsOf(get("Shared")), 1);
        for (const char* const name : {"owner", "thief"}) {
            QVERIFY(client_->call<MachineTurnOffMethod>({name}));
            QVERIFY(client_->call<MachineDeleteMethod>({name, std::nullopt}));
        }
        QVERIFY(client_->call<SwitchRemoveMethod>({"Shared"}));
    }

    void machinesAndSwitchesOutliveTheService() {
        const VirtualSwitch made = make("Lasting", SwitchKind::Internal);
        makeMachine("lasting", {adapterAt("Lasting")});
        QVERIFY(client_->call<MachineStartMethod>({"lasting"}));
        QCOMPARE(portsOf(made), 1);
        stopService();
        QCOMPARE(portsOf(made), 1);
        startService();
        QCOMPARE(get("Lasting").state, SwitchState::Ready);
        QCOMPARE(portsOf(made), 1);
        QVERIFY(client_->call<MachineTurnOffMethod>({"lasting"}));
        QVERIFY(eventually([&] { return portsOf(made) == 0; }));

        // A bridge that somebody removes: told, and made again for who needs it.
        QVERIFY(client_->call<MachineStartMethod>({"lasting"}));
        QVERIFY(network_->remove(network_->find(made.interfaceName).value().value()));
        QVERIFY(eventually([&] { return get("Lasting").state == SwitchState::Failed; }));
        QVERIFY(get("Lasting").status.find("is gone") != std::string::npos);
        QVERIFY(eventually(
            [&] { return hasEvent("SwitchFailed") && hasEvent("NetworkEnded", "lasting"); }));
        QCOMPARE(client_->call<MachineGetMethod>({"lasting"})->machine.summary.state,
                 MachineState::Running);
        SwitchSetParams repair;
        repair.name = "Lasting";
        QVERIFY(client_->call<SwitchSetMethod>(repair));
        QCOMPARE(get("Lasting").state, SwitchState::Ready);
        QVERIFY(hasEvent("SwitchReady"));
        QCOMPARE(portsOf(made), 1);
        QVERIFY(client_->call<MachineTurnOffMethod>({"lasting"}));

        // A switch that is gone for good: the machine says so, and goes on.
        stopService();
        std::filesystem::remove(kSwitchFile);
        startService();
        const auto started = client_->call<MachineStartMethod>({"lasting"});
        QVERIFY2(started, refusalOf(started).c_str());
        QVERIFY(hasEvent("NoSwitch", "lasting"));
        QVERIFY(client_->call<MachineTurnOffMethod>({"lasting"}));
        QVERIFY(client_->call<MachineDeleteMethod>({"lasting", std::nullopt}));
    }

    void anAdapterThatComesBackIsTakenAgain() {
        SwitchSettings settings;
        settings.name = "Outside";
        settings.kind = SwitchKind::External;
        settings.hostAdapter = "nic0";
        const auto made = client_->call<SwitchCreateMethod>({settings});
        QVERIFY2(made, refusalOf(made).c_str());
        QVERIFY(network_->remove(network_->find("nic0").value().value()));
        QVERIFY(eventually([&] { return get("Outside").state == SwitchState::Failed; }));
        QVERIFY(tests::makeCable("nic0", "outside0"));
        QVERIFY(eventually([&] { return get("Outside").state == SwitchState::Ready; }));
        QCOMPARE(portsOf(made->virtualSwitch), 1);
        QVERIFY(client_->call<SwitchRemoveMethod>({"Outside"}));
        QCOMPARE(network_->find("nic0").value()->master, 0);
    }

    void aDamagedFileIsLeftAlone() {
        make("Kept", SwitchKind::Private);
        stopService();
        QFile file(QString::fromLatin1(kSwitchFile));
        QVERIFY(file.open(QIODevice::ReadWrite));
        const QByteArray good = file.readAll();
        file.resize(0);
        file.write("{damage");
        file.close();
        startService();
        QVERIFY(hasEvent("Unreadable"));
        SwitchSettings settings;
        settings.name = "Another";
        QCOMPARE(client_->call<SwitchCreateMethod>({settings}).error().code,
                 ErrorCode::StorageError);
        stopService();
        QVERIFY(file.open(QIODevice::ReadWrite));
        QCOMPARE(file.readAll(), QByteArray("{damage"));
        file.resize(0);
        file.write(good);
        file.close();
        startService();
        QCOMPARE(get("Kept").state, SwitchState::Ready);
        QVERIFY(client_->call<SwitchRemoveMethod>({"Kept"}));
    }

    void aUsersOwnServiceHasTheDefaultSwitchOnly() {
        tests::SessionService session;
        QVERIFY2(session.start(), session.output().c_str());
        auto client = session.client();
        const auto list = client.call<SwitchListMethod>({});
        QVERIFY(list && !list->limitation.empty());
        QCOMPARE(list->switches.size(), std::size_t{1});
        SwitchSettings settings;
        settings.name = "Mine";
        const auto refused = client.call<SwitchCreateMethod>({settings});
        QCOMPARE(refused.error().code, ErrorCode::NotSupported);
        QCOMPARE(refused.error().message, list->limitation);
    }
};

int main(int argumentCount, char** arguments) {
    if (!tests::enterOwnSystem()) {
        std::puts("SKIP: a network and folders of its own can't be made here");
        return 77;
    }
    QCoreApplication application(argumentCount, arguments);
    SwitchesTest test;
    return QTest::qExec(&test, argumentCount, arguments);
}
#include "switches_test.moc"
