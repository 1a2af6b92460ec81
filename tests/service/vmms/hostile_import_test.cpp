// SPDX-License-Identifier: GPL-3.0-or-later
//
// Folders to be imported that somebody has made to harm whoever imports them.
#include <sys/stat.h>
#include <unistd.h>

#include <QtTest>
#include <filesystem>

#include "exchange_disks.h"
#include "exchange_session.h"

using namespace service;  // NOLINT: the interface under test
using tests::codeOf;
using tests::ExchangeSession;
using tests::fieldOf;

namespace {

constexpr std::size_t kMegabyte = 1 << 20;

/// Of a text with ' in place of ".
QByteArray json(QByteArray text) {
    return text.replace('\'', '"');
}

QByteArray machineWith(const QByteArray& members) {
    const QByteArray begin =
        json("{'version': 1, 'id': '6fa459ea-ee8a-4ca4-894e-db77e160355e', 'name': 'web'");
    return begin + (members.isEmpty() ? members : ", " + members) + "}";
}

QByteArray diskAt(const QByteArray& path) {
    return json("'drives': [{'path': '" + path + "'}]");
}

QByteArray kernelAt(const QByteArray& path) {
    return json("'firmware': {'kernel': {'path': '" + path + "'}}");
}

}  // namespace

class HostileImportTest : public QObject {
    Q_OBJECT

    std::unique_ptr<ExchangeSession> session_;

    std::string path(const std::string& name) const { return session_->path(name); }

    /// Whether each kind of import is refused, and leaves nothing.
    void isRefused() {
        for (const ImportKind kind :
             {ImportKind::Register, ImportKind::Restore, ImportKind::Copy}) {
            MachineImportParams params;
            params.folder = path("given");
            params.kind = kind;
            if (kind != ImportKind::Register)
                params.diskFolder = session_->folder("disks");
            const Job job = session_->carriedOut<MachineImportMethod>(params);
            QCOMPARE(job.state, JobState::Failed);
            QVERIFY(!job.error.empty());
            QVERIFY(session_->entries(session_->folder("disks")).isEmpty());
        }
        const auto list = session_->client().call<MachineListMethod>({});
        QVERIFY(list && list->machines.empty());
        QVERIFY(session_->service().runs());
    }

  private slots:
    void init() {
        session_ = std::make_unique<ExchangeSession>();
        ExchangeSession::write(path("secret.img"), QByteArray(kMegabyte, 's'));
        QVERIFY(QDir().mkpath(QString::fromStdString(path("given/inner"))));
        ExchangeSession::write(path("given/disk.img"), QByteArray(kMegabyte, 'd'));
    }
    void cleanup() { session_.reset(); }

    void aFileThatIsNoMachineIsRefused_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("no JSON") << QByteArray("{\"name\": ");
        QTest::newRow("no object") << QByteArray("[1, 2]");
        QTest::newRow("deep") << QByteArray(100'000, '[');
        QTest::newRow("large") << QByteArray((4 << 20) + 1, ' ');
        QTest::newRow("zeroes") << QByteArray(1'000, '\0');
        QTest::newRow("newer") << machineWith({}).replace("1,", "9,");
        QTest::newRow("id") << machineWith({}).replace("6fa459ea", "../../..");
        QTest::newRow("name") << machineWith({}).replace("web", "../web");
        QTest::newRow("processors") << machineWith(json("'processor': {'count': 4000000000}"));
        QTest::newRow("memory") << machineWith(json("'memory': {'startupBytes': 1e30}"));
        QTest::newRow("memory that wraps")
            << machineWith(json("'memory': {'startupBytes': 18446744073709551615}"));
        QTest::newRow("above") << machineWith(diskAt("../secret.img"));
        QTest::newRow("above, hidden") << machineWith(diskAt("inner/../../secret.img"));
        QTest::newRow("the folder") << machineWith(diskAt("inner/.."));
        QTest::newRow("zero in the path") << machineWith(diskAt("disk.img\\u0000"));
        QTest::newRow("kernel above") << machineWith(kernelAt("../secret.img"));
        QTest::newRow("RAM disk above") << machineWith(
            json("'firmware': {'kernel': {'path': 'disk.img', 'initialRamDisks': ['./../x']}}"));
        QTest::newRow("disc that is relative")
            << machineWith(json("'drives': [{'kind': 'Dvd', 'path': 'disk.img'}]"));
        QByteArray many = json("'drives': [");
        for (int i = 0; i < 20'000; ++i)
            many += json("{'path': 'disk.img'},");
        many.chop(1);
        QTest::newRow("too many drives") << machineWith(many + "]");
    }
    void aFileThatIsNoMachineIsRefused() {
        QFETCH(QByteArray, text);
        ExchangeSession::write(path("given/vm.json"), text);
        const auto found = session_->client().call<ImportInspectMethod>({path("given")});
        QCOMPARE(codeOf(found), ErrorCode::FileError);
        QCOMPARE(fieldOf(found), "folder");
        isRefused();
    }

    void whatIsNoFileIsRefused_data() {
        QTest::addColumn<QString>("kind");
        for (const char* const kind : {"nothing", "folder", "fifo", "link", "file"})
            QTest::newRow(kind) << kind;
    }
    void whatIsNoFileIsRefused() {
        QFETCH(QString, kind);
        const std::string file = path("given/vm.json");
        ExchangeSession::write(path("vm.json"), machineWith(diskAt("disk.img")));
        if (kind == "folder")
            QVERIFY(std::filesystem::create_directory(file));
        if (kind == "fifo")
            QCOMPARE(::mkfifo(file.c_str(), 0600), 0);
        if (kind == "link")
            std::filesystem::create_symlink("../vm.json", file);
        if (kind == "file") {
            std::filesystem::remove_all(path("given"));
            ExchangeSession::write(path("given"), "no folder");
        }
        const auto found = session_->client().call<ImportInspectMethod>({path("given")});
        QCOMPARE(fieldOf(found), "folder");
        isRefused();
    }

    void linksThatLeaveTheFolderAreNotFollowed_data() {
        QTest::addColumn<QByteArray>("named");
        QTest::addColumn<QString>("link");
        QTest::addColumn<QString>("target");
        QTest::newRow("relative") << QByteArray("link.img") << "link.img"
                                  << "../secret.img";
        QTest::newRow("absolute") << QByteArray("link.img") << "link.img"
                                  << "/etc/passwd";
        QTest::newRow("folder") << QByteArray("out/secret.img") << "out"
                                << "..";
        QTest::newRow("device") << QByteArray("link.img") << "link.img"
                                << "/dev/zero";
    }
    void linksThatLeaveTheFolderAreNotFollowed() {
        QFETCH(QByteArray, named);
        QFETCH(QString, link);
        QFETCH(QString, target);
        std::filesystem::create_symlink(target.toStdString(), path("given/" + link.toStdString()));
        for (const QByteArray& members : {diskAt(named), kernelAt(named)}) {
            ExchangeSession::write(path("given/vm.json"), machineWith(members));
            const auto found = session_->client().call<ImportInspectMethod>({path("given")});
            QVERIFY_REPLY(found);
            QCOMPARE(found->problems.size(), std::size_t{1});
            QVERIFY2(found->problems[0].text.find("leads out") != std::string::npos,
                     found->problems[0].text.c_str());
            QCOMPARE(found->problems[0].prevents.size(), std::size_t{3});
            isRefused();
        }
        // One that stays inside is a file like others.
        std::filesystem::create_symlink("disk.img", path("given/inside.img"));
        ExchangeSession::write(path("given/vm.json"), machineWith(diskAt("inside.img")));
        const auto found = session_->client().call<ImportInspectMethod>({path("given")});
        QVERIFY(found && found->problems.empty() && found->files.size() == 1);
    }

    void devicesAreNoDisks() {
        ExchangeSession::write(path("given/vm.json"), machineWith(diskAt("/dev/zero")));
        const auto found = session_->client().call<ImportInspectMethod>({path("given")});
        QVERIFY_REPLY(found);
        QCOMPARE(found->problems.size(), std::size_t{1});
        QVERIFY2(found->problems[0].text.find("not a regular file") != std::string::npos,
                 found->problems[0].text.c_str());
        isRefused();
        ExchangeSession::write(
            path("given/vm.json"),
            machineWith(json("'drives': [{'kind': 'Dvd', 'path': '/dev/zero'}]")));
        MachineImportParams params;
        params.folder = path("given");
        QVERIFY_JOB(session_->carriedOut<MachineImportMethod>(params));
        const auto machine = session_->settingsOf("web");
        QVERIFY(machine && machine->drives[0].path.empty());
    }

    void parentsOutsideOfTheFolderAreNotTaken_data() {
        QTest::addColumn<QString>("format");
        QTest::newRow("vhdx") << "vhdx";
        QTest::newRow("vhd") << "vhd";
    }
    void parentsOutsideOfTheFolderAreNotTaken() {
        QFETCH(QString, format);
        const std::string base = path("base." + format.toStdString());
        const std::string child = path("given/child." + format.toStdString());
        QVERIFY(tests::makeDisk(base, 4 * kMegabyte) && tests::makeDisk(child, 0, base));
        ExchangeSession::write(path("given/vm.json"),
                               machineWith(diskAt("child." + format.toUtf8())));
        const auto found = session_->client().call<ImportInspectMethod>({path("given")});
        QVERIFY_REPLY(found);
        QCOMPARE(found->problems.size(), std::size_t{1});
        isRefused();
        // It is the place that is wrong, not the disk.
        const QByteArray absolute = QByteArray::fromStdString(child);
        ExchangeSession::write(path("given/vm.json"), machineWith(diskAt(absolute)));
        const auto plain = session_->client().call<ImportInspectMethod>({path("given")});
        QVERIFY(plain && plain->problems.empty() && plain->files.size() == 2);
    }

    void aRawDiskThatLooksLikeAnotherFormatIsTakenAsItIs() {
        QVERIFY(tests::makeDisk(path("base.vhdx"), 4 * kMegabyte) &&
                tests::makeDisk(path("given/child.vhdx"), 0, path("base.vhdx")));
        std::filesystem::rename(path("given/child.vhdx"), path("given/disk.img"));
        const QByteArray absolute = QByteArray::fromStdString(path("given/disk.img"));
        ExchangeSession::write(path("given/vm.json"), machineWith(diskAt(absolute)));
        const auto found = session_->client().call<ImportInspectMethod>({path("given")});
        QVERIFY_REPLY(found);
        // Its parent is none of this machine's.
        QCOMPARE(found->files.size(), std::size_t{1});
    }

    void missingFilesAreNamedAndHugeOnesDoNotWrap() {
        ExchangeSession::write(
            path("given/vm.json"),
            machineWith(
                json("'drives': [{'path': 'gone.vhdx'}, {'location': 1, 'path': 'one.img'}, "
                     "{'controllerNumber': 1, 'path': 'two.img'}]")));
        for (const char* const name : {"given/one.img", "given/two.img"}) {
            ExchangeSession::write(path(name), "x");
            // As large as this file system has them.
            for (std::uintmax_t size = std::uintmax_t{1} << 62; size > 1; size >>= 1) {
                std::error_code error;
                std::filesystem::resize_file(path(name), size, error);
                if (!error)
                    break;
            }
        }
        const auto found = session_->client().call<ImportInspectMethod>({path("given")});
        QVERIFY_REPLY(found);
        QCOMPARE(found->problems.size(), std::size_t{1});
        QVERIFY(found->problems[0].text.find("gone.vhdx' is missing") != std::string::npos);
        QCOMPARE(std::ranges::count(found->files, true, &ImportFile::missing), 1);
        QVERIFY(found->totalBytes >= std::filesystem::file_size(path("given/one.img")));
        isRefused();
    }

    void theServicesCopyOfTheSettingsIsItsOwn() {
        ExchangeSession::write(path("given/vm.json"), machineWith(diskAt("disk.img")));
        MachineImportParams params;
        params.folder = path("given");
        params.kind = ImportKind::Register;
        QVERIFY_JOB(session_->carriedOut<MachineImportMethod>(params));
        ExchangeSession::write(path("given/vm.json"),
                               machineWith(diskAt(QByteArray::fromStdString(path("secret.img")))));
        QCOMPARE(session_->service().stop(), 0);
        session_->restart();
        const auto machine = session_->settingsOf("web");
        QVERIFY(machine && machine->drives[0].path == path("given/disk.img"));
    }
};

QTEST_GUILESS_MAIN(HostileImportTest)
#include "hostile_import_test.moc"
