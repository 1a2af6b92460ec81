// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/console/screen_view.h"

#include <QApplication>
#include <QKeyEvent>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>
#include <vector>

#include "gui/preferences/console_keys.h"

using namespace gui;  // NOLINT: the interface under test

namespace {

constexpr std::uint32_t kShift = 0xFFE1;

QImage filled(const QSize& size, const QColor& colour) {
    QImage image(size, QImage::Format_RGB32);
    image.fill(colour);
    return image;
}

/// A view in a window of 800 x 600, with what it says.
struct Shown {
    Shown() {
        QObject::connect(&view, &ScreenView::stroke, &view,
                         [this](const ScreenStroke& stroke) { strokes.push_back(stroke); });
        QObject::connect(&view, &ScreenView::pointer, &view,
                         [this](const ScreenPointer& pointer) { pointers.push_back(pointer); });
        view.resize(800, 600);
        static_cast<QWidget&>(view).show();
        view.setFocus();
    }
    /// In order, + for down.
    [[nodiscard]] QString typed() const {
        QString text;
        for (const ScreenStroke& stroke : strokes)
            text += QStringLiteral("%1%2 ").arg(
                stroke.isDown ? QStringLiteral("+") : QStringLiteral("-"),
                QString::number(stroke.key.keysym, 16));
        return text.trimmed();
    }
    void send(QEvent::Type type, int key, Qt::KeyboardModifiers modifiers, const QString& text,
              quint32 place = 0) {
        QKeyEvent event(type, key, modifiers, place, 0, 0, text);
        QApplication::sendEvent(&view, &event);
    }

    ScreenView view;
    std::vector<ScreenStroke> strokes;
    std::vector<ScreenPointer> pointers;
};

}  // namespace

class ScreenViewTest : public QObject {
    Q_OBJECT

  private slots:
    void showsPieces() {
        Shown one;
        one.view.show(filled({400, 300}, Qt::blue), {0, 0}, {400, 300});
        one.view.show(filled({10, 10}, Qt::red), {390, 290}, {400, 300});
        QCOMPARE(one.view.picture().size(), QSize(400, 300));
        QCOMPARE(one.view.picture().pixelColor(389, 289), QColor(Qt::blue));
        QCOMPARE(one.view.picture().pixelColor(390, 290), QColor(Qt::red));
        // Pixel by pixel in the middle, with nothing around.
        const QImage seen = one.view.viewport()->grab().toImage();
        QCOMPARE(seen.pixelColor(200, 150), QColor(Qt::blue));
        QCOMPARE(seen.pixelColor(599, 449), QColor(Qt::red));
        QVERIFY(seen.pixelColor(199, 150) != QColor(Qt::blue));
        QVERIFY(seen.pixelColor(600, 449) != QColor(Qt::red));
        one.view.clear(QStringLiteral("nothing"));
        QVERIFY(one.view.picture().isNull());
    }

    void scalesDownOrScrolls() {
        Shown one;
        one.view.show(filled({1600, 1200}, Qt::blue), {0, 0}, {1600, 1200});
        QCOMPARE(one.view.horizontalScrollBar()->maximum(), 0);
        QTest::mouseMove(one.view.viewport(), {400, 300});
        QCOMPARE(one.pointers.back().at, QPoint(800, 600));
        QTest::mouseMove(one.view.viewport(), {799, 599});
        QVERIFY(one.pointers.back().at.x() >= 1598 && one.pointers.back().at.y() >= 1198);
        one.view.setScaled(false);
        // The scroll bars take their room at the next turn of the event loop.
        QTRY_VERIFY(one.view.horizontalScrollBar()->maximum() > 800);
        one.view.horizontalScrollBar()->setValue(one.view.horizontalScrollBar()->maximum());
        one.view.verticalScrollBar()->setValue(one.view.verticalScrollBar()->maximum());
        const QRect room = one.view.viewport()->rect();
        QTest::mouseMove(one.view.viewport(), room.bottomRight());
        QCOMPARE(one.pointers.back().at, QPoint(1599, 1199));
        // A small one is not made larger, and what is beside it is its edge.
        one.view.setScaled(true);
        one.view.show(filled({100, 100}, Qt::blue), {0, 0}, {100, 100});
        QTest::mouseMove(one.view.viewport(), {5, 5});
        QCOMPARE(one.pointers.back().at, QPoint(0, 0));
    }

    void tellsButtonsAndWheel() {
        Shown one;
        QTest::mouseClick(one.view.viewport(), Qt::LeftButton, {}, {10, 10});
        QVERIFY(one.pointers.empty());
        one.view.show(filled({800, 600}, Qt::blue), {0, 0}, {800, 600});
        QTest::mouseClick(one.view.viewport(), Qt::RightButton, {}, {10, 20});
        QVERIFY(one.pointers.size() >= 2);
        QCOMPARE(one.pointers[one.pointers.size() - 2].buttons, 4);
        QCOMPARE(one.pointers.back().buttons, 0);
        QCOMPARE(one.pointers.back().at, QPoint(10, 20));
        one.pointers.clear();
        QWheelEvent wheel({10, 20}, one.view.mapToGlobal(QPointF(10, 20)), {}, {0, -240}, {}, {},
                          Qt::NoScrollPhase, false);
        QApplication::sendEvent(one.view.viewport(), &wheel);
        std::vector<int> buttons;
        for (const ScreenPointer& pointer : one.pointers)
            buttons.push_back(pointer.buttons);
        QCOMPARE(buttons, (std::vector<int>{16, 0, 16, 0}));
    }

    void namesKeys() {
        Shown one;
        QTest::keyClick(&one.view, Qt::Key_A);
        QTest::keyClick(&one.view, Qt::Key_F5);
        QTest::keyClick(&one.view, Qt::Key_Tab);
        QCOMPARE(one.typed(), QStringLiteral("+61 -61 +ffc2 -ffc2 +ff09 -ff09"));
        one.strokes.clear();
        one.send(QEvent::KeyPress, Qt::Key_C, Qt::ControlModifier, QStringLiteral("\x03"));
        one.send(QEvent::KeyRelease, Qt::Key_C, Qt::ControlModifier, {});
        QCOMPARE(one.typed(), QStringLiteral("+63 -63"));
    }

    void theWindowsKeyIsWhoseTheUserWants() {
        const auto press = [](Shown& one) {
            one.send(QEvent::KeyPress, Qt::Key_Meta, Qt::MetaModifier, {}, 133);
            one.send(QEvent::KeyPress, Qt::Key_L, Qt::MetaModifier, {}, 46);
            one.send(QEvent::KeyRelease, Qt::Key_L, Qt::MetaModifier, {}, 46);
            one.send(QEvent::KeyRelease, Qt::Key_Meta, {}, {}, 133);
            one.send(QEvent::KeyPress, Qt::Key_X, {}, QStringLiteral("x"), 53);
            return one.typed();
        };
        for (const auto& [keys, typed] :
             {std::pair{WindowsKeys::Machine, "+ffeb +6c -6c -ffeb +78"},
              {WindowsKeys::Computer, "+78"},
              {WindowsKeys::MachineInFullScreen, "+78"}}) {
            setConsoleKeys({ReleaseKey::ControlShiftTab, keys});
            Shown one;
            QCOMPARE(press(one), QLatin1String(typed));
        }
        Shown full;
        full.view.setWindowState(Qt::WindowFullScreen);
        QTRY_VERIFY(full.view.isFullScreen());
        QCOMPARE(press(full), QStringLiteral("+ffeb +6c -6c -ffeb +78"));
        setConsoleKeys({});
    }

    void theReleaseKeyIsTheUsers() {
        setConsoleKeys({ReleaseKey::ControlAltLeft, WindowsKeys::Machine});
        Shown one;
        one.send(QEvent::KeyPress, Qt::Key_Left, Qt::ControlModifier | Qt::AltModifier, {}, 113);
        QCOMPARE(one.typed(), QString());
        // What it was before is the guest's.
        one.send(QEvent::KeyPress, Qt::Key_Backtab, Qt::ControlModifier | Qt::ShiftModifier, {},
                 23);
        QCOMPARE(one.typed(), QStringLiteral("+ff09"));
        setConsoleKeys({});
    }

    void aKeyIsLetGoAsItWasPressed() {
        Shown one;
        one.send(QEvent::KeyPress, Qt::Key_Shift, Qt::ShiftModifier, {}, 50);
        one.send(QEvent::KeyPress, Qt::Key_A, Qt::ShiftModifier, QStringLiteral("A"), 38);
        one.send(QEvent::KeyRelease, Qt::Key_Shift, {}, {}, 50);
        one.send(QEvent::KeyRelease, Qt::Key_A, {}, QStringLiteral("a"), 38);
        QCOMPARE(one.typed(), QStringLiteral("+ffe1 +41 -ffe1 -41"));
    }

    void keysAreLetGoWithTheFocus() {
        Shown one;
        one.send(QEvent::KeyPress, Qt::Key_Alt, Qt::AltModifier, {});
        one.view.clearFocus();
        QFocusEvent gone(QEvent::FocusOut);
        QApplication::sendEvent(&one.view, &gone);
        QCOMPARE(one.typed(), QStringLiteral("+ffe9 -ffe9"));
    }

    void typesTexts() {
        const auto strokes = strokesOfText(QStringLiteral("aB{\n\u00e4\U0001f600"));
        QString typed;
        for (const ScreenStroke& stroke : strokes)
            typed += QString::number(stroke.key.keysym, 16) +
                     (stroke.isDown ? QStringLiteral("+ ") : QStringLiteral("- "));
        QCOMPARE(typed.trimmed(),
                 QStringLiteral("61+ 61- ffe1+ 42+ 42- ffe1- ffe1+ 7b+ 7b- ffe1- ff0d+ ff0d-"));
    }

    void pressesThreeKeysTogether() {
        const auto strokes = controlAltDelete();
        QCOMPARE(strokes.size(), std::size_t{6});
        QVERIFY(strokes[0].isDown && strokes[1].isDown && strokes[2].isDown);
        QCOMPARE(strokes[2].key, strokes[3].key);
        QCOMPARE(strokes[0].key, strokes[5].key);
        QVERIFY(!strokes[5].isDown);
        QVERIFY(strokes[0].key.keysym != kShift);
    }
};

QTEST_MAIN(ScreenViewTest)
#include "screen_view_test.moc"
