// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/video/video_aperture.h"

#include <QTest>

#include "recorded_mapper.h"

using namespace devices;
using namespace devices::synthetic;
using hypervisor::Gpa;
using tests::RecordedMapper;

namespace {

constexpr std::uint64_t kSize = 8 << 20;
constexpr Gpa kFirst = kDeviceMemoryStart;
constexpr Gpa kSecond = kDeviceMemoryEnd - kSize;

struct Scene {
    RecordedMapper mapper;
    VideoAperture aperture{mapper};
    std::shared_ptr<const display::VideoMemory> memory =
        std::move(display::VideoMemory::create(kSize).value());

    void show(std::optional<Gpa> at) { aperture.show(at, memory); }
};

}  // namespace

class VideoApertureTest : public QObject {
    Q_OBJECT

  private slots:
    void eitherAdapterShowsTheMemory() {
        Scene scene;
        scene.show(kFirst);
        QCOMPARE(scene.mapper.address, std::optional(kFirst));
        scene.show(kSecond);
        QCOMPARE(scene.mapper.address, std::optional(kSecond));
        scene.show(std::nullopt);
        QVERIFY(!scene.mapper.address);
        QVERIFY(scene.aperture.map(kFirst, scene.memory));
        QCOMPARE(scene.mapper.address, std::optional(kFirst));
        scene.aperture.unmap();
        QVERIFY(!scene.mapper.address);
    }

    void theChannelsWordCounts() {
        Scene scene;
        scene.show(kFirst);
        QVERIFY(scene.aperture.map(kSecond, scene.memory));
        QCOMPARE(scene.mapper.address, std::optional(kSecond));
        scene.show(std::nullopt);
        scene.show(kFirst);
        QCOMPARE(scene.mapper.address, std::optional(kSecond));
        scene.aperture.unmap();
        QCOMPARE(scene.mapper.address, std::optional(kFirst));
        // Where both say the same nothing moves.
        QVERIFY(scene.aperture.map(kFirst, scene.memory));
        QCOMPARE(scene.mapper.address, std::optional(kFirst));
    }

    void outsideTheWindowItIsNotSeen_data() {
        QTest::addColumn<Gpa>("address");
        QTest::newRow("RAM") << Gpa{0};
        QTest::newRow("below") << kDeviceMemoryStart - kSize;
        QTest::newRow("across the end") << kDeviceMemoryEnd - kSize / 2;
        QTest::newRow("behind") << kDeviceMemoryEnd;
        QTest::newRow("last") << Gpa{0xFF80'0000};
        QTest::newRow("within a page") << kFirst + 16;
    }
    void outsideTheWindowItIsNotSeen() {
        QFETCH(Gpa, address);
        Scene scene;
        scene.show(kFirst);
        scene.show(address);
        QVERIFY(!scene.mapper.address);
        scene.show(kFirst);
        QCOMPARE(scene.mapper.address, std::optional(kFirst));
    }

    void whatTheHostRefusesIsNotSeen() {
        Scene scene;
        scene.show(kFirst);
        scene.mapper.refuses = true;
        QVERIFY(!scene.aperture.map(kSecond, scene.memory));
        QVERIFY(!scene.mapper.address);
        scene.mapper.refuses = false;
        // The channel that has failed has no say any more.
        scene.show(kSecond);
        QCOMPARE(scene.mapper.address, std::optional(kSecond));
    }
};

QTEST_APPLESS_MAIN(VideoApertureTest)
#include "video_aperture_test.moc"
