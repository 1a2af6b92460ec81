// SPDX-License-Identifier: GPL-3.0-or-later
//
// Files of a disk that hangs, with the machine's small devices on the same thread.
#include "service/worker/guest_file_copy.h"

// Before Qt, which takes the word "signals".
#include "devices/synthetic/integration/heartbeat.h"
#include "played_ic_driver.h"

#include <QTest>
#include <atomic>
#include <semaphore>
#include <thread>

using namespace devices::synthetic;
using namespace service;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kSize = 10'000;

/// Answers when it is let go.
class HungDisk {
  public:
    FileReader::Source source(const std::shared_ptr<HungDisk>& self) {
        return [self](std::uint64_t, std::span<std::byte> to) -> hypervisor::Result<void> {
            ++self->readers_;
            self->gate_.acquire();
            std::ranges::fill(to, std::byte{7});
            return {};
        };
    }
    void letGo() { gate_.release(); }
    /// That have come so far.
    [[nodiscard]] int readers() const { return readers_; }

  private:
    std::counting_semaphore<> gate_{0};
    std::atomic<int> readers_ = 0;
};

struct Scene {
    Scene() {
        driver.onRequest = [this](ic::Header& header, std::span<std::byte> body) {
            header.status = ic::kOk;
            if (bodyFrom<ic::FileCopyHeader>(body).operation ==
                std::to_underlying(ic::FileCopyOperation::Write))
                written += bodyFrom<ic::FileCopyWrite>(body).size;
            return true;
        };
        beatDriver.onRequest = [](ic::Header& header, std::span<std::byte> body) {
            auto beat = bodyFrom<ic::Heartbeat>(body);
            ++beat.sequence;
            putBody(body, beat);
            header.status = ic::kOk;
            return true;
        };
        channel.open(files.device());
    }
    bool begin(const std::shared_ptr<HungDisk>& disk) {
        WorkerFileCopy copy;
        copy.name = "file";
        copy.folder = "/tmp/";
        copy.sizeBytes = kSize;
        const bool begun = files.begin(copy, disk->source(disk)).has_value();
        channel.settle();
        return begun;
    }
    /// What other threads have posted comes, too.
    bool eventually(const std::function<bool()>& holds) {
        const auto deadline = std::chrono::steady_clock::now() + 60s;
        while (!holds()) {
            if (std::chrono::steady_clock::now() >= deadline)
                return false;
            channel.settle();
            std::this_thread::yield();
        }
        return true;
    }

    std::vector<bool> ends;
    std::uint64_t written = 0;
    PlayedChannel channel;
    PlayedChannel beatChannel;
    Heartbeat heartbeat{channel.thread(), [](Heartbeat::Pulse) {}};
    PlayedIcDriver beatDriver{beatChannel, {{3, 0}}, {{3, 0}}};
    PlayedIcDriver driver{channel, {{3, 0}}, {{1, 1}}};
    GuestFileCopy files{channel.thread(),
                        {.onProgress = [](std::uint32_t) {},
                         .onEnd =
                             [this](const hypervisor::Result<void>& result) {
                                 ends.push_back(result.has_value());
                             }}};
};

}  // namespace

class GuestFileCopyTest : public QObject {
    Q_OBJECT

  private slots:
    void theHeartGoesOnWhileADiskHangs() {
        Scene scene;
        scene.beatChannel.open(scene.heartbeat);
        const auto disk = std::make_shared<HungDisk>();
        QVERIFY(scene.begin(disk));
        const std::size_t before = scene.beatDriver.requests.size();
        // A minute.
        for (int step = 0; step < 600; ++step) {
            scene.channel.advance(100ms);
            scene.beatChannel.settle();
            scene.channel.settle();
        }
        QVERIFY(scene.beatDriver.requests.size() >= before + 25);
        QVERIFY(scene.heartbeat.pulse().contact == Heartbeat::Contact::Ok);
        QVERIFY(scene.ends.empty());
        disk->letGo();
        QVERIFY(scene.eventually([&] { return !scene.ends.empty(); }));
        QCOMPARE(scene.ends, (std::vector{true}));
        QCOMPARE(scene.written, kSize);
    }

    void aCopyThatHangsIsCancelledAtOnce() {
        Scene scene;
        const auto disk = std::make_shared<HungDisk>();
        QVERIFY(scene.begin(disk));
        scene.files.cancel();
        scene.channel.settle();
        QCOMPARE(scene.ends, (std::vector{false}));
        disk->letGo();
    }

    void theEndOfTheMachineDoesNotWait() {
        const auto disk = std::make_shared<HungDisk>();
        {
            Scene scene;
            QVERIFY(scene.begin(disk));
            QVERIFY(scene.channel.close());
            QCOMPARE(scene.ends, (std::vector{false}));
        }
        disk->letGo();
    }

    void notTooManyHangAtATime() {
        Scene scene;
        const auto disk = std::make_shared<HungDisk>();
        int hung = 0;
        while (scene.begin(disk) && ++hung < 100) {
            QVERIFY(scene.eventually([&] { return disk->readers() == hung; }));
            scene.files.cancel();
            scene.channel.settle();
        }
        QVERIFY(hung >= 2 && hung < 10);
        QCOMPARE(scene.ends.size(), static_cast<std::size_t>(hung));
        for (int one = 0; one < hung; ++one)
            disk->letGo();
        disk->letGo();
        QVERIFY(scene.eventually([&] { return scene.begin(disk); }));
        QVERIFY(scene.eventually([&] { return scene.ends.back(); }));
    }
};

QTEST_APPLESS_MAIN(GuestFileCopyTest)
#include "guest_file_copy_test.moc"
