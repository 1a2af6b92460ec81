// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/emulated/ps2/pointer_motion.h"

#include <QTest>

using namespace devices;
using display::kMostPointer;
using display::PointerState;

namespace {

constexpr ScreenSize kScreen{1024, 768};

/// A pixel of that screen as viewers name it.
PointerState at(std::uint32_t x, std::uint32_t y, std::uint8_t buttons = 0) {
    const auto scaled = [](std::uint32_t position, std::uint32_t size) {
        return static_cast<std::uint16_t>((position * kMostPointer + (size - 1) / 2) / (size - 1));
    };
    return {.x = scaled(x, kScreen.width), .y = scaled(y, kScreen.height), .buttons = buttons};
}

}  // namespace

class PointerMotionTest : public QObject {
    Q_OBJECT

  private slots:
    void pixelsMovedAreCounted() {
        PointerMotion motion;
        // Where it appears it has not come to from anywhere.
        motion.move(at(100, 100), 0, kScreen);
        QVERIFY(motion.isEmpty());
        for (std::uint32_t x = 0; x < kScreen.width; x += 7)
            for (std::uint32_t y = 0; y < kScreen.height; y += 5) {
                PointerMotion fresh;
                fresh.place(at(512, 384));
                fresh.move(at(x, y), 0, kScreen);
                int right = 0;
                int up = 0;
                while (!fresh.isEmpty()) {
                    const auto step = fresh.take(7);
                    QVERIFY(std::abs(step.x) <= PointerMotion::kMostOfStep);
                    QVERIFY(!step.isXLost && !step.isYLost);
                    right += step.x;
                    up += step.y;
                }
                QCOMPARE(right, static_cast<int>(x) - 512);
                QCOMPARE(up, 384 - static_cast<int>(y));
            }
    }

    void movementsAreJoinedUpToAPress() {
        PointerMotion motion;
        motion.place(at(10, 10));
        motion.move(at(20, 10), 0, kScreen);
        motion.move(at(20, 20), 1, kScreen);
        motion.move(at(30, 20, 1), 0, kScreen);
        motion.move(at(40, 20, 1), 0, kScreen);
        motion.move(at(50, 20, 1), 0, kScreen);
        motion.move(at(50, 20), 0, kScreen);
        const auto check = [&motion](int x, int y, int wheel, unsigned buttons) {
            const auto step = motion.take(7);
            return step.x == x && step.y == y && step.wheel == wheel && step.buttons == buttons;
        };
        QVERIFY(check(10, -10, 1, 0));
        QVERIFY(check(10, 0, 0, 1));
        QVERIFY(check(20, 0, 0, 1));
        QVERIFY(check(0, 0, 0, 0));
        QVERIFY(motion.isEmpty());
        QVERIFY(check(0, 0, 0, 0));
    }

    void aFarPressIsToldAtItsPlace() {
        PointerMotion motion;
        motion.place(at(0, 0));
        motion.move(at(600, 0, 1), 0, kScreen);
        QCOMPARE(motion.take(7).buttons, std::uint8_t{0});
        QCOMPARE(motion.take(7).buttons, std::uint8_t{0});
        const auto last = motion.take(7);
        QCOMPARE(last.x, 90);
        QCOMPARE(last.buttons, std::uint8_t{1});
        QVERIFY(motion.isEmpty());
    }

    void theWheelTurnsAsFarAsItMay() {
        PointerMotion motion;
        motion.place(at(0, 0));
        motion.move(at(0, 0), 10, kScreen);
        QCOMPARE(motion.take(7).wheel, 7);
        QCOMPARE(motion.take(7).wheel, 3);
        QVERIFY(motion.isEmpty());
        motion.move(at(0, 0), -10, kScreen);
        // No wheel to tell it by.
        QCOMPARE(motion.take(0).wheel, 0);
        QVERIFY(motion.isEmpty());
    }

    void tooMuchIsLostAndToldSo() {
        PointerMotion motion;
        const ScreenSize wide{7680, 4320};
        motion.place({.x = 0, .y = 0});
        motion.move({.x = kMostPointer, .y = 0}, 0, wide);
        int right = 0;
        bool isFirst = true;
        while (!motion.isEmpty()) {
            const auto step = motion.take(7);
            QCOMPARE(step.isXLost, isFirst);
            QVERIFY(!step.isYLost);
            isFirst = false;
            right += step.x;
        }
        QCOMPARE(right, 16 * PointerMotion::kMostOfStep);
    }

    void theNumberOfMovementsIsBounded() {
        PointerMotion motion;
        motion.place(at(0, 0));
        for (int i = 0; i <= 10'000; ++i)
            motion.move(at(0, 0, i % 2 == 0 ? 1 : 0), 0, kScreen);
        int steps = 0;
        std::uint8_t buttons = 0;
        for (; !motion.isEmpty(); ++steps)
            buttons = motion.take(7).buttons;
        QVERIFY(steps <= 32);
        QCOMPARE(buttons, std::uint8_t{1});
    }

    void buttonsSurviveClearing() {
        PointerMotion motion;
        motion.place(at(0, 0));
        motion.move(at(50, 0, 2), 0, kScreen);
        motion.clear();
        const auto step = motion.take(7);
        QCOMPARE(step.x, 0);
        QCOMPARE(step.buttons, std::uint8_t{2});
        QVERIFY(motion.isEmpty());
        motion.move(at(60, 0, 2), 0, kScreen);
        motion.clear();
        QVERIFY(motion.isEmpty());
    }

    void screensOfAnySizeAreTaken() {
        for (const std::uint32_t size : {0U, 1U, 2U, 65'536U, 0xFFFF'FFFFU}) {
            PointerMotion motion;
            motion.place({.x = 0, .y = 0});
            motion.move({.x = 0xFFFF, .y = 0xFFFF}, 0, {size, size});
            const auto step = motion.take(7);
            QCOMPARE(step.x, size < 2 ? 0 : size == 2 ? 1 : 255);
            QCOMPARE(step.y, -step.x);
        }
    }
};

QTEST_APPLESS_MAIN(PointerMotionTest)
#include "pointer_motion_test.moc"
