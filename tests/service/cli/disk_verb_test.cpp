// SPDX-License-Identifier: GPL-3.0-or-later

// `vireo disk` from outside, with qemu-img as the second opinion on every format.

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRandomGenerator>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtTest>

namespace {

struct Ended {
    int status = -1;
    QByteArray output;
    QByteArray messages;
};

class DiskVerbTest : public QObject {
    Q_OBJECT

  private:
    QTemporaryDir folder_;

    [[nodiscard]] QString path(const QString& name) const { return folder_.filePath(name); }
    static Ended run(const QString& program, const QStringList& arguments) {
        QProcess process;
        process.start(program, arguments);
        if (!process.waitForFinished(60'000))
            return {};
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
                process.readAllStandardOutput(), process.readAllStandardError()};
    }
    static Ended vireo(const QStringList& arguments) {
        return run(VIREO_PROGRAM, QStringList{"disk"} + arguments);
    }
    static Ended qemu(const QStringList& arguments) { return run("qemu-img", arguments); }
    static bool noPeer() { return QStandardPaths::findExecutable("qemu-img").isEmpty(); }

    // Data with holes, in whole cylinders so that QEMU keeps the size.
    QString source() {
        const QString name = path("source.img");
        if (QFile::exists(name))
            return name;
        QFile file(name);
        if (!file.open(QIODevice::WriteOnly) || !file.resize(24 * 1024 * 1024 + 512 * 17))
            return {};
        QRandomGenerator random(7);
        QByteArray block(300'000, '\0');
        for (int i = 0; i < 12; ++i) {
            for (char& byte : block)
                byte = static_cast<char>(random.generate() & 0xFF);
            file.seek(random.bounded(23) * 1024 * 1024);
            file.write(block);
        }
        return name;
    }
    static QJsonObject json(const Ended& ended) {
        return QJsonDocument::fromJson(ended.output).object();
    }

  private slots:
    void qemuReadsWhatWeWrite_data() {
        QTest::addColumn<QString>("format");
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("peerFormat");
        for (const char* kind : {"fixed", "dynamic"}) {
            QTest::addRow("vhd %s", kind) << "vhd" << kind << "vpc";
            QTest::addRow("vhdx %s", kind) << "vhdx" << kind << "vhdx";
            QTest::addRow("raw %s", kind) << "raw" << kind << "raw";
        }
    }
    void qemuReadsWhatWeWrite() {
        if (noPeer())
            QSKIP("qemu-img is missing (installer/packages.sh test)");
        QFETCH(QString, format);
        QFETCH(QString, kind);
        QFETCH(QString, peerFormat);
        const QString target = path("ours." + kind + "." + format);
        Ended ended = vireo({"convert", source(), target, "--format", format, "--kind", kind});
        QVERIFY2(ended.status == 0, ended.messages);
        ended = qemu({"compare", "-f", "raw", "-F", peerFormat, source(), target});
        QVERIFY2(ended.status == 0, ended.output + ended.messages);
        ended = qemu({"check", "-f", peerFormat, target});
        // 63: the peer has no check for the format.
        QVERIFY2(ended.status == 0 || ended.status == 63, ended.output + ended.messages);
        const QString back = path("back.img");
        ended = qemu({"convert", "-f", peerFormat, "-O", "raw", target, back});
        QVERIFY2(ended.status == 0, ended.messages);
        ended = run("cmp", {source(), back});
        QVERIFY2(ended.status == 0, ended.output + ended.messages);
    }

    void weReadAndWriteWhatQemuWrites_data() {
        QTest::addColumn<QString>("peerFormat");
        QTest::addColumn<QString>("options");
        QTest::newRow("vpc dynamic") << "vpc"
                                     << "subformat=dynamic,force_size=on";
        QTest::newRow("vpc fixed") << "vpc"
                                   << "subformat=fixed,force_size=on";
        QTest::newRow("vhdx dynamic") << "vhdx"
                                      << "subformat=dynamic,block_size=1M";
        QTest::newRow("vhdx fixed") << "vhdx"
                                    << "subformat=fixed";
        QTest::newRow("raw") << "raw"
                             << "preallocation=off";
    }
    void weReadAndWriteWhatQemuWrites() {
        if (noPeer())
            QSKIP("qemu-img is missing (installer/packages.sh test)");
        QFETCH(QString, peerFormat);
        QFETCH(QString, options);
        const QString format = peerFormat == "vpc" ? "vhd" : peerFormat;
        const QString disk = path("theirs." + format);
        Ended ended =
            qemu({"convert", "-f", "raw", "-O", peerFormat, "-o", options, source(), disk});
        QVERIFY2(ended.status == 0, ended.messages);
        ended = vireo({"check", disk, "--format", format, "--json"});
        QVERIFY2(ended.status == 0, ended.output + ended.messages);
        const QString back = path("back.img");
        ended = vireo({"convert", disk, back, "--source-format", format, "--force"});
        QVERIFY2(ended.status == 0, ended.messages);
        ended = run("cmp", {source(), back});
        QVERIFY2(ended.status == 0, ended.output + ended.messages);
        // Written by us: larger, and with the room of its zeroes given back where it has blocks.
        ended = vireo({"expand", disk, "--size", "64M", "--format", format});
        QVERIFY2(ended.status == 0, ended.messages);
        if (!options.contains("fixed")) {
            ended = vireo({"compact", disk, "--format", format});
            QVERIFY2(ended.status == 0, ended.messages);
        }
        ended = vireo({"check", disk, "--format", format});
        QVERIFY2(ended.status == 0, ended.output + ended.messages);
        // A creator field of QEMU's own makes it take the size from the geometry, which is less.
        ended = qemu({"compare", "-f", "raw", "-F", peerFormat, source(), disk});
        QVERIFY2(ended.status == 0, ended.output + ended.messages);
        ended = qemu({"check", "-f", peerFormat, disk});
        QVERIFY2(ended.status == 0 || ended.status == 63, ended.output + ended.messages);
    }

    void childFollowsItsParentAndMerges_data() {
        QTest::addColumn<QString>("format");
        QTest::newRow("vhd") << "vhd";
        QTest::newRow("vhdx") << "vhdx";
    }
    void childFollowsItsParentAndMerges() {
        QFETCH(QString, format);
        const QString parent = path("parent." + format);
        const QString child = path("child." + format);
        Ended ended = vireo({"convert", source(), parent});
        QVERIFY2(ended.status == 0, ended.messages);
        ended = vireo({"create", child, "--parent", parent, "--json"});
        QVERIFY2(ended.status == 0, ended.messages);
        ended = vireo({"info", child, "--json"});
        QVERIFY2(ended.status == 0, ended.messages);
        QCOMPARE(json(ended)["chain"].toArray().size(), 2);
        QCOMPARE(json(ended)["chain"].toArray()[0].toObject()["kind"].toString(),
                 QString("differencing"));

        // Its parent may not change under it.
        ended = vireo({"expand", parent, "--size", "64M"});
        QCOMPARE(ended.status, 2);
        QVERIFY2(ended.messages.contains("it is the parent of"), ended.messages);

        const QString moved = path("moved." + format);
        QVERIFY(QFile::rename(parent, moved));
        ended = vireo({"convert", child, path("lost.img")});
        QCOMPARE(ended.status, 2);
        QVERIFY2(ended.messages.contains("vireo disk reconnect"), ended.messages);
        QVERIFY(!QFile::exists(path("lost.img")));
        ended = vireo({"reconnect", child, "--parent", moved});
        QVERIFY2(ended.status == 0, ended.messages);
        ended = vireo({"convert", child, path("seen.img")});
        QVERIFY2(ended.status == 0, ended.messages);
        ended = run("cmp", {source(), path("seen.img")});
        QVERIFY2(ended.status == 0, ended.output);
        QVERIFY(QFile::remove(path("seen.img")));

        ended = vireo({"merge", child});
        QVERIFY2(ended.status == 0, ended.messages);
        QVERIFY(!QFile::exists(child));
        ended = vireo({"check", moved});
        QVERIFY2(ended.status == 0, ended.output);
    }

    void badFilesAreNamedWithTheWayOut_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("words");
        QTest::newRow("foreign") << QByteArray("#!/bin/sh\n") << "foreign"
                                 << "--format raw";
        QTest::newRow("cut off") << QByteArray(100'000, 'x') << "cut.vhdx"
                                 << "cut off";
        QTest::newRow("empty") << QByteArray() << "empty.vhd"
                               << "signature";
        QTest::newRow("footer damaged") << "conectix" + QByteArray(5000, '\0') << "bad.vhd"
                                        << "footer at offset";
    }
    void badFilesAreNamedWithTheWayOut() {
        QFETCH(QByteArray, content);
        QFETCH(QString, name);
        QFETCH(QString, words);
        QFile file(path(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
        file.close();
        const Ended ended = vireo({"info", path(name)});
        QCOMPARE(ended.status, 2);
        QVERIFY2(ended.messages.contains(name.toUtf8()), ended.messages);
        QVERIFY2(ended.messages.contains(words.toUtf8()), ended.messages);
        QCOMPARE(ended.messages.count('\n'), 1);
    }

    void whatIsThereIsNotReplacedUnasked() {
        const QString disk = path("there.vhdx");
        QCOMPARE(vireo({"create", disk, "--size", "64M"}).status, 0);
        const Ended ended = vireo({"create", disk, "--size", "64M"});
        QCOMPARE(ended.status, 2);
        QVERIFY2(ended.messages.contains("--force"), ended.messages);
        QCOMPARE(vireo({"create", disk, "--size", "64M", "--force"}).status, 0);
        // Nothing of a temporary name is left.
        QCOMPARE(QDir(folder_.path()).entryList({"there.vhdx.*"}).size(), 0);
    }

    void largeDynamicDiskTakesLittleRoom() {
        const QString disk = path("large.vhdx");
        const Ended ended = vireo({"create", disk, "--size", "1T"});
        QVERIFY2(ended.status == 0, ended.messages);
        QVERIFY(QFileInfo(disk).size() <= 8 * 1024 * 1024);
    }
};

}  // namespace

QTEST_GUILESS_MAIN(DiskVerbTest)
#include "disk_verb_test.moc"
