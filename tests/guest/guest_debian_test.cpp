// SPDX-License-Identifier: GPL-3.0-or-later
//
// An installed Debian in `vireo run`: by the firmware and its own boot loader from an IDE disk with
// a DEC 21140A, then the same disk at the synthetic SCSI controller with a synthetic network
// adapter, which no firmware of generation 1 boots from, by the system's own kernel.
#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QRegularExpression>
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

const QString kSystem = QStringLiteral(VIREO_GUEST_IMAGES "/debian/");
const QString kVideoBios = QStringLiteral("/usr/share/seabios/vgabios-stdvga.bin");
const QString kProgram = QStringLiteral(VIREO_PROGRAM);
/// As installer/guest-debian.sh has it.
const QString kWords = QStringLiteral(
    "root=UUID=5c1ab6d4-2f0e-4d4b-9d0c-564952454f31 ro console=tty0 console=ttyS0,115200");

constexpr int kPatience = 120'000;
constexpr std::chrono::milliseconds kSilence = 240s;

/// The kernel may have said something in between: an empty line has the prompt again.
bool waitForLogin(GuestMachine& machine) {
    constexpr int kTurns = 8;
    for (int turn = 0; turn < kTurns; ++turn) {
        const GuestMachine::Seen seen = machine.waitFor("vireo login: ", 60s);
        if (seen == GuestMachine::Seen::text)
            return true;
        if (seen == GuestMachine::Seen::end)
            break;
        machine.type("\n");
    }
    qWarning("no login\n%s\n%s", machine.output().constData(), machine.complaints().constData());
    return false;
}

bool succeeds(const QString& program, const QStringList& arguments) {
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program, arguments);
    if (process.waitForFinished(5 * kPatience) && process.exitStatus() == QProcess::NormalExit &&
        process.exitCode() == 0)
        return true;
    qWarning("%s %s: %s", qPrintable(program), qPrintable(arguments.join(u' ')),
             process.readAll().constData());
    return false;
}

}  // namespace

class GuestDebianTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void anInstalledSystemIsUsed_data();
    void anInstalledSystemIsUsed();

  private:
    /// What the machine has its disk and its network at.
    struct Bus {
        QByteArray diskDriver;
        QByteArray networkDriver;
    };

    [[nodiscard]] QString makeDisk();
    void bootAtIde(const QString& disk, int processors);
    void bootAtVmbus(const QString& disk, int processors);
    /// From the login prompt on the console to the end of the machine.
    void useSystem(GuestMachine& machine, const Bus& bus, int processors);
    void checkNetwork(GuestShell& shell);
    static void checkLog(GuestShell& shell);
    void checkFileSystem(const QString& disk);

    QTemporaryDir folder_;
    std::optional<FileServer> server_;
    QByteArray served_;
    std::optional<ScreenText> firmwareText_;
    std::optional<ScreenText> kernelText_;
    /// Of the file that the first boot has left.
    QByteArray sum_;
};

void GuestDebianTest::initTestCase() {
    for (const QString& file : {kSystem + QStringLiteral("disk.img"), kVideoBios})
        if (!QFileInfo::exists(file))
            QSKIP(qPrintable(file + " is missing: run installer/packages.sh run long and "
                                    "installer/guest-debian.sh"));
    QFile bios(kVideoBios);
    QVERIFY(bios.open(QIODevice::ReadOnly));
    const QByteArray image = bios.readAll();
    firmwareText_ = ScreenText::ofVideoBios(image);
    kernelText_ = ScreenText::ofVideoBios(image, 8);
    QVERIFY2(firmwareText_ && kernelText_, "the video BIOS has no font that is known");

    QVERIFY(QDir(folder_.path()).mkpath(QStringLiteral("served")));
    QFile file(folder_.filePath(QStringLiteral("served/file")));
    for (int line = 0; line < 100'000; ++line)
        served_ += QByteArray::number(line * 7919) + '\n';
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(served_) == served_.size());
    file.close();
    server_.emplace(folder_.filePath(QStringLiteral("served")));
    if (server_->port() == 0)
        QSKIP("python3 serves no files: run installer/packages.sh long");
    // The disks of all rows are children of this one.
    QVERIFY(succeeds(kProgram, {"disk", "convert", kSystem + QStringLiteral("disk.img"),
                                folder_.filePath(QStringLiteral("base.vhdx"))}));
}

QString GuestDebianTest::makeDisk() {
    const QString name = folder_.filePath(QLatin1String(QTest::currentDataTag()) + ".vhdx");
    return succeeds(kProgram, {"disk", "create", name, "--parent",
                               folder_.filePath(QStringLiteral("base.vhdx"))})
               ? name
               : QString();
}

void GuestDebianTest::checkFileSystem(const QString& disk) {
    const QString raw = folder_.filePath(QStringLiteral("check.img"));
    QVERIFY(succeeds(kProgram, {"disk", "convert", disk, raw}));
    // The partition's place.
    QVERIFY(succeeds(QStringLiteral("e2fsck"), {"-fn", raw + QStringLiteral("?offset=1048576")}));
    QFile::remove(raw);
}

void GuestDebianTest::checkNetwork(GuestShell& shell) {
    const auto address = shell.run("ip -4 -o address show scope global | grep -c ' 10.0.2.15/24 '");
    QVERIFY2(address.output == "1", address.output);
    const QByteArray get =
        "bash -c 'exec 3<>/dev/tcp/10.0.2.2/" + QByteArray::number(server_->port()) +
        " && printf \"GET /file HTTP/1.0\\r\\n\\r\\n\" >&3 && sed \"1,/^\\r*$/d\" <&3 | sha256sum'";
    const auto got = shell.run(get);
    QVERIFY2(got.output.startsWith(
                 QCryptographicHash::hash(served_, QCryptographicHash::Sha256).toHex()),
             got.output);
}

void GuestDebianTest::checkLog(GuestShell& shell) {
    const auto log = shell.run("dmesg");
    QVERIFY2(log.output.contains("Hypervisor detected: Microsoft Hyper-V"), log.output);
    static const QRegularExpression kOurs(
        QStringLiteral("hv_|hyperv|hid.hyperv|ata[0-9_]|ata_piix|scsi |sd [0-9]|tulip|net eth|"
                       "enp0s|EXT4|I/O error|nobody cared|soft lockup|ACPI (BIOS )?(Error|Warning)|"
                       "rcu:.*stall|clocksource:.*unstable|i8042|atkbd|psmouse"));
    static const QRegularExpression kComplaint(
        QStringLiteral("error|exception|fail|warn|timed? ?out|frozen|limited|lost|unable|invalid|"
                       "unknown|nobody cared|lockup|stall|unstable"),
        QRegularExpression::CaseInsensitiveOption);
    for (const QByteArray& line : log.output.split('\n')) {
        const QString text = QString::fromUtf8(line);
        // The mount option; and what tulip says of each restart of its receiver.
        if (text.contains(QStringLiteral("errors=remount-ro")) ||
            text.contains(QStringLiteral("tulip_stop_rxtx() failed")))
            continue;
        QVERIFY2(!text.contains(kOurs) || !text.contains(kComplaint), line);
    }
}

void GuestDebianTest::useSystem(GuestMachine& machine, const Bus& bus, int processors) {
    machine.type("root\n");
    QCOMPARE(machine.waitFor("Password: ", kSilence), GuestMachine::Seen::text);
    machine.type("vireo\n");
    QCOMPARE(machine.waitFor("root@vireo:~# ", kSilence), GuestMachine::Seen::text);
    machine.type("exec sh\n");
    QCOMPARE(machine.waitFor("# ", kSilence), GuestMachine::Seen::text);
    GuestShell shell(machine);
    QVERIFY(shell.begin());
    // The kernel says nothing in between.
    QCOMPARE(shell.run("dmesg -n 1").status, 0);

    const auto state = shell.run("systemctl is-system-running --wait", kSilence);
    QVERIFY2(state.output == "running",
             state.output + '\n' + shell.run("systemctl --failed --no-pager").output);
    // The disk's: the nearest one above its host adapter.
    const auto drivers = shell.run(
        "above=$(readlink -f /sys/block/sda/device/../..); "
        "while [ ! -e $above/driver ]; do above=${above%/*}; done; "
        "basename $(readlink -f $above/driver); "
        "basename $(readlink -f /sys/class/net/*/device/driver); "
        "findmnt -n -o SOURCE,FSTYPE /; cut -d ' ' -f 1 /proc/mounts | grep -c '^/dev/sd'");
    QCOMPARE(drivers.output.simplified(),
             bus.diskDriver + ' ' + bus.networkDriver + " /dev/sda1 ext4 1");
    QCOMPARE(shell.run("nproc").output, QByteArray::number(processors));
    QCOMPARE(shell.run("systemd-detect-virt").output, QByteArray("microsoft"));

    checkNetwork(shell);
    if (QTest::currentTestFailed())
        return;
    // What one boot writes the next one finds, at whichever controller.
    const QByteArray sum = shell.run("sha256sum </var/lib/left").output;
    if (!sum_.isEmpty())
        QCOMPARE(sum, sum_);
    QCOMPARE(shell.run("head -c 24M /dev/urandom >/var/lib/left && sync").status, 0);
    sum_ = shell.run("sha256sum </var/lib/left").output;
    QVERIFY2(sum_.size() > 64, sum_);
    QCOMPARE(shell.run("echo 3 >/proc/sys/vm/drop_caches; sha256sum </var/lib/left").output, sum_);
    checkLog(shell);
    if (QTest::currentTestFailed())
        return;
    machine.type("poweroff\n");
    QVERIFY2(machine.waitForEnd(kSilence), machine.complaints());
    QCOMPARE(machine.exitStatus(), 0);
}

void GuestDebianTest::bootAtIde(const QString& disk, int processors) {
    GuestSettings settings;
    settings.ideDisks = {disk};
    settings.legacyNetwork = settings.hostLoopback = true;
    settings.processors = processors;
    settings.screen = folder_.filePath(QLatin1String(QTest::currentDataTag()));
    GuestMachine machine(settings);
    QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(settings.screen), kPatience);
    ScreenViewer viewer(settings.screen);
    const auto shows = [&viewer](const ScreenText& text, const char* words) {
        return text.read(viewer.picture()).contains(QLatin1String(words));
    };
    QTRY_VERIFY2_WITH_TIMEOUT(shows(*firmwareText_, "GNU GRUB"),
                              firmwareText_->read(viewer.picture()).toUtf8() + machine.complaints(),
                              kPatience);
    QTRY_VERIFY_WITH_TIMEOUT(shows(*firmwareText_, "*Debian GNU/Linux"), kPatience);
    QVERIFY(waitForLogin(machine));
    // On the screen there is one too, of the kernel's framebuffer by now, whose font has another v.
    QTRY_VERIFY2_WITH_TIMEOUT(shows(*kernelText_, "ireo login:"),
                              kernelText_->read(viewer.picture()).toUtf8(), kPatience);
    useSystem(machine, {"ata_piix", "tulip"}, processors);
}

void GuestDebianTest::bootAtVmbus(const QString& disk, int processors) {
    GuestSettings settings;
    settings.kernel = kSystem + QStringLiteral("vmlinuz");
    settings.initialRamDisk = kSystem + QStringLiteral("initrd");
    settings.append = kWords;
    settings.drives = {disk};
    settings.hostLoopback = true;
    settings.processors = processors;
    GuestMachine machine(settings);
    QVERIFY(waitForLogin(machine));
    useSystem(machine, {"hv_storvsc", "hv_netvsc"}, processors);
}

void GuestDebianTest::anInstalledSystemIsUsed_data() {
    QTest::addColumn<int>("processors");
    QTest::newRow("1") << 1;
    QTest::newRow("2") << 2;
}

void GuestDebianTest::anInstalledSystemIsUsed() {
    QFETCH(int, processors);
    const QString disk = makeDisk();
    QVERIFY(!disk.isEmpty());
    sum_.clear();
    bootAtIde(disk, processors);
    if (QTest::currentTestFailed())
        return;
    checkFileSystem(disk);
    if (QTest::currentTestFailed())
        return;
    bootAtVmbus(disk, processors);
    if (QTest::currentTestFailed())
        return;
    checkFileSystem(disk);
}

QTEST_GUILESS_MAIN(GuestDebianTest)
#include "guest_debian_test.moc"
