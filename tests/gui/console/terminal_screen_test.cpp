// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/console/terminal_screen.h"

#include <QTest>
#include <random>
#include <string>

using gui::TerminalCell;
using gui::TerminalColour;
using gui::TerminalCursor;
using gui::TerminalDamage;
using gui::TerminalKey;
using gui::TerminalScreen;

namespace {

/// A screen that keeps what it says.
struct Listened {
    explicit Listened(int rows = 24, int columns = 80)
        : screen(rows, columns,
                 {[this](std::string_view bytes) { output += bytes; },
                  [this](const QString& text) { title = text; }, [this] { ++bells; }}) {}

    [[nodiscard]] std::string takeOutput() { return std::exchange(output, {}); }
    /// Of the screen, not of the scrollback.
    [[nodiscard]] QString row(int number) const {
        return screen.text(screen.scrollbackLines() + number, 0, screen.columns());
    }
    [[nodiscard]] TerminalCell cell(int row, int column) const {
        std::vector<TerminalCell> cells;
        screen.readLine(screen.scrollbackLines() + row, cells);
        return cells.at(static_cast<std::size_t>(column));
    }

    std::string output;
    QString title;
    int bells = 0;
    TerminalScreen screen;
};

void append(std::string& text, char32_t character) {
    text += QString::fromUcs4(&character, 1).toStdString();
}

/// What must hold whatever has come.
void check(const TerminalScreen& screen) {
    const TerminalCursor cursor = screen.cursor();
    QVERIFY(cursor.row >= 0 && cursor.row < screen.rows());
    QVERIFY(cursor.column >= 0 && cursor.column < screen.columns());
    QVERIFY(screen.scrollbackLines() <= TerminalScreen::kScrollbackLines);
    std::vector<TerminalCell> cells;
    for (int line = std::max(0, screen.scrollbackLines() - 3); line < screen.lines(); ++line) {
        screen.readLine(line, cells);
        QVERIFY(cells.size() >= static_cast<std::size_t>(screen.columns()));
        for (std::size_t column = 0; column < cells.size(); ++column) {
            QVERIFY(cells[column].character <= 0x10FFFF);
            QVERIFY(cells[column].width <= 2);
        }
    }
}

}  // namespace

class TerminalScreenTest : public QObject {
    Q_OBJECT

  private slots:
    void showsText();
    void wrapsLongLines();
    void knowsColoursAndStyles();
    void movesTheCursor();
    void keepsTheCursorsLook();
    void keepsScrollback();
    void boundsScrollback();
    void leavesFullScreenProgramsOutOfTheScrollback();
    void clearsTheScrollbackOnRequest();
    void keepsScrollbackWhenResized();
    void holdsTheCursorWhenResized();
    void showsWideCharactersAndMarks();
    void takesBrokenCharacters();
    void takesCharactersInPieces();
    void tellsTitleAndBell();
    void answersTheGuest();
    void sendsKeys_data();
    void sendsKeys();
    void pastesHarmlessly();
    void sendsTheMouseIfWanted();
    void tellsDamageByRows();
    void clears();
    void knowsWhichCharactersAreMarks();
    void survivesHugeParameters();
    void survivesManyParameters();
    void survivesRepetition();
    void survivesEndlessStrings();
    void survivesEndlessMarks();
    void survivesCursorsSavedOnLargerScreens();
    void survivesScrollRegionsOfLargerScreens();
    void survivesRandomBytes();
    void survivesRandomSequences();
};

void TerminalScreenTest::showsText() {
    Listened one;
    one.screen.feed("ready\r\nvireo login: ");
    QCOMPARE(one.row(0), QStringLiteral("ready"));
    QCOMPARE(one.row(1), QStringLiteral("vireo login:"));
    QCOMPARE(one.screen.cursor().row, 1);
    QCOMPARE(one.screen.cursor().column, 13);
    one.screen.feed("\b\b\b!\tx");
    QCOMPARE(one.row(1), QStringLiteral("vireo logi!:    x"));
    QCOMPARE(one.screen.text(1, 2, 4), QStringLiteral("re"));
}

void TerminalScreenTest::wrapsLongLines() {
    Listened one(5, 20);
    one.screen.feed(std::string(20, 'a'));
    QCOMPARE(one.screen.cursor().row, 0);
    one.screen.feed("b");
    QCOMPARE(one.row(0), QString(20, u'a'));
    QCOMPARE(one.row(1), QStringLiteral("b"));
    one.screen.feed("\x1B[?7l\x1B[3;1H" + std::string(25, 'c') + "d");
    QCOMPARE(one.row(2), QString(19, u'c') + u'd');
    QCOMPARE(one.row(3), QString());
}

void TerminalScreenTest::knowsColoursAndStyles() {
    using Kind = TerminalColour::Kind;
    Listened one;
    one.screen.feed(
        "\x1B[31mr\x1B[1;4;92;44mb\x1B[38;5;200;48;2;1;2;3mc\x1B[0;7md\x1B[0me\x1B[38:5:17mf");
    QCOMPARE(one.cell(0, 0).style.foreground, (TerminalColour{Kind::Indexed, 1, 0, 0}));
    QCOMPARE(one.cell(0, 0).style.background, TerminalColour{});
    QVERIFY(!one.cell(0, 0).style.bold);
    QVERIFY(one.cell(0, 1).style.bold);
    QVERIFY(one.cell(0, 1).style.underline);
    QCOMPARE(one.cell(0, 1).style.foreground, (TerminalColour{Kind::Indexed, 10, 0, 0}));
    QCOMPARE(one.cell(0, 1).style.background, (TerminalColour{Kind::Indexed, 4, 0, 0}));
    QCOMPARE(one.cell(0, 2).style.foreground, (TerminalColour{Kind::Indexed, 200, 0, 0}));
    QCOMPARE(one.cell(0, 2).style.background, (TerminalColour{Kind::Rgb, 1, 2, 3}));
    QVERIFY(one.cell(0, 3).style.reverse);
    QCOMPARE(one.cell(0, 4).style, gui::TerminalStyle{});
    QCOMPARE(one.cell(0, 5).style.foreground, (TerminalColour{Kind::Indexed, 17, 0, 0}));
}

void TerminalScreenTest::movesTheCursor() {
    Listened one;
    one.screen.feed("\x1B[5;10Hx\x1B[2A\x1B[3Dy\x1B[s\x1B[H.\x1B[u!\x1B[20`z");
    QCOMPARE(one.row(4), QString(9, u' ') + u'x');
    QCOMPARE(one.row(2), QString(7, u' ') + QStringLiteral("y!          z"));
    QCOMPARE(one.row(0), QStringLiteral("."));
    one.screen.feed("\x1B[H\x1B[J");
    QCOMPARE(one.row(4), QString());
    // With a scroll region, rows below it stay.
    one.screen.feed("\x1B[24;1Hbottom\x1B[1;3r\x1B[3;1Ha\r\nb\r\nc");
    QCOMPARE(one.row(2), QStringLiteral("c"));
    QCOMPARE(one.row(23), QStringLiteral("bottom"));
}

void TerminalScreenTest::keepsTheCursorsLook() {
    Listened one;
    QVERIFY(one.screen.cursor().visible);
    one.screen.feed("\x1B[?25l\x1B[4 q");
    QVERIFY(!one.screen.cursor().visible);
    QVERIFY(!one.screen.cursor().blinks);
    QCOMPARE(one.screen.cursor().shape, TerminalCursor::Shape::Underline);
    one.screen.feed("\x1B[?25h\x1B[5 q");
    QVERIFY(one.screen.cursor().visible);
    QVERIFY(one.screen.cursor().blinks);
    QCOMPARE(one.screen.cursor().shape, TerminalCursor::Shape::Bar);
}

void TerminalScreenTest::keepsScrollback() {
    Listened one(3, 20);
    one.screen.feed("one\r\n\x1B[31mtwo\x1B[m\r\nthree\r\nfour\r\nfive");
    QCOMPARE(one.screen.scrollbackLines(), 2);
    QCOMPARE(one.screen.lines(), 5);
    QCOMPARE(one.screen.text(0, 0, 20), QStringLiteral("one"));
    QCOMPARE(one.screen.text(1, 0, 20), QStringLiteral("two"));
    QCOMPARE(one.screen.text(2, 0, 20), QStringLiteral("three"));
    std::vector<TerminalCell> cells;
    one.screen.readLine(1, cells);
    QCOMPARE(cells.size(), 20U);
    QCOMPARE(cells[0].style.foreground, (TerminalColour{TerminalColour::Kind::Indexed, 1, 0, 0}));
}

void TerminalScreenTest::boundsScrollback() {
    Listened one(3, 20);
    for (int line = 0; line < TerminalScreen::kScrollbackLines + 500; ++line)
        one.screen.feed(std::to_string(line) + "\r\n");
    QCOMPARE(one.screen.scrollbackLines(), TerminalScreen::kScrollbackLines);
    QCOMPARE(one.screen.firstLine(), 498);
    QCOMPARE(one.screen.text(0, 0, 20), QStringLiteral("498"));
    // Wide lines are fewer.
    Listened wide(3, TerminalScreen::kMostColumns);
    const std::string line(TerminalScreen::kMostColumns, 'w');
    for (int count = 0; count < 2'500; ++count)
        wide.screen.feed(line + "\r\n");
    QCOMPARE(wide.screen.scrollbackLines(),
             static_cast<int>(TerminalScreen::kScrollbackCells) / TerminalScreen::kMostColumns);
}

void TerminalScreenTest::leavesFullScreenProgramsOutOfTheScrollback() {
    Listened one(3, 20);
    one.screen.feed("shell\r\n\x1B[?1049h");
    QVERIFY(one.screen.isOtherScreen());
    one.screen.feed("a\r\nb\r\nc\r\nd\r\ne");
    QCOMPARE(one.screen.scrollbackLines(), 0);
    one.screen.feed("\x1B[?1049l");
    QVERIFY(!one.screen.isOtherScreen());
    QCOMPARE(one.row(0), QStringLiteral("shell"));
    QCOMPARE(one.screen.cursor().row, 1);
    // A reset must not leave the screen of the program behind.
    one.screen.feed(
        "\x1B[?1049hx\x1B"
        "ca\r\nb\r\nc\r\nd");
    QVERIFY(!one.screen.isOtherScreen());
    QCOMPARE(one.screen.scrollbackLines(), 1);
}

void TerminalScreenTest::clearsTheScrollbackOnRequest() {
    Listened one(2, 20);
    one.screen.feed("a\r\nb\r\nc\r\n\x1B[H\x1B[2J\x1B[3Jd\r\ne\r\nf");
    QCOMPARE(one.screen.scrollbackLines(), 1);
    QCOMPARE(one.screen.text(0, 0, 20), QStringLiteral("d"));
    QCOMPARE(one.screen.firstLine(), 2);
}

void TerminalScreenTest::keepsScrollbackWhenResized() {
    Listened one(4, 40);
    for (int line = 0; line < 10; ++line)
        one.screen.feed("line " + std::to_string(line) + ", which is longer\r\n");
    const auto all = [&one] {
        QStringList lines;
        for (int line = 0; line < one.screen.lines(); ++line)
            lines += one.screen.text(line, 0, 1'000);
        while (!lines.isEmpty() && lines.back().isEmpty())
            lines.removeLast();
        return lines;
    };
    const QStringList before = all();
    QCOMPARE(before.size(), 10);
    one.screen.resize(7, 60);
    QCOMPARE(all(), before);
    QCOMPARE(one.screen.scrollbackLines(), 4);
    one.screen.resize(3, 60);
    QCOMPARE(all(), before);
    QCOMPARE(one.screen.scrollbackLines(), 8);
    // Lines that are too long for it stay where they are.
    one.screen.resize(6, 20);
    QCOMPARE(one.screen.scrollbackLines(), 8);
    QCOMPARE(one.screen.text(7, 0, 1'000), QStringLiteral("line 7, which is longer"));
}

void TerminalScreenTest::holdsTheCursorWhenResized() {
    Listened one(24, 80);
    one.screen.feed("\x1B[?6h\x1B[10;20r\x1B[5;5H");
    QCOMPARE(one.screen.cursor().row, 13);
    one.screen.resize(30, 100);
    QCOMPARE(one.screen.cursor().row, 13);
    QCOMPARE(one.screen.cursor().column, 4);
    // Text far below a cursor at the top.
    one.screen.feed("\x1B[?6l\x1B[30;1Hbelow\x1B[2;1H");
    one.screen.resize(5, 100);
    check(one.screen);
    one.screen.feed("here");
    check(one.screen);
    one.screen.resize(100'000, 100'000);
    QCOMPARE(one.screen.rows(), TerminalScreen::kMostRows);
    one.screen.resize(0, -1);
    QCOMPARE(one.screen.columns(), TerminalScreen::kFewestColumns);
    check(one.screen);
}

void TerminalScreenTest::showsWideCharactersAndMarks() {
    Listened one(3, 20);
    one.screen.feed("\xE6\xBC\xA2\xE5\xAD\x97x e\xCC\x81!");
    QCOMPARE(one.row(0), QString::fromUtf8("\xE6\xBC\xA2\xE5\xAD\x97x e\xCC\x81!"));
    QCOMPARE(one.cell(0, 0).width, 2);
    QCOMPARE(one.cell(0, 1).width, 0);
    QCOMPARE(one.cell(0, 4).character, U'x');
    QCOMPARE(one.cell(0, 6).marks[0], U'\u0301');
    QCOMPARE(one.cell(0, 7).character, U'!');
    // A wide one does not fit into the last column.
    one.screen.feed("\r" + std::string(19, 'a') + "\xE6\xBC\xA2");
    QCOMPARE(one.row(0), QString(19, u'a'));
    QCOMPARE(one.cell(1, 0).width, 2);
    // Through the scrollback and back.
    one.screen.feed("\r\n\r\n\r\n");
    one.screen.resize(6, 20);
    QCOMPARE(one.cell(1, 0).width, 2);
    QCOMPARE(one.cell(1, 1).width, 0);
    // Lines that are drawn, and characters that turn text around.
    one.screen.feed("\x1B[H\x1B[J\x1B(0qx\x1B(B\xE2\x80\xAEq");
    QCOMPARE(one.row(0), QString::fromUtf8("\xE2\x94\x80\xE2\x94\x82q"));
}

void TerminalScreenTest::takesBrokenCharacters() {
    Listened one;
    one.screen.feed(
        "a\xC3("
        "\xFF\xE2\x82\r\n\xED\xA0\x80\xC0\xAF\x9B"
        "31mb\xC2\x85"
        "c");
    QCOMPARE(one.row(0), QString::fromUtf8("a\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD"));
    QVERIFY(one.row(1).endsWith(QStringLiteral("31mbc")));
}

void TerminalScreenTest::takesCharactersInPieces() {
    Listened one;
    const std::string text = "\xE6\xBC\xA2 \x1B[31mred\x1B]2;a title\x1B\\ \xF0\x9F\x98\x80.";
    for (const char byte : text)
        one.screen.feed({&byte, 1});
    QCOMPARE(one.row(0), QString::fromUtf8("\xE6\xBC\xA2 red \xF0\x9F\x98\x80."));
    QCOMPARE(one.title, QStringLiteral("a title"));
}

void TerminalScreenTest::tellsTitleAndBell() {
    Listened one;
    one.screen.feed("\a\x1B]0;root@guest\a\x1B]1;icon\a\x1B]52;c;AAAA\a\a");
    QCOMPARE(one.title, QStringLiteral("root@guest"));
    QCOMPARE(one.bells, 2);
    one.screen.feed("\x1B]2;" + std::string(100'000, 't') + "\a");
    QVERIFY(one.title.size() <= 256);
    one.screen.feed("\x1B]2;evil\xE2\x80\xAEtitle\x01\a");
    QCOMPARE(one.title, QStringLiteral("eviltitle"));
}

void TerminalScreenTest::answersTheGuest() {
    Listened one;
    one.screen.feed("\x1B[3;4H\x1B[6n");
    QCOMPARE(one.takeOutput(), "\x1B[3;4R");
    one.screen.feed("\x1B[c");
    QVERIFY(one.takeOutput().starts_with("\x1B[?"));
    one.screen.setAnswering(false);
    one.screen.feed("\x1B[6n\x1B[c");
    QCOMPARE(one.takeOutput(), "");
    // Keys are no answers.
    one.screen.character(U'k');
    QCOMPARE(one.takeOutput(), "k");
    one.screen.setAnswering(true);
    // How a guest finds out how large the terminal is.
    one.screen.feed(
        "\x1B"
        "7\x1B[r\x1B[32766;32766H\x1B[6n\x1B"
        "8");
    QCOMPARE(one.takeOutput(), "\x1B[24;80R");
    QCOMPARE(one.screen.cursor().row, 2);
}

void TerminalScreenTest::sendsKeys_data() {
    QTest::addColumn<int>("key");
    QTest::addColumn<Qt::KeyboardModifiers>("modifiers");
    QTest::addColumn<QByteArray>("bytes");
    const auto row = [](const char* name, TerminalKey key, Qt::KeyboardModifiers modifiers,
                        const char* bytes) {
        QTest::newRow(name) << static_cast<int>(key) << modifiers << QByteArray(bytes);
    };
    row("Enter", TerminalKey::Enter, {}, "\r");
    row("Shift+Enter", TerminalKey::Enter, Qt::ShiftModifier, "\r");
    row("Backspace", TerminalKey::Backspace, {}, "\x7F");
    row("Ctrl+Backspace", TerminalKey::Backspace, Qt::ControlModifier, "\b");
    row("Tab", TerminalKey::Tab, {}, "\t");
    row("Shift+Tab", TerminalKey::Tab, Qt::ShiftModifier, "\x1B[Z");
    row("Escape", TerminalKey::Escape, {}, "\x1B");
    row("Up", TerminalKey::Up, {}, "\x1B[A");
    row("Ctrl+Left", TerminalKey::Left, Qt::ControlModifier, "\x1B[1;5D");
    row("Home", TerminalKey::Home, {}, "\x1B[H");
    row("Delete", TerminalKey::Delete, {}, "\x1B[3~");
    row("PageUp", TerminalKey::PageUp, {}, "\x1B[5~");
    row("F1", TerminalKey::F1, {}, "\x1BOP");
    row("F5", TerminalKey::F5, {}, "\x1B[15~");
    row("F12", TerminalKey::F12, {}, "\x1B[24~");
}

void TerminalScreenTest::sendsKeys() {
    QFETCH(int, key);
    QFETCH(Qt::KeyboardModifiers, modifiers);
    QFETCH(QByteArray, bytes);
    Listened one;
    one.screen.key(static_cast<TerminalKey>(key), modifiers);
    QCOMPARE(QByteArray::fromStdString(one.takeOutput()), bytes);
}

void TerminalScreenTest::pastesHarmlessly() {
    Listened one;
    one.screen.paste(QString::fromUtf8("one\ntwo\r\nthree\t\x1B[201~\x03\xC3\xA9"));
    QCOMPARE(one.takeOutput(), "one\rtwo\rthree\t[201~\xC3\xA9");
    one.screen.feed("\x1B[?2004h");
    one.screen.paste(QStringLiteral("x"));
    QCOMPARE(one.takeOutput(), "\x1B[200~x\x1B[201~");
    one.screen.type(QStringLiteral("x"));
    QCOMPARE(one.takeOutput(), "x");
}

void TerminalScreenTest::sendsTheMouseIfWanted() {
    Listened one;
    one.screen.mouseButton(1, true, 2, 3);
    QCOMPARE(one.takeOutput(), "");
    one.screen.feed("\x1B[?1002;1006h");
    QCOMPARE(one.screen.mouse(), TerminalScreen::Mouse::Drags);
    one.screen.mouseButton(1, true, 2, 3);
    one.screen.mouseMoved(2, 4);
    one.screen.mouseButton(1, false, 2, 4);
    QCOMPARE(one.takeOutput(), "\x1B[<0;4;3M\x1B[<32;5;3M\x1B[<0;5;3m");
    one.screen.mouseButton(4, true, 10'000, -5);
    QCOMPARE(one.takeOutput(), "\x1B[<64;1;24M");
}

void TerminalScreenTest::tellsDamageByRows() {
    Listened one;
    QCOMPARE(one.screen.takeDamage().rows.size(), 1U);
    QCOMPARE(one.screen.takeDamage().rows.size(), 0U);
    one.screen.feed("\x1B[6;1Hx\x1B[11;1Hy");
    const TerminalDamage damage = one.screen.takeDamage();
    // Where the cursor was, and where it has been and written.
    QCOMPARE(damage.rows.size(), 3U);
    QCOMPARE(damage.rows[0].first, 0);
    QCOMPARE(damage.rows[1].first, 5);
    QCOMPARE(damage.rows[1].last, 6);
    QCOMPARE(damage.rows[2].first, 10);
    QVERIFY(!damage.scrolled);
    one.screen.feed("\x1B[24;1H\n");
    QVERIFY(one.screen.takeDamage().scrolled);
    QVERIFY(!one.screen.takeDamage().scrolled);
}

void TerminalScreenTest::clears() {
    Listened one(3, 20);
    one.screen.feed("\x1B[?1049h\x1B[?25l\x1B[31mred\x1B]2;t\a\x1B[");
    one.screen.clear();
    QCOMPARE(one.screen.scrollbackLines(), 0);
    QCOMPARE(one.title, QString());
    one.screen.feed("3mnew");
    QCOMPARE(one.row(0), QStringLiteral("3mnew"));
    QCOMPARE(one.cell(0, 0).style, gui::TerminalStyle{});
    QVERIFY(one.screen.cursor().visible);
    QVERIFY(!one.screen.isOtherScreen());
}

// What libvterm adds to the last character must be known as a mark, or its memory had no bound;
// and nothing may move the cursor backwards.
void TerminalScreenTest::knowsWhichCharactersAreMarks() {
    static constexpr int kCount = 6;
    std::string passed;
    gui::GuestOutput output({[&passed](std::string_view bytes) { passed += bytes; }, {}, {}});
    Listened one(2, 40);
    for (char32_t character = 0x80; character <= 0x10FFFF; ++character) {
        if (character >= 0xD800 && character <= 0xDFFF)
            continue;
        std::string text = "A";
        for (int count = 0; count < kCount; ++count)
            append(text, character);
        passed.clear();
        output.feed(text);
        const qsizetype count = QString::fromStdString(passed).toUcs4().size() - 1;
        one.screen.feed('\r' + text);
        const int columns = one.screen.cursor().column - 1;
        const bool right = count == kCount ? columns == kCount || columns == 2 * kCount
                                           : count <= gui::GuestOutput::kMarks && columns >= 0 &&
                                                 columns <= 2 * gui::GuestOutput::kMarks;
        QVERIFY2(right, qPrintable(QStringLiteral("U+%1: %2 columns, %3 passed")
                                       .arg(character, 0, 16)
                                       .arg(columns)
                                       .arg(count)));
    }
}

void TerminalScreenTest::survivesHugeParameters() {
    Listened one;
    for (const std::string number : {"2147483647", "4294967295", "9223372036854775807",
                                     "99999999999999999999999999999999999999999", "0"})
        for (char command = '@'; command <= '~'; ++command)
            for (const char* const leader : {"", "?", ">", "=", "!"})
                for (const char* const intermediate : {"", " ", "$", "'", "\""}) {
                    one.screen.feed("x\x1B[" + (leader + number) + ';' + number + ';' + number +
                                    intermediate + command + "yz");
                    check(one.screen);
                }
    one.screen.feed(
        "\x1B"
        "c\x1B[99999999999999999999;99999999999999999999Hx");
    QCOMPARE(one.screen.cursor().row, 23);
    QCOMPARE(one.screen.cursor().column, 79);
}

void TerminalScreenTest::survivesManyParameters() {
    Listened one;
    for (const char separator : {';', ':'})
        for (char command = '@'; command <= '~'; ++command) {
            std::string text = "\x1B[";
            for (int count = 0; count < 1'000; ++count)
                text += std::string("38") + separator;
            one.screen.feed(text + command);
            one.screen.feed("\x1B[" + std::string(1'000, separator) + command);
            check(one.screen);
        }
    one.screen.feed("\x1B[" + std::string(1'000, '?') + "1h\x1B" + std::string(1'000, '(') + "0");
    one.screen.feed("\x1B[1" + std::string(1'000, '$') + "p");
    check(one.screen);
}

void TerminalScreenTest::survivesRepetition() {
    Listened one(4, 20);
    // Before anything has been written.
    one.screen.feed("\x1B[100000b");
    check(one.screen);
    one.screen.feed("ab\x1B[3b");
    QCOMPARE(one.row(0), QStringLiteral("abbbb"));
    one.screen.feed("\xE6\xBC\xA2\x1B[99999b");
    check(one.screen);
    one.screen.feed("\x1B[H\x1B[19C\xE6\xBC\xA2\x1B[99999b");
    check(one.screen);
}

void TerminalScreenTest::survivesEndlessStrings() {
    for (const std::string begin : {"\x1B]2;", "\x1BP", "\x1BX", "\x1B^", "\x1B_", "\x1B]"}) {
        Listened one;
        one.screen.feed(begin);
        for (int count = 0; count < 100; ++count)
            one.screen.feed(std::string(1'000, 'x'));
        one.screen.feed("\r\nback");
        QCOMPARE(one.row(one.screen.cursor().row), QStringLiteral("back"));
    }
    // An end in two pieces, which once made libvterm read beyond its input.
    Listened one;
    one.screen.feed("\x1B]2;t\x1B");
    one.screen.feed("\\");
    one.screen.feed("\x1BP$q\x1B");
    one.screen.feed("\\x");
    QCOMPARE(one.title, QStringLiteral("t"));
    QCOMPARE(one.row(0), QStringLiteral("x"));
}

void TerminalScreenTest::survivesEndlessMarks() {
    Listened one;
    one.screen.feed("e");
    std::string marks;
    for (int count = 0; count < 100'000; ++count)
        append(marks, U'\u0301');
    for (int count = 0; count < 10; ++count) {
        one.screen.feed(marks);
        one.screen.feed("\x1B[m");
    }
    QCOMPARE(one.row(0).size(), 1 + gui::GuestOutput::kMarks);
    check(one.screen);
}

void TerminalScreenTest::survivesCursorsSavedOnLargerScreens() {
    for (const std::string save : {"\x1B"
                                   "7",
                                   "\x1B[s", "\x1B[?1048h", "\x1B[?1049h"}) {
        Listened one(100, 200);
        one.screen.feed("\x1B[100;200H" + save);
        one.screen.resize(5, 20);
        for (const std::string restore : {"\x1B"
                                          "8",
                                          "\x1B[u", "\x1B[?1048l", "\x1B[?1049l"}) {
            one.screen.feed(restore + "\x1BHx\t\x1B[Ky\x1B[g\x1BM");
            check(one.screen);
        }
    }
}

void TerminalScreenTest::survivesScrollRegionsOfLargerScreens() {
    Listened one(100, 80);
    one.screen.feed("\x1B[60;90r\x1B[?6h");
    one.screen.resize(10, 80);
    one.screen.feed(
        "\x1B[5S\x1B[5T\x1B[5L\x1B[5M\x1BM\x1B"
        "D\r\nx\x1B[H\x1BM");
    check(one.screen);
}

void TerminalScreenTest::survivesRandomBytes() {
    std::mt19937 random(20'261'128);
    Listened one;
    std::string bytes;
    for (int count = 0; count < 200'000; ++count) {
        bytes += static_cast<char>(random() & 0xFF);
        if (random() % 97 == 0) {
            one.screen.feed(bytes);
            bytes.clear();
        }
        if (random() % 4'999 == 0)
            one.screen.resize(static_cast<int>(random() % 80), static_cast<int>(random() % 200));
        if (count % 1'000 == 0)
            check(one.screen);
    }
    check(one.screen);
}

// Bytes that sequences are made of, so that more of them are whole.
void TerminalScreenTest::survivesRandomSequences() {
    static constexpr std::string_view kPieces[]{"\x1B[",
                                                "\x1B",
                                                "\x1B]",
                                                "\x1BP",
                                                "\x1B[?",
                                                "\x1B[>",
                                                "\x1B#",
                                                "\x1B(",
                                                ";",
                                                ":",
                                                "0",
                                                "1",
                                                "7",
                                                "9",
                                                "25",
                                                "38",
                                                "48",
                                                "47",
                                                "1049",
                                                "1000",
                                                "99999",
                                                "2",
                                                "5",
                                                "m",
                                                "h",
                                                "l",
                                                "H",
                                                "J",
                                                "K",
                                                "L",
                                                "M",
                                                "P",
                                                "S",
                                                "T",
                                                "X",
                                                "@",
                                                "b",
                                                "r",
                                                "s",
                                                "u",
                                                "\r",
                                                "\n",
                                                "\b",
                                                "\t",
                                                "\a",
                                                "\\",
                                                "\x18",
                                                "\x0E",
                                                "\x0F",
                                                "text",
                                                "\xE6\xBC\xA2",
                                                "\xCC\x81",
                                                "\xE3\x82\x99",
                                                "c",
                                                "8",
                                                "g",
                                                "I",
                                                "Z",
                                                "`",
                                                "d",
                                                "~",
                                                "}",
                                                "'",
                                                " q",
                                                "$p",
                                                "!p",
                                                "n",
                                                "\xF0\x9F\x98\x80"};
    std::mt19937 random(42);
    Listened one;
    for (int round = 0; round < 60'000; ++round) {
        std::string bytes;
        for (std::size_t count = random() % 12; count > 0; --count)
            bytes += kPieces[random() % std::size(kPieces)];
        one.screen.feed(bytes);
        if (random() % 50 == 0)
            one.screen.resize(static_cast<int>(random() % 60), static_cast<int>(random() % 120));
        if (random() % 500 == 0)
            one.screen.clear();
        if (round % 20 == 0)
            check(one.screen);
    }
}

QTEST_GUILESS_MAIN(TerminalScreenTest)
#include "terminal_screen_test.moc"
