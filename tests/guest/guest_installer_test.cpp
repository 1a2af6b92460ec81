// SPDX-License-Identifier: GPL-3.0-or-later
//
// Debian's network installer in `vireo run`, on the serial console and on the screen: it finds the
// disk and the adapter of a machine of generation 1, takes an address, asks a server of this host
// for the archive's lists, whose signature it verifies, loads its parts from there and partitions
// the disk. Where the archive has none of its parts it says so at the first one.
//
// VIREO_TEST_ARCHIVE: a folder to serve instead, of an archive that nobody has signed.
#include <QFile>
#include <QFileInfo>
#include <QList>
#include <QProcess>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>
#include <QtEndian>
#include <optional>
#include <utility>

#include "file_server.h"
#include "guest_machine.h"
#include "guest_shell.h"
#include "screen_text.h"
#include "screen_viewer.h"

using namespace std::chrono_literals;

namespace {

using tests::FileServer;
using tests::GuestMachine;
using tests::GuestSettings;
using tests::GuestShell;
using tests::ScreenText;
using tests::ScreenViewer;

const QString kInstaller = QStringLiteral(VIREO_GUEST_IMAGES "/installer/");
const QString kBootLoader =
    QStringLiteral(VIREO_GUEST_IMAGES "/grub/usr/lib/grub-rescue/grub-rescue-cdrom.iso");
const QString kVideoBios = QStringLiteral("/usr/share/seabios/vgabios-stdvga.bin");
const QString kPreseed = QStringLiteral(VIREO_PRESEED);

constexpr std::chrono::milliseconds kSilence = 300s;
constexpr int kPatience = 300'000;
/// What a package's request begins with.
constexpr const char* kPackage = "GET /debian/pool/";

/// What partitions the disk where nobody is asked.
constexpr const char* kPartitioning =
    "d-i partman-auto/method string regular\n"
    "d-i partman-auto/choose_recipe select atomic\n"
    "d-i partman-partitioning/confirm_write_new_label boolean true\n"
    "d-i partman/choose_partition select finish\n"
    "d-i partman/confirm boolean true\n"
    "d-i partman/confirm_nooverwrite boolean true\n";

/// Runs a line of the host's shell with $1, $2 and so on.
bool succeeds(const QString& commands, const QStringList& arguments) {
    return QProcess::execute(QStringLiteral("sh"),
                             QStringList{"-e", "-c", commands, "sh"} + arguments) == 0;
}

/// How many colours a picture has, until there are `most`.
int colours(const QImage& picture, int most) {
    QSet<QRgb> seen;
    for (int y = 0; y < picture.height() && seen.size() < most; ++y)
        for (int x = 0; x < picture.width() && seen.size() < most; ++x)
            seen.insert(picture.pixel(x, y));
    return static_cast<int>(seen.size());
}

/// What `file` has there, or too little.
QByteArray bytesAt(const QString& file, qint64 offset, qint64 size) {
    QFile disk(file);
    return disk.open(QIODevice::ReadOnly) && disk.seek(offset) ? disk.read(size) : QByteArray();
}

/// Where the ext4 of the first primary partition is, once there is one; else 0.
qint64 fileSystemAt(const QString& disk) {
    constexpr qint64 kFirstSector = 446 + 8;
    constexpr qint64 kMagic = 1024 + 56;
    const QByteArray sector = bytesAt(disk, kFirstSector, 4);
    if (sector.size() != 4)
        return 0;
    const qint64 start = qint64{qFromLittleEndian<quint32>(sector.constData())} * 512;
    return bytesAt(disk, start + kMagic, 2) == "\x53\xEF" ? start : 0;
}

}  // namespace

class GuestInstallerTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void isUsedOnTheConsole_data();
    void isUsedOnTheConsole();
    void isShownOnTheScreen();

  private:
    [[nodiscard]] QString words() const {
        return QStringLiteral("mirror/http/hostname=10.0.2.2:%1%2")
            .arg(server_->port())
            .arg(isSigned_ ? QString()
                           : QStringLiteral(" debian-installer/allow_unauthenticated=true"));
    }
    /// A RAM disk with the answers, and `more` of them.
    [[nodiscard]] QString makeAnswers(const QByteArray& more = {});
    [[nodiscard]] QString makeEmptyDisk();
    /// The kernel and its RAM disks, and how the boot loader starts them.
    [[nodiscard]] QString makeKernelDisk(const QString& answers);

    QTemporaryDir folder_;
    std::optional<FileServer> server_;
    bool isSigned_ = true;
    bool hasPackages_ = false;
};

void GuestInstallerTest::initTestCase() {
    for (const QString& file : {kInstaller + QStringLiteral("archive"), kBootLoader, kVideoBios})
        if (!QFileInfo::exists(file))
            QSKIP(qPrintable(file + " is missing: run installer/packages.sh run long, "
                                    "installer/guest-images.sh and installer/guest-installer.sh"));
    QString archive = qEnvironmentVariable("VIREO_TEST_ARCHIVE");
    isSigned_ = archive.isEmpty();
    if (isSigned_)
        archive = kInstaller + QStringLiteral("archive");
    hasPackages_ = QFileInfo::exists(archive + QStringLiteral("/debian/pool"));
    if (!hasPackages_)
        qWarning("the archive has no packages: the installers end at the first one");
    server_.emplace(archive);
    if (server_->port() == 0)
        QSKIP("python3 serves no files: run installer/packages.sh long");
}

QString GuestInstallerTest::makeAnswers(const QByteArray& more) {
    QString answers = folder_.filePath(QStringLiteral("preseed.cpio"));
    const QString text = folder_.filePath(QStringLiteral("preseed.cfg"));
    QFile::remove(text);
    QFile file(text);
    if (!QFile::copy(kPreseed, text) || !file.open(QIODevice::Append) ||
        file.write(more) != more.size() || !file.flush())
        return {};
    return succeeds(QStringLiteral(
                        "cd \"$1\"; echo preseed.cfg | cpio --quiet -o -H newc -R 0:0 >\"$2\""),
                    {folder_.path(), answers})
               ? answers
               : QString();
}

QString GuestInstallerTest::makeEmptyDisk() {
    QString disk = folder_.filePath(QStringLiteral("empty.img"));
    QFile::remove(disk);
    return succeeds(QStringLiteral("truncate -s 4G \"$1\"; chmod 666 \"$1\""), {disk}) ? disk
                                                                                       : QString();
}

void GuestInstallerTest::isUsedOnTheConsole_data() {
    QTest::addColumn<int>("processors");
    QTest::newRow("1") << 1;
    QTest::newRow("2") << 2;
}

void GuestInstallerTest::isUsedOnTheConsole() {
    QFETCH(int, processors);
    const QString disk = makeEmptyDisk();
    const QString answers = makeAnswers();
    QVERIFY(!disk.isEmpty() && !answers.isEmpty());
    const qsizetype before = server_->requests().size();
    GuestSettings settings;
    settings.kernel = kInstaller + QStringLiteral("text/linux");
    settings.initialRamDisk = kInstaller + QStringLiteral("text/initrd.gz");
    settings.furtherRamDisks = {kInstaller + QStringLiteral("drivers.cpio"), answers};
    settings.append = words();
    settings.ideDisks = {disk};
    settings.legacyNetwork = settings.hostLoopback = true;
    settings.memory = 1024;
    settings.processors = processors;
    GuestMachine machine(settings);
    const auto waitFor = [&machine](const char* text) {
        if (machine.waitFor(text, kSilence) == GuestMachine::Seen::text)
            return true;
        qWarning("no %s\n%s\n%s", text, machine.output().constData(),
                 machine.complaints().constData());
        return false;
    };
    for (const char* const step :
         {"Detecting network hardware", "Configuring the network with DHCP",
          "Checking the Debian archive mirror", "Loading additional components"})
        QVERIFY(waitFor(step));
    if (hasPackages_) {
        QVERIFY(waitFor("Starting up the partitioner"));
        // What is asked, the button that is drawn behind it, and the answer: what is preselected,
        // but for the last one.
        struct Question {
            const char* text;
            const char* button;
            const char* answer;
        };
        for (const Question& question :
             {Question{"Partitioning method:", "<Go Back>", "\r"},
              Question{"Select disk to partition:", "<Go Back>", "\r"},
              Question{"Partitioning scheme:", "<Go Back>", "\r"},
              Question{"Finish partitioning and write changes to disk", "<Go Back>", "\r"},
              Question{"Write the changes to disks?", "<No>", "\t\r"}}) {
            QVERIFY(waitFor(question.text));
            QVERIFY(waitFor(question.button));
            machine.type(question.answer);
        }
        QVERIFY(waitFor("Partitions formatting"));
    } else {
        QVERIFY(waitFor("The installer failed to download a file from the mirror"));
    }
    QVERIFY2(server_->requests().mid(before).contains(kPackage), server_->requests());

    // The installer's consoles are windows of a terminal multiplexer: the second one has a shell.
    machine.type(
        "\x01"
        "2");
    QVERIFY(waitFor("2*shell"));
    // It waits for a key.
    machine.type("\n");
    QVERIFY(waitFor("~ # "));
    GuestShell shell(machine);
    QVERIFY(shell.begin());
    QList<QByteArray> facts{
        QByteArray("[ \"$(list-devices disk)\" = /dev/sda ]"),
        QByteArray("[ \"$(cat /sys/block/sda/device/model | tr -d ' ')\" = VirtualHD ]"),
        QByteArray("[ \"$(cat /sys/block/sda/size)\" = 8388608 ]"),
        QByteArray("readlink -f /sys/class/net/*/device/driver | grep -q /tulip$"),
        QByteArray("ip addr | grep -q 'inet 10.0.2.15/24'"),
        "[ $(nproc 2>/dev/null || grep -c ^processor /proc/cpuinfo) = " +
            QByteArray::number(processors) + " ]",
        // But for what tulip says of each restart of its receiver.
        QByteArray("! dmesg | grep -E ' (ata|sd |tulip|hv_)' | grep -v 'tulip_stop_rxtx() failed' "
                   "| grep -iE 'error|exception|fail|timed? ?out|frozen|limited|lost'"),
        QByteArray("! grep -i 'bad signature' /var/log/syslog")};
    if (hasPackages_)
        facts << "until grep -q '^/dev/sda1 /target ext4 ' /proc/mounts; do sleep 1; done"
              << "until grep -q '^/dev/sda5 ' /proc/swaps; do sleep 1; done"
              << "until grep -q '^UUID=.* swap ' /target/etc/fstab; do sleep 1; done";
    // Its log tells in lines that are no wider than the window.
    for (const QByteArray& holds : std::as_const(facts)) {
        const GuestShell::Ran ran = shell.run(holds);
        QVERIFY2(ran.status == 0, holds + '\n' + ran.output);
    }
    machine.type("poweroff\n");
    QVERIFY2(machine.waitForEnd(kSilence), machine.complaints());
    QCOMPARE(machine.exitStatus(), 0);
    if (!hasPackages_)
        return;
    const qint64 fileSystem = fileSystemAt(disk);
    QVERIFY(fileSystem != 0);
    QVERIFY(succeeds(QStringLiteral("e2fsck -fn \"$1?offset=$2\""),
                     {disk, QString::number(fileSystem)}));
}

QString GuestInstallerTest::makeKernelDisk(const QString& answers) {
    const QString disk = folder_.filePath(QStringLiteral("kernel.img"));
    // It runs on all consoles that the kernel is told of.
    const QString script = "insmod all_video\nset gfxpayload=800x600x32\nlinux (hd0)/linux " +
                           words() +
                           "\ninitrd (hd0)/initrd.gz (hd0)/drivers.cpio "
                           "(hd0)/preseed.cpio\nboot\n";
    const QString make = QStringLiteral(
        "mkdir \"$1/tree\"; cp \"$2/gtk/linux\" \"$2/gtk/initrd.gz\" \"$2/drivers.cpio\" "
        "\"$5\" \"$1/tree\"; printf %s \"$4\" >\"$1/tree/go\"; "
        "mke2fs -q -t ext4 -d \"$1/tree\" \"$3\" 160M; chmod 666 \"$3\"; rm -r \"$1/tree\"");
    return succeeds(make, {folder_.path(), kInstaller, disk, script, answers}) ? disk : QString();
}

void GuestInstallerTest::isShownOnTheScreen() {
    QFile bios(kVideoBios);
    QVERIFY(bios.open(QIODevice::ReadOnly));
    const auto text = ScreenText::ofVideoBios(bios.readAll());
    QVERIFY2(text, "the video BIOS has no font that is known");
    GuestSettings settings;
    const QString disk = makeEmptyDisk();
    settings.ideDisks = {
        makeKernelDisk(makeAnswers(kPartitioning + QByteArray("d-i partman-auto/disk string "
                                                              "/dev/sdb\n"))),
        disk};
    settings.ideDiscs = {kBootLoader};
    QVERIFY(!settings.ideDisks.contains(QString()));
    settings.legacyNetwork = settings.hostLoopback = true;
    settings.memory = 1024;
    settings.processors = 2;
    settings.screen = folder_.filePath(QStringLiteral("screen"));
    const qsizetype before = server_->requests().size();
    GuestMachine machine(settings);
    QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(settings.screen), kPatience);
    ScreenViewer viewer(settings.screen);
    const auto shows = [&](const char* words) {
        return text->read(viewer.picture()).contains(QLatin1String(words));
    };
    const auto shown = [&] { return text->read(viewer.picture()).toUtf8() + machine.complaints(); };
    QTRY_VERIFY2_WITH_TIMEOUT(shows("GNU GRUB"), shown(), kPatience);
    viewer.type(QStringLiteral("c"));
    QTRY_VERIFY2_WITH_TIMEOUT(shows("grub>"), shown(), kPatience);
    viewer.type(QStringLiteral(". (hd0)/go\n"));
    // The mode that the boot loader has asked the video BIOS for.
    QTRY_COMPARE_WITH_TIMEOUT(viewer.picture().size(), QSize(800, 600), kPatience);

    // A console has a few colours; the installer's window has pictures and smooth letters.
    constexpr int kMany = 200;
    QTRY_VERIFY2_WITH_TIMEOUT(colours(viewer.picture(), kMany) == kMany, shown(), 3 * kPatience);
    const QImage first = viewer.picture().copy();
    if (const QString to = qEnvironmentVariable("VIREO_TEST_PICTURES"); !to.isEmpty())
        QVERIFY(first.save(to + QStringLiteral("/installer-first.png")));
    // It goes on by itself, as the other one.
    QTRY_VERIFY2_WITH_TIMEOUT(server_->requests().mid(before).contains(kPackage), machine.output(),
                              3 * kPatience);
    if (hasPackages_)
        QTRY_VERIFY_WITH_TIMEOUT(fileSystemAt(disk) != 0, 3 * kPatience);
    QTRY_VERIFY_WITH_TIMEOUT(viewer.picture() != first && colours(viewer.picture(), kMany) == kMany,
                             kPatience);
    if (const QString to = qEnvironmentVariable("VIREO_TEST_PICTURES"); !to.isEmpty())
        QVERIFY(viewer.picture().save(to + QStringLiteral("/installer-last.png")));
}

QTEST_GUILESS_MAIN(GuestInstallerTest)
#include "guest_installer_test.moc"
