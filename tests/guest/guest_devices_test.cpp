// SPDX-License-Identifier: GPL-3.0-or-later
//
// Debian's unmodified kernels with their own drivers for Hyper-V's devices, in `vireo run`.
#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include "guest_machine.h"
#include "transfer.h"

using namespace std::chrono_literals;

namespace {

using tests::GuestMachine;
using tests::GuestSettings;
using tests::said;

const QString kImages = QStringLiteral(VIREO_GUEST_IMAGES);
const QString kRamDisk = QStringLiteral(VIREO_TEST_RAM_DISK);
const QString kDrivers = kImages + QStringLiteral("/drivers.cpio");
const QString kProgram = QStringLiteral(VIREO_PROGRAM);

constexpr std::chrono::milliseconds kSilence = 120s;

struct Ran {
    int status = -1;
    QByteArray output;
};

/// Runs a tool of the host to its end.
Ran run(const QString& program, const QStringList& arguments) {
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program, arguments);
    if (!process.waitForFinished(120'000))
        return {-1, program.toUtf8() + " does not end or is not there"};
    return {process.exitCode(), process.readAll()};
}

}  // namespace

class GuestDevicesTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void aDiskIsFilledAndReadBack_data();
    void aDiskIsFilledAndReadBack();
    void driversAreLoadedAgain();
    void anotherKernelGoesOn();
    void ideDrivesAreUsed_data();
    void ideDrivesAreUsed();
    void aDisketteIsUsed();
    void dataGoesOverTheNetwork_data();
    void dataGoesOverTheNetwork();

  private:
    /// An ext4 file system in a new VHDX.
    [[nodiscard]] QString makeDisk(const QString& name);
    /// What has come into a VHDX by a guest is sound to others' eyes.
    void checkDisk(const QString& disk);
    /// The console of a boot that has gone well, to its end.
    [[nodiscard]] static QByteArray boot(const GuestSettings& settings);
    [[nodiscard]] QByteArray boot(const QString& kernel, int processors, const QString& disk,
                                  const QString& words, const QStringList& furtherRamDisks = {});
    /// A RAM disk with a kernel and the RAM disk that it is to be started with, in /kexec.
    [[nodiscard]] QString packKernel(const QString& kernel);

    QTemporaryDir folder_;
};

void GuestDevicesTest::initTestCase() {
    for (const QString& file : {kImages + QStringLiteral("/cloud/vmlinuz"),
                                kImages + QStringLiteral("/standard/vmlinuz"), kRamDisk, kDrivers})
        if (!QFileInfo::exists(file))
            QSKIP(qPrintable(file + " is missing: run installer/guest-images.sh and build again"));
}

QString GuestDevicesTest::makeDisk(const QString& name) {
    const QString raw = folder_.filePath(name + QStringLiteral(".img"));
    const QString disk = folder_.filePath(name + QStringLiteral(".vhdx"));
    QFile file(raw);
    if (!file.open(QIODevice::WriteOnly) || !file.resize(qint64{128} << 20))
        return {};
    file.close();
    for (const auto& [program, arguments] :
         {std::pair<QString, QStringList>{"mkfs.ext4", {"-q", "-F", raw}},
          {kProgram, {"disk", "convert", raw, disk}}}) {
        const Ran ran = run(program, arguments);
        if (ran.status != 0) {
            qWarning("%s: %s", qPrintable(program), ran.output.constData());
            return {};
        }
    }
    QFile::remove(raw);
    return disk;
}

QString GuestDevicesTest::packKernel(const QString& kernel) {
    const QString name = folder_.filePath(QStringLiteral("kexec"));
    const QString script = QStringLiteral(
        "set -e; mkdir -p \"$1/kexec\"; cp \"$2\" \"$1/kexec/kernel\"; "
        "cat \"$3\" \"$4\" >\"$1/kexec/ram-disk\"; cd \"$1\"; "
        "find kexec | cpio --quiet -o -H newc -R 0:0 >\"$1.cpio\"");
    const Ran ran =
        run(QStringLiteral("sh"),
            {"-c", script, "sh", name, kImages + "/" + kernel + "/vmlinuz", kRamDisk, kDrivers});
    if (ran.status == 0)
        return name + QStringLiteral(".cpio");
    qWarning("%s", ran.output.constData());
    return {};
}

QByteArray GuestDevicesTest::boot(const QString& kernel, int processors, const QString& disk,
                                  const QString& words, const QStringList& furtherRamDisks) {
    GuestSettings settings;
    settings.kernel = kImages + "/" + kernel + QStringLiteral("/vmlinuz");
    settings.initialRamDisk = kRamDisk;
    settings.furtherRamDisks = QStringList{kDrivers} + furtherRamDisks;
    settings.drives = {disk};
    settings.processors = processors;
    settings.append = QStringLiteral("quiet vireo.recipe=devices ") + words;
    return boot(settings);
}

QByteArray GuestDevicesTest::boot(const GuestSettings& settings) {
    GuestMachine machine(settings);
    const GuestMachine::Seen seen = machine.waitFor("@@done", kSilence);
    const bool ended = machine.waitForEnd(60s);
    if (seen == GuestMachine::Seen::text && ended && machine.exitStatus() == 0)
        return machine.output();
    qWarning("%s\n%s", machine.output().constData(), machine.complaints().constData());
    return {};
}

void GuestDevicesTest::checkDisk(const QString& disk) {
    const Ran check = run(QStringLiteral("qemu-img"), {"check", disk});
    QVERIFY2(check.status == 0, check.output.constData());
    const QString raw = folder_.filePath(QStringLiteral("check.img"));
    const Ran converted =
        run(QStringLiteral("qemu-img"), {"convert", "-f", "vhdx", "-O", "raw", disk, raw});
    QVERIFY2(converted.status == 0, converted.output.constData());
    const Ran checked = run(QStringLiteral("e2fsck"), {"-fn", raw});
    QVERIFY2(checked.status == 0, checked.output.constData());
    QFile::remove(raw);
}

void GuestDevicesTest::aDiskIsFilledAndReadBack_data() {
    QTest::addColumn<QString>("kernel");
    QTest::addColumn<int>("processors");
    for (const char* kernel : {"cloud", "standard"})
        for (const int processors : {1, 2, 4})
            QTest::addRow("%s-%d", kernel, processors) << kernel << processors;
}

void GuestDevicesTest::aDiskIsFilledAndReadBack() {
    QFETCH(QString, kernel);
    QFETCH(int, processors);
    const QString disk = makeDisk(kernel + QString::number(processors));
    QVERIFY(!disk.isEmpty());

    const QByteArray filled = boot(kernel, processors, disk, "vireo.step=fill vireo.seed=7");
    QVERIFY(!filled.isEmpty());
    QCOMPARE(said(filled, "bus"), QList<QByteArray>{"5.3"});
    const auto sums = said(filled, "sum");
    QCOMPARE(sums.size(), 1);
    // A channel for each VP.
    QCOMPARE(said(filled, "channels").value(0).toInt(), processors);
    // Every device that there is has its driver and is open.
    const auto devices = said(filled, "device");
    QVERIFY2(devices.size() >= 5, filled.constData());
    for (const QByteArray& device : devices)
        QVERIFY2(device.contains("} 3 hv_"), device.constData());
    // No driver of Hyper-V's has anything to complain about.
    const QRegularExpression complaint(
        QStringLiteral("error|warn|fail|timed? ?out|invalid|Unknown"),
        QRegularExpression::CaseInsensitiveOption);
    for (const QByteArray& line : said(filled, "log"))
        QVERIFY2(!complaint.match(QString::fromUtf8(line)).hasMatch(), line.constData());

    checkDisk(disk);
    if (QTest::currentTestFailed())
        return;

    const QByteArray verified = boot(kernel, processors, disk, "vireo.step=verify");
    QVERIFY(!verified.isEmpty());
    QCOMPARE(said(verified, "sum"), sums);
    QCOMPARE(said(verified, "trimmed"), QList<QByteArray>{"yes"});
}

void GuestDevicesTest::driversAreLoadedAgain() {
    const QString disk = makeDisk(QStringLiteral("reloaded"));
    QVERIFY(!disk.isEmpty());
    const QByteArray output =
        boot(QStringLiteral("cloud"), 2, disk, "vireo.step=reload vireo.times=5");
    QVERIFY(!output.isEmpty());
    QVERIFY2(output.contains("@@reloaded"), output.constData());
}

void GuestDevicesTest::anotherKernelGoesOn() {
    const QString disk = makeDisk(QStringLiteral("kexec"));
    const QString another = packKernel(QStringLiteral("cloud"));
    QVERIFY(!disk.isEmpty() && !another.isEmpty());
    const QByteArray output = boot(QStringLiteral("cloud"), 2, disk, "vireo.step=kexec", {another});
    QVERIFY(!output.isEmpty());
    // Both have connected, have all channels, and see the same files.
    QCOMPARE(said(output, "bus"), (QList<QByteArray>{"5.3", "5.3"}));
    const auto sums = said(output, "sum");
    QCOMPARE(sums.size(), 2);
    QCOMPARE(sums.at(0), sums.at(1));
    const auto devices = said(output, "device");
    QVERIFY2(devices.size() >= 10 && devices.size() % 2 == 0, output.constData());
    for (const QByteArray& device : devices)
        QVERIFY2(device.contains("} 3 hv_"), device.constData());
}

void GuestDevicesTest::ideDrivesAreUsed_data() {
    QTest::addColumn<QString>("kernel");
    QTest::addColumn<int>("processors");
    QTest::newRow("cloud-1") << "cloud" << 1;
    QTest::newRow("standard-2") << "standard" << 2;
}

void GuestDevicesTest::ideDrivesAreUsed() {
    QFETCH(QString, kernel);
    QFETCH(int, processors);
    // A disc whose blocks all differ.
    const QString disc = folder_.filePath(kernel + QStringLiteral("-ide.iso"));
    QByteArray blocks;
    for (int block = 0; block < 6000; ++block)
        blocks += QByteArray::number(block * 7919).rightJustified(2048, static_cast<char>(block));
    QFile file(disc);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(blocks) == blocks.size());
    file.close();
    const QString disk = makeDisk(kernel + QStringLiteral("-ide"));
    QVERIFY(!disk.isEmpty());

    GuestSettings settings;
    settings.kernel = kImages + "/" + kernel + QStringLiteral("/vmlinuz");
    settings.initialRamDisk = kRamDisk;
    settings.furtherRamDisks = {kDrivers};
    settings.ideDisks = {disk};
    settings.ideDiscs = {disc};
    settings.processors = processors;
    settings.append = QStringLiteral("quiet vireo.recipe=ide vireo.step=fill vireo.seed=5");
    const QByteArray filled = boot(settings);
    QVERIFY(!filled.isEmpty());
    const auto sums = said(filled, "sum");
    QCOMPARE(sums.size(), 1);
    QCOMPARE(
        said(filled, "disc"),
        QList<QByteArray>{QCryptographicHash::hash(blocks, QCryptographicHash::Sha256).toHex()});
    // Both drives are in the best mode of their controller.
    const auto modes = said(filled, "mode");
    QVERIFY2(modes.join('\n').contains(" ata XFER_UDMA_2"), filled.constData());
    QVERIFY2(modes.join('\n').contains(" atapi XFER_UDMA_2"), filled.constData());
    static const QRegularExpression kComplaint(
        QStringLiteral("error|exception|fail|timed? ?out|frozen|limited|reset|SATA link down|"
                       "I/O err|lost interrupt"),
        QRegularExpression::CaseInsensitiveOption);
    const auto log = said(filled, "log");
    QVERIFY2(log.size() > 4, filled.constData());
    for (const QByteArray& line : log)
        QVERIFY2(!kComplaint.match(QString::fromUtf8(line)).hasMatch(), line.constData());
    checkDisk(disk);
    if (QTest::currentTestFailed())
        return;

    settings.append = QStringLiteral("quiet vireo.recipe=ide vireo.step=verify");
    const QByteArray verified = boot(settings);
    QVERIFY(!verified.isEmpty());
    QCOMPARE(said(verified, "sum"), sums);
    QCOMPARE(said(verified, "trimmed"), QList<QByteArray>{"yes"});
    for (const QByteArray& line : said(verified, "log"))
        QVERIFY2(!kComplaint.match(QString::fromUtf8(line)).hasMatch(), line.constData());
}

void GuestDevicesTest::aDisketteIsUsed() {
    QByteArray content;
    for (int sector = 0; sector < 2880; ++sector)
        content += QByteArray::number(sector * 7919).rightJustified(512, static_cast<char>(sector));
    const QString image = folder_.filePath(QStringLiteral("diskette.img"));
    QFile file(image);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(content) == content.size());
    file.close();
    // The worker may be nobody.
    QVERIFY(file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther |
                                QFile::WriteOther));

    GuestSettings settings;
    settings.kernel = kImages + QStringLiteral("/standard/vmlinuz");
    settings.initialRamDisk = kRamDisk;
    settings.furtherRamDisks = {kDrivers};
    settings.diskette = image;
    settings.append = QStringLiteral("quiet vireo.recipe=floppy vireo.step=fill vireo.seed=3");
    const QByteArray filled = boot(settings);
    QVERIFY(!filled.isEmpty());
    QCOMPARE(said(filled, "bytes"), QList<QByteArray>{QByteArray::number(content.size())});
    QCOMPARE(
        said(filled, "disk"),
        QList<QByteArray>{QCryptographicHash::hash(content, QCryptographicHash::Sha256).toHex()});
    const auto sums = said(filled, "sum");
    QCOMPARE(sums.size(), 1);
    const auto log = said(filled, "log");
    QVERIFY2(log.join('\n').contains("post-1991 82077"), filled.constData());
    QVERIFY2(log.join('\n').contains("1.44M"), filled.constData());
    static const QRegularExpression kComplaint(
        QStringLiteral("error|fail|timed? ?out|reset|lost|unexpected|not ready"),
        QRegularExpression::CaseInsensitiveOption);
    for (const QByteArray& line : log)
        QVERIFY2(!kComplaint.match(QString::fromUtf8(line)).hasMatch(), line.constData());
    const Ran checked = run(QStringLiteral("e2fsck"), {"-fn", image});
    QVERIFY2(checked.status == 0, checked.output.constData());

    settings.diskette = image + QStringLiteral(",ro");
    settings.append = QStringLiteral("quiet vireo.recipe=floppy vireo.step=verify");
    const QByteArray verified = boot(settings);
    QVERIFY(!verified.isEmpty());
    QCOMPARE(said(verified, "sum"), sums);
    QCOMPARE(said(verified, "protected"), QList<QByteArray>{"yes"});
    QCOMPARE(run(QStringLiteral("e2fsck"), {"-fn", image}).output, checked.output);
}

void GuestDevicesTest::dataGoesOverTheNetwork_data() {
    QTest::addColumn<QString>("kernel");
    QTest::addColumn<int>("processors");
    QTest::addColumn<int>("mebibytes");
    QTest::addColumn<QString>("adapter");
    QTest::newRow("cloud-1") << "cloud" << 1 << 32 << "synthetic";
    QTest::newRow("standard-2") << "standard" << 2 << 256 << "synthetic";
    QTest::newRow("cloud-4") << "cloud" << 4 << 32 << "synthetic";
    QTest::newRow("legacy-standard-2") << "standard" << 2 << 16 << "legacy";
}

void GuestDevicesTest::dataGoesOverTheNetwork() {
    QFETCH(QString, kernel);
    QFETCH(int, processors);
    QFETCH(int, mebibytes);
    QFETCH(QString, adapter);
    const quint16 to = tests::freePort();
    const quint16 from = tests::freePort();
    QVERIFY(to != 0 && from != 0);
    GuestSettings settings;
    settings.kernel = kImages + "/" + kernel + QStringLiteral("/vmlinuz");
    settings.initialRamDisk = kRamDisk;
    settings.furtherRamDisks = {kDrivers};
    settings.forwards = {{to, 7}, {from, 8}};
    settings.processors = processors;
    settings.legacyNetwork = adapter == QStringLiteral("legacy");
    settings.append =
        QStringLiteral("quiet vireo.recipe=network vireo.mebibytes=%1 vireo.adapter=%2")
            .arg(mebibytes)
            .arg(adapter);
    GuestMachine machine(settings);
    const auto waitFor = [&machine](const char* text) {
        if (machine.waitFor(text, kSilence) == GuestMachine::Seen::text)
            return true;
        qWarning("%s\n%s", machine.output().constData(), machine.complaints().constData());
        return false;
    };
    QVERIFY(waitFor("@@listens at 7"));
    const QByteArray given = tests::sendTo(to, qint64{mebibytes} << 20);
    QVERIFY(waitFor("@@listens at 8"));
    const QByteArray taken = tests::receiveFrom(from);
    QVERIFY(waitFor("@@listens at 7"));
    const QByteArray again = tests::sendTo(to, 100'000);
    QVERIFY(waitFor("@@done"));
    const QByteArray output = machine.output();
    QCOMPARE(said(output, "address"), QList<QByteArray>{"10.0.2.15"});
    QVERIFY(!given.isEmpty() && !taken.isEmpty() && !again.isEmpty());
    QCOMPARE(said(output, "received").value(0), given);
    QCOMPARE(said(output, "sent").value(0), taken);
    QCOMPARE(said(output, "again").value(0), again);
    for (const char* const counter : {"rx_dropped", "tx_dropped"})
        QCOMPARE(said(output, counter), QList<QByteArray>{"0"});
    // tulip restarts the receiver when it learns of the full duplex, and counts that; and as sent
    // in vain the two descriptors of a filter that it takes back when it is brought down, and what
    // still waits there then: frames that leave multicast groups, on a busy host.
    const std::pair<const char*, int> counters[] = {{"rx_errors", 1}, {"tx_errors", 8}};
    for (const auto& [counter, most] : counters) {
        const auto errors = said(output, counter);
        QCOMPARE(errors.size(), 1);
        QVERIFY2(errors.front().toInt() <= (settings.legacyNetwork ? most : 0), output.constData());
    }
    if (settings.legacyNetwork)
        QVERIFY2(said(output, "log").join('\n').contains("Digital DS21140 Tulip rev 32"),
                 output.constData());
    static const QRegularExpression kComplaint(QStringLiteral("error|fail|warn|unable|invalid"),
                                               QRegularExpression::CaseInsensitiveOption);
    for (const QByteArray& line : said(output, "log")) {
        // For the same restart: its interrupt handler starts what it waits to see stopped.
        if (settings.legacyNetwork && line.contains("tulip_stop_rxtx() failed"))
            continue;
        QVERIFY2(!kComplaint.match(QString::fromUtf8(line)).hasMatch(), line.constData());
    }
    QVERIFY(machine.waitForEnd(60s));
    QCOMPARE(machine.exitStatus(), 0);
}

QTEST_GUILESS_MAIN(GuestDevicesTest)
#include "guest_devices_test.moc"
