// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <vector>

#include "devices/display/keyboard_choice.h"
#include "devices/display/pointer_choice.h"

using namespace devices::display;

namespace {

struct PlayedKeyboard final : public KeyboardInput {
    void key(ScanCode code, KeyAction action) override {
        strokes.push_back({code.code, action == KeyAction::Down});
    }
    [[nodiscard]] bool isListening() const override { return listens; }

    bool listens = false;
    std::vector<std::pair<int, bool>> strokes;
};

struct PlayedPointer final : public PointerInput {
    void pointer(const PointerState& state, int wheel) override {
        states.push_back(state);
        turned += wheel;
    }
    [[nodiscard]] bool isListening() const override { return listens; }

    bool listens = false;
    std::vector<PointerState> states;
    int turned = 0;
};

using Strokes = std::vector<std::pair<int, bool>>;

}  // namespace

class InputChoiceTest : public QObject {
    Q_OBJECT

  private slots:
    void keysGoWhereADriverListens() {
        PlayedKeyboard synthetic;
        PlayedKeyboard emulated;
        KeyboardChoice choice(synthetic, emulated);
        QVERIFY(!choice.isListening());
        choice.key({0x1E}, KeyAction::Down);
        choice.key({0x1E}, KeyAction::Up);
        QCOMPARE(emulated.strokes, (Strokes{{0x1E, true}, {0x1E, false}}));
        synthetic.listens = true;
        QVERIFY(choice.isListening());
        choice.key({0x30}, KeyAction::Down);
        choice.key({0x30}, KeyAction::Up);
        QCOMPARE(synthetic.strokes, (Strokes{{0x30, true}, {0x30, false}}));
        QCOMPARE(emulated.strokes.size(), 2U);
        synthetic.listens = false;
        emulated.listens = true;
        QVERIFY(choice.isListening());
    }

    void aKeyIsReleasedWhereItWasPressed() {
        PlayedKeyboard synthetic;
        PlayedKeyboard emulated;
        KeyboardChoice choice(synthetic, emulated);
        choice.key({0x1D}, KeyAction::Down);
        synthetic.listens = true;
        choice.key({0x1D}, KeyAction::Down);
        choice.key({0x1E}, KeyAction::Down);
        choice.key({0x1D, ScanPrefix::E0}, KeyAction::Down);
        choice.key({0x1D}, KeyAction::Up);
        QCOMPARE(emulated.strokes, (Strokes{{0x1D, true}, {0x1D, true}, {0x1D, false}}));
        synthetic.listens = false;
        choice.key({0x1E}, KeyAction::Up);
        choice.key({0x1D, ScanPrefix::E0}, KeyAction::Up);
        QCOMPARE(synthetic.strokes,
                 (Strokes{{0x1E, true}, {0x1D, true}, {0x1E, false}, {0x1D, false}}));
        // A new press is chosen anew.
        choice.key({0x1E}, KeyAction::Down);
        QCOMPARE(emulated.strokes.back(), (std::pair{0x1E, true}));
    }

    void bothHalvesOfPauseGoTheSameWay() {
        PlayedKeyboard synthetic;
        PlayedKeyboard emulated;
        KeyboardChoice choice(synthetic, emulated);
        choice.key({0x1D, ScanPrefix::E1}, KeyAction::Down);
        synthetic.listens = true;
        choice.key({0x45}, KeyAction::Down);
        QCOMPARE(emulated.strokes, (Strokes{{0x1D, true}, {0x45, true}}));
        QVERIFY(synthetic.strokes.empty());
    }

    void thePointerStaysWhileAButtonIsHeld() {
        PlayedPointer synthetic;
        PlayedPointer emulated;
        PointerChoice choice(synthetic, emulated);
        QVERIFY(!choice.isListening());
        choice.pointer({.x = 1, .y = 1, .buttons = kLeftButton}, 0);
        synthetic.listens = true;
        choice.pointer({.x = 2, .y = 1, .buttons = kLeftButton}, 1);
        choice.pointer({.x = 3, .y = 1}, 0);
        QCOMPARE(emulated.states.size(), 3U);
        QCOMPARE(emulated.states.back(), (PointerState{.x = 3, .y = 1}));
        QCOMPARE(emulated.turned, 1);
        choice.pointer({.x = 4, .y = 1}, -1);
        QCOMPARE(synthetic.states.size(), 1U);
        QCOMPARE(synthetic.turned, -1);
        QCOMPARE(emulated.states.size(), 3U);
        QVERIFY(choice.isListening());
    }
};

QTEST_APPLESS_MAIN(InputChoiceTest)
#include "input_choice_test.moc"
