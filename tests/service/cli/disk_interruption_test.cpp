// SPDX-License-Identifier: GPL-3.0-or-later

// `vireo disk` with a signal in the middle of each operation, at many of its system calls.

#include <signal.h>

#include <QDeadlineTimer>
#include <QDir>
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QtTest>

#include "devices/storage/images/disk_jobs.h"
#include "interrupted_process.h"

namespace {

constexpr std::chrono::milliseconds kAtOnce{20'000};

class DiskInterruptionTest : public QObject {
    Q_OBJECT

  private:
    /// Files as they are before an operation.
    QTemporaryDir made_;
    /// Where it is interrupted.
    QTemporaryDir work_;

    // The kernel lets go of a killed process's ring, and so of its locks, a moment after its end.
    static int vireo(const QStringList& arguments) {
        const QDeadlineTimer deadline(20'000);
        for (;;) {
            QProcess process;
            process.start(VIREO_PROGRAM, QStringList{"disk"} + arguments);
            if (!process.waitForFinished(60'000) || process.exitStatus() != QProcess::NormalExit)
                return -1;
            const QByteArray messages = process.readAllStandardError();
            if (!messages.contains("stop that first") || deadline.hasExpired()) {
                if (!messages.isEmpty())
                    qInfo("%s", messages.constData());
                return process.exitCode();
            }
        }
    }
    [[nodiscard]] QString made(const QString& name) const { return made_.filePath(name); }
    [[nodiscard]] QString work(const QString& name) const { return work_.filePath(name); }

    // `vireo disk` with these, its files in the folder that is worked in.
    [[nodiscard]] QStringList diskCommand(const QStringList& arguments) const {
        QStringList command = {"disk"};
        for (const QString& word : arguments)
            command += word.contains('.') ? work(word) : word;
        return command;
    }

    // Every second MiB is zero, for compacting to find.
    static bool makeSource(const QString& name, quint32 seed) {
        QFile file(name);
        if (!file.open(QIODevice::WriteOnly))
            return false;
        QRandomGenerator random(seed);
        for (int piece = 0; piece < 6; ++piece) {
            QByteArray bytes(1 << 20, '\0');
            for (char& byte : bytes)
                byte = static_cast<char>(piece % 2 == 0 ? random.generate() & 0xFF : 0);
            if (file.write(bytes) != bytes.size())
                return false;
        }
        return true;
    }
    // So that the disk reads as `source` does, whatever its parent holds.
    static bool write(const QString& disk, const QString& source) {
        using namespace devices::storage;
        QFile file(source);
        const auto engine = IoEngine::create({.kind = IoEngineKind::ThreadPool});
        if (!engine || !file.open(QIODevice::ReadOnly))
            return false;
        PathImageOpener opener;
        OpenDiskOptions options;
        options.access = FileAccess::ReadWrite;
        const auto image = (*engine)->wait(openDisk(**engine, opener, disk.toStdString(), options));
        if (!image)
            return false;
        const QByteArray bytes = file.readAll();
        const auto status = (*engine)->wait([](Disk& target,
                                               const QByteArray& data) -> Task<IoStatus> {
            co_return co_await writeDisk(
                target, 0,
                std::as_bytes(std::span(data.constData(), static_cast<std::size_t>(data.size()))));
        }(**image, bytes));
        return status.ok() && (*engine)->wait((*image)->close()).has_value();
    }
    // With the files that a command names, and the parents of children.
    void startOver(const QStringList& arguments) {
        QDir(work_.path()).removeRecursively();
        QVERIFY(QDir().mkpath(work_.path()));
        QStringList names = arguments;
        for (const QString& name : arguments)
            if (name.startsWith("child."))
                names += "parent." + name.mid(6);
        names.removeDuplicates();
        for (const QString& name : names)
            if (QFile::exists(made(name)))
                QVERIFY(QFile::copy(made(name), work(name)));
    }
    [[nodiscard]] QStringList files() const {
        return QDir(work_.path()).entryList(QDir::Files, QDir::Name);
    }
    // Everything that can be read is as at first, or as when the operation is done.
    void imagesAreSound(const QString& disk) {
        if (!QFile::exists(work(disk)))
            return;
        QCOMPARE(vireo({"check", work(disk)}), 0);
        QCOMPARE(vireo({"convert", work(disk), work("content.img"), "--force"}), 0);
        QFile content(work("content.img"));
        QFile expected(made("source.img"));
        QVERIFY(content.open(QIODevice::ReadOnly) && expected.open(QIODevice::ReadOnly));
        const QByteArray wanted = expected.readAll();
        QVERIFY(content.read(wanted.size()) == wanted);
        QVERIFY(content.readAll().count('\0') == content.size() - wanted.size());
        QVERIFY(content.remove());
    }

  private slots:
    void initTestCase() {
        QVERIFY(makeSource(made("source.img"), 3));
        QVERIFY(makeSource(made("other.img"), 4));
        for (const QString format : {"vhd", "vhdx"}) {
            QCOMPARE(
                vireo({"create", made("dynamic." + format), "--size", "6M", "--block-size", "1M"}),
                0);
            QVERIFY(write(made("dynamic." + format), made("source.img")));
            QCOMPARE(
                vireo({"convert", made("source.img"), made("fixed." + format), "--kind", "fixed"}),
                0);
            QCOMPARE(vireo({"convert", made("other.img"), made("parent." + format), "--block-size",
                            "1M"}),
                     0);
            QCOMPARE(vireo({"create", made("child." + format), "--parent", made("parent." + format),
                            "--size", "9M"}),
                     0);
            QVERIFY(write(made("child." + format), made("source.img")));
        }
    }

    void signalEndsItAndLeavesImagesWhole_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("target");
        QTest::addColumn<QString>("image");
        const auto add = [](const QStringList& arguments, const QString& target,
                            const QString& image) {
            QTest::newRow(qPrintable(arguments.join(' '))) << arguments << target << image;
        };
        for (const QString format : {"vhd", "vhdx", "img"})
            add({"create", "new." + format, "--size", "12M", "--kind", "fixed"}, "new." + format,
                "");
        add({"create", "new.vhdx", "--size", "1T"}, "new.vhdx", "");
        for (const QString format : {"vhd", "vhdx"}) {
            add({"convert", "source.img", "new." + format}, "new." + format, "");
            add({"convert", "dynamic." + format, "new.img", "--kind", "fixed"}, "new.img",
                "dynamic." + format);
            add({"convert", "fixed." + format, "dynamic." + format, "--force"}, "",
                "dynamic." + format);
            add({"compact", "dynamic." + format}, "", "dynamic." + format);
            add({"expand", "dynamic." + format, "--size", "40M"}, "", "dynamic." + format);
            add({"expand", "fixed." + format, "--size", "12M"}, "", "fixed." + format);
            add({"merge", "child." + format}, "", "child." + format);
            add({"reconnect", "child." + format, "--parent", "parent." + format}, "",
                "child." + format);
            add({"check", "dynamic." + format}, "", "dynamic." + format);
            add({"check", "dynamic." + format, "--repair"}, "", "dynamic." + format);
            add({"info", "child." + format}, "", "child." + format);
        }
    }
    void signalEndsItAndLeavesImagesWhole() {
        QFETCH(QStringList, arguments);
        QFETCH(QString, target);
        QFETCH(QString, image);
        const QStringList command = diskCommand(arguments);
        startOver(arguments);
        auto whole = InterruptedProcess::start(VIREO_PROGRAM, command);
        if (!whole)
            QSKIP("processes may not be traced here");
        const long calls = whole->countToEnd();
        QCOMPARE(whole->finish(kAtOnce), std::optional(0));
        QStringList complete = files();

        constexpr int kPoints = 10;
        const std::array kSignals = {SIGINT, SIGTERM};
        int ended = 0;
        for (int point = 1; point < kPoints; ++point) {
            const int signal = kSignals[static_cast<std::size_t>(point) % kSignals.size()];
            startOver(arguments);
            const QStringList before = files();
            auto process = InterruptedProcess::start(VIREO_PROGRAM, command);
            QVERIFY(process);
            if (process->runTo(calls * point / kPoints))
                process->send(signal);
            const auto status = process->finish(kAtOnce);
            const QByteArray where = "at call " +
                                     QByteArray::number(qint64{calls * point / kPoints}) + " of " +
                                     QByteArray::number(qint64{calls}) + ": ";
            QVERIFY2(status, where + "it does not end");
            QVERIFY2(*status == 0 || *status == 128 + signal,
                     where + "status " + QByteArray::number(*status));
            if (*status == 0) {
                QCOMPARE(files(), complete);
            } else {
                ++ended;
                QVERIFY2(files() == before, where + files().join(' ').toUtf8());
                QVERIFY(target.isEmpty() || !QFile::exists(work(target)));
            }
            if (!image.isEmpty())
                imagesAreSound(image);
            if (QTest::currentTestFailed()) {
                qWarning("%s", where.constData());
                return;
            }
            // And it can be done after all.
            if (*status != 0 && image.isEmpty() == false && QFile::exists(work(image)))
                QCOMPARE(vireo(command.mid(1)), 0);
        }
        qInfo("%d of %d signals ended it", ended, kPoints - 1);
        QVERIFY(ended > 0);
    }

    // Whoever does not want to wait for an orderly end.
    void secondSignalEndsItWhereItStands() {
        startOver({"source.img"});
        const QStringList command = {"disk", "convert", work("source.img"), work("new.vhdx")};
        auto whole = InterruptedProcess::start(VIREO_PROGRAM, command);
        if (!whole)
            QSKIP("processes may not be traced here");
        const long calls = whole->countToEnd();
        startOver({"source.img"});
        auto process = InterruptedProcess::start(VIREO_PROGRAM, command);
        QVERIFY(process && process->runTo(calls * 3 / 4));
        process->send(SIGINT);
        process->send(SIGINT);
        QCOMPARE(process->finish(kAtOnce), std::optional(128 + SIGINT));
        QVERIFY(!QFile::exists(work("new.vhdx")));
    }

    // As when the host's kernel kills it.
    void killedAnywhereImagesOpen_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("image");
        for (const QString format : {"vhd", "vhdx"}) {
            for (const QStringList& arguments :
                 {QStringList{"compact", "dynamic." + format},
                  QStringList{"expand", "dynamic." + format, "--size", "40M"},
                  QStringList{"expand", "fixed." + format, "--size", "12M"},
                  QStringList{"merge", "child." + format}})
                QTest::newRow(qPrintable(arguments.join(' '))) << arguments << arguments[1];
        }
    }
    void killedAnywhereImagesOpen() {
        QFETCH(QStringList, arguments);
        QFETCH(QString, image);
        const QStringList command = diskCommand(arguments);
        startOver(arguments);
        auto whole = InterruptedProcess::start(VIREO_PROGRAM, command);
        if (!whole)
            QSKIP("processes may not be traced here");
        const long calls = whole->countToEnd();
        constexpr int kPoints = 8;
        for (int point = 1; point < kPoints; ++point) {
            startOver(arguments);
            auto process = InterruptedProcess::start(VIREO_PROGRAM, command);
            QVERIFY(process);
            if (process->runTo(calls * point / kPoints))
                process->send(SIGKILL);
            QVERIFY(process->finish(kAtOnce));
            imagesAreSound(image);
            if (QFile::exists(work(image)))
                QCOMPARE(vireo(command.mid(1)), 0);
            imagesAreSound(image);
            if (QTest::currentTestFailed())
                return;
        }
    }
};

}  // namespace

QTEST_GUILESS_MAIN(DiskInterruptionTest)
#include "disk_interruption_test.moc"
