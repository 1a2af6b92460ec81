// SPDX-License-Identifier: GPL-3.0-or-later
//
// Debian's unmodified kernels in `vireo run`. The same static programs and the same busybox run
// the same scripts in the guest and on the host, and their output must agree byte for byte.
#include <QDir>
#include <QFileInfo>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include "guest_machine.h"
#include "hypervisor/selection/backend_selection.h"

using namespace std::chrono_literals;

namespace {

using tests::GuestMachine;
using tests::GuestSettings;
using tests::Launcher;

const QString kImages = QStringLiteral(VIREO_GUEST_IMAGES);
const QString kRamDisk = QStringLiteral(VIREO_TEST_RAM_DISK);

/// The longest that a sound guest leaves its console silent, on a host that does other things too.
constexpr std::chrono::milliseconds kSilence = 120s;
/// On a host whose KVM only emulates, a kernel may compute for minutes without a word.
constexpr std::chrono::milliseconds kSilenceOnKvm = 1200s;

/// The C library's word that programs should keep to the vectors that guests have; its memcpy looks
/// at the last one alone.
const QString kNoWideVectors = QStringLiteral(
    "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-FMA4,-AVX512F,-AVX_Fast_Unaligned_Load");

Launcher launcher() {
    return qEnvironmentVariable("VIREO_TEST_LAUNCHER") == QStringLiteral("qemu") ? Launcher::qemu
                                                                                 : Launcher::vireo;
}

QStringList allCases() {
    QStringList names;
    for (const QString& file : QDir(QStringLiteral(VIREO_CASES)).entryList({"*.sh"}, QDir::Files))
        names += QFileInfo(file).completeBaseName();
    return names;
}

/// What a case prints on the host, by the guest's own busybox and programs.
class Host {
  public:
    Host() {
        const QString applets = folder_.filePath(QStringLiteral("bin"));
        QDir().mkdir(applets);
        QProcess::execute(busybox(), {"--install", "-s", applets});
        environment_.insert("PATH", QStringLiteral(VIREO_PROGRAMS) + ":" + applets);
        environment_.insert("DATA", QStringLiteral(VIREO_DATA));
        environment_.insert("LC_ALL", "C");
        environment_.insert("TZ", "UTC");
        const qsizetype sign = kNoWideVectors.indexOf('=');
        environment_.insert(kNoWideVectors.first(sign), kNoWideVectors.mid(sign + 1));
    }

    [[nodiscard]] QByteArray run(const QString& name) const {
        const QString folder = folder_.filePath(name);
        QDir().mkdir(folder);
        QProcess process;
        process.setProcessEnvironment(environment_);
        process.setWorkingDirectory(folder);
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.setStandardInputFile(QProcess::nullDevice());
        process.start(busybox(),
                      {"sh", QStringLiteral(VIREO_CASES) + "/" + name + QStringLiteral(".sh")});
        process.waitForFinished(60000);
        return process.readAll() + "@@end " + name.toUtf8() + " " +
               QByteArray::number(process.exitCode()) + "\n";
    }

    /// Some hosts' kernels start no 32-bit programs.
    [[nodiscard]] static bool runsCompatibility() {
        QProcess process;
        process.start(QStringLiteral(VIREO_PROGRAMS "/compatibility"), QStringList());
        return process.waitForFinished(60000) && process.error() != QProcess::FailedToStart;
    }

  private:
    static QString busybox() { return kImages + QStringLiteral("/busybox/bin/busybox"); }

    QTemporaryDir folder_;
    QProcessEnvironment environment_;
};

/// What the guest printed for `name`, up to and with its end line; empty if there is none.
QByteArray block(const QByteArray& output, const QString& name) {
    const QByteArray begin = "@@begin " + name.toUtf8() + "\n";
    const qsizetype from = output.indexOf(begin);
    if (from < 0)
        return {};
    const qsizetype end = output.indexOf("@@end " + name.toUtf8() + " ", from);
    if (end < 0)
        return {};
    return output.mid(from + begin.size(), output.indexOf('\n', end) + 1 - from - begin.size());
}

QByteArray firstDifference(const QByteArray& guest, const QByteArray& host) {
    const auto guestLines = guest.split('\n');
    const auto hostLines = host.split('\n');
    for (qsizetype line = 0; line < std::max(guestLines.size(), hostLines.size()); ++line) {
        const QByteArray inGuest = guestLines.value(line);
        const QByteArray onHost = hostLines.value(line);
        if (inGuest != onHost)
            return "line " + QByteArray::number(line + 1) + "\n   guest: " + inGuest +
                   "\n   host:  " + onHost;
    }
    return {};
}

}  // namespace

class GuestBootTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void bootsAndComputesAsTheHost_data();
    void bootsAndComputesAsTheHost();
    void bootsWithTheOldInterruptControllers();
    void bootsWithoutAcpi_data();
    void bootsWithoutAcpi();
    void bootsFor32Bits_data();
    void bootsFor32Bits();
    void bootsTwentyTimesInARow();
    void bootsOnKvm_data();
    void bootsOnKvm();

  private:
    void expectBoot(GuestSettings settings, const QStringList& cases,
                    std::chrono::milliseconds silence = kSilence);
};

void GuestBootTest::initTestCase() {
    for (const QString& file : {kImages + QStringLiteral("/cloud/vmlinuz"),
                                kImages + QStringLiteral("/standard/vmlinuz"), kRamDisk})
        if (!QFileInfo::exists(file))
            QSKIP(qPrintable(file + " is missing: run installer/guest-images.sh and build again"));
}

void GuestBootTest::expectBoot(GuestSettings settings, const QStringList& cases,
                               std::chrono::milliseconds silence) {
    settings.launcher = launcher();
    if (settings.initialRamDisk.isEmpty())
        settings.initialRamDisk = kRamDisk;
    settings.append += " vireo.recipe=cases vireo.cases=" + cases.join(',');
    GuestMachine machine(settings);
    const auto shown = [&] {
        return "\n" + machine.complaints() + "the console's last lines:\n" +
               machine.output().last(std::min<qsizetype>(machine.output().size(), 3000));
    };
    for (const QString& each : QStringList("facts") + cases + QStringList("kernel")) {
        const auto seen = machine.waitFor("\n@@end " + each.toUtf8() + " ", silence);
        QVERIFY2(seen == GuestMachine::Seen::text,
                 (seen == GuestMachine::Seen::end ? "the guest ended before "
                                                  : "the guest hangs before ") +
                     each.toUtf8() + " was done" + shown());
    }
    QVERIFY2(machine.waitForEnd(silence), "the guest does not power off" + shown());
    QVERIFY2(machine.exitStatus() == 0,
             "exit status " + QByteArray::number(machine.exitStatus()) + shown());

    const QByteArray facts = block(machine.output(), "facts");
    QVERIFY2(facts.contains("\nprocessors   " + QByteArray::number(settings.processors) + "\n"),
             facts);
    if (settings.launcher == Launcher::vireo) {
        QVERIFY2(facts.contains("\nhypervisor   Microsoft Hyper-V\n"), facts);
        QVERIFY2(facts.contains("\nclock source hyperv_clocksource"), facts);
    }
    const Host host;
    QByteArray differences;
    for (const QString& each : cases) {
        if (each == QLatin1String("compatibility") && !Host::runsCompatibility()) {
            qInfo("not compared: %s, which this host can't run", qPrintable(each));
            continue;
        }
        const QByteArray guest = block(machine.output(), each);
        const QByteArray expected = host.run(each);
        if (guest != expected)
            differences += "\n" + each.toUtf8() + ", " + firstDifference(guest, expected);
    }
    QVERIFY2(differences.isEmpty(), "the guest computes otherwise than the host:" + differences);
    static const QRegularExpression kTrouble(
        "^.*(WARNING|BUG|Oops|Call Trace|Kernel panic|soft lockup|hard LOCKUP|blocked for more than"
        "|rcu.* stall|unstable due to (?!running on Hyper-V)|Bringup failed|not responding|timer "
        "doesn't work|invalid opcode: "
        "|unchecked MSR access|spurious|APIC error|firmware bug|Firmware Bug"
        "|ACPI Error|ACPI BIOS Error|ACPI Warning|irq .*: nobody cared).*$",
        QRegularExpression::MultilineOption);
    const QByteArray kernel = block(machine.output(), "kernel");
    const auto trouble = kTrouble.match(QString::fromUtf8(kernel));
    QVERIFY2(!trouble.hasMatch(), qPrintable("the kernel complains: " + trouble.captured()));
    if (settings.launcher == Launcher::vireo)
        for (const char link : {'A', 'B', 'C', 'D'})
            QVERIFY2(
                kernel.contains(QByteArray("Interrupt link LNK") + link + " configured for IRQ 1"),
                kernel);
}

void GuestBootTest::bootsAndComputesAsTheHost_data() {
    QTest::addColumn<QString>("kernel");
    QTest::addColumn<int>("processors");
    for (const char* kernel : {"cloud", "standard"})
        for (const int processors : {1, 2, 4, 8})
            QTest::addRow("%s-%d", kernel, processors) << QString(kernel) << processors;
}

void GuestBootTest::bootsAndComputesAsTheHost() {
    QFETCH(QString, kernel);
    QFETCH(int, processors);
    expectBoot({.kernel = kImages + "/" + kernel + "/vmlinuz", .processors = processors},
               allCases());
}

void GuestBootTest::bootsWithTheOldInterruptControllers() {
    expectBoot({.kernel = kImages + "/cloud/vmlinuz", .append = "noapic", .processors = 1},
               {"sorting"});
}

void GuestBootTest::bootsWithoutAcpi_data() {
    QTest::addColumn<QString>("words");
    QTest::addColumn<int>("processors");
    QTest::newRow("noacpi-1") << "pci=noacpi" << 1;
    QTest::newRow("noacpi-2") << "pci=noacpi" << 2;
    QTest::newRow("off-1") << "acpi=off" << 1;
    QTest::newRow("off-2") << "acpi=off" << 2;
}

void GuestBootTest::bootsWithoutAcpi() {
    QFETCH(QString, words);
    QFETCH(int, processors);
    // The cloud kernel can't read the other table.
    GuestMachine machine({.kernel = kImages + "/standard/vmlinuz",
                          .initialRamDisk = kRamDisk,
                          .append = words + " vireo.recipe=cases vireo.cases=sorting",
                          .processors = processors});
    for (const char* const each : {"facts", "sorting", "kernel"})
        QVERIFY2(machine.waitFor(QByteArray("\n@@end ") + each + " 0\n", kSilence) ==
                     GuestMachine::Seen::text,
                 machine.complaints() + machine.output());
    const QByteArray facts = block(machine.output(), "facts");
    QVERIFY2(facts.contains("\nprocessors   " + QByteArray::number(processors) + "\n"), facts);
    const QByteArray kernel = block(machine.output(), "kernel");
    QVERIFY2(kernel.contains("IOAPIC[0]: apic_id 0, version 32, address 0xfec00000, GSI 0-23"),
             kernel);
    static const QRegularExpression kTrouble(
        "^.*(WARNING|BUG|Oops|Call Trace|MPTABLE: bad|timer doesn't work|APIC error"
        "|irq .*: nobody cared).*$",
        QRegularExpression::MultilineOption);
    const auto trouble = kTrouble.match(QString::fromUtf8(kernel));
    QVERIFY2(!trouble.hasMatch(), qPrintable("the kernel complains: " + trouble.captured()));
}

void GuestBootTest::bootsFor32Bits_data() {
    QTest::addColumn<int>("processors");
    QTest::newRow("1") << 1;
    QTest::newRow("2") << 2;
}

void GuestBootTest::bootsFor32Bits() {
    QFETCH(int, processors);
    const QString kernel = kImages + QStringLiteral("/32-bit/vmlinuz");
    if (!QFileInfo::exists(kernel))
        QSKIP(qPrintable(kernel + " is missing: run installer/guest-32-bit.sh"));
    QTemporaryDir folder;
    const QString ramDisk = folder.filePath(QStringLiteral("ram-disk.cpio"));
    QCOMPARE(QProcess::execute(QStringLiteral(VIREO_INITRAMFS),
                               {"--busybox", kImages + QStringLiteral("/32-bit/busybox"), ramDisk,
                                QStringLiteral("cases=" VIREO_CASES "/tools.sh")}),
             0);
    expectBoot({.kernel = kernel, .initialRamDisk = ramDisk, .processors = processors}, {"tools"});
}

void GuestBootTest::bootsTwentyTimesInARow() {
    for (int each = 0; each < 20 && !QTest::currentTestFailed(); ++each) {
        qInfo("boot %d", each + 1);
        expectBoot({.kernel = kImages + "/cloud/vmlinuz", .processors = 4}, {"threads"});
    }
}

void GuestBootTest::bootsOnKvm_data() {
    QTest::addColumn<int>("processors");
    QTest::newRow("1") << 1;
    QTest::newRow("2") << 2;
}

void GuestBootTest::bootsOnKvm() {
    QFETCH(int, processors);
    if (!QFileInfo("/dev/kvm").isReadable())
        QSKIP("/dev/kvm can't be opened here");
    // Where KVM only emulates, a timer interrupt takes longer than the time to the next, so time
    // runs slower; and such a KVM shows the guest the host's XSAVE features whatever CPUID it was
    // given, so neither the kernel nor programs may use them: the kernel without XSAVE leaves the
    // upper halves of a program's YMM registers to the next program. The kernel's tests of its
    // cryptography alone would take as long as the boot.
    const bool emulates = !hypervisor::hostVirtualizes();
    expectBoot(
        {.kernel = kImages + "/cloud/vmlinuz",
         .append = emulates ? "noxsave nowatchdog cryptomgr.notests " + kNoWideVectors : QString(),
         .processors = processors,
         .slowTime = emulates ? 10 : 1,
         .backend = "kvm"},
        {"sorting"}, kSilenceOnKvm);
}

QTEST_GUILESS_MAIN(GuestBootTest)
#include "guest_boot_test.moc"
