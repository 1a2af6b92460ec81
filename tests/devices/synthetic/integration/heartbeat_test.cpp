// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/integration/heartbeat.h"

// Before Qt, which takes the word "signals".
#include "played_ic_driver.h"

#include <QTest>

using namespace devices::synthetic;
using namespace std::chrono_literals;

namespace {

using Contact = Heartbeat::Contact;

struct Scene {
    std::vector<Heartbeat::Pulse> pulses;
    PlayedChannel channel;
    Heartbeat heartbeat{channel.thread(),
                        [this](Heartbeat::Pulse pulse) { pulses.push_back(pulse); }};
    PlayedIcDriver driver{channel, {{3, 0}, {1, 0}}, {{3, 0}, {1, 0}}};
    std::uint32_t applications = 0;

    Scene() {
        driver.onRequest = [this](ic::Header& header, std::span<std::byte> body) {
            auto beat = bodyFrom<ic::Heartbeat>(body);
            ++beat.sequence;
            beat.applicationState = applications;
            putBody(body, beat);
            header.status = ic::kOk;
            return true;
        };
    }
};

}  // namespace

class HeartbeatTest : public QObject {
    Q_OBJECT

  private slots:
    void thereIsContactAsLongAsTheGuestAnswers() {
        Scene scene;
        QVERIFY(scene.heartbeat.pulse().contact == Contact::None);
        scene.channel.open(scene.heartbeat);
        QVERIFY(scene.heartbeat.pulse().contact == Contact::Ok);
        scene.channel.advance(60s);
        QCOMPARE(scene.driver.requests.size(), std::size_t{31});
        QCOMPARE(scene.pulses.size(), std::size_t{1});
        QVERIFY(scene.channel.close());
        QVERIFY(scene.heartbeat.pulse().contact == Contact::None);
        scene.channel.advance(60s);
        QCOMPARE(scene.driver.requests.size(), std::size_t{31});
    }

    void contactIsLostWithAGuestThatHangsAndComesBackWithIt() {
        Scene scene;
        scene.channel.open(scene.heartbeat);
        scene.driver.stopReading();
        scene.channel.advance(4s);
        QVERIFY(scene.heartbeat.pulse().contact == Contact::Ok);
        scene.channel.advance(10s);
        QVERIFY(scene.heartbeat.pulse().contact == Contact::Lost);
        // The ring does not fill meanwhile.
        scene.channel.advance(600s);
        scene.driver.startReading();
        scene.channel.settle();
        QVERIFY(scene.heartbeat.pulse().contact == Contact::Ok);
        QVERIFY(scene.driver.requests.size() < 5);
        QCOMPARE(scene.pulses.size(), std::size_t{3});
    }

    void aGuestThatNeverAnsweredHasNoContactToLose() {
        Scene scene;
        scene.driver.onRequest = [](ic::Header&, std::span<std::byte>) { return false; };
        scene.channel.open(scene.heartbeat);
        scene.channel.advance(60s);
        QVERIFY(scene.heartbeat.pulse().contact == Contact::None);
        QVERIFY(scene.pulses.empty());
    }

    void theStateOfApplicationsIsPassedOn() {
        Scene scene;
        scene.applications = 2;
        scene.channel.open(scene.heartbeat);
        QVERIFY(scene.heartbeat.pulse().applications == Heartbeat::Applications::Critical);
        scene.applications = 0x1234;
        scene.channel.advance(2s);
        QVERIFY(scene.heartbeat.pulse().applications == Heartbeat::Applications::Unknown);
    }

    void aWrongSequenceLosesTheChannel() {
        Scene scene;
        scene.driver.onRequest = nullptr;
        scene.channel.open(scene.heartbeat);
        QVERIFY(scene.channel.failure());
        QVERIFY(scene.channel.close());
        QVERIFY(scene.heartbeat.pulse().contact == Contact::None);
    }
};

QTEST_APPLESS_MAIN(HeartbeatTest)
#include "heartbeat_test.moc"
