// SPDX-License-Identifier: GPL-3.0-or-later
//
// Machines to folders and back, through a real vireod.
#include <signal.h>
#include <sys/stat.h>

#include <QtTest>
#include <algorithm>
#include <filesystem>

#include "devices/storage/images/image_opener.h"
#include "exchange_disks.h"
#include "exchange_session.h"
#include "service/ipc/json_rpc.h"
#include "small_disk.h"

using namespace service;  // NOLINT: the interface under test
using tests::chainOf;
using tests::codeOf;
using tests::eventually;
using tests::ExchangeSession;
using tests::fieldOf;
using tests::makeDisk;
using tests::readDisk;
using tests::RpcClient;
using tests::writeDisk;

namespace {

constexpr std::size_t kMegabyte = 1 << 20;
/// Long enough to be caught in the middle of copying it.
constexpr std::size_t kBig = 512 * kMegabyte;

Drive diskAt(std::uint32_t controller, std::uint32_t location, std::string path) {
    Drive drive;
    drive.controllerNumber = controller;
    drive.location = location;
    drive.path = std::move(path);
    return drive;
}

/// Bytes that the file takes on the host.
std::int64_t allocated(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? std::int64_t{status.st_blocks} * 512 : -1;
}

QByteArray contentOf(const std::string& path) {
    QFile file(QString::fromStdString(path));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

}  // namespace

class ExportImportTest : public QObject {
    Q_OBJECT

    std::unique_ptr<ExchangeSession> session_;

    RpcClient& client() { return session_->client(); }
    std::string path(const std::string& name) const { return session_->path(name); }
    std::string folder(const std::string& name) const { return session_->folder(name); }

    /// Three disks on one another, a raw one, a dynamic one, and a kernel with a RAM disk.
    MachineSettings makeWeb(const std::string& format) {
        const std::string disks = folder("disks");
        const std::string base = disks + "/base." + format;
        const std::string middle = disks + "/middle." + format;
        const std::string top = disks + "/top." + format;
        const bool made =
            makeDisk(base, 8 * kMegabyte) && writeDisk(base, 0, 3 * kMegabyte, 'b') &&
            makeDisk(middle, 0, base) && writeDisk(middle, kMegabyte, kMegabyte, 'm') &&
            makeDisk(top, 0, middle) && writeDisk(top, 2 * kMegabyte, kMegabyte, 't') &&
            makeDisk(disks + "/data.vhdx", 16 * kMegabyte) &&
            writeDisk(disks + "/data.vhdx", 5 * kMegabyte, kMegabyte, 'd');
        if (!made)
            qFatal("the disks can't be made");
        // With holes before and behind its data.
        ExchangeSession::write(disks + "/plain.img", {});
        std::filesystem::resize_file(disks + "/plain.img", 64 * kMegabyte);
        if (!writeDisk(disks + "/plain.img", 32 * kMegabyte, kMegabyte, 'p'))
            qFatal("the raw disk can't be written");
        ExchangeSession::write(disks + "/ramdisk", "not read by this guest");
        ExchangeSession::write(disks + "/kernel", contentOf(HALTED_GUEST));
        MachineSettings settings = tests::tinyMachine("web", disks + "/kernel");
        settings.notes = "as it was";
        settings.drives = {diskAt(0, 0, top), diskAt(0, 1, disks + "/plain.img"),
                           diskAt(1, 0, disks + "/data.vhdx")};
        settings.firmware.kernel->initialRamDisks = {disks + "/ramdisk"};
        settings.networkAdapters = {{}};
        return session_->create(settings);
    }
    /// One large raw disk.
    MachineSettings makeBig() {
        const std::string disk = folder("disks") + "/big.img";
        {
            QFile file(QString::fromStdString(disk));
            if (!file.open(QIODevice::WriteOnly))
                qFatal("no disk");
            const QByteArray piece(16 * kMegabyte, 'x');
            for (std::size_t at = 0; at < kBig; at += 16 * kMegabyte)
                if (file.write(piece) != piece.size())
                    qFatal("no room for the test's disk");
        }
        MachineSettings settings = tests::tinyMachine("big", HALTED_GUEST);
        settings.drives = {diskAt(0, 0, disk)};
        return session_->create(settings);
    }
    Job exported(const std::string& machine, const std::string& to) {
        return session_->carriedOut<MachineExportMethod>({machine, to});
    }
    std::vector<std::vector<std::byte>> contentsOf(const MachineSettings& settings) {
        std::vector<std::vector<std::byte>> contents;
        for (const Drive& drive : settings.drives)
            contents.push_back(readDisk(drive.path).value_or(std::vector<std::byte>()));
        return contents;
    }
    /// The service stands still while something is half done; whether it is.
    bool stopInTheMiddle(const std::string& sign) {
        const bool begun = eventually([&] { return QFile::exists(QString::fromStdString(sign)); });
        ::kill(session_->service().process(), SIGSTOP);
        return begun && QFile::exists(QString::fromStdString(sign));
    }
    void goOn() { ::kill(session_->service().process(), SIGCONT); }

  private slots:
    void init() { session_ = std::make_unique<ExchangeSession>(); }
    void cleanup() { session_.reset(); }

    void aMachineIsExportedAndImportedElsewhere_data() {
        QTest::addColumn<QString>("format");
        QTest::addColumn<int>("kind");
        for (const char* const format : {"vhdx", "vhd"}) {
            QTest::addRow("%s, registered", format)
                << format << static_cast<int>(ImportKind::Register);
            QTest::addRow("%s, restored", format)
                << format << static_cast<int>(ImportKind::Restore);
            QTest::addRow("%s, copied", format) << format << static_cast<int>(ImportKind::Copy);
        }
    }
    void aMachineIsExportedAndImportedElsewhere() {
        QFETCH(QString, format);
        QFETCH(int, kind);
        const MachineSettings before = makeWeb(format.toStdString());
        const auto contents = contentsOf(before);
        QCOMPARE(contents[0].size(), 8 * kMegabyte);
        QCOMPARE(contents[0][2 * kMegabyte], std::byte{'t'});

        const Job job = exported("web", folder("out"));
        QVERIFY_JOB(job);
        QCOMPARE(job.machine.value_or(""), before.id);
        QCOMPARE(session_->entries(path("out")), QStringList{"web"});
        QCOMPARE(session_->entries(path("out/web")),
                 (QStringList{"Boot Files", "Virtual Hard Disks", "vm.json"}));
        const QString suffix = '.' + format;
        QCOMPARE(session_->entries(path("out/web/Virtual Hard Disks")),
                 (QStringList{"base" + suffix, "data.vhdx", "middle" + suffix, "plain.img",
                              "top" + suffix}));
        QVERIFY(!contentOf(path("out/web/vm.json")).contains("disks/"));
        QVERIFY(allocated(path("out/web/Virtual Hard Disks/plain.img")) <=
                std::int64_t{2 * kMegabyte});

        // Nothing of the machine is left where it was, and the folder is elsewhere.
        session_->remove("web");
        std::filesystem::remove_all(path("disks"));
        std::filesystem::rename(path("out/web"), path("carried"));
        const auto found = client().call<ImportInspectMethod>({path("carried")});
        QVERIFY_REPLY(found);
        QVERIFY2(found->problems.empty(),
                 found->problems.empty() ? "" : found->problems.front().text.c_str());
        QCOMPARE(found->settings.name, "web");
        QCOMPARE(found->files.size(), std::size_t{7});
        QVERIFY(std::ranges::none_of(found->files, &ImportFile::missing));
        QVERIFY(found->totalBytes > 64 * kMegabyte);

        MachineImportParams params;
        params.folder = path("carried");
        params.kind = static_cast<ImportKind>(kind);
        const bool inPlace = params.kind == ImportKind::Register;
        if (!inPlace)
            params.diskFolder = folder("restored");
        const Job imported = session_->carriedOut<MachineImportMethod>(params);
        QVERIFY_JOB(imported);
        const auto after = session_->settingsOf(imported.machine.value_or(""));
        QVERIFY(after);
        QCOMPARE(after->name, "web");
        QCOMPARE(after->notes, "as it was");
        const bool same = params.kind != ImportKind::Copy;
        QCOMPARE(after->id == before.id, same);
        QCOMPARE(after->networkAdapters == before.networkAdapters, same);
        if (same)
            QCOMPARE(after->created, before.created);
        if (!inPlace)
            std::filesystem::remove_all(path("carried"));
        const std::string home =
            inPlace ? path("carried/Virtual Hard Disks/") : path("restored/web/");
        QVERIFY(contentsOf(*after) == contents);
        for (const Drive& drive : after->drives)
            QVERIFY2(drive.path.starts_with(home), drive.path.c_str());
        const auto chain = chainOf(after->drives[0].path);
        QCOMPARE(chain.size(), std::size_t{3});
        for (const std::string& image : chain)
            QVERIFY2(image.starts_with(home), image.c_str());
        QVERIFY_REPLY(client().call<MachineStartMethod>({after->id}));
        QVERIFY_REPLY(client().call<MachineTurnOffMethod>({after->id}));
        const auto host = client().call<HostGetMethod>({});
        QVERIFY_REPLY(host);
        QVERIFY(QFile::exists(
            QString::fromStdString(host->machinesFolder + '/' + after->id + "/vm.json")));
    }

    void filesOfOneNameGetNamesOfTheirOwnAndSharedParentsAreCopiedOnce() {
        const std::string one = folder("one");
        const std::string two = folder("two");
        QVERIFY(makeDisk(one + "/disk.vhdx", 4 * kMegabyte) &&
                writeDisk(one + "/disk.vhdx", 0, kMegabyte, '1') &&
                makeDisk(two + "/disk.vhdx", 0, one + "/disk.vhdx") &&
                writeDisk(two + "/disk.vhdx", kMegabyte, kMegabyte, '2') &&
                makeDisk(two + "/other.vhdx", 0, one + "/disk.vhdx"));
        // A name that says nothing, with a content that does.
        std::filesystem::rename(two + "/other.vhdx", two + "/other");
        MachineSettings settings = tests::tinyMachine("..", HALTED_GUEST);
        settings.drives = {diskAt(0, 0, two + "/disk.vhdx"), diskAt(0, 1, two + "/other")};
        const auto contents = contentsOf(session_->create(settings));
        QVERIFY_JOB(exported("..", folder("out")));
        // Nor does the machine's name lead elsewhere.
        QCOMPARE(session_->entries(path("out")), QStringList{"__"});
        QCOMPARE(session_->entries(path("out/__/Virtual Hard Disks")),
                 (QStringList{"disk (2).vhdx", "disk.vhdx", "other"}));
        std::filesystem::remove_all(one);
        std::filesystem::remove_all(two);
        MachineImportParams params;
        params.folder = path("out/__");
        params.name = "both";
        params.diskFolder = folder("disks");
        QVERIFY_JOB(session_->carriedOut<MachineImportMethod>(params));
        const auto after = session_->settingsOf("both");
        QVERIFY(after && contentsOf(*after) == contents);
    }

    void anotherMachinesOwnFolderIsImported() {
        MachineSettings before = makeWeb("vhdx");
        const auto details = client().call<MachineGetMethod>({"web"});
        QVERIFY_REPLY(details);
        std::filesystem::copy(details->machine.summary.folder, path("own"));
        MachineImportParams params;
        params.folder = path("own");
        params.kind = ImportKind::Copy;
        params.name = "second";
        params.diskFolder = folder("copies");
        QVERIFY_JOB(session_->carriedOut<MachineImportMethod>(params));
        const auto second = session_->settingsOf("second");
        QVERIFY(second);
        QVERIFY(contentsOf(*second) == contentsOf(before));
        QVERIFY(second->drives[0].path.starts_with(path("copies/second/")));
        // With its absolute paths, where it is.
        session_->remove("web");
        params = {};
        params.folder = path("own");
        params.kind = ImportKind::Register;
        QVERIFY_JOB(session_->carriedOut<MachineImportMethod>(params));
        const auto again = session_->settingsOf("web");
        QVERIFY(again && again->drives == before.drives && again->id == before.id);
    }

    void whatAnExportNeedsIsSaidBeforeItBegins() {
        const MachineSettings web = makeWeb("vhdx");
        const auto refused = [&](const std::string& machine, const std::string& to) {
            return client().call<MachineExportMethod>({machine, to});
        };
        QCOMPARE(codeOf(refused("none", folder("out"))), ErrorCode::NotFound);
        QCOMPARE(fieldOf(refused("web", "out")), "folder");
        QCOMPARE(fieldOf(refused("web", path("nowhere"))), "folder");
        QVERIFY_JOB(exported("web", folder("out")));
        const QByteArray file = contentOf(path("out/web/vm.json"));
        QCOMPARE(codeOf(refused("web", path("out"))), ErrorCode::AlreadyExists);
        QCOMPARE(fieldOf(refused("web", path("out"))), "folder");
        QCOMPARE(contentOf(path("out/web/vm.json")), file);
        QVERIFY_REPLY(client().call<MachineStartMethod>({"web"}));
        QCOMPARE(codeOf(refused("web", folder("other"))), ErrorCode::WrongState);
        QVERIFY_REPLY(client().call<MachineTurnOffMethod>({"web"}));
        {
            // As a machine has it open.
            devices::storage::PathImageOpener opener;
            const auto writer =
                opener.open(web.drives[0].path, devices::storage::FileAccess::ReadWrite);
            QVERIFY(writer);
            const Job job = exported("web", path("other"));
            QCOMPARE(job.state, JobState::Failed);
            QVERIFY2(job.error.find("open for writing") != std::string::npos, job.error.c_str());
        }
        std::filesystem::remove(web.drives[2].path);
        const Job job = exported("web", path("other"));
        QCOMPARE(job.state, JobState::Failed);
        QVERIFY2(job.error.find("data.vhdx") != std::string::npos, job.error.c_str());
        QVERIFY(session_->entries(path("other")).isEmpty());
    }

    void aCancelledExportLeavesNothingAndItsDiskIsLockedUntilThen() {
        const MachineSettings big = makeBig();
        const auto begun = client().call<MachineExportMethod>({"big", folder("out")});
        QVERIFY_REPLY(begun);
        if (!stopInTheMiddle(path("out/.big.exporting/Virtual Hard Disks/big.img"))) {
            goOn();
            QSKIP("this file system copies at once");
        }
        QVERIFY(!QFile::exists(QString::fromStdString(path("out/big"))));
        devices::storage::PathImageOpener opener;
        QVERIFY(!opener.open(big.drives[0].path, devices::storage::FileAccess::ReadWrite));
        // It is there when the service goes on.
        auto other = session_->service().client();
        QVERIFY(other.sendLine(
            encodeRequest(1, JobCancelMethod::kName, encodeValue(JobParams{begun->job.id}))));
        goOn();
        const Job job = session_->ended(begun->job.id);
        QCOMPARE(job.state, JobState::Cancelled);
        QVERIFY(session_->entries(path("out")).isEmpty());
        QVERIFY(opener.open(big.drives[0].path, devices::storage::FileAccess::ReadWrite));
    }

    void aKilledServiceLeavesNoTargetAndTheNextExportReplacesWhatItLeft() {
        makeBig();
        QVERIFY_REPLY(client().call<MachineExportMethod>({"big", folder("out")}));
        const bool caught = stopInTheMiddle(path("out/.big.exporting/Virtual Hard Disks/big.img"));
        session_->service().kill();
        if (!caught)
            QSKIP("this file system copies at once");
        QCOMPARE(session_->entries(path("out")), QStringList{".big.exporting"});
        ExchangeSession::write(path("out/.big.exporting/left"), "from before");
        session_->restart();
        QVERIFY_JOB(exported("big", path("out")));
        QCOMPARE(session_->entries(path("out")), QStringList{"big"});
        QCOMPARE(session_->entries(path("out/big")),
                 (QStringList{"Boot Files", "Virtual Hard Disks", "vm.json"}));
        QCOMPARE(
            QFileInfo(QString::fromStdString(path("out/big/Virtual Hard Disks/big.img"))).size(),
            static_cast<qint64>(kBig));
    }

    void twoExportsToOnePlaceDoNotDisturbOneAnother() {
        makeBig();
        const auto first = client().call<MachineExportMethod>({"big", folder("out")});
        QVERIFY_REPLY(first);
        if (!stopInTheMiddle(path("out/.big.exporting/Virtual Hard Disks/big.img"))) {
            goOn();
            QSKIP("this file system copies at once");
        }
        goOn();
        const Job second = exported("big", path("out"));
        QCOMPARE(second.state, JobState::Failed);
        QVERIFY_JOB(session_->ended(first->job.id));
        QCOMPARE(session_->entries(path("out")), QStringList{"big"});
    }

    void aCancelledImportLeavesNothing() {
        const MachineSettings big = makeBig();
        QVERIFY_JOB(exported("big", folder("out")));
        MachineImportParams params;
        params.folder = path("out/big");
        params.name = "second";
        params.diskFolder = folder("copies");
        const auto begun = client().call<MachineImportMethod>(params);
        QVERIFY_REPLY(begun);
        if (!stopInTheMiddle(path("copies/.second.importing/big.img"))) {
            goOn();
            QSKIP("this file system copies at once");
        }
        auto other = session_->service().client();
        QVERIFY(other.sendLine(
            encodeRequest(1, JobCancelMethod::kName, encodeValue(JobParams{begun->job.id}))));
        goOn();
        const Job job = session_->ended(begun->job.id);
        QCOMPARE(job.state, JobState::Cancelled);
        QVERIFY(!job.machine);
        QVERIFY(session_->entries(path("copies")).isEmpty());
        QVERIFY(!session_->settingsOf("second"));
    }

    void idsAndNamesInUseAreRefused() {
        const MachineSettings web = makeWeb("vhdx");
        QVERIFY_JOB(exported("web", folder("out")));
        const auto found = client().call<ImportInspectMethod>({path("out/web")});
        QVERIFY_REPLY(found);
        QCOMPARE(found->problems.size(), std::size_t{2});
        QVERIFY(found->problems[0].text.find("\"web\"") != std::string::npos);
        QVERIFY(found->problems[0].prevents ==
                (std::vector{ImportKind::Register, ImportKind::Restore}));
        QVERIFY(found->problems[1].prevents.empty());
        MachineImportParams params;
        params.folder = path("out/web");
        for (const ImportKind kind : {ImportKind::Register, ImportKind::Restore}) {
            params.kind = kind;
            params.name = "other";
            params.diskFolder.reset();
            if (kind == ImportKind::Restore)
                params.diskFolder = folder("copies");
            const auto refused = client().call<MachineImportMethod>(params);
            QCOMPARE(codeOf(refused), ErrorCode::AlreadyExists);
            QCOMPARE(fieldOf(refused), "id");
        }
        params.kind = ImportKind::Copy;
        params.name.reset();
        QCOMPARE(fieldOf(client().call<MachineImportMethod>(params)), "name");
        params.name = "a/b";
        QCOMPARE(fieldOf(client().call<MachineImportMethod>(params)), "name");
        params.name = "other";
        params.diskFolder = path("nowhere");
        QCOMPARE(fieldOf(client().call<MachineImportMethod>(params)), "diskFolder");
        params.diskFolder = "copies";
        QCOMPARE(fieldOf(client().call<MachineImportMethod>(params)), "diskFolder");
        params.diskFolder = path("copies");
        params.machineFolder = "relative";
        QCOMPARE(fieldOf(client().call<MachineImportMethod>(params)), "machineFolder");
        params.machineFolder.reset();
        QVERIFY(session_->entries(path("copies")).isEmpty());
        QVERIFY_JOB(session_->carriedOut<MachineImportMethod>(params));
        params.name = "third";
        QDir().mkpath(QString::fromStdString(path("copies/third")));
        QCOMPARE(fieldOf(client().call<MachineImportMethod>(params)), "diskFolder");
    }

    void ofTwoImportsOfOneIdTheSecondFailsAndLeavesNothing() {
        makeWeb("vhdx");
        QVERIFY_JOB(exported("web", folder("out")));
        session_->remove("web");
        std::vector<std::string> folders;
        std::vector<RpcClient> clients;
        for (const char* const name : {"first", "second"}) {
            folders.push_back(folder(name));
            MachineImportParams params;
            params.folder = path("out/web");
            params.kind = ImportKind::Restore;
            params.name = name;
            params.diskFolder = folders.back();
            clients.push_back(session_->service().client());
            QVERIFY(clients.back().sendLine(
                encodeRequest(1, MachineImportMethod::kName, encodeValue(params))));
        }
        int succeeded = 0;
        for (std::size_t at = 0; at < clients.size(); ++at) {
            const auto line = clients[at].receiveLine();
            QVERIFY(line);
            auto message = parseMessage(*line);
            QVERIFY(message);
            const auto& answer = std::get<RpcReply>(*message);
            // The first may be there before the second is looked at.
            const auto begun = answer.result
                                   ? decodeValue<JobReply>(*answer.result, UnknownFields::Refuse)
                                   : RpcResult<JobReply>(std::unexpected(answer.result.error()));
            const bool done = begun && session_->ended(begun->job.id).state == JobState::Succeeded;
            succeeded += done ? 1 : 0;
            QCOMPARE(session_->entries(folders[at]).isEmpty(), !done);
        }
        QCOMPARE(succeeded, 1);
        const auto list = client().call<MachineListMethod>({});
        QVERIFY(list && list->machines.size() == 1);
    }

    void discsStayBehindAndAreTakenOutWhereTheyAreMissing() {
        ExchangeSession::write(path("disc.iso"), "a disc");
        MachineSettings settings = tests::tinyMachine("web", HALTED_GUEST);
        Drive dvd = diskAt(1, 0, path("disc.iso"));
        dvd.kind = DriveKind::Dvd;
        settings.drives = {dvd};
        ExchangeSession::write(path("floppy.img"), QByteArray(1'474'560, 'f'));
        settings.floppy = FloppyDrive{path("floppy.img")};
        session_->create(settings);
        QVERIFY_JOB(exported("web", folder("out")));
        QCOMPARE(session_->entries(path("out/web")), (QStringList{"Boot Files", "vm.json"}));
        MachineImportParams params;
        params.folder = path("out/web");
        params.name = "with";
        params.diskFolder = folder("copies");
        QVERIFY_JOB(session_->carriedOut<MachineImportMethod>(params));
        auto after = session_->settingsOf("with");
        QVERIFY(after && after->drives[0].path == path("disc.iso"));
        QVERIFY(after->floppy && after->floppy->path == path("floppy.img"));
        for (const char* const image : {"disc.iso", "floppy.img"})
            QVERIFY(QFile::remove(QString::fromStdString(path(image))));
        const auto found = client().call<ImportInspectMethod>({path("out/web")});
        QVERIFY_REPLY(found);
        QVERIFY(std::ranges::any_of(found->problems, [](const ImportProblem& problem) {
            return problem.text.find("disc.iso") != std::string::npos && problem.prevents.empty();
        }));
        params.name = "without";
        QVERIFY_JOB(session_->carriedOut<MachineImportMethod>(params));
        after = session_->settingsOf("without");
        QVERIFY(after && after->drives[0].path.empty() && after->floppy &&
                after->floppy->path.empty());
    }

    void aFullHostIsSaidAndNothingIsLeft() {
        const tests::SmallDisk small(24 << 10);
        if (!small.mounted())
            QSKIP("file systems can't be mounted here");
        // The service sees what was mounted before.
        session_ = std::make_unique<ExchangeSession>();
        const std::string disk = folder("disks") + "/data.img";
        ExchangeSession::write(disk, QByteArray(40 * kMegabyte, 'x'));
        MachineSettings settings = tests::tinyMachine("web", HALTED_GUEST);
        settings.drives = {diskAt(0, 0, disk)};
        session_->create(settings);
        const std::string out =
            QFileInfo(QString::fromStdString(small.path("x"))).path().toStdString();
        const Job job = exported("web", out);
        QCOMPARE(job.state, JobState::Failed);
        QVERIFY2(job.error.find("make room") != std::string::npos, job.error.c_str());
        QVERIFY(session_->entries(out).isEmpty());
        QVERIFY_JOB(exported("web", folder("out")));
        MachineImportParams params;
        params.folder = path("out/web");
        params.name = "second";
        params.diskFolder = out;
        const Job import = session_->carriedOut<MachineImportMethod>(params);
        QCOMPARE(import.state, JobState::Failed);
        QVERIFY2(import.error.find("make room") != std::string::npos, import.error.c_str());
        QVERIFY(session_->entries(out).isEmpty());
        QVERIFY(!session_->settingsOf("second"));
    }
};

QTEST_GUILESS_MAIN(ExportImportTest)
#include "export_import_test.moc"
