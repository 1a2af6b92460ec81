// SPDX-License-Identifier: GPL-3.0-or-later

// `vireo disk` on a host file system that has no room left.

#include <sys/stat.h>

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <optional>

#include "small_host.h"

namespace {

struct Ended {
    int status = -1;
    QByteArray output;
    QByteArray messages;
};

class DiskFullHostTest : public QObject {
    Q_OBJECT

  private:
    QTemporaryDir folder_;
    std::optional<SmallHost> host_;

    static Ended vireo(const QStringList& arguments) {
        QProcess process;
        process.start(VIREO_PROGRAM, QStringList{"disk"} + arguments);
        if (!process.waitForFinished(60'000))
            return {};
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
                process.readAllStandardOutput(), process.readAllStandardError()};
    }
    [[nodiscard]] QString full(const QString& name) const {
        return QString::fromStdString(host_->path(name.toStdString()));
    }
    [[nodiscard]] QStringList files() const {
        return QDir(QString::fromStdString(host_->path())).entryList(QDir::Files, QDir::Name);
    }
    // One line that names the file and the way out.
    static void isRefused(const Ended& ended, const QString& name) {
        QCOMPARE(ended.status, 2);
        QVERIFY2(ended.messages.contains(name.toUtf8()), ended.messages);
        QVERIFY2(ended.messages.contains("No space left"), ended.messages);
        QVERIFY2(ended.messages.contains("make room"), ended.messages);
        QCOMPARE(ended.messages.count('\n'), 1);
    }

  private slots:
    void initTestCase() {
        host_.emplace(std::uint64_t{24} << 20);
        if (!host_->problem().empty())
            QSKIP(host_->problem().c_str());
        // 16 MiB that are not zero.
        QFile source(folder_.filePath("source.img"));
        QVERIFY(source.open(QIODevice::WriteOnly));
        for (int i = 0; i < 16; ++i)
            source.write(QByteArray(1 << 20, static_cast<char>('a' + i)));
    }
    void init() {
        for (const QString& name : files())
            QVERIFY(QFile::remove(full(name)));
    }
    void cleanup() { QVERIFY(host_->makeRoom(UINT64_MAX)); }

    void createLeavesNothing_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("left");
        for (const char* name : {"new.img", "new.vhd", "new.vhdx"}) {
            QTest::addRow("fixed %s", name) << name << "fixed" << (8 << 20);
            QTest::addRow("fixed %s, no room at all", name) << name << "fixed" << 0;
        }
        QTest::newRow("dynamic new.vhd") << "new.vhd"
                                         << "dynamic" << 0;
        QTest::newRow("dynamic new.vhdx") << "new.vhdx"
                                          << "dynamic" << (1 << 20);
    }
    void createLeavesNothing() {
        QFETCH(QString, name);
        QFETCH(QString, kind);
        QFETCH(int, left);
        QVERIFY(host_->fillUpTo(static_cast<std::uint64_t>(left)));
        const Ended ended = vireo({"create", full(name), "--size", "64M", "--kind", kind});
        isRefused(ended, full(name));
        QCOMPARE(files(), QStringList());
    }

    void convertLeavesNothing_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("kind");
        for (const char* name : {"new.img", "new.vhd", "new.vhdx"})
            for (const char* kind : {"fixed", "dynamic"})
                QTest::addRow("%s %s", kind, name) << name << kind;
    }
    void convertLeavesNothing() {
        QFETCH(QString, name);
        QFETCH(QString, kind);
        QVERIFY(host_->fillUpTo(8 << 20));
        Ended ended = vireo({"convert", folder_.filePath("source.img"), full(name), "--kind", kind,
                             "--block-size", "1M"});
        isRefused(ended, full(name));
        QCOMPARE(files(), QStringList());
        // What was there before stays.
        QVERIFY(host_->makeRoom(UINT64_MAX));
        QCOMPARE(vireo({"create", full(name), "--size", "4M", "--kind", "dynamic"}).status, 0);
        QFile before(full(name));
        QVERIFY(before.open(QIODevice::ReadOnly));
        const QByteArray content = before.readAll();
        QVERIFY(host_->fillUpTo(8 << 20));
        ended = vireo({"convert", folder_.filePath("source.img"), full(name), "--kind", kind,
                       "--block-size", "1M", "--force", "--json"});
        isRefused(ended, full(name));
        const QJsonObject answer = QJsonDocument::fromJson(ended.output).object();
        QVERIFY2(answer["error"].toString().contains("make room"), ended.output);
        QCOMPARE(files(), QStringList{name});
        QFile after(full(name));
        QVERIFY(after.open(QIODevice::ReadOnly));
        QVERIFY(after.readAll() == content);
    }

    void expandLeavesTheDiskAsItWas_data() {
        QTest::addColumn<QString>("name");
        QTest::newRow("vhd") << "fixed.vhd";
        QTest::newRow("vhdx") << "fixed.vhdx";
    }
    void expandLeavesTheDiskAsItWas() {
        QFETCH(QString, name);
        const auto sizeOf = [&](const Ended& ended) {
            return QJsonDocument::fromJson(ended.output)
                .object()["chain"]
                .toArray()[0]
                .toObject()["size"]
                .toInteger();
        };
        QCOMPARE(
            vireo({"create", full(name), "--size", "4M", "--kind", "fixed", "--block-size", "1M"})
                .status,
            0);
        const auto allocated = [&] {
            struct stat status = {};
            return ::stat(full(name).toUtf8().constData(), &status) == 0 ? status.st_blocks : -1;
        };
        const auto before = allocated();
        QVERIFY(host_->fillUpTo(6 << 20));
        isRefused(vireo({"expand", full(name), "--size", "64M"}), full(name));
        QCOMPARE(files(), QStringList{name});
        QCOMPARE(sizeOf(vireo({"info", full(name), "--json"})), qint64{4 << 20});
        const Ended checked = vireo({"check", full(name)});
        QVERIFY2(checked.status == 0, checked.output);
        // A table that was made ready for more is all that may be larger.
        QVERIFY(allocated() <= before + (1 << 20) / 512);
        QVERIFY(host_->makeRoom(UINT64_MAX));
        QCOMPARE(vireo({"expand", full(name), "--size", "12M"}).status, 0);
        QCOMPARE(sizeOf(vireo({"info", full(name), "--json"})), qint64{12 << 20});
    }
};

}  // namespace

QTEST_GUILESS_MAIN(DiskFullHostTest)
#include "disk_full_host_test.moc"
