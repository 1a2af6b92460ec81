// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QElapsedTimer>
#include <QList>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <chrono>

namespace tests {

/// What runs a guest. The peer takes the same kernel and RAM disk: it tells a fault of the recipes
/// from one of Vireo, and is what the benches compare with.
enum class Launcher { vireo, qemu };

struct GuestSettings {
    /// Empty: the machine boots by its firmware.
    QString kernel{};
    QString initialRamDisk{};
    QStringList furtherRamDisks{};
    /// Images at the SCSI controller; raw ones with the peer, which has virtio's.
    QStringList drives{};
    /// Images of disks at the IDE controllers, raw ones with the peer, and of discs.
    QStringList ideDisks{};
    QStringList ideDiscs{};
    /// The image in the diskette drive; empty: there is none.
    QString diskette{};
    /// A network adapter behind the host's address, with these ports of the host and the guest's
    /// that they lead to.
    QList<std::pair<quint16, quint16>> forwards{};
    /// For Vireo alone: there is such an adapter, and the gateway's address leads to what listens
    /// on the host's 127.0.0.1.
    bool hostLoopback = false;
    /// It is a legacy one: the peer's 21143.
    bool legacyNetwork = false;
    /// For Vireo alone: a legacy adapter that boots by this ROM, from this folder by TFTP.
    QString networkRom{};
    QString tftp{};
    QString bootFile{};
    /// The screen's socket; the peer has a screen that nobody sees then. Without, the firmware's
    /// screen is the serial console.
    QString screen{};
    /// For Vireo alone: where a picture of the screen is left in the end.
    QString screenshot{};
    /// Words for the kernel beside console=ttyS0.
    QString append{};
    int processors = 1;
    int memory = 512;  ///< MiB
    /// For Vireo alone: how many times slower the guest's time runs; auto, kvm or software.
    int slowTime = 1;
    QString backend = qEnvironmentVariable("VIREO_TEST_BACKEND", QStringLiteral("auto"));
    Launcher launcher = Launcher::vireo;
};

/// The rest of each line of a console that begins with "@@`word` ", as recipes report.
[[nodiscard]] QList<QByteArray> said(const QByteArray& output, const QByteArray& word);

/// One machine in a child process with its serial console on our pipes; killed with this object.
class GuestMachine {
  public:
    explicit GuestMachine(const GuestSettings& settings);
    ~GuestMachine();
    GuestMachine(const GuestMachine&) = delete;
    GuestMachine& operator=(const GuestMachine&) = delete;

    /// The program and its arguments.
    [[nodiscard]] static QStringList commandLine(const GuestSettings& settings);

    enum class Seen { text, end, nothing };
    /// Waits until the console shows `text` after what an earlier call found, or the program has
    /// ended, at most until the console was silent for `silence`. A kernel's panic is an end.
    [[nodiscard]] Seen waitFor(const QByteArray& text, std::chrono::milliseconds silence);

    /// True if the program has ended within `limit`.
    [[nodiscard]] bool waitForEnd(std::chrono::milliseconds limit);

    void type(const QByteArray& keys);
    /// From outside, by SIGTERM.
    void end() { process_.terminate(); }

    /// Everything that the console has shown, with line feeds alone at the ends of lines.
    [[nodiscard]] const QByteArray& output() const { return output_; }
    /// From the start of the process to when waitFor() last found its text.
    [[nodiscard]] std::chrono::milliseconds foundAt() const { return foundAt_; }
    [[nodiscard]] qint64 processId() const { return process_.processId(); }
    /// -1 while it runs or when a signal ended it.
    [[nodiscard]] int exitStatus() const;
    /// Of all VPs so far, without halts; 0 for the peer.
    [[nodiscard]] quint64 intercepts();
    /// What the program said on standard error; while it runs, also what its VPs do.
    [[nodiscard]] QByteArray complaints();

  private:
    void readOutput();

    const Launcher launcher_;
    const int processors_;
    QProcess process_;
    QByteArray errors_;
    QElapsedTimer started_;
    QByteArray output_;
    qsizetype searchedTo_ = 0;
    std::chrono::milliseconds foundAt_{0};
};

}  // namespace tests
