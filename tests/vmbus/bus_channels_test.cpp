// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmbus/channel_table.h"

#include <QTest>

#include "bus_scene.h"

using namespace vmbus;

namespace {

constexpr GpadlId kRing = 0xe1e10;

}  // namespace

/// Opening, closing, moving and taking away of channels.
class BusChannelsTest : public QObject {
    Q_OBJECT

  private slots:
    void init();
    void openRequestsAreChecked_data();
    void openRequestsAreChecked();
    void anOpenChannelIsNotOpenedAgain();
    void devicesMayRefuse();
    void openingWaitsForTheLastClose();
    void aWaitingOpenIsEndedByTheNextClose();
    void closingWhatIsNotOpenLosesTheChannel();
    void aDeviceMayGiveUp();
    void aDeviceMayGiveUpWhileItOpens();
    void targetsAreChecked();
    void wrongTargetsBelow5_3LoseTheChannel();

    void rescindWaitsForTheDevice();
    void rescindMeetsWhatTheGuestHasBegun();
    void rescindWhileRingsOpen_data();
    void rescindWhileRingsOpen();
    void rescindOfWhatTheGuestDoesNotKnow();
    void guestsClosingAndTheHostsRescindCross();
    void releaseInsteadOfWaiting();
    void releaseWithoutNeed();
    void releaseOfAnOpenChannelLosesIt();
    void relidsAreReusedAfterBoth();
    void allRelidsCanBeTaken();

    void subChannelsNeedAnOpenPrimary();
    void subChannelsGoWithThePrimarysClose();
    void subChannelsAreRescindedBeforeThePrimary();
    void subChannelsComeAgain();
    void subChannelsUpToTheLastRelid();
    void answersToNothingAreIgnored();

  private:
    std::unique_ptr<BusScene> scene_;
    Relid relid_ = 0;
};

void BusChannelsTest::init() {
    scene_ = std::make_unique<BusScene>();
    scene_->connect();
    relid_ = scene_->offer();
}

void BusChannelsTest::openRequestsAreChecked_data() {
    QTest::addColumn<unsigned>("pages");
    QTest::addColumn<std::uint32_t>("page");
    QTest::addColumn<VpIndex>("vp");
    QTest::addColumn<bool>("right");
    QTest::addRow("least") << 4U << 2U << 0U << true;
    QTest::addRow("uneven") << 9U << 7U << 3U << true;
    QTest::addRow("no data to the host") << 4U << 1U << 0U << false;
    QTest::addRow("no ring to the host") << 4U << 0U << 0U << false;
    QTest::addRow("no data to the guest") << 4U << 3U << 0U << false;
    QTest::addRow("no ring to the guest") << 4U << 4U << 0U << false;
    QTest::addRow("beyond") << 4U << 5U << 0U << false;
    QTest::addRow("far beyond") << 4U << 0xFFFF'FFFFU << 0U << false;
    QTest::addRow("one page") << 1U << 2U << 0U << false;
    QTest::addRow("no VP") << 4U << 2U << 4U << false;
    QTest::addRow("no VP at all") << 4U << 2U << 0xFFFF'FFFFU << false;
}

void BusChannelsTest::openRequestsAreChecked() {
    QFETCH(const unsigned, pages);
    QFETCH(const std::uint32_t, page);
    QFETCH(const VpIndex, vp);
    QFETCH(const bool, right);
    scene_->gpadl(1, kRing, pages);
    static_cast<void>(scene_->heard());
    scene_->open(1, kRing, page, vp);
    if (right) {
        QCOMPARE(
            scene_->heard(),
            (QStringList{QString("> open 1 e1e10 at %1 VP %2").arg(page).arg(vp), "open 1.1 ok"}));
        return;
    }
    QCOMPARE(scene_->heard(), (QStringList{"> violation 1", "open 1.1 failed"}));
    // A guest that knows better then is welcome.
    scene_->opened(1, 7);
    scene_->close(1);
    QCOMPARE(scene_->heard(), QStringList{"> close 1"});
}

void BusChannelsTest::anOpenChannelIsNotOpenedAgain() {
    scene_->open(1, kRing);
    scene_->open(9, kRing);
    QCOMPARE(scene_->heard(),
             (QStringList{"> violation 1", "open 1.1 failed", "> violation", "open 9.9 failed"}));
    scene_->opens.reset();
    scene_->opened(1, kRing);
    scene_->open(1, kRing);
    QCOMPARE(scene_->heard(), (QStringList{"> violation 1", "open 1.1 failed"}));
    scene_->state.ringsOpened(1, true);
    scene_->open(1, kRing);
    QCOMPARE(scene_->heard(), (QStringList{"open 1.1 ok", "> violation 1", "open 1.1 failed"}));
    // The user's data and the id come through.
    OpenChannelMessage message{};
    message.header.type = MessageType::OpenChannel;
    message.relid = scene_->offer();
    message.openId = 0x1234;
    message.ringGpadl = 7;
    message.hostToGuestPage = 2;
    message.userData[119] = std::byte{0x5A};
    scene_->gpadl(message.relid, 7, 4);
    static_cast<void>(scene_->heard());
    scene_->opens = true;
    scene_->post(message);
    QCOMPARE(scene_->heard(), (QStringList{"> open 2 7 at 2 VP 0", "open 2.4660 ok"}));
    QVERIFY(std::get<OpenRings>(*(scene_->effects.end() - 2)).userData == message.userData);
}

void BusChannelsTest::devicesMayRefuse() {
    scene_->opens = false;
    scene_->gpadl(1, kRing, 4);
    static_cast<void>(scene_->heard());
    scene_->open(1, kRing);
    QCOMPARE(scene_->heard(), (QStringList{"> open 1 e1e10 at 2 VP 0", "open 1.1 failed"}));
    scene_->opens = true;
    scene_->open(1, kRing);
    QCOMPARE(scene_->heard(), (QStringList{"> open 1 e1e10 at 2 VP 0", "open 1.1 ok"}));
}

void BusChannelsTest::openingWaitsForTheLastClose() {
    scene_->closesAtOnce = false;
    scene_->opened(1, kRing);
    scene_->close(1);
    scene_->gpadl(1, 7, 6);
    scene_->open(1, 7, 3, 2);
    QCOMPARE(scene_->heard(), (QStringList{"> close 1", "> map 1 7 of 6", "created 1 7 ok"}));
    // Once is enough.
    scene_->open(1, 7, 3, 1);
    QCOMPARE(scene_->heard(), (QStringList{"> violation 1", "open 1.1 failed"}));
    scene_->state.closed(1);
    QCOMPARE(scene_->heard(), (QStringList{"> open 1 7 at 3 VP 2", "open 1.1 ok"}));
    scene_->state.closed(7);
    scene_->close(1);
    QCOMPARE(scene_->heard(), QStringList{"> close 1"});
    // What was right when it was asked for is checked again.
    scene_->open(1, 7, 3);
    scene_->teardown(1, 7);
    scene_->state.closed(1);
    QCOMPARE(scene_->heard(),
             (QStringList{"> release 1 7", "torndown 7", "> violation 1", "open 1.1 failed"}));
}

void BusChannelsTest::aWaitingOpenIsEndedByTheNextClose() {
    scene_->closesAtOnce = false;
    scene_->opened(1, kRing);
    scene_->close(1);
    scene_->open(1, kRing);
    scene_->close(1);
    QCOMPARE(scene_->heard(),
             (QStringList{"> close 1", "> violation 1", "open 1.1 failed", "> release 1 e1e10"}));
    scene_->state.closed(1);
    QCOMPARE(scene_->heard(), QStringList{"rescind 1"});
}

void BusChannelsTest::closingWhatIsNotOpenLosesTheChannel() {
    const Relid other = scene_->openedOffer(7);
    scene_->close(1);
    QCOMPARE(scene_->heard(), (QStringList{"> violation 1", "rescind 1"}));
    scene_->close(99);
    QCOMPARE(scene_->heard(), QStringList{"> violation"});
    // The others stay as they are.
    scene_->modify(other, 1);
    QCOMPARE(scene_->heard(), (QStringList{"> target 2 VP 1", "modified 2 ok"}));
}

void BusChannelsTest::aDeviceMayGiveUp() {
    scene_->opened(1, kRing);
    QCOMPARE(scene_->state.offerSubChannels(1, 1).size(), 1U);
    static_cast<void>(scene_->heard());
    scene_->state.closed(1);
    QCOMPARE(scene_->heard(), (QStringList{"rescind 2", "> release 1 e1e10", "rescind 1"}));
    scene_->close(1);
    scene_->releaseRelid(2);
    scene_->releaseRelid(1);
    QCOMPARE(scene_->heard(), (QStringList{"> forget 2", "> forget 1"}));
}

void BusChannelsTest::aDeviceMayGiveUpWhileItOpens() {
    scene_->opens.reset();
    scene_->opened(1, kRing);
    scene_->state.closed(1);
    QCOMPARE(scene_->heard(), QStringList{});
    scene_->state.ringsOpened(1, true);
    QCOMPARE(scene_->heard(), QStringList{"open 1.1 failed"});
    scene_->open(1, kRing);
    scene_->state.ringsOpened(1, true);
    QCOMPARE(scene_->heard(), (QStringList{"> open 1 e1e10 at 2 VP 0", "open 1.1 ok"}));
}

void BusChannelsTest::targetsAreChecked() {
    scene_->modify(1, 1);
    QCOMPARE(scene_->heard(), (QStringList{"> violation 1", "modified 1 failed"}));
    scene_->opened(1, kRing);
    scene_->modify(1, 4);
    QCOMPARE(scene_->heard(), (QStringList{"> violation 1", "modified 1 failed"}));
    scene_->modify(5, 0);
    QCOMPARE(scene_->heard(), (QStringList{"> violation", "modified 5 failed"}));
    scene_->modify(1, 3);
    QCOMPARE(scene_->heard(), (QStringList{"> target 1 VP 3", "modified 1 ok"}));
    // It is going, which the guest does not know yet.
    scene_->closesAtOnce = false;
    scene_->state.revoke(1);
    static_cast<void>(scene_->heard());
    scene_->modify(1, 2);
    QCOMPARE(scene_->heard(), QStringList{"modified 1 ok"});
}

void BusChannelsTest::wrongTargetsBelow5_3LoseTheChannel() {
    scene_->connect(kVersion5_2);
    scene_->opened(1, kRing);
    scene_->modify(9, 0);
    QCOMPARE(scene_->heard(), QStringList{"> violation"});
    scene_->modify(1, 4);
    QCOMPARE(scene_->heard(),
             (QStringList{"> violation 1", "> close 1", "> release 1 e1e10", "rescind 1"}));
}

void BusChannelsTest::rescindWaitsForTheDevice() {
    scene_->closesAtOnce = false;
    scene_->releasesAtOnce = false;
    scene_->opened(1, kRing);
    scene_->gpadl(1, 7, 4);
    static_cast<void>(scene_->heard());
    scene_->state.revoke(1);
    scene_->state.revoke(1);
    QCOMPARE(scene_->heard(), (QStringList{"> close 1", "> release 1 7", "> release 1 e1e10"}));
    scene_->state.gpadlReleased(1, 7);
    scene_->state.closed(1);
    QCOMPARE(scene_->heard(), QStringList{});
    scene_->state.gpadlReleased(1, kRing);
    QCOMPARE(scene_->heard(), QStringList{"rescind 1"});
    // Linux closes it, says nothing of the GPADLs, and releases the relid.
    scene_->close(1);
    QCOMPARE(scene_->heard(), QStringList{});
    scene_->releaseRelid(1);
    QCOMPARE(scene_->heard(), QStringList{"> forget 1"});
    scene_->releaseRelid(1);
    QCOMPARE(scene_->heard(), QStringList{"> violation"});
}

void BusChannelsTest::rescindMeetsWhatTheGuestHasBegun() {
    scene_->closesAtOnce = false;
    scene_->releasesAtOnce = false;
    // One GPADL that is torn down, one half described, one on the way to the host.
    scene_->opened(1, kRing);
    scene_->gpadl(1, 7, 4);
    scene_->teardown(1, 7);
    const GpadlHeaderMessage header{.header = {MessageType::GpadlHeader, 0},
                                    .relid = 1,
                                    .gpadl = 8,
                                    .rangeBytes = 80,
                                    .rangeCount = 1};
    scene_->post(header);
    scene_->maps.reset();
    scene_->gpadl(1, 9, 4);
    static_cast<void>(scene_->heard());
    scene_->state.revoke(1);
    QCOMPARE(scene_->heard(), (QStringList{"> close 1", "created 1 8 failed", "created 1 9 failed",
                                           "> release 1 e1e10"}));
    scene_->teardown(1, kRing);
    scene_->state.gpadlMapped(1, 9, true);
    QCOMPARE(scene_->heard(), QStringList{"> release 1 9"});
    // What it begins now is in vain, and no offence.
    scene_->gpadl(1, 10, 40);
    scene_->open(1, kRing);
    scene_->close(1);
    QCOMPARE(scene_->heard(), (QStringList{"created 1 a failed", "open 1.1 failed"}));
    scene_->state.gpadlReleased(1, 9);
    scene_->state.gpadlReleased(1, 7);
    scene_->state.closed(1);
    QCOMPARE(scene_->heard(), QStringList{"torndown 7"});
    scene_->state.gpadlReleased(1, kRing);
    QCOMPARE(scene_->heard(), (QStringList{"torndown e1e10", "rescind 1"}));
    QVERIFY(scene_->violations.isEmpty());
}

void BusChannelsTest::rescindWhileRingsOpen_data() {
    QTest::addColumn<bool>("opened");
    QTest::addRow("opened") << true;
    QTest::addRow("refused") << false;
}

void BusChannelsTest::rescindWhileRingsOpen() {
    QFETCH(const bool, opened);
    scene_->opens.reset();
    scene_->opened(1, kRing);
    scene_->state.revoke(1);
    QCOMPARE(scene_->heard(), (QStringList{"open 1.1 failed", "> release 1 e1e10"}));
    scene_->state.ringsOpened(1, opened);
    QCOMPARE(scene_->heard(),
             opened ? (QStringList{"> close 1", "rescind 1"}) : QStringList{"rescind 1"});
}

void BusChannelsTest::rescindOfWhatTheGuestDoesNotKnow() {
    scene_->state.reset();
    static_cast<void>(scene_->heard());
    scene_->state.revoke(1);
    QCOMPARE(scene_->heard(), QStringList{"> forget 1"});
    scene_->state.revoke(1);
    scene_->contact(kVersion5_3);
    const Relid second = scene_->offer();
    scene_->state.revoke(second);
    QCOMPARE(scene_->heard(), QStringList{"> forget 2"});
}

void BusChannelsTest::guestsClosingAndTheHostsRescindCross() {
    scene_->closesAtOnce = false;
    scene_->opened(1, kRing);
    scene_->close(1);
    scene_->teardown(1, kRing);
    scene_->open(1, kRing);
    scene_->state.revoke(1);
    QCOMPARE(scene_->heard(),
             (QStringList{"> close 1", "> release 1 e1e10", "torndown e1e10", "open 1.1 failed"}));
    scene_->state.closed(1);
    QCOMPARE(scene_->heard(), QStringList{"rescind 1"});
    scene_->releaseRelid(1);
    QCOMPARE(scene_->heard(), QStringList{"> forget 1"});
    QVERIFY(scene_->violations.isEmpty());
}

void BusChannelsTest::releaseInsteadOfWaiting() {
    scene_->closesAtOnce = false;
    scene_->opened(1, kRing);
    scene_->state.revoke(1);
    scene_->releaseRelid(1);
    QCOMPARE(scene_->heard(), (QStringList{"> close 1", "> release 1 e1e10"}));
    // Needs no rescind any more.
    scene_->state.closed(1);
    QCOMPARE(scene_->heard(), QStringList{"> forget 1"});
}

void BusChannelsTest::releaseWithoutNeed() {
    scene_->gpadl(1, kRing, 4);
    static_cast<void>(scene_->heard());
    scene_->releaseRelid(1);
    QCOMPARE(scene_->heard(), QStringList{"> release 1 e1e10"});
    scene_->open(1, kRing);
    scene_->requestOffers();
    QCOMPARE(scene_->heard(),
             (QStringList{"> violation", "open 1.1 failed", "> violation", "all offers"}));
    // It is still the device's, and the next kernel's.
    scene_->connect();
    scene_->opened(1, kRing);
    scene_->close(1);
    QCOMPARE(scene_->heard(), QStringList{"> close 1"});
    scene_->releaseRelid(1);
    scene_->state.revoke(1);
    QCOMPARE(scene_->heard(), (QStringList{"> release 1 e1e10", "> forget 1"}));
}

void BusChannelsTest::releaseOfAnOpenChannelLosesIt() {
    scene_->closesAtOnce = false;
    scene_->opened(1, kRing);
    scene_->releaseRelid(1);
    QCOMPARE(scene_->heard(), (QStringList{"> violation 1", "> close 1", "> release 1 e1e10"}));
    scene_->state.closed(1);
    QCOMPARE(scene_->heard(), QStringList{"> forget 1"});
}

void BusChannelsTest::relidsAreReusedAfterBoth() {
    std::vector<Relid> relids{1};
    while (relids.size() < kLastRelid)
        relids.push_back(scene_->offer());
    QVERIFY(!scene_->state.offer({}));
    scene_->state.revoke(500);
    static_cast<void>(scene_->heard());
    QVERIFY(!scene_->state.offer({}));
    scene_->releaseRelid(500);
    QCOMPARE(scene_->heard(), QStringList{"> forget 500"});
    QCOMPARE(scene_->offer(), 500U);
    scene_->releaseRelid(600);
    QVERIFY(!scene_->state.offer({}));
    scene_->state.revoke(600);
    QCOMPARE(scene_->heard(), QStringList{"> forget 600"});
    QCOMPARE(scene_->offer(), 600U);
}

void BusChannelsTest::allRelidsCanBeTaken() {
    scene_->state.reset();
    std::vector<bool> seen(kLastRelid + 1);
    seen[1] = true;
    for (unsigned i = 1; i < kLastRelid; ++i) {
        const Relid relid = scene_->offer();
        QVERIFY(relid >= 1 && relid <= kLastRelid && !seen[relid]);
        seen[relid] = true;
    }
    const auto none = scene_->state.offer({});
    QVERIFY(!none && !none.error().message.empty());
    // The largest burst that a guest can ask for.
    scene_->contact(kVersion5_3);
    scene_->requestOffers();
    QCOMPARE(scene_->heard().size(), 2 + static_cast<int>(kLastRelid) + 1);
}

void BusChannelsTest::subChannelsNeedAnOpenPrimary() {
    QVERIFY(scene_->state.offerSubChannels(1, 2).empty());
    QVERIFY(scene_->state.offerSubChannels(9, 2).empty());
    scene_->opened(1, kRing);
    QCOMPARE(scene_->state.offerSubChannels(1, 2), (std::vector<Relid>{2, 3}));
    QCOMPARE(scene_->heard(), (QStringList{"offer 2.1", "offer 3.2"}));
    QVERIFY(scene_->offers[1].type == scene_->offers[0].type);
    QVERIFY(scene_->offers[1].instance == scene_->offers[0].instance);
    // Not twice, and none of a sub-channel.
    QVERIFY(scene_->state.offerSubChannels(1, 2).empty());
    scene_->opened(2, 7);
    QVERIFY(scene_->state.offerSubChannels(2, 2).empty());
    scene_->closesAtOnce = false;
    scene_->close(1);
    QVERIFY(scene_->state.offerSubChannels(1, 2).empty());
}

void BusChannelsTest::subChannelsGoWithThePrimarysClose() {
    scene_->closesAtOnce = false;
    scene_->opened(1, kRing);
    QCOMPARE(scene_->state.offerSubChannels(1, 2).size(), 2U);
    scene_->opened(2, 7);
    scene_->opened(3, 8);
    scene_->close(2);
    scene_->teardown(2, 7);
    scene_->state.closed(2);
    static_cast<void>(scene_->heard());
    scene_->close(1);
    QCOMPARE(scene_->heard(),
             (QStringList{"> close 1", "rescind 2", "> close 3", "> release 3 8"}));
    scene_->state.closed(3);
    scene_->state.closed(1);
    QCOMPARE(scene_->heard(), QStringList{"rescind 3"});
    scene_->releaseRelid(3);
    scene_->releaseRelid(2);
    QCOMPARE(scene_->heard(), (QStringList{"> forget 3", "> forget 2"}));
    // The primary is as before.
    scene_->opened(1, 9);
    QCOMPARE(scene_->state.offerSubChannels(1, 1), std::vector<Relid>{4});
}

void BusChannelsTest::subChannelsAreRescindedBeforeThePrimary() {
    scene_->closesAtOnce = false;
    scene_->opened(1, kRing);
    QCOMPARE(scene_->state.offerSubChannels(1, 2).size(), 2U);
    scene_->opened(2, 7);
    scene_->opened(3, 8);
    scene_->state.revoke(1);
    QCOMPARE(scene_->heard(), (QStringList{"> close 2", "> release 2 7", "> close 3",
                                           "> release 3 8", "> close 1", "> release 1 e1e10"}));
    scene_->state.closed(1);
    QCOMPARE(scene_->heard(), QStringList{});
    scene_->state.closed(2);
    QCOMPARE(scene_->heard(), QStringList{"rescind 2"});
    // Released or rescinded: no matter.
    scene_->releaseRelid(3);
    QCOMPARE(scene_->heard(), QStringList{});
    scene_->state.closed(3);
    QCOMPARE(scene_->heard(), (QStringList{"> forget 3", "rescind 1"}));
    scene_->releaseRelid(1);
    scene_->releaseRelid(2);
    QCOMPARE(scene_->heard(), (QStringList{"> forget 1", "> forget 2"}));
}

void BusChannelsTest::subChannelsComeAgain() {
    // A guest changes the MTU: it closes all, opens again, and is slow with releasing relids.
    scene_->opened(1, kRing);
    QCOMPARE(scene_->state.offerSubChannels(1, 1), std::vector<Relid>{2});
    scene_->close(1);
    scene_->open(1, kRing);
    static_cast<void>(scene_->heard());
    QCOMPARE(scene_->state.offerSubChannels(1, 1), std::vector<Relid>{3});
    scene_->releaseRelid(2);
    QCOMPARE(scene_->heard(), (QStringList{"offer 3.1", "> forget 2"}));
}

void BusChannelsTest::subChannelsUpToTheLastRelid() {
    scene_->opened(1, kRing);
    QCOMPARE(scene_->state.offerSubChannels(1, 0xFFFF'FFFF).size(), kLastRelid - 1U);
    scene_->close(1);
    // Each sub-channel is offered and rescinded.
    QCOMPARE(scene_->heard().size(), 1 + 2 * static_cast<int>(kLastRelid - 1));
}

void BusChannelsTest::answersToNothingAreIgnored() {
    scene_->state.closed(1);
    scene_->state.closed(9);
    scene_->state.ringsOpened(1, true);
    scene_->state.ringsOpened(9, false);
    scene_->state.gpadlMapped(1, kRing, true);
    scene_->state.gpadlReleased(1, kRing);
    scene_->state.revoke(9);
    scene_->opened(1, kRing);
    scene_->state.gpadlReleased(1, kRing);
    scene_->state.gpadlMapped(1, kRing, false);
    scene_->state.ringsOpened(1, false);
    QCOMPARE(scene_->heard(), QStringList{});
    scene_->close(1);
    QCOMPARE(scene_->heard(), QStringList{"> close 1"});
}

QTEST_GUILESS_MAIN(BusChannelsTest)
#include "bus_channels_test.moc"
