// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/integration/volume_shadow_copy.h"

// Before Qt, which takes the word "signals".
#include "played_ic_driver.h"

#include <QTest>

using namespace devices::synthetic;
using namespace std::chrono_literals;

namespace {

struct Scene {
    Scene() {
        driver.onRequest = [this](ic::Header& header, std::span<std::byte> body) {
            auto message = bodyFrom<ic::ShadowCopy>(body);
            operations.push_back(message.operation);
            if (message.operation == 2)
                message.flags = flags;
            putBody(body, message);
            header.status = status;
            return answers;
        };
    }
    VolumeShadowCopy::Done done() {
        return [this](hypervisor::Result<void> result) { results.push_back(result.has_value()); };
    }

    std::vector<bool> results;
    PlayedChannel channel;
    VolumeShadowCopy component{channel.thread()};
    PlayedIcDriver driver{channel, {{3, 0}}, {{5, 0}}};
    std::uint32_t status = ic::kOk;
    std::uint32_t flags = 5;
    bool answers = true;
    std::vector<int> operations;
};

}  // namespace

class VolumeShadowCopyTest : public QObject {
    Q_OBJECT

  private slots:
    void aBackupFreezesAndThaws() {
        Scene scene;
        scene.channel.open(scene.component);
        scene.component.checkSupport(scene.done());
        scene.channel.settle();
        scene.component.freeze(scene.done());
        scene.channel.settle();
        scene.component.thaw(scene.done());
        scene.channel.settle();
        QCOMPARE(scene.operations, (std::vector{2, 5, 6}));
        QCOMPARE(scene.results, (std::vector{true, true, true}));
    }

    void aGuestThatCanNotSaysSo() {
        Scene scene;
        scene.flags = 0;
        scene.channel.open(scene.component);
        scene.component.checkSupport(scene.done());
        scene.channel.settle();
        scene.status = ic::kFail;
        scene.component.freeze(scene.done());
        scene.channel.settle();
        QCOMPARE(scene.results, (std::vector{false, false}));
    }

    void withoutADriverNothingIsFrozen() {
        Scene scene;
        scene.component.freeze(scene.done());
        scene.channel.settle();
        QCOMPARE(scene.results, (std::vector{false}));
    }

    void aFreezeWithoutAnAnswerCanBeThawed() {
        Scene scene;
        scene.channel.open(scene.component);
        scene.answers = false;
        scene.component.freeze(scene.done());
        scene.channel.advance(59s);
        QVERIFY(scene.results.empty());
        scene.channel.advance(2s);
        QCOMPARE(scene.results, (std::vector{false}));
        scene.answers = true;
        scene.component.thaw(scene.done());
        scene.channel.settle();
        QCOMPARE(scene.results, (std::vector{false, true}));
        scene.driver.answer(ic::kFail);
        QVERIFY(!scene.channel.failure());
    }

    void aCloseWhileFrozenIsAnError() {
        Scene scene;
        scene.channel.open(scene.component);
        scene.answers = false;
        scene.component.freeze(scene.done());
        scene.channel.settle();
        QVERIFY(scene.channel.close());
        QCOMPARE(scene.results, (std::vector{false}));
    }
};

QTEST_APPLESS_MAIN(VolumeShadowCopyTest)
#include "volume_shadow_copy_test.moc"
