// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/console/terminal_view.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QInputMethodEvent>
#include <QLineEdit>
#include <QMenu>
#include <QPaintEvent>
#include <QScrollBar>
#include <QSignalSpy>
#include <QStyleHints>
#include <QTest>
#include <QVBoxLayout>

using gui::TerminalView;

namespace {

/// Sees what is painted of a terminal.
class PaintWatcher : public QObject {
  public:
    explicit PaintWatcher(TerminalView& view) { view.viewport()->installEventFilter(this); }

    int paints = 0;
    QRegion region;

  protected:
    bool eventFilter(QObject*, QEvent* event) override {
        if (event->type() == QEvent::Paint) {
            ++paints;
            region += static_cast<QPaintEvent*>(event)->region();
        }
        return false;
    }
};

/// A view in a window beside something else that can have the focus.
struct Window {
    Window() : view(new TerminalView), other(new QLineEdit) {
        auto* column = new QVBoxLayout(&window);
        column->addWidget(other);
        column->addWidget(view);
        QObject::connect(view, &TerminalView::output, view,
                         [this](const QByteArray& bytes) { output += bytes; });
        window.resize(900, 600);
        window.show();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        view->setFocus();
        QVERIFY(view->hasFocus());
    }

    [[nodiscard]] QByteArray takeOutput() { return std::exchange(output, {}); }
    [[nodiscard]] QSize cell() const {
        const QRect row = view->inputMethodQuery(Qt::ImCursorRectangle).toRect();
        return {row.width() / 2, row.height()};
    }
    /// Between the characters left and right of `column`.
    [[nodiscard]] QPoint at(int row, int column) const {
        return {4 + column * cell().width(), 4 + row * cell().height() + cell().height() / 2};
    }
    void drag(QPoint from, QPoint to) const {
        QTest::mousePress(view->viewport(), Qt::LeftButton, {}, from);
        QTest::mouseMove(view->viewport(), to);
        QTest::mouseRelease(view->viewport(), Qt::LeftButton, {}, to);
    }
    [[nodiscard]] QColor pixel(QPoint place) const {
        return view->viewport()->grab().toImage().pixelColor(place);
    }

    QWidget window;
    TerminalView* view;
    QLineEdit* other;
    QByteArray output;
};

}  // namespace

class TerminalViewTest : public QObject {
    Q_OBJECT

  private slots:
    void sendsKeys_data();
    void sendsKeys();
    void sendsKeysAsTheGuestWantsThem();
    void sendsTextOfInputMethods();
    void keepsTabUntilLeft();
    void copiesWhatIsDraggedOver();
    void copiesWordsAndLines();
    void copiesScrolledLines();
    void pastes();
    void givesTheMouseToTheGuest();
    void scrolls();
    void staysWhereItIsReadWhileLinesCome();
    void paintsOnlyWhatHasChanged();
    void paintsNothingWhileHidden();
    void paintsAtMostSixtyTimesASecond();
    void stopsBlinkingWithoutFocus();
    void paintsColoursOnBothGrounds();
    void zooms();
    void hasAnAccessibleName();
    void offersAMenu();
    void keepsItsScreenUntilItHasAPlace();
};

void TerminalViewTest::sendsKeys_data() {
    QTest::addColumn<int>("key");
    QTest::addColumn<Qt::KeyboardModifiers>("modifiers");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QByteArray>("bytes");
    const auto row = [](const char* name, int key, Qt::KeyboardModifiers modifiers,
                        const QString& text, const QByteArray& bytes) {
        QTest::newRow(name) << key << modifiers << text << bytes;
    };
    row("a", Qt::Key_A, {}, QStringLiteral("a"), "a");
    row("A", Qt::Key_A, Qt::ShiftModifier, QStringLiteral("A"), "A");
    row("e acute", Qt::Key_Eacute, {}, QString(QChar(0xE9)), "\xC3\xA9");
    row("Enter", Qt::Key_Return, {}, QStringLiteral("\r"), "\r");
    row("Enter of the keypad", Qt::Key_Enter, Qt::KeypadModifier, QStringLiteral("\r"), "\r");
    row("Tab", Qt::Key_Tab, {}, QStringLiteral("\t"), "\t");
    row("Shift+Tab", Qt::Key_Backtab, Qt::ShiftModifier, {}, "\x1B[Z");
    row("Backspace", Qt::Key_Backspace, {}, QStringLiteral("\b"), "\x7F");
    row("Escape", Qt::Key_Escape, {}, QStringLiteral("\x1B"), "\x1B");
    row("Up", Qt::Key_Up, {}, {}, "\x1B[A");
    row("Shift+Up", Qt::Key_Up, Qt::ShiftModifier, {}, "\x1B[1;2A");
    row("PageDown", Qt::Key_PageDown, {}, {}, "\x1B[6~");
    row("F1", Qt::Key_F1, {}, {}, "\x1BOP");
    row("F10", Qt::Key_F10, {}, {}, "\x1B[21~");
    row("Ctrl+C", Qt::Key_C, Qt::ControlModifier, QStringLiteral("\x03"), "\x03");
    row("Ctrl+C without text", Qt::Key_C, Qt::ControlModifier, {}, "\x03");
    row("Ctrl+M", Qt::Key_M, Qt::ControlModifier, {}, "\r");
    row("Ctrl+[", Qt::Key_BracketLeft, Qt::ControlModifier, {}, "\x1B");
    row("Ctrl+Space", Qt::Key_Space, Qt::ControlModifier, QStringLiteral(" "), QByteArray(1, '\0'));
    row("Ctrl of another alphabet", 0x0421, Qt::ControlModifier, QStringLiteral("\x03"), "\x03");
    row("Alt+F", Qt::Key_F, Qt::AltModifier, QStringLiteral("f"),
        "\x1B"
        "f");
    row("Ctrl+Alt+A", Qt::Key_A, Qt::ControlModifier | Qt::AltModifier, {}, "\x1B\x01");
    row("Shift alone", Qt::Key_Shift, Qt::ShiftModifier, {}, "");
    row("F11 is the window's", Qt::Key_F11, {}, {}, "");
}

void TerminalViewTest::sendsKeys() {
    QFETCH(int, key);
    QFETCH(Qt::KeyboardModifiers, modifiers);
    QFETCH(QString, text);
    QFETCH(QByteArray, bytes);
    Window one;
    QKeyEvent press(QEvent::KeyPress, key, modifiers, text);
    QCoreApplication::sendEvent(one.view, &press);
    QCOMPARE(one.takeOutput(), bytes);
    QVERIFY(one.view->hasFocus());
}

void TerminalViewTest::sendsKeysAsTheGuestWantsThem() {
    Window one;
    one.view->feed("\x1B[?1h");
    QTest::keyClick(one.view, Qt::Key_Up);
    QCOMPARE(one.takeOutput(), "\x1BOA");
    one.view->feed("\x1B[?1004h");
    one.other->setFocus();
    QCOMPARE(one.takeOutput(), "\x1B[O");
}

void TerminalViewTest::sendsTextOfInputMethods() {
    Window one;
    QInputMethodEvent composing(QString::fromUtf8("\xE3\x81\x8B"), {});
    QCoreApplication::sendEvent(one.view, &composing);
    QCOMPARE(one.takeOutput(), "");
    QInputMethodEvent done;
    done.setCommitString(QString::fromUtf8("\xE6\xBC\xA2\xE5\xAD\x97"));
    QCoreApplication::sendEvent(one.view, &done);
    QCOMPARE(one.takeOutput(), "\xE6\xBC\xA2\xE5\xAD\x97");
    QVERIFY(one.view->inputMethodQuery(Qt::ImEnabled).toBool());
}

void TerminalViewTest::keepsTabUntilLeft() {
    Window one;
    QTest::keyClick(one.view, Qt::Key_Tab);
    QVERIFY(one.view->hasFocus());
    QCOMPARE(one.takeOutput(), "\t");
    QTest::keyClick(one.view, Qt::Key_Backtab, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(one.other->hasFocus());
    QCOMPARE(one.takeOutput(), "");
}

void TerminalViewTest::copiesWhatIsDraggedOver() {
    Window one;
    one.view->feed("first line\r\n  second line\r\nthird");
    QSignalSpy changes(one.view, &TerminalView::selectionChanged);
    one.drag(one.at(0, 6), one.at(2, 2));
    QVERIFY(!changes.isEmpty());
    QCOMPARE(one.view->selectedText(), QStringLiteral("line\n  second line\nth"));
    QTest::keyClick(one.view, Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("line\n  second line\nth"));
    QCOMPARE(one.takeOutput(), "");
    // Backwards, and within one line.
    one.drag(one.at(1, 8), one.at(1, 2));
    QCOMPARE(one.view->selectedText(), QStringLiteral("second"));
    QTest::mouseClick(one.view->viewport(), Qt::LeftButton, {}, one.at(0, 1));
    QVERIFY(!one.view->hasSelection());
}

void TerminalViewTest::copiesWordsAndLines() {
    Window one;
    one.view->feed("see /etc/vireo.conf (line 4)\r\n\xE6\xBC\xA2\xE5\xAD\x97 x");
    const QPoint inWord = one.at(0, 8);
    QTest::mouseDClick(one.view->viewport(), Qt::LeftButton, {}, inWord);
    QCOMPARE(one.view->selectedText(), QStringLiteral("/etc/vireo.conf"));
    QTest::mouseClick(one.view->viewport(), Qt::LeftButton, {}, inWord);
    QCOMPARE(one.view->selectedText(), QStringLiteral("see /etc/vireo.conf (line 4)"));
    QTest::qWait(QGuiApplication::styleHints()->mouseDoubleClickInterval() + 50);
    QTest::mouseDClick(one.view->viewport(), Qt::LeftButton, {},
                       one.at(1, 3) + QPoint(one.cell().width() / 2, 0));
    QCOMPARE(one.view->selectedText(), QString::fromUtf8("\xE6\xBC\xA2\xE5\xAD\x97"));
    one.view->selectAll();
    QCOMPARE(one.view->selectedText(),
             QString::fromUtf8("see /etc/vireo.conf (line 4)\n\xE6\xBC\xA2\xE5\xAD\x97 x"));
}

void TerminalViewTest::copiesScrolledLines() {
    Window one;
    one.view->feed("wanted");
    one.drag(one.at(0, 0), one.at(0, 6));
    for (int line = 0; line < 200; ++line)
        one.view->feed("\r\nmore");
    QCOMPARE(one.view->selectedText(), QStringLiteral("wanted"));
    one.view->feed("\x1B[3J");
    QCOMPARE(one.view->selectedText(), QString());
}

void TerminalViewTest::pastes() {
    Window one;
    QGuiApplication::clipboard()->setText(QStringLiteral("ls\n"));
    QTest::keyClick(one.view, Qt::Key_V, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(one.takeOutput(), "ls\r");
    one.view->feed("\x1B[?2004h");
    one.view->paste();
    QCOMPARE(one.takeOutput(), "\x1B[200~ls\r\x1B[201~");
    one.view->typeClipboard();
    QCOMPARE(one.takeOutput(), "ls\r");
    if (!QGuiApplication::clipboard()->supportsSelection()) {
        one.view->feed("\x1B[?2004l");
        QTest::mouseClick(one.view->viewport(), Qt::MiddleButton, {}, one.at(0, 0));
        QCOMPARE(one.takeOutput(), "ls\r");
    }
}

void TerminalViewTest::givesTheMouseToTheGuest() {
    Window one;
    one.view->feed("text\x1B[?1000h\x1B[?1006h");
    const QPoint inCell = one.at(1, 2) + QPoint(one.cell().width() / 2, 0);
    QTest::mouseClick(one.view->viewport(), Qt::LeftButton, {}, inCell);
    QCOMPARE(one.takeOutput(), "\x1B[<0;3;2M\x1B[<0;3;2m");
    QTest::mousePress(one.view->viewport(), Qt::LeftButton, Qt::ShiftModifier, one.at(0, 0));
    QTest::mouseMove(one.view->viewport(), one.at(0, 4));
    QTest::mouseRelease(one.view->viewport(), Qt::LeftButton, Qt::ShiftModifier, one.at(0, 4));
    QCOMPARE(one.view->selectedText(), QStringLiteral("text"));
    QCOMPARE(one.takeOutput(), "");
}

void TerminalViewTest::scrolls() {
    Window one;
    for (int line = 0; line < 300; ++line)
        one.view->feed(QByteArray::number(line) + "\r\n");
    QScrollBar* const bar = one.view->verticalScrollBar();
    QTRY_COMPARE(bar->maximum(), one.view->screen().scrollbackLines());
    QCOMPARE(bar->value(), bar->maximum());
    QTest::keyClick(one.view, Qt::Key_Home, Qt::ShiftModifier);
    QCOMPARE(bar->value(), 0);
    QTest::keyClick(one.view, Qt::Key_PageDown, Qt::ShiftModifier);
    QCOMPARE(bar->value(), one.view->screen().rows());
    QCOMPARE(one.takeOutput(), "");
    // Who types wants to see where.
    QTest::keyClick(one.view, Qt::Key_X);
    QCOMPARE(bar->value(), bar->maximum());
}

void TerminalViewTest::staysWhereItIsReadWhileLinesCome() {
    Window one;
    const auto fill = [&one](int lines) {
        QByteArray bytes;
        for (int line = 0; line < lines; ++line)
            bytes += QByteArray::number(line) + "\r\n";
        one.view->feed(bytes);
    };
    fill(gui::TerminalScreen::kScrollbackLines + 100);
    QScrollBar* const bar = one.view->verticalScrollBar();
    QTRY_COMPARE(bar->value(), gui::TerminalScreen::kScrollbackLines);
    bar->setValue(5'000);
    const QString read = one.view->screen().text(5'000, 0, 80);
    fill(200);
    QTRY_COMPARE(bar->value(), 4'800);
    QCOMPARE(one.view->screen().text(bar->value(), 0, 80), read);
}

void TerminalViewTest::paintsOnlyWhatHasChanged() {
    Window one;
    one.view->feed("\x1B[20;1H");
    QTest::qWait(100);
    PaintWatcher watcher(*one.view);
    one.view->feed("\x1B[3;5Hx\x1B[20;1H");
    const QRect row(0, 4 + 2 * one.cell().height(), one.view->viewport()->width(),
                    one.cell().height());
    QTRY_VERIFY(watcher.region.contains(row.center()));
    QVERIFY(!watcher.region.contains(QPoint(10, 4 + 10 * one.cell().height())));
}

void TerminalViewTest::paintsNothingWhileHidden() {
    Window one;
    QTest::qWait(50);
    one.view->hide();
    PaintWatcher watcher(*one.view);
    for (int line = 0; line < 100; ++line) {
        one.view->feed("hidden\r\n");
        QTest::qWait(1);
    }
    QTest::qWait(100);
    QCOMPARE(watcher.paints, 0);
    one.view->show();
    QTRY_VERIFY(watcher.paints > 0);
    QCOMPARE(one.view->verticalScrollBar()->maximum(), one.view->screen().scrollbackLines());
}

void TerminalViewTest::paintsAtMostSixtyTimesASecond() {
    Window one;
    QTest::qWait(50);
    PaintWatcher watcher(*one.view);
    QElapsedTimer time;
    time.start();
    while (time.elapsed() < 500) {
        one.view->feed("noise\r\n");
        QCoreApplication::processEvents();
    }
    QVERIFY2(watcher.paints <= 36, qPrintable(QString::number(watcher.paints)));
    QVERIFY(watcher.paints > 2);
}

void TerminalViewTest::stopsBlinkingWithoutFocus() {
    QGuiApplication::styleHints()->setCursorFlashTime(100);
    Window one;
    QTest::qWait(100);
    PaintWatcher watcher(*one.view);
    QTRY_VERIFY(watcher.paints >= 3);
    one.other->setFocus();
    QTest::qWait(60);
    watcher.paints = 0;
    QTest::qWait(300);
    QCOMPARE(watcher.paints, 0);
    QGuiApplication::styleHints()->setCursorFlashTime(1'000);
}

void TerminalViewTest::paintsColoursOnBothGrounds() {
    Window one;
    one.view->feed("\x1B[48;2;10;200;30m    \x1B[0;41m    \x1B[48;5;21m    \x1B[0m\x1B[?25l");
    const int half = one.cell().width() / 2;
    for (const bool dark : {false, true}) {
        QPalette palette;
        palette.setColor(QPalette::Base, dark ? QColor(0x1B, 0x1E, 0x23) : QColor(Qt::white));
        one.view->setPalette(palette);
        QCOMPARE(one.pixel(one.at(0, 1) + QPoint(half, 0)), QColor(10, 200, 30));
        const QColor red = one.pixel(one.at(0, 5) + QPoint(half, 0));
        QVERIFY(red.red() > 150 && red.green() < 120);
        QCOMPARE(one.pixel(one.at(0, 9) + QPoint(half, 0)), QColor(0, 0, 255));
        const QColor ground = one.pixel(one.at(2, 1));
        QVERIFY(dark ? ground.lightness() < 40 : ground.lightness() > 240);
    }
}

void TerminalViewTest::zooms() {
    Window one;
    const int columns = one.view->screen().columns();
    QTest::keyClick(one.view, Qt::Key_Plus, Qt::ControlModifier);
    QTest::keyClick(one.view, Qt::Key_Equal, Qt::ControlModifier);
    QCOMPARE(one.view->pointSize(), TerminalView::kPointSize + 2);
    QVERIFY(one.view->screen().columns() < columns);
    QTest::keyClick(one.view, Qt::Key_0, Qt::ControlModifier);
    QCOMPARE(one.view->pointSize(), TerminalView::kPointSize);
    QCOMPARE(one.view->screen().columns(), columns);
    one.view->zoom(-1'000);
    QVERIFY(one.view->pointSize() >= 6);
    one.view->zoom(1'000);
    QVERIFY(one.view->pointSize() <= 40);
    QCOMPARE(one.takeOutput(), "");
}

void TerminalViewTest::hasAnAccessibleName() {
    const TerminalView view;
    QVERIFY(!view.accessibleName().isEmpty());
    QVERIFY(view.accessibleDescription().contains(QStringLiteral("Ctrl+Shift+Tab")));
}

void TerminalViewTest::offersAMenu() {
    Window one;
    QContextMenuEvent wanted(QContextMenuEvent::Mouse, one.at(0, 0),
                             one.view->mapToGlobal(one.at(0, 0)));
    QCoreApplication::sendEvent(one.view->viewport(), &wanted);
    auto* menu = one.view->findChild<QMenu*>(QStringLiteral("terminalMenu"));
    QVERIFY(menu);
    QVERIFY(!menu->actions().at(0)->isEnabled());
    menu->close();
}

void TerminalViewTest::keepsItsScreenUntilItHasAPlace() {
    TerminalView view;
    view.feed(QByteArray(80, 'x'));
    QCOMPARE(view.screen().columns(), 80);
    QCOMPARE(view.screen().text(0, 0, 80), QString(80, u'x'));
}

QTEST_MAIN(TerminalViewTest)
#include "terminal_view_test.moc"
