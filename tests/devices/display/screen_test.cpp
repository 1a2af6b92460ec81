// SPDX-License-Identifier: GPL-3.0-or-later
#include <png.h>

#include <QTest>
#include <array>
#include <vector>

#include "devices/display/framebuffer.h"
#include "devices/display/picture.h"
#include "devices/display/scan_codes.h"
#include "shown_picture.h"

using namespace devices::display;

namespace {

std::uint8_t codeOf(std::uint32_t keysym) {
    const auto stroke = strokeOfKeysym(keysym);
    return stroke && !stroke->second && stroke->first.prefix == ScanPrefix::None
               ? stroke->first.code
               : std::uint8_t{0};
}

}  // namespace

class ScreenTest : public QObject {
    Q_OBJECT

  private slots:
    void picturesThatLieOutsideAreRefused() {
        Framebuffer framebuffer;
        ShownPicture picture(framebuffer);
        QVERIFY(picture.show(1024, 768, Changes::Told));
        QVERIFY(picture.show(1024, 2048, Changes::Told));
        QVERIFY(!picture.show(1024, 2049, Changes::Told));
        QVERIFY(!picture.show(1024, 2048, Changes::Told, 0, 4));
        QVERIFY(picture.show(1024, 2047, Changes::Told, 0, 4096));
        QVERIFY(!picture.show(0, 768, Changes::Told));
        QVERIFY(!picture.show(1024, 0, Changes::Told));
        QVERIFY(!picture.show(kMostPixels + 1, 1, Changes::Told));
        QVERIFY(!picture.show(1, kMostPixels + 1, Changes::Told));
        QVERIFY(!picture.show(640, 480, Changes::Told, 0, ~std::uint64_t{0}));
        // What was shown last that could be.
        QCOMPARE(framebuffer.view()->mode.height, 2047U);
    }

    void changesAreClippedAndBounded() {
        Framebuffer framebuffer;
        ShownPicture picture(framebuffer);
        QVERIFY(picture.show(800, 600, Changes::Told));
        unsigned told = 0;
        const auto watch = framebuffer.watch([&] { ++told; });
        static_cast<void>(watch->take());
        picture.tell({790, 590, 0xFFFF'FFFF, 0xFFFF'FFFF});
        picture.tell({800, 0, 1, 1});
        picture.tell({0xFFFF'FFFF, 0xFFFF'FFFF, 1, 1});
        QCOMPARE(watch->take().changed, (std::vector<Rectangle>{{790, 590, 10, 10}}));
        QCOMPARE(told, 1U);
        for (std::uint32_t i = 0; i < 10'000; ++i)
            picture.tell({i % 799, i % 599, 1, 1});
        const auto changed = watch->take().changed;
        QVERIFY(!changed.empty() && changed.size() <= 64);
        QVERIFY(watch->take().changed.empty());
    }

    void eachWatchSeesEverything() {
        Framebuffer framebuffer;
        ShownPicture picture(framebuffer);
        QVERIFY(picture.show(800, 600, Changes::Told));
        const auto one = framebuffer.watch([] {});
        const auto other = framebuffer.watch([] {});
        QVERIFY(framebuffer.isWatched());
        picture.tell({1, 2, 3, 4});
        QCOMPARE(one->take().changed.size(), std::size_t{1});
        picture.tell({5, 6, 7, 8});
        QCOMPARE(one->take().changed.size(), std::size_t{1});
        QCOMPARE(other->take().changed.size(), std::size_t{2});
        QCOMPARE(picture.watcherChanges, 1U);
    }

    void aSourceThatIsNotShownChangesNothing() {
        Framebuffer framebuffer;
        ShownPicture first(framebuffer);
        ShownPicture second(framebuffer);
        QVERIFY(first.show(800, 600, Changes::Told));
        QVERIFY(second.show(640, 480, Changes::Told));
        const auto watch = framebuffer.watch([] {});
        first.tell({0, 0, 10, 10});
        first.hide();
        const auto state = watch->take();
        QVERIFY(state.changed.empty());
        QCOMPARE(state.view->mode.width, 640U);
        second.hide();
        QVERIFY(!watch->take().view);
        QVERIFY(watch->take().generation > state.generation);
    }

    void whatWasShownBeforeComesBack() {
        Framebuffer framebuffer;
        ShownPicture first(framebuffer);
        ShownPicture second(framebuffer);
        QVERIFY(first.show(800, 600, Changes::Told));
        const auto watch = framebuffer.watch([] {});
        QVERIFY(framebuffer.isWatched(first));
        QVERIFY(second.show(640, 480, Changes::Told));
        QVERIFY(!framebuffer.isWatched(first) && framebuffer.isWatched(second));
        const unsigned told = first.watcherChanges;
        const auto before = watch->take();
        second.hide();
        QCOMPARE(first.watcherChanges, told + 1);
        const auto after = watch->take();
        QCOMPARE(after.view->mode.width, 800U);
        QVERIFY(after.generation > before.generation);
        first.tell({0, 0, 10, 10});
        QCOMPARE(watch->take().changed.size(), std::size_t{1});
        // Shown again, a picture is the last one and not there twice.
        QVERIFY(second.show(640, 480, Changes::Told));
        QVERIFY(first.show(800, 600, Changes::Told));
        QVERIFY(framebuffer.isWatched(first));
        first.hide();
        QCOMPARE(watch->take().view->mode.width, 640U);
        second.hide();
        QVERIFY(!watch->take().view);
    }

    void aPictureIsScaledDown() {
        Picture picture{4,
                        2,
                        {0x000000, 0x0000FF, 0x00FF00, 0x00FF00,  //
                         0xFF0000, 0xFFFFFF, 0x00FF00, 0x00FF00}};
        const Picture small = scaledDown(picture, 2);
        QCOMPARE(small.width, 2U);
        QCOMPARE(small.height, 1U);
        QCOMPARE(small.pixels, (std::vector<std::uint32_t>{0x7F3F7F, 0x00FF00}));
        // Never larger, and never nothing.
        QCOMPARE(scaledDown(picture, 4).pixels, picture.pixels);
        QCOMPARE(scaledDown(picture, 0).pixels, picture.pixels);
        const Picture line{1'000, 1, std::vector<std::uint32_t>(1'000, 0x123456)};
        const Picture dot = scaledDown(line, 1);
        QCOMPARE(dot.width, 1U);
        QCOMPARE(dot.pixels, std::vector<std::uint32_t>{0x123456});
    }

    void thePictureIsThatOfTheScreen() {
        Framebuffer framebuffer;
        QVERIFY(!takePicture(framebuffer));
        ShownPicture picture(framebuffer);
        QVERIFY(picture.show(643, 481, Changes::Told, 12, 64));
        picture.draw(0, 0, 0xFF11'2233);
        picture.draw(642, 480, 0x0044'5566);
        const auto taken = takePicture(framebuffer);
        QVERIFY(taken);
        const auto png = encodePng(*taken);
        QVERIFY(png);
        png_image image{};
        image.version = PNG_IMAGE_VERSION;
        QVERIFY(png_image_begin_read_from_memory(&image, png->data(), png->size()) != 0);
        QCOMPARE(image.width, 643U);
        QCOMPARE(image.height, 481U);
        image.format = PNG_FORMAT_RGB;
        std::vector<std::uint8_t> colours(PNG_IMAGE_SIZE(image));
        QVERIFY(png_image_finish_read(&image, nullptr, colours.data(), 0, nullptr) != 0);
        using Colour = std::array<std::uint8_t, 3>;
        const auto at = [&](std::size_t x, std::size_t y) {
            const std::uint8_t* first = &colours[(y * 643 + x) * 3];
            return Colour{first[0], first[1], first[2]};
        };
        QCOMPARE(at(0, 0), (Colour{0x11, 0x22, 0x33}));
        QCOMPARE(at(642, 480), (Colour{0x44, 0x55, 0x66}));
        QCOMPARE(at(1, 0), (Colour{0, 0, 0}));
    }

    void keysymsNameTheKeysOfAUsKeyboard() {
        QCOMPARE(codeOf('a'), std::uint8_t{0x1E});
        QCOMPARE(codeOf('A'), std::uint8_t{0x1E});
        QCOMPARE(codeOf('m'), std::uint8_t{0x32});
        QCOMPARE(codeOf('0'), std::uint8_t{0x0B});
        QCOMPARE(codeOf(')'), std::uint8_t{0x0B});
        QCOMPARE(codeOf('~'), std::uint8_t{0x29});
        QCOMPARE(codeOf('|'), std::uint8_t{0x2B});
        QCOMPARE(codeOf('?'), std::uint8_t{0x35});
        QCOMPARE(codeOf(' '), std::uint8_t{0x39});
        QCOMPARE(codeOf(0xFF0D), std::uint8_t{0x1C});
        QCOMPARE(codeOf(0xFFC9), std::uint8_t{0x58});
        // Every printable character of ASCII has a key, and no control character has.
        for (std::uint32_t keysym = 0; keysym < 0x100; ++keysym)
            QCOMPARE(strokeOfKeysym(keysym).has_value(), keysym >= 0x20 && keysym < 0x7F);
        QCOMPARE(strokeOfKeysym(0xFF52)->first, (ScanCode{0x48, ScanPrefix::E0}));
        QCOMPARE(strokeOfKeysym(0xFFFF)->first, (ScanCode{0x53, ScanPrefix::E0}));
        QCOMPARE(strokeOfKeysym(0xFF13)->first, (ScanCode{0x1D, ScanPrefix::E1}));
        QCOMPARE(*strokeOfKeysym(0xFF13)->second, ScanCode{0x45});
        QVERIFY(!strokeOfKeysym(0xFFFF'FFFF));
        QVERIFY(!strokeOfKeysym(0x0100'20AC));
    }

    void keycodesNameKeysAsQemuDoes() {
        QCOMPARE(strokeOfKeycode(0x1E)->first, ScanCode{0x1E});
        QCOMPARE(strokeOfKeycode(0x9D)->first, (ScanCode{0x1D, ScanPrefix::E0}));
        QCOMPARE(strokeOfKeycode(0xC8)->first, (ScanCode{0x48, ScanPrefix::E0}));
        QVERIFY(strokeOfKeycode(0xC6)->second);
        QVERIFY(!strokeOfKeycode(0));
        QVERIFY(!strokeOfKeycode(0x80));
        QVERIFY(!strokeOfKeycode(0x100));
        QVERIFY(!strokeOfKeycode(0xFFFF'FFFF));
    }
};

QTEST_APPLESS_MAIN(ScreenTest)
#include "screen_test.moc"
