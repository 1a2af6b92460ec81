// SPDX-License-Identifier: GPL-3.0-or-later
//
// device_bench: a disk and the network under load in a guest of Vireo, with Hyper-V's drivers, and
// in one of QEMU's TCG, with virtio's, the disk at both's emulated IDE and the network by both's
// emulated DEC adapters; the same kernel and the same image, in turns, as tables.
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
#include <algorithm>
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
using tests::processorTime;

constexpr std::chrono::milliseconds kSilence = 180s;
const std::vector<std::string> kDiskModes{"random-read", "random-write", "sequential-read",
                                          "sequential-write"};

/// With the byte that tells the peer, in the recipe's order.
const std::vector<std::pair<std::string, char>> kNetwork{
    {"send", 's'}, {"receive", 'r'}, {"ask", 'a'}};
const std::vector<std::string> kNetworkModes{"send", "receive", "ask"};

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

struct Load {
    double perSecond = 0;
    double megabytes = 0;   ///< a second
    double processor = 0;   ///< microseconds of the host for each operation
    double intercepts = 0;  ///< for each operation; Vireo alone
};
using Loads = std::map<std::string, Load>;

std::vector<std::string> modesOf(const GuestSettings& settings) {
    std::vector<std::string> modes;
    if (!settings.drives.isEmpty() || !settings.ideDisks.isEmpty())
        modes = kDiskModes;
    if (!settings.forwards.isEmpty())
        modes.insert(modes.end(), kNetworkModes.begin(), kNetworkModes.end());
    return modes;
}

std::nullopt_t failed(GuestMachine& machine, const std::string& what) {
    fmt::print(stderr, "{}:\n{}\n{}\n", what, machine.output().right(2000).toStdString(),
               machine.complaints().toStdString());
    return std::nullopt;
}

std::optional<Loads> run(const GuestSettings& settings) {
    GuestMachine machine(settings);
    const auto comesTo = [&](const std::string& text) {
        return machine.waitFor(QByteArray::fromStdString(text), kSilence) ==
               GuestMachine::Seen::text;
    };
    Loads loads;
    for (const std::string& mode : modesOf(settings)) {
        if (!comesTo("@@begin " + mode))
            return failed(machine, "the guest does not come to " + mode);
        const double before = processorTime(machine.processId());
        const quint64 interceptsBefore = machine.intercepts();
        machine.type("\n");
        std::optional<Peer> peer;
        if (const auto found =
                std::ranges::find(kNetwork, mode, &std::pair<std::string, char>::first);
            found != kNetwork.end()) {
            if (!comesTo("@@listens"))
                return failed(machine, "the guest does not listen for " + mode);
            peer.emplace(settings.forwards[0].first, found->second);
        }
        const std::string word = "\n@@result " + mode + " ";
        if (!comesTo(word) || !comesTo("\n"))
            return failed(machine, "the guest has no result of " + mode);
        const quint64 intercepts = machine.intercepts() - interceptsBefore;
        const double processor = processorTime(machine.processId()) - before;
        const QByteArray output = machine.output();
        const auto from = output.indexOf(word) + static_cast<qsizetype>(word.size());
        const auto words = output.mid(from, output.indexOf('\n', from) - from).split(' ');
        const double operations = words.value(0).toDouble();
        const double seconds = words.value(2).toDouble();
        if (operations == 0 || seconds == 0)
            return failed(machine, mode + " has moved nothing");
        loads[mode] = {operations / seconds, words.value(1).toDouble() / seconds / 1e6,
                       processor * 1e6 / operations, static_cast<double>(intercepts) / operations};
        machine.type("\n");
    }
    if (!machine.waitForEnd(60s))
        return failed(machine, "the guest does not power off");
    return loads;
}

/// Ours and the peer's, or ours of two kinds, in turns.
struct Contender {
    std::string name;
    GuestSettings settings;
    std::vector<Loads> turns{};

    [[nodiscard]] double median(const std::string& mode, double Load::*value) const {
        std::vector<double> values;
        for (const Loads& turn : turns)
            values.push_back(turn.at(mode).*value);
        return tests::median(values);
    }
    /// The median of the turns' ratios to the other's.
    [[nodiscard]] double ratio(const Contender& other, const std::string& mode,
                               double Load::*value) const {
        std::vector<double> values;
        for (std::size_t turn = 0; turn < turns.size(); ++turn)
            values.push_back(turns[turn].at(mode).*value / other.turns[turn].at(mode).*value);
        return tests::median(values);
    }
};

void print(const Contender& one, const Contender& other, const std::vector<std::string>& modes) {
    fmt::print("\n{:<18}{:>12}{:>12}{:>8}{:>12}{:>12}{:>8}{:>12}{:>12}\n",
               one.name + " : " + other.name, "a second", "a second", "ratio", "us", "us", "ratio",
               "intercepts", "intercepts");
    for (const std::string& mode : modes) {
        const bool isStream = mode == "send" || mode == "receive";
        double Load::*const rate = isStream ? &Load::megabytes : &Load::perSecond;
        fmt::print("{:<18}{:>12.1f}{:>12.1f}{:>8.2f}{:>12.1f}{:>12.1f}{:>8.2f}{:>12.2f}{:>12.2f}\n",
                   isStream ? mode + " (MB)" : mode, one.median(mode, rate),
                   other.median(mode, rate), one.ratio(other, mode, rate),
                   one.median(mode, &Load::processor), other.median(mode, &Load::processor),
                   one.ratio(other, mode, &Load::processor), one.median(mode, &Load::intercepts),
                   other.median(mode, &Load::intercepts));
    }
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
                        {"only", "ide or legacy-network.", "WHAT"},
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
                   "(installer/guest-images.sh) and QEMU (installer/packages.sh test)\n");
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
    ours.backend = QStringLiteral("software");
    ours.append = QStringLiteral("quiet vireo.recipe=device_bench vireo.seconds=%1")
                      .arg(options.value("seconds"));
    GuestSettings oursAtIde = ours;
    oursAtIde.ideDisks = {disk};
    // The cloud kernel has no driver of it.
    GuestSettings oursByTulip = ours;
    oursByTulip.kernel = images + QStringLiteral("/standard/vmlinuz");
    oursByTulip.forwards = {{tests::freePort(), 7}};
    oursByTulip.legacyNetwork = true;
    oursByTulip.append += QStringLiteral(" vireo.network=legacy vireo.disk=no");
    ours.drives = {disk};
    ours.forwards = {{tests::freePort(), 7}};
    ours.append += QStringLiteral(" vireo.network=yes");
    const auto peerOf = [&joined](GuestSettings settings) {
        settings.launcher = Launcher::qemu;
        settings.initialRamDisk = joined;
        return settings;
    };
    Contender vmbus{"VMBus", ours};
    Contender virtio{"virtio", peerOf(ours)};
    Contender ide{"IDE", oursAtIde};
    Contender peerIde{"QEMU's IDE", peerOf(oursAtIde)};
    Contender tulip{"21140A", oursByTulip};
    Contender peerTulip{"QEMU's", peerOf(oursByTulip)};
    std::vector<Contender*> contenders;
    const QString only = options.value("only");
    if (only.isEmpty())
        contenders = {&vmbus, &virtio};
    if (only != "legacy-network")
        contenders.insert(contenders.end(), {&ide, &peerIde});
    if (only != "ide")
        contenders.insert(contenders.end(), {&tulip, &peerTulip});
    for (int turn = 0; turn < runs; ++turn)
        for (Contender* const each : contenders) {
            auto loads = run(each->settings);
            if (!loads)
                return 1;
            each->turns.push_back(std::move(*loads));
        }
    fmt::print(
        "A second: operations, or MB where it says so. us: of the host's processors for each "
        "operation.\n");
    if (!vmbus.turns.empty()) {
        print(vmbus, virtio, modesOf(ours));
        print(vmbus, ide, kDiskModes);
    }
    if (!ide.turns.empty())
        print(ide, peerIde, kDiskModes);
    if (!tulip.turns.empty())
        print(tulip, peerTulip, kNetworkModes);
    return 0;
}
