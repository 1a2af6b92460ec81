// SPDX-License-Identifier: GPL-3.0-or-later
//
// Emulated devices of generation 1 under load, with the drivers of Debian's kernels, in `vireo
// run`.
#include <QCryptographicHash>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include "guest_machine.h"
#include "transfer.h"

using namespace std::chrono_literals;
using tests::GuestMachine;
using tests::GuestSettings;
using tests::said;

namespace {

const QString kImages = QStringLiteral(VIREO_GUEST_IMAGES);
const QString kRamDisk = QStringLiteral(VIREO_TEST_RAM_DISK);
const QString kDrivers = kImages + QStringLiteral("/drivers.cpio");
constexpr std::chrono::milliseconds kSilence = 180s;

GuestSettings settingsOf(const QString& kernel, int processors, const QString& words) {
    GuestSettings settings;
    settings.kernel = kImages + "/" + kernel + QStringLiteral("/vmlinuz");
    settings.initialRamDisk = kRamDisk;
    settings.furtherRamDisks = {kDrivers};
    settings.processors = processors;
    settings.append = QStringLiteral("quiet ") + words;
    return settings;
}

bool waitFor(GuestMachine& machine, const char* text) {
    if (machine.waitFor(text, kSilence) == GuestMachine::Seen::text)
        return true;
    qWarning("no %s\n%s\n%s", text, machine.output().constData(), machine.complaints().constData());
    return false;
}

}  // namespace

class GuestStressTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void ideDrivesAreKeptBusy_data();
    void ideDrivesAreKeptBusy();
    void aLegacyAdapterComesAndGoes_data();
    void aLegacyAdapterComesAndGoes();

  private:
    /// A file of that many MiB that the worker, which may be nobody, can write.
    [[nodiscard]] QString makeImage(const QString& name, int mebibytes);

    QTemporaryDir folder_;
};

void GuestStressTest::initTestCase() {
    for (const QString& file : {kImages + QStringLiteral("/cloud/vmlinuz"),
                                kImages + QStringLiteral("/standard/vmlinuz"), kRamDisk, kDrivers})
        if (!QFileInfo::exists(file))
            QSKIP(qPrintable(file + " is missing: run installer/guest-images.sh and build again"));
}

QString GuestStressTest::makeImage(const QString& name, int mebibytes) {
    QFile file(folder_.filePath(name));
    const bool made = file.open(QIODevice::WriteOnly) && file.resize(qint64{mebibytes} << 20) &&
                      file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther |
                                          QFile::WriteOther);
    return made ? file.fileName() : QString();
}

void GuestStressTest::ideDrivesAreKeptBusy_data() {
    QTest::addColumn<int>("processors");
    QTest::addColumn<QString>("force");
    QTest::addColumn<QByteArray>("mode");
    QTest::addColumn<int>("seconds");
    const QByteArray ultra = "XFER_UDMA_2 XFER_PIO_4";
    const QByteArray programmed = "XFER_PIO_4";
    for (const int processors : {1, 2}) {
        QTest::addRow("udma-%d", processors) << processors << "none" << ultra << 8;
        QTest::addRow("pio-%d", processors) << processors << "pio4" << programmed << 8;
        QTest::addRow("long-udma-%d", processors) << processors << "none" << ultra << 120;
        QTest::addRow("long-pio-%d", processors) << processors << "pio4" << programmed << 120;
    }
}

void GuestStressTest::ideDrivesAreKeptBusy() {
    QFETCH(int, processors);
    QFETCH(QString, force);
    QFETCH(QByteArray, mode);
    QFETCH(int, seconds);
    QByteArray blocks;
    for (int block = 0; block < 3000; ++block)
        blocks += QByteArray::number(block * 7919).rightJustified(2048, static_cast<char>(block));
    QFile disc(folder_.filePath(QStringLiteral("disc.iso")));
    QVERIFY(disc.open(QIODevice::WriteOnly) && disc.write(blocks) == blocks.size());
    disc.close();
    const QString files = makeImage(QStringLiteral("files.img"), 64);
    QCOMPARE(QProcess::execute(QStringLiteral("mkfs.ext4"), {"-q", "-F", files}), 0);
    GuestSettings settings =
        settingsOf(QStringLiteral("cloud"), processors,
                   QStringLiteral("vireo.recipe=ide_stress vireo.seconds=%1 vireo.force=%2")
                       .arg(seconds)
                       .arg(force));
    settings.ideDisks = {makeImage(QStringLiteral("first.img"), 6), files,
                         makeImage(QStringLiteral("third.img"), 6)};
    settings.ideDiscs = {disc.fileName()};
    GuestMachine machine(settings);
    QVERIFY(waitFor(machine, "@@done"));
    const QByteArray output = machine.output();
    QVERIFY2(!output.contains("@@failed"), output.constData());
    const auto modes = said(output, "mode");
    QCOMPARE(modes.size(), 4);
    for (const QByteArray& each : modes)
        QVERIFY2(each.contains(mode) && (force == "none" || !each.contains("XFER_UDMA")),
                 each.constData());
    const auto churned = said(output, "churned");
    QCOMPARE(churned.size(), 2);
    for (const QByteArray& each : churned) {
        qInfo("%s", each.constData());
        QVERIFY2(each.startsWith("operations") && each.endsWith(" wrong 0"), each.constData());
    }
    QCOMPARE(
        said(output, "discs"),
        QList<QByteArray>{QCryptographicHash::hash(blocks, QCryptographicHash::Sha256).toHex()});
    QVERIFY(said(output, "files").value(0).toInt() > 3);
    static const QRegularExpression kComplaint(
        QStringLiteral("error|exception|failed|timed? ?out|frozen|reset|I/O err|lost interrupt"),
        QRegularExpression::CaseInsensitiveOption);
    for (const QByteArray& line : said(output, "log"))
        QVERIFY2(!kComplaint.match(QString::fromUtf8(line)).hasMatch(), line.constData());
    QVERIFY(machine.waitForEnd(60s));
    QCOMPARE(machine.exitStatus(), 0);
    QCOMPARE(QProcess::execute(QStringLiteral("e2fsck"), {"-fn", files}), 0);
}

void GuestStressTest::aLegacyAdapterComesAndGoes_data() {
    QTest::addColumn<int>("processors");
    QTest::addColumn<int>("turns");
    QTest::addColumn<int>("connections");
    QTest::addColumn<qint64>("bytes");
    QTest::newRow("1") << 1 << 8 << 20 << qint64{64} * 1024;
    QTest::newRow("long-1") << 1 << 40 << 40 << qint64{1} * 1024 * 1024;
    QTest::newRow("long-2") << 2 << 40 << 40 << qint64{1} * 1024 * 1024;
}

void GuestStressTest::aLegacyAdapterComesAndGoes() {
    QFETCH(int, processors);
    QFETCH(int, turns);
    QFETCH(int, connections);
    QFETCH(qint64, bytes);
    constexpr int kReloads = 3;
    GuestSettings settings =
        settingsOf(QStringLiteral("standard"), processors,
                   QStringLiteral("vireo.recipe=network_stress vireo.turns=%1 vireo.reloads=%2")
                       .arg(turns)
                       .arg(kReloads));
    const quint16 port = tests::freePort();
    settings.forwards = {{port, 7}};
    settings.legacyNetwork = true;
    GuestMachine machine(settings);
    QVERIFY(waitFor(machine, "@@listens at 7"));
    QCOMPARE(tests::exchangeWith(port, connections, bytes), connections);
    machine.type("\n");
    QVERIFY(waitFor(machine, "@@turned"));
    QCOMPARE(tests::exchangeWith(port, connections, bytes), connections);
    for (int turn = 0; turn < kReloads; ++turn) {
        machine.type("\n");
        QVERIFY(waitFor(machine, "@@reloaded"));
        QCOMPARE(tests::exchangeWith(port, connections, bytes), connections);
    }
    machine.type("\n");
    QVERIFY(waitFor(machine, "@@done"));
    const QByteArray output = machine.output();
    for (const char* const counter : {"rx_dropped", "tx_dropped"})
        QCOMPARE(said(output, counter), QList<QByteArray>{"0"});
    static const QRegularExpression kComplaint(
        QStringLiteral("error|nobody cared|unable|invalid|timed out|WATCHDOG"),
        QRegularExpression::CaseInsensitiveOption);
    for (const QByteArray& line : said(output, "log"))
        QVERIFY2(!kComplaint.match(QString::fromUtf8(line)).hasMatch(), line.constData());
    QVERIFY(machine.waitForEnd(60s));
    QCOMPARE(machine.exitStatus(), 0);
}

QTEST_GUILESS_MAIN(GuestStressTest)
#include "guest_stress_test.moc"
