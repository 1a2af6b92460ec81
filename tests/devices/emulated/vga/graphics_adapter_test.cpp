// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/emulated/vga/graphics_adapter.h"

#include <QTest>
#include <cstring>
#include <functional>
#include <vector>

#include "played_adapter.h"

using namespace devices::display;
using hypervisor::Gpa;

namespace {

/// Another device's picture.
class OtherPicture final : public FramebufferSource {
  public:
    explicit OtherPicture(PlayedAdapter& played) : played_(played) {
        if (!played.framebuffer.show(*this, {played.memory, 0, {1024, 768, 4096}, Changes::Told}))
            qFatal("no picture");
    }
    ~OtherPicture() override { played_.framebuffer.hide(*this); }
    void watchersChanged() override {}

  private:
    PlayedAdapter& played_;
};

/// How often what is posted runs while a second passes.
unsigned updatesInASecond(
    PlayedAdapter& played, const std::function<void()>& each = [] {}) {
    unsigned updates = 0;
    for (unsigned i = 0; i < 1'000; ++i) {
        each();
        played.clock.advance(1'000'000);
        updates += static_cast<unsigned>(played.posted.size());
        played.runPosted();
    }
    return updates;
}

}  // namespace

class VgaGraphicsAdapterTest : public QObject {
    Q_OBJECT

  private slots:
    void itIsAVgaOnPci() {
        PlayedAdapter played;
        QCOMPARE(played.adapter->read(0, 4), 0x5353'1414U);
        QCOMPARE(played.adapter->read(8, 4), 0x0300'0000U);
        played.adapter->write(0x10, 4, 0xF812'3456);
        QCOMPARE(played.adapter->read(0x10, 4), 0xF800'0008U);
        QCOMPARE(played.places.back(), std::optional<Gpa>(0xF800'0000));
        played.adapter->write(4, 2, 0);
        QCOMPARE(played.places.back(), std::nullopt);
    }

    void itAnswersWhereTheCommandRegisterSaysSo() {
        PlayedAdapter played;
        played.setMode(kTextMode);
        played.put(0, 0, 'A', 7);
        QCOMPARE(played.mmio.read(0xB'8000, 2), 0x0741U);
        QCOMPARE(played.ports.read(0x3CC, 1), 0x67U);
        QCOMPARE(played.ports.read(0x1CF, 2), 0xB0C5U);
        played.adapter->write(4, 2, 1);
        QCOMPARE(played.mmio.read(0xB'8000, 2), 0xFFFFU);
        played.put(0, 0, 'B', 7);
        QCOMPARE(played.ports.read(0x3CC, 1), 0x67U);
        played.adapter->write(4, 2, 2);
        QCOMPARE(played.mmio.read(0xB'8000, 2), 0x0741U);
        QCOMPARE(played.ports.read(0x3CC, 1), 0xFFU);
        QCOMPARE(played.ports.read(0x1CF, 2), 0xFFFFU);
        played.out(0x3C2, 0);
        QCOMPARE(played.mmio.read(0xB'8000, 2), 0x0741U);
    }

    void theInterfaceIsOfWholeValues() {
        PlayedAdapter played;
        played.ports.write(0x1CE, 2, 5);
        QCOMPARE(played.ports.read(0x1CE, 2), 5U);
        played.setInterface(1, 800);
        played.ports.write(0x1CF, 1, 0x12);
        played.ports.write(0x1D0, 1, 0x12);
        QCOMPARE(played.ports.read(0x1CF, 2), 800U);
        QCOMPARE(played.ports.read(0x1CF, 1), 800U & 0xFF);
        QCOMPARE(played.ports.read(0x1D0, 1), 0xFFU);
    }

    void badMemoryIsRefused() {
        FakeClock clock;
        Framebuffer framebuffer;
        for (const std::uint64_t bytes :
             {std::uint64_t{128} << 10, std::uint64_t{32} << 20, std::uint64_t{3} << 20})
            QVERIFY(!devices::vga::GraphicsAdapter::create(clock, framebuffer,
                                                           VideoMemory::create(bytes).value(), {}));
    }

    void aModeIsShownThoughNobodyWatches() {
        PlayedAdapter played;
        played.setMode(kPlanarMode);
        played.pass(100);
        QCOMPARE(played.framebuffer.view()->mode.width, 640U);
        QCOMPARE(played.framebuffer.view()->mode.height, 480U);
        // Drawing takes nothing then.
        QCOMPARE(updatesInASecond(played, [&] { played.mmio.write(0xA'0000, 1, 0xFF); }), 0U);
        QCOMPARE(updatesInASecond(played, [&] { played.set(0x3D4, 0x0D, 80); }), 0U);
        played.setMode(kByteMode);
        played.pass(100);
        QCOMPARE(played.framebuffer.view()->mode.width, 320U);
    }

    void whatIsWrittenIsToldToThoseWhoWatch() {
        PlayedAdapter played;
        played.setMode(kPlanarMode);
        const auto watch = played.framebuffer.watch([] {});
        played.pass(100);
        QCOMPARE(watch->take().view->mode.width, 640U);
        QVERIFY(watch->take().changed.empty());
        played.mmio.write(0xA'0000 + 100 * 80 + 5, 1, 0xFF);
        played.pass(50);
        const auto state = watch->take();
        QCOMPARE(state.changed, (std::vector<Rectangle>{{0, 100, 640, 1}}));
        std::uint32_t pixel = 0;
        std::memcpy(&pixel, state.view->line(100) + 40 * 4ULL, 4);
        QCOMPARE(pixel, 0xFFFFFFU);
        // What is the same is not told.
        played.mmio.write(0xA'0000 + 100 * 80 + 5, 1, 0xFF);
        played.pass(50);
        QVERIFY(watch->take().changed.empty());
    }

    void aScreenThatDoesNotChangeCostsNothing() {
        PlayedAdapter played;
        played.setMode(kTextMode);
        played.set(0x3D4, 0x0A, 0x20);
        const auto watch = played.framebuffer.watch([] {});
        played.pass(100);
        QCOMPARE(updatesInASecond(played), 0U);
    }

    void thereAreNoMoreThanThirtyUpdatesASecond() {
        PlayedAdapter played;
        played.setMode(kByteMode);
        const auto watch = played.framebuffer.watch([] {});
        played.pass(100);
        std::uint8_t value = 0;
        const unsigned updates =
            updatesInASecond(played, [&] { played.mmio.write(0xA'0000, 1, ++value); });
        QVERIFY(updates >= 20 && updates <= 31);
    }

    void onlyWhatBlinksIsTold() {
        PlayedAdapter played;
        played.setMode(kTextMode);
        played.set(0x3D4, 0x0E, 0);
        played.set(0x3D4, 0x0F, 85);
        played.put(5, 1, ' ', 0x07);
        const auto watch = played.framebuffer.watch([] {});
        played.pass(300);
        static_cast<void>(watch->take());
        const unsigned updates = updatesInASecond(played);
        QVERIFY(updates >= 7 && updates <= 10);
        QCOMPARE(watch->take().changed, (std::vector<Rectangle>{{45, 29, 9, 2}}));
    }

    void unseenWritesAreSoughtEverMoreRarely() {
        PlayedAdapter played;
        played.setInterfaceMode(640, 480, 16);
        const auto watch = played.framebuffer.watch([] {});
        played.pass(2'000);
        static_cast<void>(watch->take());
        const unsigned updates = updatesInASecond(played);
        QVERIFY(updates >= 3 && updates <= 5);
        QVERIFY(watch->take().changed.empty());
        played.memory->bytes()[640 * 2 * 7] = std::byte{0xFF};
        played.pass(300);
        QCOMPARE(watch->take().changed, (std::vector<Rectangle>{{0, 7, 640, 1}}));
    }

    void thirtyTwoBitsAreShownFromTheMemoryItself() {
        PlayedAdapter played;
        played.setInterfaceMode(1024, 768, 32);
        played.setInterface(9, 100);
        const auto watch = played.framebuffer.watch([] {});
        played.pass(100);
        const auto view = watch->take().view;
        QCOMPARE(view->memory.get(), played.memory.get());
        QCOMPARE(view->offset, std::uint64_t{100 * 4096});
        QVERIFY(view->changes == Changes::Sought);
        QCOMPARE(updatesInASecond(played), 0U);
        // Back to text.
        played.setInterface(4, 0);
        played.setMode(kTextMode);
        played.pass(100);
        QCOMPARE(watch->take().view->mode.width, 720U);
    }

    void anothersPictureIsNotDisturbedAndGivesWay() {
        PlayedAdapter played;
        played.setMode(kPlanarMode);
        const auto watch = played.framebuffer.watch([] {});
        played.pass(100);
        {
            const OtherPicture other(played);
            played.pass(100);
            QCOMPARE(watch->take().view->mode.width, 1024U);
            // It learns that it is not seen by the next write.
            played.mmio.write(0xA'0000, 1, 0x0F);
            played.pass(100);
            QCOMPARE(updatesInASecond(played, [&] { played.mmio.write(0xA'0000, 1, 0xF0); }), 0U);
            QCOMPARE(watch->take().view->mode.width, 1024U);
        }
        played.pass(100);
        const auto state = watch->take();
        QCOMPARE(state.view->mode.width, 640U);
        std::uint32_t pixel = 0;
        std::memcpy(&pixel, state.view->line(0), 4);
        QCOMPARE(pixel, 0xFFFFFFU);
        // Who sets a mode wants to be seen.
        const OtherPicture other(played);
        played.setMode(kByteMode);
        played.pass(100);
        QCOMPARE(watch->take().view->mode.width, 320U);
    }

    void aResetHidesIt() {
        PlayedAdapter played;
        played.setInterfaceMode(640, 480, 8);
        played.mmio.write(0xA'0000, 1, 9);
        const auto watch = played.framebuffer.watch([] {});
        played.pass(100);
        QVERIFY(watch->take().view);
        played.adapter->resetDisplay();
        played.pass(1'000);
        QVERIFY(!watch->take().view);
        QCOMPARE(played.memory->bytes()[0], std::byte{0});
        played.adapter->reset();
        QCOMPARE(played.ports.read(0x3CC, 1), 0xFFU);
        QVERIFY(played.posted.empty());
        // And it works again.
        played.adapter->write(4, 2, 3);
        played.setMode(kTextMode);
        played.pass(100);
        QCOMPARE(watch->take().view->mode.width, 720U);
    }
};

QTEST_APPLESS_MAIN(VgaGraphicsAdapterTest)
#include "graphics_adapter_test.moc"
