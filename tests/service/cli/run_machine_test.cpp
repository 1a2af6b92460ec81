// SPDX-License-Identifier: GPL-3.0-or-later
//
// A machine in the foreground from its start to every way in which it can end. The guest is
// console_guest.S.
#include <signal.h>

#include <QtTest>

#include "vireo_process.h"

namespace {

using Standard = VireoProcess::Standard;

std::vector<std::string> runGuest(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"run", "--kernel", CONSOLE_GUEST, "--memory", "16M"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

bool sameMode(const termios& one, const termios& other) {
    return one.c_iflag == other.c_iflag && one.c_oflag == other.c_oflag &&
           one.c_cflag == other.c_cflag && one.c_lflag == other.c_lflag &&
           std::memcmp(one.c_cc, other.c_cc, sizeof one.c_cc) == 0;
}

}  // namespace

class RunMachineTest : public QObject {
    Q_OBJECT

  private slots:
    void powerOffEndsWithStatus0() {
        VireoProcess vireo(runGuest(), Standard::Pipes);
        QVERIFY(vireo.waitForOutput("ready\r\n"));
        vireo.type("hello");
        QVERIFY(vireo.waitForOutput("hello"));
        vireo.type("q");
        QCOMPARE(vireo.waitForEnd(), std::optional(0));
        QCOMPARE(vireo.output(), "ready\r\nhello");
        QCOMPARE(vireo.errors(), "");
    }

    void endOfInputLeavesTheMachineRunning() {
        VireoProcess vireo(runGuest(), Standard::Pipes);
        vireo.type("hello");
        vireo.closeInput();
        QVERIFY(vireo.waitForOutput("hello"));
        ::kill(vireo.process(), SIGTERM);
        QCOMPARE(vireo.waitForEnd(), std::optional(128 + SIGTERM));
    }

    void inputWithoutATerminalPassesAsItIs() {
        VireoProcess vireo(runGuest(), Standard::Pipes);
        QVERIFY(vireo.waitForOutput("ready\r\n"));
        vireo.type("\x01x\x03y");
        QVERIFY(vireo.waitForOutput("\x01x\x03y"));
        vireo.type("q");
        QCOMPARE(vireo.waitForEnd(), std::optional(0));
    }

    void debugExitGivesTheGuestsValue() {
        VireoProcess vireo(runGuest({"--debug-exit"}), Standard::Pipes);
        QVERIFY(vireo.waitForOutput("ready"));
        vireo.type("d");
        QCOMPARE(vireo.waitForEnd(), std::optional((0x21 << 1) | 1));
    }

    void resetRestartsTheMachine() {
        VireoProcess vireo(runGuest(), Standard::Pipes);
        QVERIFY(vireo.waitForOutput("ready"));
        vireo.type("r");
        QVERIFY(vireo.waitForOutput("ready", 2));
        vireo.type("r");
        QVERIFY(vireo.waitForOutput("ready", 3));
        vireo.type("q");
        QCOMPARE(vireo.waitForEnd(), std::optional(0));
    }

    void resetEndsTheMachineIfSoWanted_data() {
        QTest::addColumn<QString>("option");
        QTest::newRow("no reboot") << "--no-reboot";
        QTest::newRow("debug exit") << "--debug-exit";
    }
    void resetEndsTheMachineIfSoWanted() {
        QFETCH(QString, option);
        VireoProcess vireo(runGuest({option.toStdString()}), Standard::Pipes);
        QVERIFY(vireo.waitForOutput("ready"));
        vireo.type("r");
        QCOMPARE(vireo.waitForEnd(), std::optional(0));
    }

    void tripleFaultPrintsTheProcessorAndEndsWithStatus3() {
        VireoProcess vireo(runGuest(), Standard::Pipes);
        QVERIFY(vireo.waitForOutput("ready"));
        vireo.type("t");
        QCOMPARE(vireo.waitForEnd(), std::optional(3));
        const std::string errors = vireo.errors();
        QVERIFY2(errors.find("VP 0") != std::string::npos, errors.c_str());
        QVERIFY2(errors.find("RIP") != std::string::npos, errors.c_str());
    }

    void signalPrintsWhatTheProcessorsDoAndTheMachineGoesOn() {
        VireoProcess vireo(runGuest({"--vps", "2"}), Standard::Pipes);
        QVERIFY(vireo.waitForOutput("ready"));
        ::kill(vireo.process(), SIGUSR1);
        const auto has = [&vireo](const char* part) {
            return vireo.errors().find(part) != std::string::npos;
        };
        QTRY_VERIFY_WITH_TIMEOUT(has("VP 1") && has("intercepts:"), 60'000);
        vireo.type("hello");
        QVERIFY(vireo.waitForOutput("hello"));
        vireo.type("q");
        QCOMPARE(vireo.waitForEnd(), std::optional(0));
        for (const char* part : {"VP 0", "RIP", "I/O instructions"})
            QVERIFY2(has(part), vireo.errors().c_str());
    }

    void signalsEndItWithTheirStatus_data() {
        QTest::addColumn<int>("signal");
        QTest::addColumn<bool>("terminal");
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
            for (const bool terminal : {false, true})
                QTest::addRow("%s%s", ::sigabbrev_np(signal), terminal ? ", terminal" : "")
                    << signal << terminal;
    }
    void signalsEndItWithTheirStatus() {
        QFETCH(int, signal);
        QFETCH(bool, terminal);
        VireoProcess vireo(runGuest(), terminal ? Standard::Terminal : Standard::Pipes);
        const termios before = terminal ? vireo.terminalMode() : termios{};
        QVERIFY(vireo.waitForOutput("ready"));
        if (terminal)
            QVERIFY(vireo.waitForRawMode(true));
        const pid_t worker = vireo.worker();
        QVERIFY(worker > 0);
        ::kill(vireo.process(), signal);
        QCOMPARE(vireo.waitForEnd(), std::optional(128 + signal));
        QVERIFY(waitUntilGone(worker));
        if (terminal)
            QVERIFY(sameMode(vireo.terminalMode(), before));
    }

    void terminalIsRawWhileTheMachineRuns() {
        VireoProcess vireo(runGuest(), Standard::Terminal);
        const termios before = vireo.terminalMode();
        QVERIFY(vireo.waitForOutput("ready"));
        QVERIFY(vireo.waitForRawMode(true));
        // Ctrl-C, Ctrl-Z and Ctrl-\ are the guest's.
        vireo.type(
            "a\x03\x1A\x1C"
            "b");
        QVERIFY(
            vireo.waitForOutput("a\x03\x1A\x1C"
                                "b"));
        vireo.type("\x01h");
        QVERIFY(vireo.waitForOutput("send Ctrl-A"));
        vireo.type("q");
        QCOMPARE(vireo.waitForEnd(), std::optional(0));
        QVERIFY(sameMode(vireo.terminalMode(), before));
    }

    void controlAXEndsItAndRestoresTheTerminal() {
        VireoProcess vireo(runGuest(), Standard::Terminal);
        const termios before = vireo.terminalMode();
        QVERIFY(vireo.waitForOutput("ready"));
        QVERIFY(vireo.waitForRawMode(true));
        vireo.type("\x01x");
        QCOMPARE(vireo.waitForEnd(), std::optional(130));
        QVERIFY(sameMode(vireo.terminalMode(), before));
    }

    void controlAXEndsAMachineThatTalksForEver() {
        VireoProcess vireo(runGuest(), Standard::Terminal);
        QVERIFY(vireo.waitForOutput("ready"));
        QVERIFY(vireo.waitForRawMode(true));
        vireo.type("n");
        QVERIFY(vireo.waitForOutput("noise", 100));
        vireo.type("\x01x");
        QCOMPARE(vireo.waitForEnd(), std::optional(130));
    }

    void crashRestoresTheTerminal() {
        VireoProcess vireo(runGuest(), Standard::Terminal);
        const termios before = vireo.terminalMode();
        QVERIFY(vireo.waitForOutput("ready"));
        QVERIFY(vireo.waitForRawMode(true));
        vireo.type("t");
        QCOMPARE(vireo.waitForEnd(), std::optional(3));
        QVERIFY(sameMode(vireo.terminalMode(), before));
    }

    void deathOfTheWorkerIsToldAndRestoresTheTerminal() {
        for (const Standard standard : {Standard::Pipes, Standard::Terminal}) {
            VireoProcess vireo(runGuest(), standard);
            const termios before = vireo.terminalMode();
            QVERIFY(vireo.waitForOutput("ready"));
            ::kill(vireo.worker(), SIGKILL);
            QCOMPARE(vireo.waitForEnd(), std::optional(4));
            const std::string told = standard == Standard::Pipes ? vireo.errors() : vireo.output();
            QVERIFY2(told.find("worker process was ended by signal 9") != std::string::npos,
                     told.c_str());
            QVERIFY(sameMode(vireo.terminalMode(), before));
        }
    }

    void workerEndsWhenTheProgramIsKilled() {
        VireoProcess vireo(runGuest(), Standard::Pipes);
        QVERIFY(vireo.waitForOutput("ready"));
        const pid_t worker = vireo.worker();
        QVERIFY(worker > 0);
        ::kill(vireo.process(), SIGKILL);
        QCOMPARE(vireo.waitForEnd(), std::optional(1000 + SIGKILL));
        QVERIFY(waitUntilGone(worker));
    }

    void stoppingRestoresTheTerminalUntilContinued() {
        VireoProcess vireo(runGuest(), Standard::Terminal);
        QVERIFY(vireo.waitForOutput("ready"));
        QVERIFY(vireo.waitForRawMode(true));
        ::kill(vireo.process(), SIGTSTP);
        QVERIFY(vireo.waitForRawMode(false));
        ::kill(vireo.process(), SIGCONT);
        QVERIFY(vireo.waitForRawMode(true));
        vireo.type("hello");
        QVERIFY(vireo.waitForOutput("hello"));
        vireo.type("q");
        QCOMPARE(vireo.waitForEnd(), std::optional(0));
    }

    void lossOfTheReaderEndsIt() {
        VireoProcess vireo(runGuest(), Standard::Pipes);
        QVERIFY(vireo.waitForOutput("ready"));
        vireo.closeOutput();
        vireo.type("n");
        QCOMPARE(vireo.waitForEnd(), std::optional(128 + SIGPIPE));
    }

    void readerThatStopsHoldsTheGuestUpButNotSignals() {
        VireoProcess vireo(runGuest(), Standard::Pipes);
        QVERIFY(vireo.waitForOutput("ready"));
        vireo.type("n");
        QVERIFY(vireo.waitUntilOutputIsFull());
        ::kill(vireo.process(), SIGTERM);
        QCOMPARE(vireo.waitForEnd(VireoProcess::Reading::No), std::optional(128 + SIGTERM));
    }

    void closedOutputIsNoReasonToFail() {
        VireoProcess vireo(runGuest({"--debug-exit"}), Standard::OutputClosed);
        vireo.type("hello");
        vireo.type("d");
        QCOMPARE(vireo.waitForEnd(), std::optional(67));
    }

    void aPictureOfAnEmptyScreenIsMissed() {
        const QTemporaryDir folder;
        const QString picture = folder.filePath("picture.png");
        VireoProcess vireo(runGuest({"--screenshot", picture.toStdString()}), Standard::Pipes);
        QVERIFY(vireo.waitForOutput("ready"));
        vireo.type("q");
        QCOMPARE(vireo.waitForEnd(), std::optional(4));
        const std::string errors = vireo.errors();
        QVERIFY2(errors.find("There is no picture of the screen") != std::string::npos,
                 errors.c_str());
        QVERIFY(QDir(folder.path()).isEmpty());
    }

    void controlASTakesAPicture() {
        if (!QFile::exists("/usr/share/seabios/bios.bin"))
            QSKIP("the firmware is missing: run installer/packages.sh run");
        const QTemporaryDir folder;
        QFile disk(folder.filePath("disk.img"));
        QVERIFY(disk.open(QIODevice::WriteOnly) && disk.resize(1 << 20));
        QFile picture(folder.filePath("picture.png"));
        VireoProcess vireo({"run", "--disk", disk.fileName().toStdString(), "--memory", "32M",
                            "--screenshot", picture.fileName().toStdString()},
                           Standard::Terminal);
        QVERIFY(vireo.waitForRawMode(true));
        // Until the firmware has a picture.
        int asked = 0;
        const auto isTaken = [&] {
            vireo.type("\x01s");
            return vireo.waitForOutput("picture of the screen", ++asked) &&
                   vireo.output().find("a picture of the screen is in") != std::string::npos;
        };
        QTRY_VERIFY_WITH_TIMEOUT(isTaken(), 60'000);
        QVERIFY(picture.open(QIODevice::ReadOnly));
        QVERIFY(picture.readAll().startsWith("\x89PNG"));
        QVERIFY(picture.remove());
        // And one more in the end.
        vireo.type("\x01x");
        QCOMPARE(vireo.waitForEnd(), std::optional(130));
        QVERIFY(picture.open(QIODevice::ReadOnly));
        QVERIFY(picture.readAll().startsWith("\x89PNG"));
    }

    void aPictureThatCannotBeWrittenIsTold() {
        if (!QFile::exists("/usr/share/seabios/bios.bin"))
            QSKIP("the firmware is missing: run installer/packages.sh run");
        QTemporaryDir folder;
        QFile disk(folder.filePath("disk.img"));
        QVERIFY(disk.open(QIODevice::WriteOnly) && disk.resize(1 << 20));
        QVERIFY(QDir(folder.path()).mkdir("pictures"));
        const QString picture = folder.filePath("pictures/picture.png");
        VireoProcess vireo({"run", "--disk", disk.fileName().toStdString(), "--memory", "32M",
                            "--screenshot", picture.toStdString()},
                           Standard::Terminal);
        QVERIFY(vireo.waitForRawMode(true));
        QVERIFY(QDir(folder.path()).rmdir("pictures"));
        // Beside what is said at the start, one line for each.
        int lines = 1;
        const auto isTold = [&] {
            vireo.type("\x01s");
            return vireo.waitForOutput("vireo: ", ++lines) &&
                   vireo.output().find("can't write the picture") != std::string::npos;
        };
        QTRY_VERIFY_WITH_TIMEOUT(isTold(), 60'000);
        vireo.type("\x01x");
        QCOMPARE(vireo.waitForEnd(), std::optional(130));
    }

    void manyBytesPassBothWaysUnharmed() {
        VireoProcess vireo(runGuest(), Standard::Pipes);
        QVERIFY(vireo.waitForOutput("ready\r\n"));
        std::string text;
        for (int line = 0; line < 600; ++line)
            text += "LINE " + std::to_string(line) + '\n';
        vireo.type(text + "END");
        QVERIFY(vireo.waitForOutput("END"));
        QVERIFY(vireo.output() == "ready\r\n" + text + "END");
        vireo.type("q");
        QCOMPARE(vireo.waitForEnd(), std::optional(0));
    }
};

QTEST_GUILESS_MAIN(RunMachineTest)
#include "run_machine_test.moc"
