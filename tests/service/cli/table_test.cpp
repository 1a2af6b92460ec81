// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/cli/table.h"

#include <QtTest>

#include "service/cli/terminal_text.h"

using namespace service::cli;

class TableTest : public QObject {
    Q_OBJECT

  private slots:
    void columnsAreAsWideAsTheirWidestCell() {
        Table table({{"NAME", Table::Align::Left}, {"VPS", Table::Align::Right}, {"STATUS"}});
        table.add({"web", "2", ""});
        table.add({"a long name", "64", "starts"});
        QCOMPARE(table.text(),
                 "NAME         VPS  STATUS\n"
                 "web            2\n"
                 "a long name   64  starts\n");
    }

    void wideAndCombiningCharactersAreCountedAsTheyAreShown() {
        Table table({{"NAME", Table::Align::Left}, {"STATE", Table::Align::Left}});
        table.add({"虚拟机", "Off"});
        table.add({"e\u0301te\u0301", "Off"});
        table.add({"Ünï", "Off"});
        QCOMPARE(table.text(),
                 "NAME    STATE\n"
                 "虚拟机  Off\n"
                 "e\u0301te\u0301     Off\n"
                 "Ünï     Off\n");
        QCOMPARE(displayWidth("虚拟机"), 6U);
        QCOMPARE(displayWidth("e\u0301"), 1U);
        QCOMPARE(displayWidth("\U0001F600"), 2U);
    }

    void whatCommandsATerminalIsShownAsQuestionMarks_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("shown");
        const auto row = [](const char* name, const QByteArray& text, const QByteArray& shown) {
            QTest::newRow(name) << text << shown;
        };
        row("escape", "\x1B[2Jx", "?[2Jx");
        row("bell, delete, tab", "a\x07\x7F\tb", "a???b");
        row("line's end", "a\nb\r", "a?b?");
        row("C1 control sequence introducer",
            "\xC2\x9B"
            "2J",
            "?2J");
        row("right-to-left override",
            "\xE2\x80\xAE"
            "exe",
            "?exe");
        row("line separator",
            "a\xE2\x80\xA8"
            "b",
            "a?b");
        row("zero byte", QByteArray("a\0b", 3), "a?b");
        row("no UTF-8", "a\xFF\xC3", "a??");
        row("overlong slash", "\xC0\xAF", "??");
        row("surrogate", "\xED\xA0\x80", "???");
        row("joined emoji stays", "\U0001F469\u200D\U0001F680", "\U0001F469\u200D\U0001F680");
    }
    void whatCommandsATerminalIsShownAsQuestionMarks() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, shown);
        QCOMPARE(printable(text.toStdString(), LineEnds::Replace), shown.toStdString());
    }

    void cellsAndValuesAreMadeHarmless() {
        Table table({{"NAME"}});
        table.add({"\x1B]0;title\x07"});
        QCOMPARE(table.text(), "NAME\n?]0;title?\n");
        PropertyList list;
        list.section("web\n");
        list.add("Notes", "first\nsecond");
        QCOMPARE(list.text(), "web?\n  Notes                     first?second\n");
    }
};

QTEST_APPLESS_MAIN(TableTest)
#include "table_test.moc"
