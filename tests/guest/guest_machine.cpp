// SPDX-License-Identifier: GPL-3.0-or-later
#include "guest_machine.h"

#include <signal.h>

#include <QDeadlineTimer>
#include <QRegularExpression>

namespace tests {

QList<QByteArray> said(const QByteArray& output, const QByteArray& word) {
    QList<QByteArray> found;
    for (const QByteArray& line : output.split('\n'))
        if (line.startsWith("@@" + word + " "))
            found += line.mid(word.size() + 3);
    return found;
}

GuestMachine::GuestMachine(const GuestSettings& settings)
    : launcher_(settings.launcher), processors_(settings.processors) {
    QStringList arguments = commandLine(settings);
    const QString program = arguments.takeFirst();
    process_.start(program, arguments);
    started_.start();
    process_.waitForStarted();
}

GuestMachine::~GuestMachine() {
    if (process_.state() == QProcess::NotRunning)
        return;
    // SIGTERM first: the program has a child of its own to end.
    process_.terminate();
    if (!process_.waitForFinished(5000)) {
        process_.kill();
        process_.waitForFinished();
    }
}

namespace {

/// The drives at the SCSI controller and the network as virtio's but for a legacy adapter, those at
/// IDE's at the PIIX3.
QStringList peerDevices(const GuestSettings& settings) {
    QStringList more;
    for (const QString& disk : settings.ideDisks)
        more << QStringLiteral("-drive") << QStringLiteral("if=ide,format=raw,file=%1").arg(disk);
    for (qsizetype i = 0; i < settings.ideDiscs.size(); ++i)
        more << QStringLiteral("-drive")
             << QStringLiteral("if=ide,media=cdrom,index=%1,file=%2")
                    .arg(2 + i)
                    .arg(settings.ideDiscs[i]);
    if (!settings.diskette.isEmpty())
        more << QStringLiteral("-drive")
             << QStringLiteral("if=floppy,format=raw,file=%1").arg(settings.diskette);
    for (const QString& drive : settings.drives)
        more << QStringLiteral("-drive")
             << QStringLiteral("if=virtio,format=raw,file=%1").arg(drive);
    if (settings.forwards.isEmpty())
        return more;
    QString network = QStringLiteral("user,id=net");
    for (const auto& [host, guest] : settings.forwards)
        network += QStringLiteral(",hostfwd=tcp:127.0.0.1:%1-:%2").arg(host).arg(guest);
    more << QStringLiteral("-netdev") << network << QStringLiteral("-device")
         << (settings.legacyNetwork ? QStringLiteral("tulip,netdev=net")
                                    : QStringLiteral("virtio-net-pci,netdev=net,romfile="));
    return more;
}

QStringList peerBoot(const GuestSettings& settings, const QString& append) {
    QStringList more;
    if (!settings.screen.isEmpty())
        more << QStringLiteral("-vga") << QStringLiteral("std");
    else
        more << QStringLiteral("-machine") << QStringLiteral("pc,graphics=off");
    if (!settings.kernel.isEmpty())
        more << QStringLiteral("-kernel") << settings.kernel << QStringLiteral("-initrd")
             << settings.initialRamDisk << QStringLiteral("-append") << append;
    return more;
}

}  // namespace

QStringList GuestMachine::commandLine(const GuestSettings& settings) {
    const QString append = QStringLiteral("console=ttyS0 ") + settings.append;
    if (settings.launcher == Launcher::qemu)
        return QStringList{QStringLiteral("qemu-system-x86_64"),
                           QStringLiteral("-accel"),
                           settings.processors > 1 ? QStringLiteral("tcg,thread=multi")
                                                   : QStringLiteral("tcg"),
                           QStringLiteral("-nodefaults"),
                           QStringLiteral("-display"),
                           QStringLiteral("none"),
                           QStringLiteral("-serial"),
                           QStringLiteral("stdio"),
                           QStringLiteral("-no-reboot"),
                           QStringLiteral("-m"),
                           QString::number(settings.memory),
                           QStringLiteral("-smp"),
                           QString::number(settings.processors)} +
               peerBoot(settings, append) + peerDevices(settings);
    QStringList more;
    if (!settings.forwards.isEmpty() || settings.hostLoopback)
        more << (settings.legacyNetwork ? QStringLiteral("--legacy-network")
                                        : QStringLiteral("--network"))
             << QStringLiteral("nat");
    if (!settings.networkRom.isEmpty())
        more << QStringLiteral("--legacy-network") << QStringLiteral("nat")
             << QStringLiteral("--network-rom") << settings.networkRom;
    if (!settings.tftp.isEmpty())
        more << QStringLiteral("--tftp") << settings.tftp;
    if (!settings.bootFile.isEmpty())
        more << QStringLiteral("--boot-file") << settings.bootFile;
    for (const auto& [host, guest] : settings.forwards)
        more << QStringLiteral("--forward") << QStringLiteral("tcp:%1:%2").arg(host).arg(guest);
    if (settings.hostLoopback)
        more << QStringLiteral("--host-loopback");
    if (!settings.screen.isEmpty())
        more << QStringLiteral("--screen") << settings.screen;
    if (!settings.screenshot.isEmpty())
        more << QStringLiteral("--screenshot") << settings.screenshot;
    for (const QString& drive : settings.drives)
        more << QStringLiteral("--scsi") << drive;
    for (const QString& disk : settings.ideDisks)
        more << QStringLiteral("--disk") << disk;
    for (const QString& disc : settings.ideDiscs)
        more << QStringLiteral("--cdrom") << disc;
    if (!settings.diskette.isEmpty())
        more << QStringLiteral("--floppy") << settings.diskette;
    if (!settings.kernel.isEmpty())
        more << QStringLiteral("--kernel") << settings.kernel << QStringLiteral("--initrd")
             << settings.initialRamDisk << QStringLiteral("--append") << append;
    for (const QString& disk : settings.furtherRamDisks)
        more << QStringLiteral("--initrd") << disk;
    return QStringList{QStringLiteral(VIREO_PROGRAM),
                       QStringLiteral("run"),
                       QStringLiteral("--vps"),
                       QString::number(settings.processors),
                       QStringLiteral("--memory"),
                       QString::number(settings.memory) + QStringLiteral("M"),
                       QStringLiteral("--backend"),
                       settings.backend,
                       QStringLiteral("--slow-time"),
                       QString::number(settings.slowTime)} +
           more;
}

GuestMachine::Seen GuestMachine::waitFor(const QByteArray& text,
                                         std::chrono::milliseconds silence) {
    static const QByteArray kPanic = "Kernel panic - not syncing";
    while (true) {
        readOutput();
        const qsizetype found = output_.indexOf(text, searchedTo_);
        if (found >= 0) {
            searchedTo_ = found + text.size();
            foundAt_ = std::chrono::milliseconds(started_.elapsed());
            return Seen::text;
        }
        if (output_.indexOf(kPanic, searchedTo_) >= 0)
            return Seen::end;
        if (!process_.waitForReadyRead(static_cast<int>(silence.count()))) {
            readOutput();
            if (output_.indexOf(text, searchedTo_) >= 0)
                continue;
            return process_.state() == QProcess::NotRunning ? Seen::end : Seen::nothing;
        }
    }
}

bool GuestMachine::waitForEnd(std::chrono::milliseconds limit) {
    if (process_.state() != QProcess::NotRunning)
        process_.waitForFinished(static_cast<int>(limit.count()));
    readOutput();
    return process_.state() == QProcess::NotRunning;
}

void GuestMachine::type(const QByteArray& keys) {
    process_.write(keys);
    process_.waitForBytesWritten();
}

int GuestMachine::exitStatus() const {
    return process_.state() == QProcess::NotRunning && process_.exitStatus() == QProcess::NormalExit
               ? process_.exitCode()
               : -1;
}

QByteArray GuestMachine::complaints() {
    // One that hangs shows what its processors do.
    if (process_.state() == QProcess::Running && launcher_ == Launcher::vireo) {
        ::kill(static_cast<pid_t>(process_.processId()), SIGUSR1);
        QDeadlineTimer limit(5000);
        while (!errors_.contains("intercepts:") && !limit.hasExpired()) {
            process_.waitForReadyRead(100);
            readOutput();
            errors_ += process_.readAllStandardError();
        }
    }
    if (process_.error() == QProcess::FailedToStart)
        return "cannot start " + process_.program().toUtf8() + ": " +
               process_.errorString().toUtf8() + "\n";
    return errors_ + process_.readAllStandardError();
}

quint64 GuestMachine::intercepts() {
    if (launcher_ != Launcher::vireo || process_.state() != QProcess::Running)
        return 0;
    errors_.clear();
    ::kill(static_cast<pid_t>(process_.processId()), SIGUSR1);
    QDeadlineTimer limit(10'000);
    const auto isComplete = [this] {
        const auto last = errors_.lastIndexOf("intercepts:");
        return errors_.count("intercepts:") == processors_ && errors_.indexOf('\n', last) > 0;
    };
    while (!isComplete() && !limit.hasExpired()) {
        process_.waitForReadyRead(20);
        readOutput();
        errors_ += process_.readAllStandardError();
    }
    static const QRegularExpression kCount(
        QStringLiteral("(?:I/O instructions|MMIO|MSR|CPUID|hypercalls|emulated|other) (\\d+)"));
    quint64 sum = 0;
    for (auto found = kCount.globalMatch(QString::fromUtf8(errors_)); found.hasNext();)
        sum += found.next().captured(1).toULongLong();
    return sum;
}

void GuestMachine::readOutput() {
    output_ += process_.readAllStandardOutput().replace('\r', QByteArray());
}

}  // namespace tests
