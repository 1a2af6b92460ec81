// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/cli/escape_keys.h"

#include <QtTest>

using service::cli::EscapeKeys;

class EscapeKeysTest : public QObject {
    Q_OBJECT

    static EscapeKeys::Meaning type(EscapeKeys& keys, std::string_view typed) {
        return keys.type({typed.data(), typed.size()});
    }

  private slots:
    void ordinaryKeysAndControlCGoToTheGuest() {
        EscapeKeys keys;
        const auto meaning = type(keys, "ls\r\x03\x1A\x1C");
        QCOMPARE(meaning.toGuest, "ls\r\x03\x1A\x1C");
        QVERIFY(!meaning.end && !meaning.help);
    }

    void controlAXEndsAndDropsWhatFollows() {
        EscapeKeys keys;
        const auto meaning = type(keys, "ab\x01xcd");
        QCOMPARE(meaning.toGuest, "ab");
        QVERIFY(meaning.end);
    }

    void theTwoKeysMayComeApart() {
        EscapeKeys keys;
        QVERIFY(!type(keys, "\x01").end);
        QVERIFY(type(keys, "x").end);
    }

    void controlAHHelps() {
        EscapeKeys keys;
        const auto meaning = type(keys, "\x01h");
        QVERIFY(meaning.help && !meaning.end && meaning.toGuest.empty());
        QVERIFY(EscapeKeys::help("leave", {}).find("Ctrl-A x       leave\n") != std::string::npos);
    }

    void controlAPAsksForTheProcessors() {
        EscapeKeys keys;
        const auto meaning = type(keys, "\x01p");
        QVERIFY(meaning.processors && !meaning.end && meaning.toGuest.empty());
    }

    void controlASAsksForAPicture() {
        EscapeKeys keys;
        const auto meaning = type(keys, "a\x01sb");
        QVERIFY(meaning.picture && !meaning.end);
        QCOMPARE(meaning.toGuest, "ab");
        QVERIFY(EscapeKeys::help("leave", {.processors = false, .picture = true})
                    .find("Ctrl-A s       take a picture") != std::string::npos);
        QVERIFY(EscapeKeys::help("leave", {}).find("Ctrl-A s") == std::string::npos);
    }

    void controlATwiceSendsItOnce() {
        EscapeKeys keys;
        QCOMPARE(type(keys, "\x01\x01x").toGuest, "\x01x");
    }

    void otherKeysAfterControlAGoToTheGuest() {
        EscapeKeys keys;
        QCOMPARE(type(keys, "\x01q").toGuest, "q");
    }
};

QTEST_APPLESS_MAIN(EscapeKeysTest)
#include "escape_keys_test.moc"
