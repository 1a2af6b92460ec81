// SPDX-License-Identifier: GPL-3.0-or-later
//
// Switches as bridges of the kernel, in a network of the test's own: which frames pass, where the
// host's addresses are, and what is left afterwards.
#include "service/vmms/switches/bridge_switches.h"

#include <poll.h>

#include <QtTest>
#include <cstdio>
#include <map>

#include "own_network.h"
#include "service/vmms/switches/link_watch.h"

using namespace service;  // NOLINT: under test
using namespace std::chrono_literals;
using tests::arpRequest;
using tests::broadcast;
using tests::FrameEnd;

namespace {

constexpr const char* kAdapter = "nic0";
constexpr const char* kOutside = "outside0";
constexpr const char* kHostAddress = "198.51.100.5/24";
constexpr const char* kGateway = "198.51.100.1";
/// So long nothing comes where nothing may.
constexpr auto kSilence = 300ms;
constexpr auto kPatience = 5s;

class KeptInMemory final : public HostPartKeeper {
  public:
    hypervisor::Result<void> keep(const std::string& id, const HostPart& part) override {
        parts_[id] = part;
        return {};
    }
    std::optional<HostPart> kept(const std::string& id) const override {
        const auto found = parts_.find(id);
        return found == parts_.end() ? std::nullopt : std::optional(found->second);
    }
    void forget(const std::string& id) override { parts_.erase(id); }
    bool isEmpty() const { return parts_.empty(); }

  private:
    std::map<std::string, HostPart> parts_;
};

SwitchSettings switchOf(SwitchKind kind, const std::string& id) {
    SwitchSettings settings;
    settings.id = id + "-0000-4000-8000-000000000000";
    settings.name = "switch " + id;
    settings.kind = kind;
    return settings;
}

SwitchSettings external(bool shared) {
    SwitchSettings settings = switchOf(SwitchKind::External, "00000003");
    settings.hostAdapter = kAdapter;
    settings.shared = shared;
    return settings;
}

}  // namespace

class BridgeSwitchesTest : public QObject {
    Q_OBJECT

    KeptInMemory keeper_;
    std::optional<HostNetwork> network_;
    std::unique_ptr<BridgeSwitches> switches_;

    HostLink link(const std::string& name) {
        const auto found = network_->find(name);
        return found && *found ? **found : HostLink{};
    }
    HostLink bridgeOf(const SwitchSettings& settings) {
        return link(BridgeSwitches::interfaceOf(settings.id));
    }
    std::string problemOf(const SwitchSettings& settings) {
        return BridgeSwitches::problemOf(settings, network_->links().value());
    }
    FrameEnd port(const SwitchSettings& settings) {
        auto tap = switches_->plug(settings);
        if (!tap)
            qFatal("%s", tap.error().message.c_str());
        return FrameEnd::ofTap(std::move(*tap));
    }
    /// Where the host has its address, and its default route; empty: nowhere.
    std::string placeOfAddress(const std::string& prefix) {
        const auto addresses = network_->addresses().value();
        for (const HostAddress& address : addresses)
            if (address.prefix == prefix)
                return nameOf(address.link);
        return {};
    }
    std::string placeOfRoute() {
        const auto routes = network_->routes().value();
        for (const HostRoute& route : routes)
            if (route.gateway == kGateway)
                return nameOf(route.link);
        return {};
    }
    std::string nameOf(int index) {
        const auto links = network_->links().value();
        for (const HostLink& one : links)
            if (one.index == index)
                return one.name;
        return "?";
    }

  private slots:
    void initTestCase() {
        network_.emplace(HostNetwork::create().value());
        QVERIFY(tests::makeCable(kAdapter, kOutside));
        const HostLink adapter = link(kAdapter);
        QVERIFY(
            network_->add(HostAddress{adapter.index, kHostAddress, "198.51.100.255", 0, false}));
        HostRoute route;
        route.link = adapter.index;
        route.destination = "0.0.0.0/0";
        route.gateway = kGateway;
        route.metric = 100;
        route.table = 254;
        route.protocol = 4;
        const auto added = network_->add(route);
        QVERIFY2(added, added ? "" : added.error().message.c_str());
    }
    void init() {
        switches_ = std::make_unique<BridgeSwitches>(HostNetwork::create().value(), keeper_);
    }
    void cleanup() {
        for (const auto& settings : {switchOf(SwitchKind::Private, "00000001"),
                                     switchOf(SwitchKind::Internal, "00000002"), external(true)})
            QVERIFY(switches_->remove(settings));
        QCOMPARE(placeOfAddress(kHostAddress), kAdapter);
        QCOMPARE(placeOfRoute(), kAdapter);
        const auto links = network_->links().value();
        for (const HostLink& one : links)
            QVERIFY2(!one.name.starts_with("vireo-"), one.name.c_str());
        QVERIFY(keeper_.isEmpty());
    }

    void machinesOfAPrivateSwitchHearEachOtherAndNotTheHost() {
        const SwitchSettings settings = switchOf(SwitchKind::Private, "00000001");
        const auto made = switches_->establish(settings);
        QVERIFY2(made, made ? "" : made.error().message.c_str());
        QCOMPARE(problemOf(settings), "");
        const HostLink bridge = bridgeOf(settings);
        QCOMPARE(bridge.name, "vireo-00000001");
        const FrameEnd one = port(settings);
        const FrameEnd other = port(settings);
        QVERIFY(one.send(broadcast(1)));
        QVERIFY(other.hears(broadcast(1)));
        QVERIFY(other.send(broadcast(2)));
        QVERIFY(one.hears(broadcast(2)));
        // A host answers for its addresses at any interface; not here.
        QVERIFY(one.send(arpRequest("198.51.100.5", "198.51.100.77")));
        QVERIFY(!one.hearsAnswerOf("198.51.100.5", kSilence));
        // Nor is anything of it in there.
        const auto end = FrameEnd::ofInterface(bridge.name);
        QVERIFY(end);
        static_cast<void>(end->send(broadcast(3)));
        QVERIFY(!one.hears(broadcast(3), kSilence));
    }

    void anInternalSwitchReachesTheHost() {
        SwitchSettings settings = switchOf(SwitchKind::Internal, "00000002");
        settings.hostAddress = "192.168.50.1/24";
        QVERIFY(switches_->establish(settings));
        QCOMPARE(placeOfAddress("192.168.50.1/24"), "vireo-00000002");
        const FrameEnd one = port(settings);
        const FrameEnd other = port(settings);
        QVERIFY(one.send(arpRequest("192.168.50.1", "192.168.50.77")));
        QVERIFY(one.hearsAnswerOf("192.168.50.1", kPatience));
        QVERIFY(one.send(broadcast(4)));
        QVERIFY(other.hears(broadcast(4)));
        const auto outside = FrameEnd::ofInterface(kOutside);
        QVERIFY(one.send(broadcast(5)));
        QVERIFY(!outside->hears(broadcast(5), kSilence));
        // Another address, and none.
        SwitchSettings changed = settings;
        changed.hostAddress = "192.168.51.1/24";
        QVERIFY(switches_->change(settings, changed));
        QCOMPARE(placeOfAddress("192.168.50.1/24"), "");
        QCOMPARE(placeOfAddress("192.168.51.1/24"), "vireo-00000002");
        QCOMPARE(switches_->overlapping("192.168.51.77/25", "").value(),
                 "192.168.51.1/24 of 'vireo-00000002'");
        QCOMPARE(switches_->overlapping("192.168.51.77/25", settings.id).value(), "");
        QVERIFY(switches_->change(changed, switchOf(SwitchKind::Internal, "00000002")));
        QCOMPARE(placeOfAddress("192.168.51.1/24"), "");
    }

    void anExternalSwitchTakesTheHostWithIt() {
        const SwitchSettings settings = external(true);
        const auto made = switches_->establish(settings);
        QVERIFY2(made, made ? "" : made.error().message.c_str());
        QCOMPARE(placeOfAddress(kHostAddress), "vireo-00000003");
        QCOMPARE(placeOfRoute(), "vireo-00000003");
        QCOMPARE(bridgeOf(settings).macAddress, link(kAdapter).macAddress);
        QCOMPARE(link(kAdapter).master, bridgeOf(settings).index);
        const FrameEnd guest = port(settings);
        const auto outside = FrameEnd::ofInterface(kOutside);
        QVERIFY(guest.send(broadcast(6)));
        QVERIFY(outside->hears(broadcast(6)));
        QVERIFY(outside->send(broadcast(7)));
        QVERIFY(guest.hears(broadcast(7)));
        // The host is where it was, for both.
        QVERIFY(outside->send(arpRequest("198.51.100.5", "198.51.100.77")));
        QVERIFY(outside->hearsAnswerOf("198.51.100.5", kPatience));
        QVERIFY(guest.send(arpRequest("198.51.100.5", "198.51.100.78")));
        QVERIFY(guest.hearsAnswerOf("198.51.100.5", kPatience));
        // What changes while the switch has the adapter comes back with it.
        const int bridge = bridgeOf(settings).index;
        QVERIFY(network_->add(HostAddress{bridge, "203.0.113.9/24", "", 0, false}));
        QVERIFY(switches_->remove(settings));
        QCOMPARE(placeOfAddress("203.0.113.9/24"), kAdapter);
        QVERIFY(
            network_->remove(HostAddress{link(kAdapter).index, "203.0.113.9/24", "", 0, false}));
    }

    void anExternalSwitchOfGuestsAloneKeepsTheHostOut() {
        const SwitchSettings settings = external(false);
        QVERIFY(switches_->establish(settings));
        QCOMPARE(placeOfAddress(kHostAddress), "");
        QCOMPARE(placeOfRoute(), "");
        const FrameEnd guest = port(settings);
        const auto outside = FrameEnd::ofInterface(kOutside);
        QVERIFY(guest.send(broadcast(8)));
        QVERIFY(outside->hears(broadcast(8)));
        QVERIFY(outside->send(arpRequest("198.51.100.5", "198.51.100.77")));
        QVERIFY(!outside->hearsAnswerOf("198.51.100.5", kSilence));
        // Shared from now on, and not again; the port stays in it.
        QVERIFY(switches_->change(settings, external(true)));
        QCOMPARE(placeOfAddress(kHostAddress), "vireo-00000003");
        QCOMPARE(placeOfRoute(), "vireo-00000003");
        QVERIFY(outside->send(arpRequest("198.51.100.5", "198.51.100.77")));
        QVERIFY(outside->hearsAnswerOf("198.51.100.5", kPatience));
        QVERIFY(guest.send(broadcast(9)));
        QVERIFY(outside->hears(broadcast(9)));
        QVERIFY(switches_->change(external(true), settings));
        QCOMPARE(placeOfAddress(kHostAddress), "");
        // Another service knows what to give back.
        switches_ = std::make_unique<BridgeSwitches>(HostNetwork::create().value(), keeper_);
        QVERIFY(switches_->establish(settings));
        QVERIFY(switches_->remove(settings));
        QCOMPARE(placeOfAddress(kHostAddress), kAdapter);
    }

    void anAdapterThatCantBeHadIsRefusedAndStaysAsItIs() {
        SwitchSettings settings = external(true);
        settings.hostAdapter = "eth77";
        const auto missing = switches_->establish(settings);
        QVERIFY(!missing);
        QCOMPARE(missing.error().message, "the host has no network adapter 'eth77'");
        QCOMPARE(bridgeOf(settings).index, 0);
        settings.hostAdapter = "lo";
        QVERIFY(!switches_->establish(settings));

        QVERIFY(network_->makeBridge("br-other", "somebody else's"));
        const HostLink other = link("br-other");
        QVERIFY(network_->setMaster(link(kAdapter), other.index));
        const auto taken = switches_->establish(external(true));
        QVERIFY(!taken);
        QCOMPARE(taken.error().message,
                 "no switch can have the network adapter 'nic0': it belongs to 'br-other'");
        QCOMPARE(link(kAdapter).master, other.index);
        const auto adapters = BridgeSwitches::hostAdapters(network_->links().value(), {});
        const auto listed = std::ranges::find(adapters, kAdapter, &HostAdapter::name);
        QVERIFY(listed != adapters.end());
        QCOMPARE(listed->unusable, "it belongs to 'br-other'");
        QVERIFY(network_->remove(other));
        QCOMPARE(placeOfAddress(kHostAddress), kAdapter);

        // A change that fails leaves what there was.
        SwitchSettings inside = switchOf(SwitchKind::Internal, "00000003");
        inside.hostAddress = "192.168.50.1/24";
        QVERIFY(switches_->establish(inside));
        QVERIFY(!switches_->change(inside, settings));
        QCOMPARE(problemOf(inside), "");
        QCOMPARE(placeOfAddress("192.168.50.1/24"), "vireo-00000003");
    }

    void anotherServiceFindsItsSwitchesAgain() {
        const SwitchSettings settings = external(true);
        QVERIFY(switches_->establish(settings));
        const FrameEnd guest = port(settings);
        const int bridge = bridgeOf(settings).index;
        switches_ = std::make_unique<BridgeSwitches>(HostNetwork::create().value(), keeper_);
        QVERIFY(switches_->establish(settings));
        QCOMPARE(bridgeOf(settings).index, bridge);
        QCOMPARE(placeOfAddress(kHostAddress), "vireo-00000003");
        const auto outside = FrameEnd::ofInterface(kOutside);
        QVERIFY(guest.send(broadcast(10)));
        QVERIFY(outside->hears(broadcast(10)));
    }

    void aBridgeThatSomebodyRemovesIsNoticedAndCanBeMadeAgain() {
        const SwitchSettings settings = external(true);
        QVERIFY(switches_->establish(settings));
        const FrameEnd guest = port(settings);
        auto watch = LinkWatch::create();
        QVERIFY(watch);
        watch->drain();
        QVERIFY(network_->remove(bridgeOf(settings)));
        pollfd source{watch->descriptor(), POLLIN, 0};
        QCOMPARE(::poll(&source, 1, 5'000), 1);
        watch->drain();
        QCOMPARE(problemOf(settings), "the host's bridge 'vireo-00000003' is gone");
        // The host's address went with it, and comes again.
        QCOMPARE(placeOfAddress(kHostAddress), "");
        QVERIFY(switches_->establish(settings));
        QCOMPARE(problemOf(settings), "");
        QCOMPARE(placeOfAddress(kHostAddress), "vireo-00000003");
        QCOMPARE(placeOfRoute(), "vireo-00000003");
        const auto outside = FrameEnd::ofInterface(kOutside);
        QVERIFY(guest.send(broadcast(11)));
        QVERIFY(outside->hears(broadcast(11)));

        QVERIFY(network_->setMaster(link(kAdapter), 0));
        QCOMPARE(problemOf(settings),
                 "the host's network adapter 'nic0' was taken out of 'vireo-00000003'");
        QVERIFY(BridgeSwitches::adapterIsFree(settings, network_->links().value()));
        QVERIFY(switches_->establish(settings));
        QCOMPARE(problemOf(settings), "");
    }

    void aPortGoesWithTheLastWhoHasIt() {
        const SwitchSettings settings = switchOf(SwitchKind::Private, "00000001");
        QVERIFY(switches_->establish(settings));
        const auto ports = [this] {
            return std::ranges::count(network_->links().value(), std::string("tun"),
                                      &HostLink::kind);
        };
        {
            const FrameEnd one = port(settings);
            const FrameEnd other = port(settings);
            QCOMPARE(ports(), 2);
        }
        QTRY_COMPARE(ports(), 0);
    }
};

int main(int argumentCount, char** arguments) {
    if (!tests::enterOwnNetwork()) {
        std::puts("SKIP: a network of its own can't be made here");
        return 77;
    }
    BridgeSwitchesTest test;
    return QTest::qExec(&test, argumentCount, arguments);
}
#include "bridge_switches_test.moc"
