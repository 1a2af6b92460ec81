// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/integration/guest_shutdown.h"

// Before Qt, which takes the word "signals".
#include "played_ic_driver.h"

#include <QTest>

using namespace devices::synthetic;
using namespace std::chrono_literals;

namespace {

using Kind = GuestShutdown::Kind;

struct Scene {
    explicit Scene(ic::Version version = {3, 2}) : driver(channel, {{3, 0}, {1, 0}}, {version}) {
        driver.onRequest = [this](ic::Header& header, std::span<std::byte> body) {
            got = bodyFrom<ic::Shutdown>(body);
            size = body.size();
            header.status = status;
            return answers;
        };
    }
    void ask(GuestShutdown::Options options) {
        component.shutDown(std::move(options),
                           [this](hypervisor::Result<void> result) { results.push_back(result); });
        channel.settle();
    }

    std::vector<hypervisor::Result<void>> results;
    PlayedChannel channel;
    GuestShutdown component{channel.thread()};
    PlayedIcDriver driver;
    std::uint32_t status = ic::kOk;
    bool answers = true;
    ic::Shutdown got{};
    std::size_t size = 0;
};

}  // namespace

class GuestShutdownTest : public QObject {
    Q_OBJECT

  private slots:
    void theGuestIsAskedAndAgrees_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<bool>("force");
        QTest::addColumn<std::uint32_t>("flags");
        QTest::newRow("power off") << 0 << false << 0U;
        QTest::newRow("power off, forced") << 0 << true << 1U;
        QTest::newRow("restart") << 1 << false << 2U;
        QTest::newRow("restart, forced") << 1 << true << 3U;
        QTest::newRow("hibernate") << 2 << false << 4U;
    }
    void theGuestIsAskedAndAgrees() {
        QFETCH(int, kind);
        QFETCH(bool, force);
        QFETCH(std::uint32_t, flags);
        Scene scene;
        scene.channel.open(scene.component);
        scene.ask({.kind = static_cast<Kind>(kind), .force = force, .text = "Bis gleich \u00fc"});
        QCOMPARE(scene.results.size(), std::size_t{1});
        QVERIFY(scene.results[0]);
        QCOMPARE(scene.got.flags, flags);
        QCOMPARE(scene.size, sizeof(ic::Shutdown));
        QCOMPARE(scene.got.text[11], std::uint16_t{0xFC});
        QCOMPARE(scene.got.text[12], std::uint16_t{0});
    }

    void aRefusalIsTold() {
        Scene scene;
        scene.status = ic::kFail;
        scene.channel.open(scene.component);
        scene.ask({});
        QCOMPARE(scene.results.size(), std::size_t{1});
        QVERIFY(!scene.results[0]);
    }

    void withoutADriverThereIsNobodyToAsk() {
        Scene scene;
        scene.ask({});
        QCOMPARE(scene.results.size(), std::size_t{1});
        QVERIFY(!scene.results[0]);
    }

    void anOldDriverCanOnlyTurnOff() {
        Scene scene({3, 0});
        scene.channel.open(scene.component);
        scene.ask({.kind = Kind::Restart});
        scene.ask({.kind = Kind::Hibernate});
        QCOMPARE(scene.results.size(), std::size_t{2});
        QVERIFY(!scene.results[0] && !scene.results[1]);
        scene.ask({.kind = Kind::PowerOff});
        QVERIFY(scene.results[2]);
        QCOMPARE(scene.driver.requests.size(), std::size_t{1});
    }

    void aRestartNeedsNoHibernation() {
        Scene scene({3, 1});
        scene.channel.open(scene.component);
        scene.ask({.kind = Kind::Restart});
        QVERIFY(scene.results[0]);
        scene.ask({.kind = Kind::Hibernate});
        QVERIFY(!scene.results[1]);
    }

    void noAnswerIsAnErrorAfterAWhile() {
        Scene scene;
        scene.answers = false;
        scene.channel.open(scene.component);
        scene.ask({});
        scene.channel.advance(29s);
        QVERIFY(scene.results.empty());
        scene.channel.advance(2s);
        QCOMPARE(scene.results.size(), std::size_t{1});
        QVERIFY(!scene.results[0]);
    }

    void aCloseBeforeTheAnswerIsAnError() {
        Scene scene;
        scene.answers = false;
        scene.channel.open(scene.component);
        scene.ask({});
        QVERIFY(scene.channel.close());
        QCOMPARE(scene.results.size(), std::size_t{1});
        QVERIFY(!scene.results[0]);
    }

    void aTextThatDoesNotFitIsRefused() {
        Scene scene;
        scene.channel.open(scene.component);
        scene.ask({.text = std::string(1024, 'x')});
        QVERIFY(!scene.results[0]);
        scene.ask({.text = "\xff"});
        QVERIFY(!scene.results[1]);
        scene.ask({.text = std::string(1023, 'x')});
        QVERIFY(scene.results[2]);
    }
};

QTEST_APPLESS_MAIN(GuestShutdownTest)
#include "guest_shutdown_test.moc"
