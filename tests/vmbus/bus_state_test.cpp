// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmbus/bus_state.h"

#include <QTest>

#include "bus_scene.h"

using namespace vmbus;

namespace {

constexpr std::uint64_t kPage = 0x5000;
constexpr GpadlId kRing = 0xe1e10;
constexpr GpadlId kBuffer = 0xe1e11;

}  // namespace

/// Contact, offers, unload: the connection as a whole.
class BusStateTest : public QObject {
    Q_OBJECT

  private slots:
    void aWholeDialogueAtEachVersion_data();
    void aWholeDialogueAtEachVersion();
    void otherVersionsAreRefused_data();
    void otherVersionsAreRefused();
    void theGuestSaysWhereItIsTalkedTo();
    void contactWhereNothingIsIsRefused();
    void aKernelThatStartsAnotherIsForgotten();
    void contactWaitsForDevices();
    void onlyTheLastRequestIsAnswered();
    void unloadWaitsForDevicesAndIsAnswered();
    void unloadWithoutConnectionIsAnswered();
    void aResetLeavesNothing();
    void aResetWhileRingsOpen();
    void offersComeWhenAskedForAndThenAtOnce();
    void messagesWithoutAConnectionDoNothing();
    void messagesThatAreNoneDoNothing();
    void violationsAreReportedUpToALimit();
    void socketsNeedAVersionThatHasThem();
    void socketsGoWithTheConnection();
    void refusedSocketsAreTold();
};

void BusStateTest::aWholeDialogueAtEachVersion_data() {
    QTest::addColumn<std::uint32_t>("version");
    for (const std::uint32_t version : kVersions)
        QTest::addRow("%u.%u", version >> 16, version & 0xFFFF) << version;
}

void BusStateTest::aWholeDialogueAtEachVersion() {
    QFETCH(const std::uint32_t, version);
    const bool pages = version < kVersion5_0;
    BusScene scene;
    const Relid disk = scene.offer();
    const Relid net = scene.offer();
    QCOMPARE(disk, 1U);
    QCOMPARE(net, 2U);

    scene.contact(version, 0, pages ? kPage : kMessageSint);
    QCOMPARE(scene.heard(), pages ? (QStringList{"> discard", "> page 5000", "version yes 0"})
                                  : (QStringList{"> discard", "version yes 4"}));
    QCOMPARE(scene.state.version(), std::optional(version));
    scene.requestOffers();
    QCOMPARE(scene.heard(), (QStringList{"offer 1.0", "offer 2.0", "all offers"}));

    scene.gpadl(net, kRing, 256);
    QCOMPARE(scene.heard(), (QStringList{"> map 2 e1e10 of 256", "created 2 e1e10 ok"}));
    scene.open(net, kRing, 128, 3);
    QCOMPARE(scene.heard(), (QStringList{"> open 2 e1e10 at 128 VP 3", "open 2.2 ok"}));
    const auto& opening = std::get<OpenRings>(*(scene.effects.end() - 2));
    QCOMPARE(opening.version, version);
    scene.gpadl(net, kBuffer, 4096);
    QCOMPARE(scene.heard(), (QStringList{"> map 2 e1e11 of 4096", "created 2 e1e11 ok"}));

    QCOMPARE(scene.state.offerSubChannels(net, 2), (std::vector<Relid>{3, 4}));
    QCOMPARE(scene.heard(), (QStringList{"offer 3.1", "offer 4.2"}));
    scene.opened(3, 0xe1e12);
    scene.modify(3, 2);
    if (version >= kVersion5_3)
        QCOMPARE(scene.heard(), (QStringList{"> target 3 VP 2", "modified 3 ok"}));
    else if (version >= kVersion4_1)
        QCOMPARE(scene.heard(), QStringList{"> target 3 VP 2"});
    else
        QCOMPARE(scene.heard(),
                 (QStringList{"> violation 3", "> close 3", "> release 3 e1e12", "rescind 3"}));
    if (version < kVersion4_1)
        scene.releaseRelid(3);
    static_cast<void>(scene.heard());

    // The order in which Linux closes a network device.
    if (version >= kVersion4_1) {
        scene.close(3);
        scene.teardown(3, 0xe1e12);
        QCOMPARE(scene.heard(), (QStringList{"> close 3", "> release 3 e1e12", "torndown e1e12"}));
    }
    scene.close(net);
    if (version >= kVersion4_1)
        QCOMPARE(scene.heard(), (QStringList{"> close 2", "rescind 3", "rescind 4"}));
    else
        QCOMPARE(scene.heard(), (QStringList{"> close 2", "rescind 4"}));
    scene.teardown(net, kRing);
    scene.teardown(net, kBuffer);
    QCOMPARE(scene.heard(), (QStringList{"> release 2 e1e10", "torndown e1e10", "> release 2 e1e11",
                                         "torndown e1e11"}));
    scene.releaseRelid(4);
    QCOMPARE(scene.heard(), QStringList{"> forget 4"});

    // And opens it again.
    scene.opened(net, kRing);
    scene.bare(MessageType::Unload);
    QStringList last{"> discard", "> close 2", "> release 2 e1e10"};
    if (pages)
        last.insert(1, "> page none");
    if (version >= kVersion4_1)
        last << "> forget 3";
    last << "unloaded";
    QCOMPARE(scene.heard(), last);
    QCOMPARE(scene.state.version(), std::nullopt);
    if (version >= kVersion4_1)
        QVERIFY2(scene.violations.isEmpty(), qPrintable(scene.violations.join('\n')));
}

void BusStateTest::otherVersionsAreRefused_data() {
    QTest::addColumn<std::uint32_t>("version");
    for (const std::uint32_t version : {0x0000'0000U, 0x0000'000DU, 0x0001'0001U, 0x0002'0003U,
                                        0x0004'0002U, 0x0005'0004U, 0x0006'0000U, 0xFFFF'FFFFU})
        QTest::addRow("%x", version) << version;
}

void BusStateTest::otherVersionsAreRefused() {
    QFETCH(const std::uint32_t, version);
    BusScene scene;
    static_cast<void>(scene.offer());
    scene.contact(version);
    QCOMPARE(scene.heard(), (QStringList{"> discard", "version no"}));
    QCOMPARE(scene.state.version(), std::nullopt);
    scene.requestOffers();
    QCOMPARE(scene.heard(), QStringList{"> violation"});
    // The guest then tries the next.
    scene.contact(kVersion5_3);
    QCOMPARE(scene.heard(), (QStringList{"> discard", "version yes 4"}));
}

void BusStateTest::theGuestSaysWhereItIsTalkedTo() {
    BusScene scene;
    scene.contact(kVersion5_0, 3, 7);
    QCOMPARE(scene.heard(), (QStringList{"> discard", "version yes 4 at VP 3 SINT 7"}));
    scene.requestOffers();
    QCOMPARE(scene.heard(), QStringList{"all offers at VP 3 SINT 7"});
    scene.contact(kVersion4_1, 1, 0);
    QCOMPARE(scene.heard(), (QStringList{"> discard", "version yes 0 at VP 1 SINT 2"}));
    // What is no page is none.
    scene.contact(kVersion4_1, 1, kPage + 8);
    QCOMPARE(scene.heard(), (QStringList{"> discard", "version yes 0 at VP 1 SINT 2"}));
}

void BusStateTest::contactWhereNothingIsIsRefused() {
    BusScene scene;
    scene.contact(kVersion5_3, 4);
    QCOMPARE(scene.heard(), (QStringList{"> discard", "> violation", "version no"}));
    scene.contact(kVersion5_3, 1, 16);
    QCOMPARE(scene.heard(), (QStringList{"> discard", "> violation", "version no at VP 1 SINT 2"}));
    scene.contact(kVersion5_3, 0, 0x102);
    QCOMPARE(scene.heard(), (QStringList{"> discard", "> violation", "version no"}));
    scene.contact(kVersion3_0, 4, kPage);
    QCOMPARE(scene.heard(), (QStringList{"> discard", "> violation", "version no"}));
    QCOMPARE(scene.state.version(), std::nullopt);
}

void BusStateTest::aKernelThatStartsAnotherIsForgotten() {
    BusScene scene;
    scene.connect();
    const Relid relid = scene.openedOffer(kRing);
    scene.gpadl(relid, kBuffer, 10);
    QCOMPARE(scene.state.offerSubChannels(relid, 1), std::vector<Relid>{2});
    const Relid removed = scene.offer();
    scene.state.revoke(removed);
    static_cast<void>(scene.heard());
    // No UNLOAD: the kernel has crashed.
    scene.contact(kVersion5_2, 2);
    QCOMPARE(scene.heard(),
             (QStringList{"> discard", "> close 1", "> release 1 e1e10", "> release 1 e1e11",
                          "> forget 2", "> forget 3", "version yes 4 at VP 2 SINT 2"}));
    scene.requestOffers();
    QCOMPARE(scene.heard(), (QStringList{"offer 1.0 at VP 2 SINT 2", "all offers at VP 2 SINT 2"}));
    // The same ids mean something new.
    scene.gpadl(relid, kRing, 4);
    scene.open(relid, kRing);
    QCOMPARE(scene.heard(),
             (QStringList{"> map 1 e1e10 of 4", "created 1 e1e10 ok at VP 2 SINT 2",
                          "> open 1 e1e10 at 2 VP 0", "open 1.1 ok at VP 2 SINT 2"}));
    QVERIFY(scene.violations.isEmpty());
}

void BusStateTest::contactWaitsForDevices() {
    BusScene scene;
    scene.connect();
    const Relid relid = scene.openedOffer(kRing);
    scene.closesAtOnce = false;
    scene.releasesAtOnce = false;
    scene.contact(kVersion5_3);
    QCOMPARE(scene.heard(), (QStringList{"> discard", "> close 1", "> release 1 e1e10"}));
    QCOMPARE(scene.state.version(), std::nullopt);
    // Too early: nothing of the new connection goes on yet.
    scene.requestOffers();
    QCOMPARE(scene.heard(), QStringList{"> violation"});
    scene.state.closed(relid);
    QCOMPARE(scene.heard(), QStringList{});
    scene.state.gpadlReleased(relid, kRing);
    QCOMPARE(scene.heard(), QStringList{"version yes 4"});
    scene.requestOffers();
    QCOMPARE(scene.heard(), (QStringList{"offer 1.0", "all offers"}));
}

void BusStateTest::onlyTheLastRequestIsAnswered() {
    BusScene scene;
    scene.connect();
    const Relid relid = scene.openedOffer(kRing);
    scene.closesAtOnce = false;
    scene.contact(kVersion5_3);
    scene.bare(MessageType::Unload);
    scene.contact(kVersion4_0, 1);
    scene.contact(kVersion3_0, 2);
    QCOMPARE(scene.heard(), (QStringList{"> discard", "> close 1", "> release 1 e1e10", "> discard",
                                         "> discard", "> discard"}));
    scene.state.closed(relid);
    QCOMPARE(scene.heard(), QStringList{"version yes 0 at VP 2 SINT 2"});
    QCOMPARE(scene.state.version(), std::optional(kVersion3_0));
}

void BusStateTest::unloadWaitsForDevicesAndIsAnswered() {
    BusScene scene;
    scene.contact(kVersion5_3, 3, 5);
    scene.requestOffers();
    const Relid relid = scene.openedOffer(kRing);
    scene.closesAtOnce = false;
    scene.bare(MessageType::Unload);
    QCOMPARE(scene.heard(), (QStringList{"> discard", "> close 1", "> release 1 e1e10"}));
    scene.state.closed(relid);
    QCOMPARE(scene.heard(), QStringList{"unloaded at VP 3 SINT 5"});
    scene.gpadl(relid, kRing, 4);
    QCOMPARE(scene.heard(), QStringList{"> violation"});
}

void BusStateTest::unloadWithoutConnectionIsAnswered() {
    BusScene scene;
    scene.bare(MessageType::Unload);
    QCOMPARE(scene.heard(), (QStringList{"> discard", "unloaded"}));
    scene.bare(MessageType::Unload);
    QCOMPARE(scene.heard(), (QStringList{"> discard", "unloaded"}));
}

void BusStateTest::aResetLeavesNothing() {
    BusScene scene;
    scene.connect(kVersion4_1);
    const Relid relid = scene.openedOffer(kRing);
    QCOMPARE(scene.state.offerSubChannels(relid, 1), std::vector<Relid>{2});
    scene.opened(2, kBuffer);
    scene.closesAtOnce = false;
    scene.state.reset();
    QCOMPARE(scene.heard(), (QStringList{"> discard", "> close 1", "> release 1 e1e10", "> close 2",
                                         "> release 2 e1e11"}));
    QCOMPARE(scene.state.version(), std::nullopt);
    // What the devices still hold keeps the next guest waiting.
    scene.contact(kVersion5_3);
    QCOMPARE(scene.heard(), QStringList{"> discard"});
    scene.state.closed(2);
    QCOMPARE(scene.heard(), QStringList{"> forget 2"});
    scene.state.closed(relid);
    QCOMPARE(scene.heard(), QStringList{"version yes 4"});
    // A guest that waited for an answer is no more after a reset.
    scene.opened(relid, kRing);
    scene.requestOffers();
    scene.opened(relid, kRing);
    scene.bare(MessageType::Unload);
    scene.state.reset();
    static_cast<void>(scene.heard());
    scene.state.closed(relid);
    QCOMPARE(scene.heard(), QStringList{});
}

void BusStateTest::aResetWhileRingsOpen() {
    BusScene scene;
    scene.connect();
    const Relid relid = scene.offer();
    scene.maps.reset();
    scene.gpadl(relid, kRing, 4);
    scene.state.reset();
    QCOMPARE(scene.heard(), (QStringList{"> map 1 e1e10 of 4", "> discard"}));
    scene.state.gpadlMapped(relid, kRing, true);
    QCOMPARE(scene.heard(), QStringList{"> release 1 e1e10"});

    scene.connect();
    scene.maps = true;
    scene.opens.reset();
    scene.opened(relid, kRing);
    scene.contact(kVersion5_3);
    QCOMPARE(scene.heard(), (QStringList{"> discard", "> release 1 e1e10"}));
    scene.state.ringsOpened(relid, true);
    QCOMPARE(scene.heard(), (QStringList{"> close 1", "version yes 4"}));

    scene.requestOffers();
    scene.opened(relid, kRing);
    scene.contact(kVersion5_3);
    static_cast<void>(scene.heard());
    scene.state.ringsOpened(relid, false);
    QCOMPARE(scene.heard(), QStringList{"version yes 4"});
}

void BusStateTest::offersComeWhenAskedForAndThenAtOnce() {
    BusScene scene;
    Offer offer;
    offer.type = "ba6163d9-04a1-4d29-b605-72e2ffb1dc7f"_guid;
    offer.instance = "00000000-0000-8899-0000-000000000001"_guid;
    offer.flags = kNamedPipeFlag;
    offer.mmioMegabytes = 8;
    offer.userData[0] = std::byte{kMessagePipeMode};
    QCOMPARE(*scene.state.offer(offer), 1U);
    scene.contact(kVersion5_3);
    QCOMPARE(scene.heard(), (QStringList{"> discard", "version yes 4"}));
    QCOMPARE(*scene.state.offer(offer), 2U);
    QCOMPARE(scene.heard(), QStringList{});
    scene.requestOffers();
    QCOMPARE(scene.heard(), (QStringList{"offer 1.0", "offer 2.0", "all offers"}));
    QCOMPARE(*scene.state.offer(offer), 3U);
    QCOMPARE(scene.heard(), QStringList{"offer 3.0"});
    const OfferChannelMessage& message = scene.offers.back();
    QVERIFY(message.type == offer.type);
    QVERIFY(message.instance == offer.instance);
    QCOMPARE(message.flags, kNamedPipeFlag | kEnumerateDeviceFlag);
    QCOMPARE(message.mmioMegabytes, offer.mmioMegabytes);
    QVERIFY(message.userData == offer.userData);
    QCOMPARE(message.monitorId, kNoMonitor);
    QCOMPARE(message.monitorAllocated, 0);
    QCOMPARE(message.dedicatedInterrupt, 1);
    QCOMPARE(message.connectionId, 0x2003U);
    // Once more: nothing is offered twice.
    scene.requestOffers();
    QCOMPARE(scene.heard(), (QStringList{"> violation", "all offers"}));
}

void BusStateTest::messagesWithoutAConnectionDoNothing() {
    BusScene scene;
    const Relid relid = scene.offer();
    scene.requestOffers();
    scene.gpadl(relid, kRing, 4);
    scene.open(relid, kRing);
    scene.close(relid);
    scene.teardown(relid, kRing);
    scene.releaseRelid(relid);
    scene.modify(relid, 1);
    QCOMPARE(scene.heard(), QStringList(7, "> violation"));
    // Nor before the offers are there.
    scene.contact(kVersion5_3);
    static_cast<void>(scene.heard());
    scene.gpadl(relid, kRing, 4);
    scene.open(relid, kRing);
    scene.modify(relid, 1);
    QCOMPARE(scene.heard(), (QStringList{"> violation", "created 1 e1e10 failed", "> violation",
                                         "open 1.1 failed", "> violation", "modified 1 failed"}));
}

void BusStateTest::messagesThatAreNoneDoNothing() {
    BusScene scene;
    scene.connect();
    const Relid relid = scene.openedOffer(kRing);
    std::vector<std::byte> bytes(241);
    scene.post(std::span<const std::byte>(bytes));
    scene.post(std::span<const std::byte>(bytes).first(0));
    scene.post(std::span<const std::byte>(bytes).first(7));
    QCOMPARE(scene.heard(), QStringList(3, "> violation"));
    // Those that the host sends, those that there are not, and those without a type.
    for (const std::uint32_t type :
         {0U, 1U, 2U, 4U, 6U, 10U, 12U, 15U, 17U, 18U, 19U, 20U, 23U, 24U, 25U, 0xFFFF'FFFFU}) {
        bytes.assign(240, std::byte{});
        std::memcpy(bytes.data(), &type, sizeof(type));
        scene.post(std::span<const std::byte>(bytes));
        QCOMPARE(scene.heard(), QStringList{"> violation"});
    }
    // Each too short by a byte.
    const std::pair<MessageType, std::size_t> kLengths[] = {
        {MessageType::OpenChannel, 148},   {MessageType::CloseChannel, 12},
        {MessageType::GpadlHeader, 20},    {MessageType::GpadlBody, 16},
        {MessageType::GpadlTeardown, 16},  {MessageType::RelidReleased, 12},
        {MessageType::ModifyChannel, 16},  {MessageType::TlConnect, 40},
        {MessageType::InitiateContact, 40}};
    for (const auto& [type, length] : kLengths) {
        bytes.assign(length - 1, std::byte{1});
        const BareMessage header{.header = {type, 0}};
        std::memcpy(bytes.data(), &header, sizeof(header));
        scene.post(std::span<const std::byte>(bytes));
        QCOMPARE(scene.heard(), QStringList{"> violation"});
    }
    // Longer is right.
    bytes.assign(40, std::byte{});
    const RelidMessage close{.header = {MessageType::CloseChannel, 0}, .relid = relid};
    std::memcpy(bytes.data(), &close, sizeof(close));
    scene.post(std::span<const std::byte>(bytes));
    QCOMPARE(scene.heard(), QStringList{"> close 1"});
}

void BusStateTest::violationsAreReportedUpToALimit() {
    BusScene scene;
    for (unsigned i = 0; i < 2 * BusState::kMostViolations; ++i)
        scene.requestOffers();
    QCOMPARE(scene.heard().size(), static_cast<int>(BusState::kMostViolations));
    // A new connection is no way around it; what is owed to the guest is still done.
    scene.connect();
    scene.close(7);
    scene.teardown(7, 7);
    QCOMPARE(scene.heard(), QStringList{"torndown 7"});
    scene.state.reset();
    scene.requestOffers();
    QCOMPARE(scene.heard(), (QStringList{"> discard", "> violation"}));
}

void BusStateTest::socketsNeedAVersionThatHasThem() {
    BusScene scene;
    Offer offer;
    offer.flags = kHvSocketFlag;
    const TlConnectMessage connect{.header = {MessageType::TlConnect, 0},
                                   .endpoint = "11111111-0000-0000-0000-000000000000"_guid,
                                   .service = "22222222-facb-11e6-bd58-64006a7986d3"_guid};
    QVERIFY(!scene.state.offer(offer));
    scene.connect(kVersion3_0);
    QVERIFY(!scene.state.offer(offer));
    scene.post(connect);
    QCOMPARE(scene.heard(), QStringList{"> violation"});
    scene.contact(kVersion4_0);
    QVERIFY(!scene.state.offer(offer));
    scene.requestOffers();
    static_cast<void>(scene.heard());
    scene.post(connect);
    QCOMPARE(scene.heard(), QStringList{"> socket"});
    const auto& socket = std::get<ConnectHvSocket>(scene.effects.back());
    QVERIFY(socket.endpoint == connect.endpoint);
    QVERIFY(socket.service == connect.service);
    QVERIFY(scene.state.offer(offer));
    QCOMPARE(scene.heard(), QStringList{"offer 1.0"});
    QCOMPARE(scene.offers.back().flags, 0x2001);
}

void BusStateTest::socketsGoWithTheConnection() {
    BusScene scene;
    scene.connect();
    const Relid socket = scene.offer(kHvSocketFlag);
    scene.opened(socket, kRing);
    scene.closesAtOnce = false;
    scene.contact(kVersion5_3);
    QCOMPARE(scene.heard(), (QStringList{"> discard", "> close 1", "> release 1 e1e10"}));
    scene.state.closed(socket);
    QCOMPARE(scene.heard(), (QStringList{"> forget 1", "version yes 4"}));
    scene.requestOffers();
    QCOMPARE(scene.heard(), QStringList{"all offers"});
}

void BusStateTest::refusedSocketsAreTold() {
    BusScene scene;
    scene.state.hvSocketRefused({}, {});
    scene.connect(kVersion4_0);
    scene.state.hvSocketRefused({}, {});
    QCOMPARE(scene.heard(), QStringList{});
    scene.connect(kVersion4_1);
    scene.state.hvSocketRefused({}, {});
    QCOMPARE(scene.heard(), QStringList{"socket failed"});
}

QTEST_GUILESS_MAIN(BusStateTest)
#include "bus_state_test.moc"
