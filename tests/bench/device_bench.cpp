// SPDX-License-Identifier: GPL-3.0-or-later
//
// device_bench: a disk and the network under load in a guest of Vireo, with Hyper-V's drivers, and
// in one of QEMU's TCG, with virtio's; the same kernel and the same image, in turns, as a table.
// docs/testing.md says how to read it.
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QFile>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "guest_machine.h"
#include "measurement.h"
#include "transfer.h"
#include "worker_memory.h"

using namespace std::chrono_literals;

namespace {

using tests::GuestMachine;
using tests::GuestSettings;
using tests::Launcher;

constexpr std::chrono::milliseconds kSilence = 180s;
constexpr std::array kModes{
    "random-read", "random-write", "sequential-read", "sequential-write", "send", "receive", "ask"};

const std::map<std::string, char> kNetwork{{"send", 's'}, {"receive", 'r'}, {"ask", 'a'}};

/// The other end of a network load: connects to the guest and takes, gives or answers until it
/// closes the connection.
class Peer {
  public:
    Peer(quint16 port, char mode) : thread_([port, mode] { serve(port, mode); }) {}
    ~Peer() { thread_.join(); }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

  private:
    static void serve(quint16 port, char mode) {
        const int guest = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        const int now = 1;
        ::setsockopt(guest, IPPROTO_TCP, TCP_NODELAY, &now, sizeof now);
        std::vector<char> piece(64 * 1024);
        if (::connect(guest, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
            if (mode == 's')
                while (::recv(guest, piece.data(), piece.size(), 0) > 0) {
                }
            else if (mode == 'r')
                while (::send(guest, piece.data(), piece.size(), MSG_NOSIGNAL) > 0) {
                }
            else
                while (::recv(guest, piece.data(), 1, 0) > 0 &&
                       ::send(guest, piece.data(), 1, MSG_NOSIGNAL) > 0) {
                }
        }
        ::close(guest);
    }

    std::thread thread_;
};

/// Of all of a machine's processes, in seconds.
double processorTime(qint64 process) {
    double ticks = 0;
    for (const qint64 one : tests::family(process)) {
        QFile file(QStringLiteral("/proc/%1/stat").arg(one));
        if (!file.open(QIODevice::ReadOnly))
            continue;
        // Behind the name, which may have spaces.
        const QByteArray line = file.readAll();
        const auto words = line.mid(line.lastIndexOf(')') + 2).split(' ');
        ticks += words.value(11).toDouble() + words.value(12).toDouble();
    }
    return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

struct Load {
    double perSecond = 0;
    double megabytes = 0;   ///< a second
    double processor = 0;   ///< microseconds of the host for each operation
    double intercepts = 0;  ///< for each operation; Vireo alone
};
using Loads = std::map<std::string, Load>;

std::optional<Loads> run(const GuestSettings& settings) {
    GuestMachine machine(settings);
    Loads loads;
    for (const std::string mode : kModes) {
        if (machine.waitFor(QByteArray::fromStdString("\n@@begin " + mode), kSilence) !=
            GuestMachine::Seen::text) {
            fmt::print(stderr, "the guest does not come to {}:\n{}\n{}\n", mode,
                       machine.output().right(2000).toStdString(),
                       machine.complaints().toStdString());
            return std::nullopt;
        }
        const double before = processorTime(machine.processId());
        const quint64 interceptsBefore = machine.intercepts();
        machine.type("\n");
        std::optional<Peer> peer;
        if (const auto found = kNetwork.find(mode); found != kNetwork.end()) {
            if (machine.waitFor("@@listens", kSilence) != GuestMachine::Seen::text)
                return std::nullopt;
            peer.emplace(settings.forwards[0].first, found->second);
        }
        const QByteArray word = QByteArray::fromStdString("\n@@result " + mode + " ");
        if (machine.waitFor(word, kSilence) != GuestMachine::Seen::text ||
            machine.waitFor("\n", kSilence) != GuestMachine::Seen::text)
            return std::nullopt;
        const quint64 intercepts = machine.intercepts() - interceptsBefore;
        const double processor = processorTime(machine.processId()) - before;
        const QByteArray output = machine.output();
        const auto from = output.indexOf(word) + word.size();
        const auto words = output.mid(from, output.indexOf('\n', from) - from).split(' ');
        const double operations = words.value(0).toDouble();
        const double seconds = words.value(2).toDouble();
        if (operations == 0 || seconds == 0)
            return std::nullopt;
        loads[mode] = {operations / seconds, words.value(1).toDouble() / seconds / 1e6,
                       processor * 1e6 / operations, static_cast<double>(intercepts) / operations};
        machine.type("\n");
    }
    if (!machine.waitForEnd(60s))
        return std::nullopt;
    return loads;
}

double medianOf(const std::vector<Loads>& runs, const std::string& mode, double Load::*value) {
    std::vector<double> values;
    for (const Loads& one : runs)
        values.push_back(one.at(mode).*value);
    return tests::median(values);
}

/// The median of the turns' ratios.
double ratio(const std::vector<Loads>& ours, const std::vector<Loads>& theirs,
             const std::string& mode, double Load::*value) {
    std::vector<double> values;
    for (std::size_t turn = 0; turn < ours.size(); ++turn)
        values.push_back(ours[turn].at(mode).*value / theirs[turn].at(mode).*value);
    return tests::median(values);
}

/// The second RAM disk behind the first, for who takes one only.
bool join(const QStringList& disks, const QString& to) {
    QFile file(to);
    if (!file.open(QIODevice::WriteOnly))
        return false;
    for (const QString& name : disks) {
        QFile disk(name);
        if (!disk.open(QIODevice::ReadOnly) || file.write(disk.readAll()) < 0)
            return false;
    }
    return true;
}

}  // namespace

int main(int count, char** arguments) {
    const QCoreApplication application(count, arguments);
    QCommandLineParser options;
    options.addHelpOption();
    options.addOptions({{"runs", "How often each; medians are reported.", "N", "3"},
                        {"seconds", "Of each load.", "N", "3"},
                        {"processors", "Of the guest.", "N", "1"},
                        {"kernel", "cloud or standard.", "NAME", "cloud"}});
    options.process(application);
    const int runs = options.value("runs").toInt();
    const QString images = QStringLiteral(VIREO_GUEST_IMAGES);
    const QString kernel = images + "/" + options.value("kernel") + "/vmlinuz";
    const QString drivers = images + "/drivers.cpio";
    QTemporaryDir folder;
    const QString disk = folder.filePath("disk.img");
    const QString joined = folder.filePath("ram-disk.cpio");
    if (runs < 1 || !QFile::exists(kernel) || !QFile::exists(drivers) ||
        QStandardPaths::findExecutable("qemu-system-x86_64").isEmpty() ||
        !join({QStringLiteral(VIREO_BENCH_RAM_DISK), drivers}, joined)) {
        fmt::print(stderr,
                   "device_bench: needs --runs of at least 1, the guest images "
                   "(installer/guest-images.sh) and QEMU (installer/packages.sh bench)\n");
        return 2;
    }
    {
        // Written, so that no load finds holes.
        QFile file(disk);
        if (!file.open(QIODevice::WriteOnly))
            return 2;
        const QByteArray part(1 << 20, 'v');
        for (int i = 0; i < 256; ++i)
            file.write(part);
    }
    GuestSettings ours;
    ours.kernel = kernel;
    ours.processors = options.value("processors").toInt();
    ours.initialRamDisk = QStringLiteral(VIREO_BENCH_RAM_DISK);
    ours.furtherRamDisks = {drivers};
    ours.drives = {disk};
    ours.forwards = {{tests::freePort(), 7}};
    ours.backend = QStringLiteral("software");
    ours.append = QStringLiteral("quiet vireo.recipe=device_bench vireo.seconds=%1")
                      .arg(options.value("seconds"));
    GuestSettings theirs = ours;
    theirs.launcher = Launcher::qemu;
    theirs.initialRamDisk = joined;

    std::vector<Loads> vireo, qemu;
    for (int turn = 0; turn < runs; ++turn) {
        auto first = run(ours);
        auto second = run(theirs);
        if (!first || !second)
            return 1;
        vireo.push_back(std::move(*first));
        qemu.push_back(std::move(*second));
    }
    fmt::print("{:<18}{:>11}{:>11}{:>8}{:>11}{:>11}{:>8}{:>11}\n", "", "Vireo /s", "virtio /s",
               "ratio", "Vireo us", "virtio us", "ratio", "intercepts");
    for (const std::string mode : kModes) {
        const bool isStream = mode == "send" || mode == "receive";
        double Load::*const rate = isStream ? &Load::megabytes : &Load::perSecond;
        fmt::print("{:<18}{:>11.1f}{:>11.1f}{:>8.2f}{:>11.1f}{:>11.1f}{:>8.2f}{:>11.2f}\n",
                   isStream ? mode + " (MB)" : mode, medianOf(vireo, mode, rate),
                   medianOf(qemu, mode, rate), ratio(vireo, qemu, mode, rate),
                   medianOf(vireo, mode, &Load::processor), medianOf(qemu, mode, &Load::processor),
                   ratio(vireo, qemu, mode, &Load::processor),
                   medianOf(vireo, mode, &Load::intercepts));
    }
    return 0;
}
