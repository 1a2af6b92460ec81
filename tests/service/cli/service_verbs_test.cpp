// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every verb of the service from outside, with a real vireod and a guest (console_guest.S).
#include <signal.h>

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include "session_service.h"
#include "vireo_process.h"

using Standard = VireoProcess::Standard;
using tests::SessionService;

namespace {

using Words = std::vector<std::string>;

struct Outcome {
    int status = -1;
    QString output;
    QString errors;
};

Outcome runVireo(const Words& words) {
    VireoProcess vireo(words, Standard::Pipes);
    vireo.closeInput();
    Outcome outcome;
    outcome.status = vireo.waitForEnd().value_or(-1);
    // What was written between the last look and the end.
    static_cast<void>(vireo.waitForOutput("\x04 never said"));
    outcome.output = QString::fromStdString(vireo.output());
    outcome.errors = QString::fromStdString(vireo.errors());
    return outcome;
}

Outcome ask(Words words) {
    words.emplace_back("--session");
    return runVireo(words);
}

QJsonObject parsed(const QString& line) {
    QJsonParseError error{};
    const auto document = QJsonDocument::fromJson(line.toUtf8(), &error);
    if (error.error != QJsonParseError::NoError)
        qWarning("no JSON: %s", qPrintable(line));
    return document.object();
}

/// What one request with --json has told.
QJsonObject askJson(Words words) {
    words.emplace_back("--json");
    const Outcome outcome = ask(words);
    if (outcome.status != 0 || outcome.output.count('\n') != 1)
        qWarning("status %d, output '%s', errors '%s'", outcome.status, qPrintable(outcome.output),
                 qPrintable(outcome.errors));
    return parsed(outcome.output);
}

QString stateOf(const std::string& machine) {
    return askJson({"show", machine})[u"machine"][u"summary"][u"state"].toString();
}

#define EXPECT(outcome, expected)                  \
    QVERIFY2((outcome).status == (expected),       \
             qPrintable(QString("status %1: %2%3") \
                            .arg((outcome).status) \
                            .arg((outcome).output, (outcome).errors)))

}  // namespace

class ServiceVerbsTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    SessionService service_;
    QByteArray runtime_;

  private slots:
    void initTestCase() {
        QVERIFY(folder_.isValid());
        QVERIFY2(service_.start(), service_.output().c_str());
        // For the programs that are started.
        runtime_ = QByteArray::fromStdString(service_.folder() + "/run");
        qputenv("XDG_RUNTIME_DIR", runtime_);
    }

    void cleanup() {
        QVERIFY(service_.runs());
        // Each test begins without machines.
        for (const auto& machine : askJson({"list"})["machines"].toArray()) {
            const std::string id = machine.toObject()["id"].toString().toStdString();
            static_cast<void>(ask({"stop", "--force", id}));
            EXPECT(ask({"delete", id}), 0);
        }
    }

    void aMachineFromCreationToDeletion() {
        const Outcome created =
            ask({"create",   "web",         "--vps",     "2",       "--memory", "16M",
                 "--kernel", CONSOLE_GUEST, "--append",  "one two", "--notes",  "first",
                 "--group",  "lab",         "--reserve", "10",      "--limit",  "50",
                 "--weight", "200",         "--backend", "software"});
        EXPECT(created, 0);
        QVERIFY2(created.output.startsWith("web: created, 2 VPs; reserve 10 % ("),
                 qPrintable(created.output));
        QVERIFY(created.output.contains("of total system resources"));

        const QJsonObject settings = askJson({"show", "web"})[u"machine"][u"settings"].toObject();
        QCOMPARE(settings["processor"]["count"].toInt(), 2);
        QCOMPARE(settings["processor"]["reserve"].toInt(), 10'000);
        QCOMPARE(settings["memory"]["startupBytes"].toInteger(), 16LL << 20);
        QCOMPARE(settings["firmware"]["kernel"]["commandLine"].toString(), "one two");
        const std::string id = settings["id"].toString().toStdString();

        EXPECT(ask({"start", "web"}), 0);
        QCOMPARE(stateOf("web"), "Running");
        QCOMPARE(stateOf(id), "Running");
        EXPECT(ask({"pause", "web"}), 0);
        QCOMPARE(stateOf("web"), "Paused");
        EXPECT(ask({"resume", id}), 0);
        EXPECT(ask({"reset", "web"}), 0);
        QCOMPARE(stateOf("web"), "Running");
        EXPECT(ask({"stop", "--force", "web"}), 0);
        QCOMPARE(stateOf("web"), "Off");

        EXPECT(ask({"rename", "web", "web 2"}), 0);
        EXPECT(ask({"show", "web"}), 4);
        const Outcome shown = ask({"show", "web 2"});
        EXPECT(shown, 0);
        for (const char* const text : {"web 2\n", "Off", "first", "lab", "10 %", CONSOLE_GUEST})
            QVERIFY2(shown.output.contains(text), text);
        EXPECT(ask({"delete", "web 2"}), 0);
        QVERIFY(askJson({"list"})["machines"].toArray().isEmpty());
    }

    void settingsChangeLive() {
        EXPECT(ask({"create", "live", "--memory", "16M", "--kernel", CONSOLE_GUEST, "--start"}), 0);
        const Outcome set = ask({"set", "live", "--reserve", "5", "--limit", "60", "--weight",
                                 "300", "--notes", "changed", "--automatic-stop", "turn-off"});
        EXPECT(set, 0);
        QVERIFY(set.output.contains("weight 300"));
        const QJsonObject settings = askJson({"show", "live"})[u"machine"][u"settings"].toObject();
        QCOMPARE(settings["processor"]["limit"].toInt(), 60'000);
        QCOMPARE(settings["notes"].toString(), "changed");
        QCOMPARE(settings["automaticStop"].toString(), "TurnOff");
        // Hardware does not.
        const Outcome vps = ask({"set", "live", "--vps", "2"});
        EXPECT(vps, 3);
        QCOMPARE(vps.errors.count('\n'), 1);
        // The rest is as it was.
        QCOMPARE(settings["firmware"]["kernel"]["path"].toString(), CONSOLE_GUEST);
    }

    void severalMachinesAtOnce() {
        for (const char* const name : {"a", "b", "c"})
            EXPECT(ask({"create", name, "--memory", "16M", "--kernel", CONSOLE_GUEST}), 0);
        const Outcome started = ask({"start", "a", "b", "c"});
        EXPECT(started, 0);
        for (const char* const name : {"a", "b", "c"})
            QVERIFY(started.output.contains(QString("%1: Running\n").arg(name)));
        // One that is not there does not keep the others from it.
        EXPECT(ask({"pause", "a", "nothing", "c"}), 4);
        QCOMPARE(stateOf("a"), "Paused");
        QCOMPARE(stateOf("b"), "Running");
        QCOMPARE(stateOf("c"), "Paused");
        const Outcome list = ask({"list", "--state", "paused"});
        EXPECT(list, 0);
        QCOMPARE(list.output.count('\n'), 3);
        QVERIFY(list.output.startsWith("NAME"));
        EXPECT(ask({"list", "--long"}), 0);
        EXPECT(ask({"stop", "--force", "a", "b", "c"}), 0);
    }

    void stopWaitsForTheGuest() {
        EXPECT(ask({"create", "polite", "--memory", "16M", "--kernel", CONSOLE_GUEST, "--start"}),
               0);
        // The guest does not listen to its power button before it is told to.
        const Outcome deaf = ask({"stop", "polite", "--timeout", "1"});
        EXPECT(deaf, 3);
        QVERIFY2(deaf.errors.contains("--force"), qPrintable(deaf.errors));
        {
            VireoProcess console({"console", "polite", "--session"}, Standard::Pipes);
            QVERIFY(console.waitForOutput("ready"));
            console.type("p");
            // The button was pressed before.
            QCOMPARE(console.waitForEnd(), std::optional(0));
        }
        QTRY_COMPARE_WITH_TIMEOUT(stateOf("polite"), "Off", 30'000);
        EXPECT(ask({"start", "polite"}), 0);
        {
            VireoProcess console({"console", "polite", "--session"}, Standard::Pipes);
            QVERIFY(console.waitForOutput("ready"));
            console.type("px");
            QVERIFY(console.waitForOutput("x"));
            const Outcome stopped = ask({"stop", "polite"});
            EXPECT(stopped, 0);
            QCOMPARE(stopped.output, "polite: Off\n");
            QCOMPARE(console.waitForEnd(), std::optional(0));
        }
    }

    void consolesHaveScrollbackAndServeSeveral() {
        EXPECT(ask({"create", "talk", "--memory", "16M", "--kernel", CONSOLE_GUEST, "--start"}), 0);
        VireoProcess first({"console", "talk", "--session"}, Standard::Pipes);
        QVERIFY(first.waitForOutput("ready"));
        first.type("hello");
        QVERIFY(first.waitForOutput("hello"));
        VireoProcess second({"console", "talk", "--session"}, Standard::Pipes);
        QVERIFY(second.waitForOutput("ready\r\nhello"));
        second.type("vivo");
        QVERIFY(first.waitForOutput("vivo"));
        ::kill(second.process(), SIGTERM);
        QCOMPARE(second.waitForEnd(), std::optional(128 + SIGTERM));
        QCOMPARE(stateOf("talk"), "Running");
        EXPECT(ask({"console", "talk", "--port", "2"}), 4);
        const QJsonObject told = askJson({"console", "talk"});
        QVERIFY(QFile::exists(told["console"]["socket"].toString()));
        EXPECT(ask({"stop", "-f", "talk"}), 0);
        QCOMPARE(first.waitForEnd(), std::optional(0));
        EXPECT(ask({"console", "talk"}), 3);
    }

    void screenshotsNeedAPicture() {
        const std::string file = service_.folder() + "/picture.png";
        EXPECT(ask({"create", "dark", "--memory", "16M", "--kernel", CONSOLE_GUEST}), 0);
        const Outcome off = ask({"screenshot", "dark", file});
        EXPECT(off, 3);
        QVERIFY2(off.errors.contains("does not run"), qPrintable(off.errors));
        EXPECT(ask({"start", "dark"}), 0);
        // The guest has no driver for its screen.
        const Outcome dark = ask({"screenshot", "dark", file});
        EXPECT(dark, 3);
        QVERIFY2(dark.errors.contains("shows nothing"), qPrintable(dark.errors));
        QVERIFY(!QFile::exists(QString::fromStdString(file)));
        EXPECT(ask({"screenshot", "dark", file, "--side", "0"}), 2);
        EXPECT(ask({"screenshot", "nothing", file}), 4);
        const QString screen =
            askJson({"show", "dark"})["machine"].toObject()["screenSocket"].toString();
        QVERIFY2(QFile::exists(screen), qPrintable(screen));
    }

    void consoleOnATerminalIsRawAndLeftWithEscapeKeys() {
        EXPECT(ask({"create", "tty", "--memory", "16M", "--kernel", CONSOLE_GUEST, "--start"}), 0);
        VireoProcess console({"console", "tty", "--session"}, Standard::Terminal);
        QVERIFY(console.waitForOutput("ready"));
        QVERIFY(console.waitForRawMode(true));
        console.type(
            "a\x03"
            "b");
        QVERIFY(
            console.waitForOutput("a\x03"
                                  "b"));
        console.type("\x01h");
        QVERIFY(console.waitForOutput("the machine goes on"));
        console.type("\x01x");
        QCOMPARE(console.waitForEnd(), std::optional(0));
        QVERIFY(!isRaw(console.terminalMode()));
        QCOMPARE(stateOf("tty"), "Running");
    }

    void questionsAreAskedOnATerminalOnly() {
        EXPECT(ask({"create", "kept", "--memory", "16M", "--kernel", CONSOLE_GUEST}), 0);
        VireoProcess no({"delete", "kept", "--session"}, Standard::Terminal);
        QVERIFY(no.waitForOutput("vm.json"));
        QVERIFY(no.waitForOutput("[y/N]"));
        no.type("n\n");
        QCOMPARE(no.waitForEnd(), std::optional(0));
        QCOMPARE(stateOf("kept"), "Off");
        VireoProcess yes({"delete", "kept", "--session"}, Standard::Terminal);
        QVERIFY(yes.waitForOutput("[y/N]"));
        yes.type("y\n");
        QCOMPARE(yes.waitForEnd(), std::optional(0));
        EXPECT(ask({"show", "kept"}), 4);
    }

    void statsOfMachineAndHost() {
        EXPECT(ask({"create", "busy", "--memory", "16M", "--kernel", CONSOLE_GUEST, "--start"}), 0);
        QTRY_VERIFY_WITH_TIMEOUT(
            !askJson({"stats", "busy"})[u"sample"].toObject()[u"counters"].toArray().isEmpty(),
            30'000);
        QTRY_VERIFY_WITH_TIMEOUT(ask({"stats"}).output.contains("Logical Processor"), 30'000);
        const Outcome table = ask({"stats", "busy", "--counter", "run time"});
        EXPECT(table, 0);
        QVERIFY2(table.output.contains("% Total Run Time"), qPrintable(table.output));
        QVERIFY(!table.output.contains("Hypercalls/sec"));
        const Outcome csv = ask({"stats", "busy", "--csv"});
        EXPECT(csv, 0);
        QVERIFY(csv.output.startsWith("time,machine,set,instance,counter,value\n"));
        QVERIFY(csv.output.contains(",\"busy\","));
        for (const char* const form : {"--csv", "--json"}) {
            VireoProcess watch({"stats", "busy", "--watch", "--interval", "100", form, "--session"},
                               Standard::Pipes);
            QVERIFY(watch.waitForOutput("% Guest Run Time", 3));
            ::kill(watch.process(), SIGINT);
            QVERIFY(watch.waitForEnd());
        }
        QTRY_VERIFY_WITH_TIMEOUT(
            !askJson({"stats", "busy", "--last", "60"})["series"].toArray().isEmpty(), 60'000);
        EXPECT(ask({"stats", "busy", "--last", "60"}), 0);
        EXPECT(ask({"stats", "nothing"}), 4);
    }

    void eventsAreListedAndFollowed() {
        EXPECT(ask({"create", "told", "--memory", "16M", "--kernel", CONSOLE_GUEST}), 0);
        VireoProcess follow({"events", "told", "--follow", "--json", "-n", "1", "--session"},
                            Standard::Pipes);
        VireoProcess all({"events", "--follow", "--session"}, Standard::Pipes);
        // Both hear what comes from now on.
        QVERIFY(follow.waitForOutput("\n"));
        QVERIFY(all.waitForOutput("told"));
        EXPECT(ask({"start", "told"}), 0);
        QVERIFY(follow.waitForOutput("\n", 2));
        const QString line = QString::fromStdString(follow.output()).section('\n', 1, 1);
        QCOMPARE(parsed(line)["machineName"].toString(), "told");
        QVERIFY(all.waitForOutput("told", 2));
        const Outcome list = ask({"events", "told"});
        EXPECT(list, 0);
        QVERIFY2(list.output.contains("Information"), qPrintable(list.output));
        const QString one = ask({"events", "told", "-n", "1", "--json"}).output;
        QCOMPARE(one.count('\n'), 1);
        QVERIFY(parsed(one)["id"].toInteger() > 0);
    }

    void hostAndJobsAndInterface() {
        EXPECT(ask({"create", "r", "--memory", "16M", "--reserve", "20", "--kernel", CONSOLE_GUEST,
                    "--start"}),
               0);
        const Outcome host = ask({"host"});
        EXPECT(host, 0);
        for (const char* const text : {"Logical processors", "Reserved", "MACHINE"})
            QVERIFY2(host.output.contains(text), qPrintable(host.output));
        QVERIFY(askJson({"host"})["logicalProcessors"].toInt() > 0);
        EXPECT(ask({"jobs"}), 0);
        QVERIFY(askJson({"jobs"}).contains("jobs"));
        EXPECT(ask({"jobs", "--cancel", "999999"}), 4);
        QVERIFY(parsed(ask({"api"}).output)["methods"].toObject().contains("machine.list"));
        QVERIFY(
            parsed(ask({"api", "--live"}).output)["methods"].toObject().contains("machine.list"));
    }

    void machinesAreExportedAndImported() {
        QTemporaryDir place;
        const auto path = [&](const char* name) { return place.filePath(name).toStdString(); };
        EXPECT(runVireo({"disk", "create", path("web.vhdx"), "--size", "8M"}), 0);
        EXPECT(ask({"create", "web", "--memory", "16M", "--kernel", CONSOLE_GUEST, "--disk",
                    path("web.vhdx")}),
               0);
        QVERIFY(QDir(place.path()).mkdir("out") && QDir(place.path()).mkdir("disks"));
        const Outcome exported = ask({"export", "web", path("out")});
        EXPECT(exported, 0);
        QCOMPARE(exported.output, QString("web: exported to %1\n").arg(place.filePath("out")));
        QVERIFY(QFile::exists(place.filePath("out/web/Virtual Hard Disks/web.vhdx")));
        // It is there already.
        const Outcome again = ask({"export", "web", path("out")});
        EXPECT(again, 3);
        QCOMPARE(again.errors.count('\n'), 1);
        EXPECT(ask({"export", "web", path("nowhere")}), 3);
        EXPECT(ask({"export", "none", path("out")}), 4);
        EXPECT(ask({"export", "web"}), 2);

        EXPECT(ask({"import", path("out/web"), "--disks", path("disks")}), 3);
        const Outcome copied =
            ask({"import", path("out/web"), "--name", "second", "--disks", path("disks")});
        EXPECT(copied, 0);
        QCOMPARE(copied.output, "second: imported\n");
        QVERIFY(QFile::exists(place.filePath("disks/second/web.vhdx")));
        const std::string id =
            askJson({"show", "web"})[u"machine"][u"settings"][u"id"].toString().toStdString();
        EXPECT(ask({"delete", "web"}), 0);
        const QJsonObject restored =
            askJson({"import", path("out/web"), "--restore", "--disks", path("disks")});
        QCOMPARE(restored["job"]["machine"].toString().toStdString(), id);
        QCOMPARE(restored["job"]["state"].toString(), "Succeeded");
        EXPECT(ask({"delete", "web"}), 0);
        EXPECT(ask({"import", path("out/web"), "--register"}), 0);
        QCOMPARE(
            askJson({"show", "web"})[u"machine"][u"settings"][u"drives"][0][u"path"].toString(),
            place.filePath("out/web/Virtual Hard Disks/web.vhdx"));
        EXPECT(ask({"import", path("out/web"), "--register", "--copy"}), 2);
        EXPECT(ask({"import", path("out/web"), "--register", "--disks", path("disks")}), 2);
        EXPECT(ask({"import", path("disks")}), 3);
    }

    void ctrlCCancelsAnExport() {
        QTemporaryDir place;
        const auto path = [&](const char* name) { return place.filePath(name).toStdString(); };
        {
            QFile disk(place.filePath("big.img"));
            QVERIFY(disk.open(QIODevice::WriteOnly));
            const QByteArray piece(16 << 20, 'x');
            for (int at = 0; at < 32; ++at)
                QCOMPARE(disk.write(piece), piece.size());
        }
        EXPECT(ask({"create", "big", "--memory", "16M", "--kernel", CONSOLE_GUEST, "--disk",
                    path("big.img")}),
               0);
        QVERIFY(QDir(place.path()).mkdir("out"));
        VireoProcess exporting({"export", "big", path("out"), "--session"}, Standard::Pipes);
        const QString sign = place.filePath("out/.big.exporting");
        QVERIFY(tests::eventually([&] { return QFile::exists(sign); }));
        // The service waits until the signal is there.
        ::kill(service_.process(), SIGSTOP);
        const bool caught = QFile::exists(sign);
        ::kill(exporting.process(), SIGINT);
        ::kill(service_.process(), SIGCONT);
        const auto status = exporting.waitForEnd();
        if (!caught)
            QSKIP("this file system copies at once");
        QCOMPARE(status, std::optional(128 + SIGINT));
        QVERIFY(QDir(place.filePath("out"))
                    .entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot)
                    .isEmpty());
    }

    void theListGoesOn() {
        EXPECT(ask({"create", "watched", "--memory", "16M", "--kernel", CONSOLE_GUEST}), 0);
        VireoProcess watch({"list", "--watch", "--session"}, Standard::Pipes);
        QVERIFY(watch.waitForOutput("watched", 2));
        ::kill(watch.process(), SIGINT);
        QVERIFY(watch.waitForEnd());
    }

    void namesAreCompleted() {
        EXPECT(ask({"create", "completed", "--memory", "16M", "--kernel", CONSOLE_GUEST}), 0);
        const Outcome words = runVireo({"complete", "show", "--session", "comp"});
        EXPECT(words, 0);
        QCOMPARE(words.output, "completed\n");
    }

    void bashCompletesWhatIsTyped_data() {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("replies");
        QTest::newRow("verb") << "vireo sto"
                              << "stop";
        QTest::newRow("choices") << "vireo set web --automatic-stop "
                                 << "save turn-off shut-down";
        QTest::newRow("option") << "vireo set web --wei"
                                << "--weight";
        QTest::newRow("file") << "vireo run --kernel /etc/hostn"
                              << "/etc/hostname";
        QTest::newRow("open quote") << "vireo show 'x"
                                    << "";
        QTest::newRow("nothing fits") << "vireo qq"
                                      << "";
    }
    void bashCompletesWhatIsTyped() {
        QFETCH(QString, line);
        QFETCH(QString, replies);
        QProcess bash;
        const QString script = QStringLiteral(
            "source \"$1\"; compopt() { :; }; COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDS=(\"$3\")\n"
            "_vireo; echo \"${COMPREPLY[*]}\"");
        bash.start("bash", {"--norc", "-c", script, "bash", COMPLETION, line, VIREO_PROGRAM});
        QVERIFY(bash.waitForFinished(60'000));
        QCOMPARE(QString::fromLocal8Bit(bash.readAllStandardOutput()), replies + "\n");
    }

    void whatCannotBeIsToldInOneLineWithItsStatus_data() {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("part");
        const auto row = [](const QStringList& words, int status, const char* part) {
            QTest::newRow(qPrintable(words.join(' '))) << words << status << QString(part);
        };
        row({"show"}, 2, "machine");
        row({"show", "nothing"}, 4, "nothing");
        row({"start", "nothing"}, 4, "nothing");
        row({"set", "here", "--limit", "0"}, 2, "1 % to 100 %");
        row({"set", "here", "--reserve", "60", "--limit", "50"}, 2, "over the limit of 50 %");
        row({"set", "here", "--weight", "0"}, 2, "1 to 10000");
        row({"set", "here", "--vps", "65"}, 2, "1 to 64");
        row({"set", "here", "--fly"}, 2, "--fly");
        row({"set", "here", "--memory", "1P"}, 2, "M, G or T");
        row({"create", "here"}, 3, "here");
        row({"create", ""}, 2, "");
        row({"create", "a/b"}, 2, "");
        row({"rename", "here", "here\n"}, 2, "");
        row({"pause", "here"}, 3, "Off");
        row({"stop", "here"}, 3, "Off");
        row({"resume", "here"}, 3, "Off");
        row({"stats", "here", "--csv", "--json"}, 2, "--csv");
        row({"stats", "--points", "10"}, 2, "--last");
        row({"list", "--state", "flying"}, 2, "running");
        row({"console", "here", "--port", "9"}, 2, "1 to 2");
        row({"list", "--system"}, 2, "--system");
    }
    void whatCannotBeIsToldInOneLineWithItsStatus() {
        QFETCH(QStringList, words);
        QFETCH(int, status);
        QFETCH(QString, part);
        EXPECT(ask({"create", "here", "--memory", "16M", "--kernel", CONSOLE_GUEST}), 0);
        Words arguments;
        for (const QString& word : words)
            arguments.push_back(word.toStdString());
        const Outcome outcome = ask(arguments);
        EXPECT(outcome, status);
        QVERIFY2(outcome.errors.startsWith("vireo: ") && outcome.errors.count('\n') == 1,
                 qPrintable(outcome.errors));
        QVERIFY2(outcome.errors.contains(part), qPrintable(outcome.errors));
        if (status != 2) {
            arguments.emplace_back("--json");
            const Outcome json = ask(arguments);
            EXPECT(json, status);
            QVERIFY(parsed(json.output.section('\n', 0, 0)).contains("error"));
        }
    }

    void theServiceKeepsFoldersAndIsStopped() {
        const std::string disks = folder_.filePath("disks").toStdString();
        const Outcome refused = ask({"service", "set", "--disk-folder", disks});
        EXPECT(refused, 3);
        QVERIFY2(refused.errors.contains("can't write into the folder"),
                 qPrintable(refused.errors));
        QVERIFY(QDir().mkpath(QString::fromStdString(disks)));
        const Outcome set = ask({"service", "set", "--disk-folder", disks});
        EXPECT(set, 0);
        QVERIFY2(set.output.contains(QString::fromStdString(disks)), qPrintable(set.output));
        QCOMPARE(askJson({"service", "settings"})[u"settings"][u"diskFolder"].toString(),
                 QString::fromStdString(disks));
        EXPECT(ask({"service", "set", "--disk-folder", ""}), 0);
        QCOMPARE(askJson({"service", "settings"})[u"settings"][u"diskFolder"].toString(), "");
        EXPECT(ask({"service", "set"}), 2);

        EXPECT(ask({"create", "web", "--memory", "16M", "--kernel", BUSY_GUEST, "--backend",
                    "software"}),
               0);
        EXPECT(ask({"start", "web"}), 0);
        const Outcome stopped = ask({"service", "stop"});
        EXPECT(stopped, 0);
        QVERIFY2(stopped.output.contains("go on without it: 1"), qPrintable(stopped.output));
        QTRY_VERIFY(!service_.runs());
        EXPECT(ask({"list"}), 5);
        QVERIFY2(service_.start(), service_.output().c_str());
        QCOMPARE(stateOf("web"), "Running");
    }

    void aServiceThatIsNotThereIsToldWithHowToStartIt() {
        const Outcome missing =
            runVireo({"list", "--socket", folder_.filePath("none").toStdString()});
        EXPECT(missing, 5);
        QCOMPARE(missing.errors.count('\n'), 1);
        const std::string file = folder_.filePath("file").toStdString();
        QFile(QString::fromStdString(file)).open(QIODevice::WriteOnly);
        EXPECT(runVireo({"list", "--socket", file}), 5);
        qputenv("XDG_RUNTIME_DIR", folder_.filePath("elsewhere").toLocal8Bit());
        const Outcome session = ask({"list"});
        qputenv("XDG_RUNTIME_DIR", runtime_);
        EXPECT(session, 5);
        QVERIFY2(session.errors.contains("vireod --session"), qPrintable(session.errors));
    }
};

QTEST_GUILESS_MAIN(ServiceVerbsTest)
#include "service_verbs_test.moc"
