// SPDX-License-Identifier: GPL-3.0-or-later
//
// Debian's network installer in `vireo run`, on the serial console and on the screen: it finds the
// disk and the adapter of a machine of generation 1, takes an address, and asks a server of this
// host for the archive's lists, whose signature it verifies. The first package that it asks for
// then is not there, and it says so.
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>
#include <optional>

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
/// What the first package's request begins with.
constexpr const char* kFirstPackage = "GET /debian/pool/";

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
        return QStringLiteral("mirror/http/hostname=10.0.2.2:%1").arg(server_->port());
    }
    /// The kernel and its RAM disks, and how the boot loader starts them.
    [[nodiscard]] QString makeKernelDisk();

    QTemporaryDir folder_;
    QString preseed_;
    std::optional<FileServer> server_;
};

void GuestInstallerTest::initTestCase() {
    for (const QString& file : {kInstaller + QStringLiteral("archive"), kBootLoader, kVideoBios})
        if (!QFileInfo::exists(file))
            QSKIP(qPrintable(file + " is missing: run installer/packages.sh run long, "
                                    "installer/guest-images.sh and installer/guest-installer.sh"));
    preseed_ = folder_.filePath(QStringLiteral("preseed.cpio"));
    QVERIFY(succeeds(QStringLiteral("cp \"$1\" \"$2/preseed.cfg\"; cd \"$2\"; echo preseed.cfg | "
                                    "cpio --quiet -o -H newc -R 0:0 >\"$3\""),
                     {kPreseed, folder_.path(), preseed_}));
    server_.emplace(kInstaller + QStringLiteral("archive"));
    if (server_->port() == 0)
        QSKIP("python3 serves no files: run installer/packages.sh long");
}

void GuestInstallerTest::isUsedOnTheConsole_data() {
    QTest::addColumn<int>("processors");
    QTest::newRow("1") << 1;
    QTest::newRow("2") << 2;
}

void GuestInstallerTest::isUsedOnTheConsole() {
    QFETCH(int, processors);
    const QString disk = folder_.filePath(QStringLiteral("empty.img"));
    QVERIFY(succeeds(QStringLiteral("truncate -s 4G \"$1\"; chmod 666 \"$1\""), {disk}));
    GuestSettings settings;
    settings.kernel = kInstaller + QStringLiteral("text/linux");
    settings.initialRamDisk = kInstaller + QStringLiteral("text/initrd.gz");
    settings.furtherRamDisks = {kInstaller + QStringLiteral("drivers.cpio"), preseed_};
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
          "Checking the Debian archive mirror", "Loading additional components",
          "The installer failed to download a file from the mirror"})
        QVERIFY(waitFor(step));
    QVERIFY2(server_->requests().contains(kFirstPackage), server_->requests());

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
    // Its log tells in lines that are no wider than the window.
    for (const QByteArray& holds :
         {QByteArray("[ \"$(list-devices disk)\" = /dev/sda ]"),
          QByteArray("[ \"$(cat /sys/block/sda/device/model | tr -d ' ')\" = VirtualHD ]"),
          QByteArray("[ \"$(cat /sys/block/sda/size)\" = 8388608 ]"),
          QByteArray("readlink -f /sys/class/net/*/device/driver | grep -q /tulip$"),
          QByteArray("ip addr | grep -q 'inet 10.0.2.15/24'"),
          "[ $(nproc 2>/dev/null || grep -c ^processor /proc/cpuinfo) = " +
              QByteArray::number(processors) + " ]",
          // But for what tulip says of each restart of its receiver.
          QByteArray(
              "! dmesg | grep -E ' (ata|sd |tulip|hv_)' | grep -v 'tulip_stop_rxtx() failed' "
              "| grep -iE 'error|exception|fail|timed? ?out|frozen|limited|lost'"),
          QByteArray("! grep -i 'bad signature' /var/log/syslog")}) {
        const GuestShell::Ran ran = shell.run(holds);
        QVERIFY2(ran.status == 0, holds + '\n' + ran.output);
    }
    machine.type("poweroff\n");
    QVERIFY2(machine.waitForEnd(kSilence), machine.complaints());
    QCOMPARE(machine.exitStatus(), 0);
}

QString GuestInstallerTest::makeKernelDisk() {
    const QString disk = folder_.filePath(QStringLiteral("kernel.img"));
    // It runs on all consoles that the kernel is told of.
    const QString script = "insmod all_video\nset gfxpayload=800x600x32\nlinux (hd0)/linux " +
                           words() +
                           "\ninitrd (hd0)/initrd.gz (hd0)/drivers.cpio "
                           "(hd0)/preseed.cpio\nboot\n";
    const QString make = QStringLiteral(
        "mkdir \"$1/tree\"; cp \"$2/gtk/linux\" \"$2/gtk/initrd.gz\" \"$2/drivers.cpio\" "
        "\"$1/preseed.cpio\" \"$1/tree\"; printf %s \"$4\" >\"$1/tree/go\"; "
        "mke2fs -q -t ext4 -d \"$1/tree\" \"$3\" 160M; chmod 666 \"$3\"; rm -r \"$1/tree\"");
    return succeeds(make, {folder_.path(), kInstaller, disk, script}) ? disk : QString();
}

void GuestInstallerTest::isShownOnTheScreen() {
    QFile bios(kVideoBios);
    QVERIFY(bios.open(QIODevice::ReadOnly));
    const auto text = ScreenText::ofVideoBios(bios.readAll());
    QVERIFY2(text, "the video BIOS has no font that is known");
    GuestSettings settings;
    settings.ideDisks = {makeKernelDisk()};
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
    QTRY_VERIFY2_WITH_TIMEOUT(server_->requests().mid(before).contains(kFirstPackage),
                              machine.output(), 3 * kPatience);
    QTRY_VERIFY_WITH_TIMEOUT(viewer.picture() != first && colours(viewer.picture(), kMany) == kMany,
                             kPatience);
    if (const QString to = qEnvironmentVariable("VIREO_TEST_PICTURES"); !to.isEmpty())
        QVERIFY(viewer.picture().save(to + QStringLiteral("/installer-last.png")));
}

QTEST_GUILESS_MAIN(GuestInstallerTest)
#include "guest_installer_test.moc"
