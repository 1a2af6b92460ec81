// SPDX-License-Identifier: GPL-3.0-or-later
//
// Debian's unmodified boot loader, started by the firmware from drives, in `vireo run`, and a
// kernel of Debian's that it starts.
#include <QDeadlineTimer>
#include <QDir>
#include <QFileInfo>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include "guest_machine.h"

using namespace std::chrono_literals;
using tests::GuestMachine;
using tests::GuestSettings;

namespace {

const QString kRescue = QStringLiteral(VIREO_GUEST_IMAGES "/grub/usr/lib/grub-rescue/");
const QString kNetworkRom = QStringLiteral(VIREO_GUEST_IMAGES "/ipxe/boot/ipxe.lkrn");
const QString kKernel = QStringLiteral(VIREO_GUEST_IMAGES "/cloud/vmlinuz");
const QString kRamDisk = QStringLiteral(VIREO_TEST_RAM_DISK);
constexpr std::chrono::milliseconds kSilence = 120s;
/// The boot loader reads a kernel and its RAM disk without a word.
constexpr std::chrono::milliseconds kReading = 300s;

/// What a terminal would show, one after the other: the firmware moves the cursor within words.
QByteArray plain(const QByteArray& output) {
    static const QRegularExpression kMoves(QStringLiteral("\x1b\\[[0-9;?]*[A-Za-z]"));
    return QString::fromLatin1(output).remove(kMoves).toLatin1();
}

bool putFile(const QString& path, const QByteArray& content) {
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(content) == content.size();
}

/// A machine's console, read from front to back.
class Console {
  public:
    explicit Console(GuestMachine& machine) : machine_(machine) {}

    /// False, and told, if the text does not come after what was found last.
    [[nodiscard]] bool waitFor(const QByteArray& text,
                               std::chrono::milliseconds silence = kSilence) {
        bool hasEnded = false;
        for (QDeadlineTimer patience(silence); !patience.hasExpired();) {
            const qsizetype at = plain(machine_.output()).indexOf(text, seen_);
            if (at >= 0) {
                seen_ = at + text.size();
                return true;
            }
            if (hasEnded)
                break;
            // Whatever it shows next, or nothing for a moment.
            hasEnded = machine_.waitFor("\x1b[", 200ms) == GuestMachine::Seen::end;
        }
        qWarning("no %s\n%s\n%s", text.constData(), plain(machine_.output()).constData(),
                 machine_.complaints().constData());
        return false;
    }

    /// To the boot loader's command line.
    [[nodiscard]] bool waitForBootLoader() {
        // Without a screen the firmware's is the serial port, and the boot loader's with it.
        if (!waitFor("SeaBIOS") || !waitFor("GNU GRUB"))
            return false;
        machine_.type("c");
        return waitFor("grub>");
    }

  private:
    GuestMachine& machine_;
    qsizetype seen_ = 0;
};

}  // namespace

class GuestFirmwareTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void aBootLoaderIsStarted_data();
    void aBootLoaderIsStarted();
    void aKernelIsStarted();
    void withoutASystemItIsSaid();
    void aKernelComesOverTheNetwork();
    void whatTheNetworkLacksIsPassedOver_data();
    void whatTheNetworkLacksIsPassedOver();
    void aDamagedDiscIsNoneToBootFrom_data();
    void aDamagedDiscIsNoneToBootFrom();

  private:
    /// A folder that everybody may read.
    [[nodiscard]] QString makeTftpFolder();
    /// A file system with a kernel, its RAM disk, and how the boot loader starts them.
    [[nodiscard]] QString makeKernelDisk(const QByteArray& words);

    QTemporaryDir folder_;
};

void GuestFirmwareTest::initTestCase() {
    if (!QFileInfo::exists(kRescue))
        QSKIP(qPrintable(kRescue + " is missing: run installer/guest-images.sh"));
}

void GuestFirmwareTest::aBootLoaderIsStarted_data() {
    QTest::addColumn<QString>("image");
    QTest::addColumn<QString>("drive");
    QTest::addColumn<int>("processors");
    QTest::addColumn<QByteArray>("device");
    QTest::newRow("disc") << "grub-rescue-cdrom.iso"
                          << "disc" << 1 << QByteArray("(cd)");
    QTest::newRow("disk") << "grub-rescue-usb.img"
                          << "disk" << 2 << QByteArray("(hd0)");
    QTest::newRow("floppy") << "grub-rescue-floppy.img"
                            << "floppy" << 1 << QByteArray("(fd0)");
}

void GuestFirmwareTest::aBootLoaderIsStarted() {
    QFETCH(QString, image);
    QFETCH(QString, drive);
    QFETCH(int, processors);
    QFETCH(QByteArray, device);
    // The machine may write to its disk.
    const QString copy = folder_.filePath(image);
    QVERIFY(QFile::copy(kRescue + image, copy));
    QVERIFY(QFile::setPermissions(
        copy, QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther | QFile::WriteOther));
    GuestSettings settings;
    if (drive == "floppy")
        settings.diskette = copy;
    else
        (drive == "disc" ? settings.ideDiscs : settings.ideDisks) << copy;
    settings.processors = processors;
    GuestMachine machine(settings);
    Console console(machine);
    QVERIFY(console.waitForBootLoader());
    machine.type("ls\r");
    QVERIFY(console.waitFor(device));
    QVERIFY(console.waitFor("grub>"));
    // By ACPI, whose tables it finds by itself.
    machine.type("halt\r");
    QVERIFY(machine.waitForEnd(60s));
    QCOMPARE(machine.exitStatus(), 0);
}

QString GuestFirmwareTest::makeTftpFolder() {
    const QString folder = folder_.filePath(QStringLiteral("tftp"));
    const auto rights =
        QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ReadOther | QFile::ExeOther;
    if (!QDir().mkpath(folder) || !QFile::setPermissions(folder, rights))
        qFatal("no folder for TFTP");
    return folder;
}

QString GuestFirmwareTest::makeKernelDisk(const QByteArray& words) {
    const QString tree = folder_.filePath(QStringLiteral("tree"));
    const QString image = folder_.filePath(QStringLiteral("kernel.img"));
    QFile script(tree + QStringLiteral("/go"));
    if (!QDir().mkpath(tree) || !QFile::copy(kKernel, tree + QStringLiteral("/kernel")) ||
        !QFile::copy(kRamDisk, tree + QStringLiteral("/ram-disk")) ||
        !script.open(QIODevice::WriteOnly) ||
        script.write("linux (hd0)/kernel console=ttyS0 " + words +
                     "\ninitrd (hd0)/ram-disk\nboot\n") < 0)
        return {};
    script.close();
    const int status =
        QProcess::execute(QStringLiteral("mkfs.ext4"), {"-q", "-F", "-d", tree, image, "96M"});
    const bool isOpen = QFile::setPermissions(
        image, QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther | QFile::WriteOther);
    return status == 0 && isOpen ? image : QString();
}

void GuestFirmwareTest::aKernelIsStarted() {
    for (const QString& file : {kKernel, kRamDisk})
        if (!QFileInfo::exists(file))
            QSKIP(qPrintable(file + " is missing: run installer/guest-images.sh and build again"));
    GuestSettings settings;
    settings.processors = 2;
    settings.ideDiscs << kRescue + QStringLiteral("grub-rescue-cdrom.iso");
    settings.ideDisks << makeKernelDisk("vireo.recipe=cases vireo.cases=sorting");
    QVERIFY(!settings.ideDisks.contains(QString()));
    GuestMachine machine(settings);
    Console console(machine);
    QVERIFY(console.waitForBootLoader());
    // The firmware's keyboard buffer takes 15 characters at once.
    machine.type(". (hd0)/go\r");
    QVERIFY(console.waitFor("Linux version", kReading));
    QVERIFY(console.waitFor("@@end facts "));
    QVERIFY(console.waitFor("@@begin kernel"));
    QVERIFY(console.waitFor("@@end kernel "));
    QVERIFY(machine.waitForEnd(60s));
    QCOMPARE(machine.exitStatus(), 0);
    const QString log = QString::fromLatin1(machine.output());
    static const QRegularExpression kExpected(
        QStringLiteral("DMI: Vireo Virtual Machine, BIOS .*"
                       "claimed by PIIX4 ACPI.*"
                       "Interrupt link LNKA configured for IRQ 1.*"
                       "Interrupt link LNKD configured for IRQ 1"),
        QRegularExpression::DotMatchesEverythingOption);
    QVERIFY2(log.contains(kExpected), qPrintable(log));
    static const QRegularExpression kTrouble(
        QStringLiteral("^.*(ACPI Error|ACPI BIOS Error|ACPI Warning|irq .*: nobody cared).*$"),
        QRegularExpression::MultilineOption);
    const auto trouble = kTrouble.match(log);
    QVERIFY2(!trouble.hasMatch(), qPrintable("the kernel complains: " + trouble.captured()));
}

void GuestFirmwareTest::withoutASystemItIsSaid() {
    const QString empty = folder_.filePath(QStringLiteral("empty.img"));
    QFile file(empty);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.resize(1 << 20));
    GuestSettings settings;
    settings.ideDisks << empty;
    GuestMachine machine(settings);
    QCOMPARE(machine.waitFor("No bootable device", kSilence), GuestMachine::Seen::text);
}

void GuestFirmwareTest::aKernelComesOverTheNetwork() {
    for (const QString& file : {kKernel, kRamDisk, kNetworkRom})
        if (!QFileInfo::exists(file))
            QSKIP(qPrintable(file + " is missing: run installer/guest-images.sh and build again"));
    const QString folder = makeTftpFolder();
    QVERIFY(QFile::copy(kKernel, folder + "/kernel") &&
            QFile::copy(kRamDisk, folder + "/ram-disk"));
    QVERIFY(putFile(folder + "/go",
                    "#!ipxe\nkernel kernel initrd=ram-disk console=ttyS0 vireo.recipe=cases "
                    "vireo.cases=sorting\ninitrd ram-disk\nboot\n"));
    GuestSettings settings;
    settings.networkRom = kNetworkRom;
    settings.tftp = folder;
    settings.bootFile = QStringLiteral("go");
    GuestMachine machine(settings);
    Console console(machine);
    QVERIFY(console.waitFor("SeaBIOS"));
    QVERIFY(console.waitFor("Booting from ROM"));
    QVERIFY(console.waitFor("using ds21140"));
    QVERIFY(console.waitFor("tftp://10.0.2.2/go... ok"));
    QVERIFY(console.waitFor("ram-disk... ", kReading));
    QVERIFY(console.waitFor("Linux version", kReading));
    QVERIFY(console.waitFor("@@end facts "));
    QVERIFY(console.waitFor("@@end kernel "));
    QVERIFY(machine.waitForEnd(60s));
    QCOMPARE(machine.exitStatus(), 0);
}

void GuestFirmwareTest::whatTheNetworkLacksIsPassedOver_data() {
    QTest::addColumn<QString>("bootFile");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("no-file-named") << QString() << QByteArray("Nothing to boot");
    QTest::newRow("missing-file") << QStringLiteral("missing")
                                  << QByteArray("tftp://10.0.2.2/missing... ");
}

void GuestFirmwareTest::whatTheNetworkLacksIsPassedOver() {
    QFETCH(QString, bootFile);
    QFETCH(QByteArray, said);
    if (!QFileInfo::exists(kNetworkRom))
        QSKIP(qPrintable(kNetworkRom + " is missing: run installer/guest-images.sh"));
    // As with a PC: the next device in the order has its turn, which here is the diskette drive.
    const QString diskette = folder_.filePath(QStringLiteral("diskette.img"));
    QFile::remove(diskette);
    QVERIFY(QFile::copy(kRescue + QStringLiteral("grub-rescue-floppy.img"), diskette));
    QVERIFY(QFile::setPermissions(
        diskette, QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther | QFile::WriteOther));
    GuestSettings settings;
    settings.networkRom = kNetworkRom;
    settings.diskette = diskette;
    if (!bootFile.isEmpty()) {
        settings.tftp = makeTftpFolder();
        settings.bootFile = bootFile;
    }
    GuestMachine machine(settings);
    Console console(machine);
    QVERIFY(console.waitFor("Booting from ROM"));
    QVERIFY(console.waitFor(said));
    QVERIFY(console.waitFor("Booting from Floppy"));
    QVERIFY(console.waitFor("GNU GRUB"));
}

void GuestFirmwareTest::aDamagedDiscIsNoneToBootFrom_data() {
    QTest::addColumn<qint64>("size");
    QTest::addColumn<qint64>("at");
    QTest::addColumn<QByteArray>("bytes");
    // El Torito's boot record is in block 17, and says at byte 71 where its catalogue is.
    QTest::newRow("cut off before its boot record")
        << qint64{17 * 2048} << qint64{0} << QByteArray();
    QTest::newRow("no boot record") << qint64{-1} << qint64{17 * 2048 + 7} << QByteArray(16, 'x');
    QTest::newRow("a catalogue beyond its end")
        << qint64{-1} << qint64{17 * 2048 + 71} << QByteArray("\xF0\xFF\xFF\x7F", 4);
    QTest::newRow("something else for a catalogue")
        << qint64{-1} << qint64{17 * 2048 + 71} << QByteArray("\x10\0\0\0", 4);
}

void GuestFirmwareTest::aDamagedDiscIsNoneToBootFrom() {
    QFETCH(qint64, size);
    QFETCH(qint64, at);
    QFETCH(QByteArray, bytes);
    const QString copy = folder_.filePath(QStringLiteral("damaged.iso"));
    QFile::remove(copy);
    QVERIFY(QFile::copy(kRescue + QStringLiteral("grub-rescue-cdrom.iso"), copy));
    QVERIFY(QFile::setPermissions(copy, QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther));
    QFile file(copy);
    QVERIFY(file.open(QIODevice::ReadWrite));
    if (size >= 0)
        QVERIFY(file.resize(size));
    QVERIFY(file.seek(at) && file.write(bytes) == bytes.size());
    file.close();
    GuestSettings settings;
    settings.ideDiscs << copy;
    GuestMachine machine(settings);
    QCOMPARE(machine.waitFor("Could not read from CDROM", kSilence), GuestMachine::Seen::text);
    QCOMPARE(machine.waitFor("No bootable device.", kSilence), GuestMachine::Seen::text);
    // The machine stays as it is, and its owner knows why.
    QVERIFY(!machine.waitForEnd(1s));
    const QByteArray told = machine.complaints();
    QVERIFY2(told.contains("nothing to boot from (") &&
                 told.contains("DVD/CD: Could not read from CDROM"),
             told.constData());
}

QTEST_GUILESS_MAIN(GuestFirmwareTest)
#include "guest_firmware_test.moc"
