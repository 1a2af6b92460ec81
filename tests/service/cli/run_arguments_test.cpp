// SPDX-License-Identifier: GPL-3.0-or-later
//
// What `vireo run` refuses, seen from outside: one line, status 2, at once.
#include <sys/stat.h>

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>

#include "vireo_process.h"

class RunArgumentsTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    std::string file(const char* name, const QByteArray& content) {
        QFile file(folder_.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("can't write %s", name);
        return file.fileName().toStdString();
    }

  private slots:
    void badArgumentsAreRefusedInOneLine_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("part");

        const QString good = CONSOLE_GUEST;
        const auto path = [&](const char* name, const QByteArray& content) {
            return QString::fromStdString(file(name, content));
        };
        QFile guestFile(good);
        QVERIFY(guestFile.open(QIODevice::ReadOnly));
        const QByteArray guest = guestFile.readAll();
        QByteArray linuxHeader(0x1000, '\0');
        linuxHeader.replace(0x1FE, 2, "\x55\xAA");
        linuxHeader.replace(0x202, 4, "HdrS");
        ::mkfifo(folder_.filePath("fifo").toLocal8Bit().constData(), 0600);
        QFile large(folder_.filePath("large"));
        QVERIFY(large.open(QIODevice::WriteOnly) && large.resize(2LL << 30));

        const auto row = [](const char* name, const QStringList& arguments, const char* part) {
            QTest::newRow(name) << arguments << QString(part);
        };
        const auto kernel = [&](const char* name, const QString& value, const char* part) {
            row(name, {"run", "--kernel", value}, part);
        };
        row("nothing", {}, "subcommand");
        row("unknown verb", {"fly"}, "");
        row("nothing to boot", {"run"}, "--cdrom");
        row("a kernel's words without one", {"run", "--append", "quiet"}, "--kernel");
        row("unknown boot device",
            {"run", "--disk", path("disk.img", QByteArray(4096, 'x')), "--boot", "tape"}, "tape");
        row("unknown option", {"run", "--kernel", good, "--fast"}, "--fast");
        for (const char* factor : {"0", "11", "99999999999", "fast", "-1", ""})
            row(("time slowed by " + std::string(factor)).c_str(),
                {"run", "--kernel", good, "--slow-time", factor}, "1 to 10");
        row("loose word", {"run", "--kernel", good, "word"}, "word");
        row("option without value", {"run", "--kernel"}, "--kernel");
        kernel("kernel missing", folder_.filePath("missing"), "No such file");
        kernel("kernel name empty", "", "empty");
        kernel("kernel is a folder", folder_.path(), "directory");
        kernel("kernel below a file", good + "/x", "Not a directory");
        kernel("kernel is a FIFO", folder_.filePath("fifo"), "regular file");
        kernel("kernel is a device", "/dev/zero", "regular file");
        kernel("kernel empty", path("empty", ""), "is empty");
        kernel("kernel of one byte", path("byte", "x"), "not a kernel");
        kernel("kernel is text", path("text", QByteArray(9000, 'x')), "not a kernel");
        kernel("kernel is gzip", path("gzip", "\x1F\x8B\x08 and so on"), "gzip");
        kernel("kernel is a cpio archive", path("cpio", "070701 and so on"), "--initrd");
        kernel("kernel is a host program", VIREO_PROGRAM, "neither");
        kernel("ELF cut in its header", path("elf 40", guest.left(40)), "truncated");
        kernel("ELF cut in its code", path("elf 200", guest.left(200)), "truncated");
        kernel("Linux without a protocol", path("linux", linuxHeader), "protocol");
        kernel("name with a line end", path("two\nlines", "x"), "two?lines");
        const QString image = path("image.img", QByteArray(4096, 'x'));
        row("IDE disk missing", {"run", "--kernel", good, "--disk", folder_.filePath("missing")},
            "No such file");
        row("disc missing", {"run", "--kernel", good, "--cdrom", folder_.filePath("missing")},
            "No such file");
        row("diskette missing", {"run", "--kernel", good, "--floppy", folder_.filePath("missing")},
            "No such file");
        row("diskette too large", {"run", "--kernel", good, "--floppy", folder_.filePath("large")},
            "no image of a diskette");
        const QStringList network{"run", "--legacy-network", "nat"};
        row("network ROM missing",
            network + QStringList{"--network-rom", folder_.filePath("missing")}, "No such file");
        row("network ROM is text",
            network + QStringList{"--network-rom", path("no rom", QByteArray(9000, 'x'))},
            "no boot ROM");
        row("network ROM cut off",
            network + QStringList{"--network-rom", path("cut rom", linuxHeader.left(600))},
            "no boot ROM");
        row("network ROM without an adapter", {"run", "--network-rom", good}, "--legacy-network");
        row("network ROM beside a kernel",
            network + QStringList{"--network-rom", good, "--kernel", good}, "--kernel");
        row("TFTP without a network", {"run", "--kernel", good, "--tftp", folder_.path()},
            "--legacy-network");
        row("TFTP folder missing",
            {"run", "--kernel", good, "--network", "nat", "--tftp", folder_.filePath("missing")},
            "No such file");
        row("TFTP folder is a file", {"run", "--kernel", good, "--network", "nat", "--tftp", good},
            "Not a directory");
        row("boot file without a folder",
            {"run", "--kernel", good, "--network", "nat", "--boot-file", "x"}, "--tftp");
        row("boot file's name too long",
            {"run", "--kernel", good, "--network", "nat", "--tftp", folder_.path(), "--boot-file",
             QString(200, 'x')},
            "200 characters");
        row("picture in a missing folder",
            {"run", "--kernel", good, "--screenshot", folder_.filePath("missing/picture.png")},
            "No such file");
        row("picture is a folder", {"run", "--kernel", good, "--screenshot", folder_.path()},
            "is a directory");
        row("picture without a name", {"run", "--kernel", good, "--screenshot", ""},
            "name of the picture is empty");
        row("too many IDE drives",
            {"run", "--kernel", good, "--disk", image, "--disk", image, "--disk", image, "--disk",
             image, "--cdrom", image},
            "at most 4");
        row("initrd missing", {"run", "--kernel", good, "--initrd", folder_.filePath("missing")},
            "initial RAM disk");
        row("initrd is a folder", {"run", "--kernel", good, "--initrd", folder_.path()},
            "directory");
        row("initrd does not fit",
            {"run", "--kernel", good, "--memory", "64", "--initrd", folder_.filePath("large")},
            "does not fit");
        row("memory is a word", {"run", "--kernel", good, "--memory", "much"}, "much");
        row("memory zero", {"run", "--kernel", good, "--memory", "0"}, "too small");
        row("memory negative", {"run", "--kernel", good, "--memory", "-5"}, "");
        row("memory beyond all hosts", {"run", "--kernel", good, "--memory", "900T"}, "too large");
        row("memory beyond 64 bits",
            {"run", "--kernel", good, "--memory", "99999999999999999999999"}, "too large");
        row("no VPs", {"run", "--kernel", good, "--vps", "0"}, "1 to 64");
        row("65 VPs", {"run", "--kernel", good, "--vps", "65"}, "1 to 64");
        row("VPs beyond 32 bits", {"run", "--kernel", good, "--vps", "4294967297"}, "1 to 64");
        row("VPs are a word", {"run", "--kernel", good, "--vps", "two"}, "not a number");
        row("unknown backend", {"run", "--kernel", good, "--backend", "xen"}, "xen");
        row("command line too long", {"run", "--kernel", good, "--append", QString(100'000, 'x')},
            "100000 bytes");
    }
    void badArgumentsAreRefusedInOneLine() {
        QFETCH(QStringList, arguments);
        QFETCH(QString, part);
        std::vector<std::string> words;
        for (const QString& argument : arguments)
            words.push_back(argument.toStdString());
        QElapsedTimer timer;
        timer.start();
        VireoProcess vireo(words, VireoProcess::Standard::Pipes);
        QCOMPARE(vireo.waitForEnd(), std::optional(2));
        const QString errors = QString::fromStdString(vireo.errors());
        QVERIFY2(errors.startsWith("vireo: "), qPrintable(errors));
        QVERIFY2(errors.count('\n') == 1 && errors.endsWith('\n'), qPrintable(errors));
        QVERIFY2(errors.contains(part), qPrintable(errors));
        QVERIFY(vireo.output().empty());
        QVERIFY2(timer.elapsed() < 10'000, "not at once");
    }

    void kvmIsRefusedWhereItCannotBeHad() {
        if (QFile::exists("/dev/kvm"))
            QSKIP("this host has /dev/kvm");
        VireoProcess vireo({"run", "--kernel", CONSOLE_GUEST, "--backend", "kvm"},
                           VireoProcess::Standard::Pipes);
        QCOMPARE(vireo.waitForEnd(), std::optional(2));
        QVERIFY(vireo.errors().find("/dev/kvm") != std::string::npos);
    }

    void helpTellsExitStatusAndBounds() {
        VireoProcess vireo({"run", "--help"}, VireoProcess::Standard::Pipes);
        QVERIFY(vireo.waitForOutput("Ctrl-A x"));
        QCOMPARE(vireo.waitForEnd(), std::optional(0));
        for (const char* part : {"Exit status", "0xF4", "8 MiB", "--no-reboot"})
            QVERIFY2(vireo.output().find(part) != std::string::npos, part);
    }
};

QTEST_GUILESS_MAIN(RunArgumentsTest)
#include "run_arguments_test.moc"
