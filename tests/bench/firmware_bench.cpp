// SPDX-License-Identifier: GPL-3.0-or-later
//
// firmware_bench: what a machine of generation 1 takes to its boot loader, what text costs that
// scrolls on its VGA, in Vireo and in QEMU's TCG in turns, and what a screen costs that stands
// still. docs/testing.md says how to read it.
#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QFile>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "guest_machine.h"
#include "measurement.h"
#include "worker_memory.h"

using namespace std::chrono_literals;
using tests::GuestMachine;
using tests::GuestSettings;
using tests::Launcher;

namespace {

constexpr std::chrono::milliseconds kSilence = 120s;
const QString kRescue = QStringLiteral(VIREO_GUEST_IMAGES "/grub/usr/lib/grub-rescue/");

GuestSettings ours() {
    GuestSettings settings;
    settings.memory = 128;
    settings.backend = QStringLiteral("software");
    return settings;
}

GuestSettings peerOf(GuestSettings settings) {
    settings.launcher = Launcher::qemu;
    return settings;
}

/// When each of the texts has come, one after the other, in seconds since the start; nothing where
/// one has not.
std::optional<std::vector<double>> times(GuestMachine& machine,
                                         const std::vector<QByteArray>& texts) {
    std::vector<double> found;
    for (const QByteArray& text : texts) {
        if (machine.waitFor(text, kSilence) != GuestMachine::Seen::text) {
            fmt::print(stderr, "no {}:\n{}\n{}\n", text.toStdString(),
                       machine.output().toStdString(), machine.complaints().toStdString());
            return std::nullopt;
        }
        found.push_back(std::chrono::duration<double>(machine.foundAt()).count());
    }
    return found;
}

/// Ours and the peer's in turns; seconds, and the median of the turns' ratios of ours to the
/// peer's.
struct Row {
    std::string name;
    std::vector<double> ours{};
    std::vector<double> peers{};

    void add(double own, double peer) {
        ours.push_back(own);
        peers.push_back(peer);
    }
    void print() const {
        std::vector<double> ratios;
        for (std::size_t turn = 0; turn < ours.size(); ++turn)
            ratios.push_back(ours[turn] / peers[turn]);
        fmt::print("{:<34}{:>10.3f}{:>10.3f}{:>8.2f}\n", name, tests::median(ours),
                   tests::median(peers), tests::median(ratios));
    }
};

bool compareBoots(int runs, const QString& folder) {
    std::vector<std::pair<Row, GuestSettings>> rows;
    const auto add = [&rows](std::string name, GuestSettings settings) {
        rows.emplace_back(Row{std::move(name)}, std::move(settings));
    };
    GuestSettings settings = ours();
    settings.ideDiscs = {kRescue + QStringLiteral("grub-rescue-cdrom.iso")};
    add("start to the boot loader, DVD", settings);
    settings = ours();
    const QString disk = folder + QStringLiteral("/rescue.img");
    QFile::copy(kRescue + QStringLiteral("grub-rescue-usb.img"), disk);
    QFile::setPermissions(
        disk, QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther | QFile::WriteOther);
    settings.ideDisks = {disk};
    add("start to the boot loader, disk", settings);
    for (auto& [row, each] : rows) {
        Row menu{row.name + ", menu"};
        for (int turn = 0; turn < runs; ++turn) {
            std::array<std::vector<double>, 2> found;
            for (const bool isPeer : {false, true}) {
                GuestMachine machine(isPeer ? peerOf(each) : each);
                auto seen = times(machine, {"GRUB", "GNU GRUB"});
                if (!seen)
                    return false;
                found[isPeer ? 1 : 0] = *seen;
            }
            row.add(found[0][0], found[1][0]);
            menu.add(found[0][1], found[1][1]);
        }
        row.print();
        menu.print();
    }
    return true;
}

/// The boot sector, on a disk.
std::optional<QString> makeScrollDisk(const QString& folder) {
    QFile sector(QStringLiteral(VIREO_SCROLL_GUEST));
    QFile disk(folder + QStringLiteral("/scroll.img"));
    if (!sector.open(QIODevice::ReadOnly) || !disk.open(QIODevice::WriteOnly) ||
        disk.write(sector.readAll()) != 512 || !disk.resize(1 << 20) ||
        !disk.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther |
                             QFile::WriteOther))
        return std::nullopt;
    return disk.fileName();
}

bool compareScrolling(int runs, const GuestSettings& settings) {
    Row firmware{"600 lines by the firmware"};
    Row moved{"6,000 lines moved by the guest"};
    for (int turn = 0; turn < runs; ++turn) {
        std::array<std::vector<double>, 2> found;
        for (const bool isPeer : {false, true}) {
            GuestMachine machine(isPeer ? peerOf(settings) : settings);
            auto seen = times(machine, {"@1", "@2", "@3"});
            if (!seen)
                return false;
            found[isPeer ? 1 : 0] = *seen;
        }
        firmware.add(found[0][1] - found[0][0], found[1][1] - found[1][0]);
        moved.add(found[0][2] - found[0][1], found[1][2] - found[1][1]);
    }
    firmware.print();
    moved.print();
    return true;
}

/// A viewer of a screen that has seen all of it, and asks for what changes.
class Viewer {
  public:
    explicit Viewer(const std::string& path)
        : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        greeted_ =
            ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
            greet();
        if (greeted_)
            thread_ = std::jthread([this](const std::stop_token& stop) { follow(stop); });
    }
    ~Viewer() {
        thread_ = {};
        ::close(socket_);
    }
    Viewer(const Viewer&) = delete;
    Viewer& operator=(const Viewer&) = delete;

    [[nodiscard]] bool greeted() const { return greeted_; }
    [[nodiscard]] std::size_t received() const { return received_; }

  private:
    // RFC 6143, 7.1 to 7.3: version 3.8, no security, shared.
    [[nodiscard]] bool greet() {
        std::array<char, 4096> bytes{};
        const auto read = [&](std::size_t size) {
            return ::recv(socket_, bytes.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size);
        };
        const auto write = [&](std::string_view text) {
            return ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) ==
                   static_cast<ssize_t>(text.size());
        };
        if (!read(12) || !write("RFB 003.008\n") || !read(1))
            return false;
        if (!read(static_cast<unsigned char>(bytes[0])) || !write("\1") || !read(4) || !write("\1"))
            return false;
        if (!read(24))
            return false;
        return read(static_cast<unsigned char>(bytes[23])) && ask(false);
    }
    [[nodiscard]] bool ask(bool changesOnly) const {
        const std::array<unsigned char, 10> request{3, changesOnly, 0,    0,    0,
                                                    0, 0xFF,        0xFF, 0xFF, 0xFF};
        return ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(request.size());
    }
    void follow(const std::stop_token& stop) {
        std::vector<char> bytes(1 << 20);
        bool hasNews = false;
        while (!stop.stop_requested()) {
            pollfd polled{socket_, POLLIN, 0};
            if (::poll(&polled, 1, 50) > 0) {
                const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
                if (got <= 0)
                    return;
                received_ += static_cast<std::size_t>(got);
                hasNews = true;
            } else if (hasNews) {
                // What has come was whole.
                hasNews = false;
                if (!ask(true))
                    return;
            }
        }
    }

    const int socket_;
    bool greeted_ = false;
    std::atomic<std::size_t> received_ = 0;
    std::jthread thread_;
};

/// Of all of a machine's processes over ten seconds, in thousandths of a processor.
double load(const GuestMachine& machine) {
    constexpr auto kTime = 10s;
    const double before = tests::processorTime(machine.processId());
    std::this_thread::sleep_for(kTime);
    return (tests::processorTime(machine.processId()) - before) * 1000 /
           std::chrono::duration<double>(kTime).count();
}

bool measureStandstill(const GuestSettings& settings) {
    GuestMachine machine(settings);
    if (!times(machine, {"@3"}))
        return false;
    fmt::print("{:<34}{:>10.2f}\n", "nobody looks", load(machine));
    const Viewer viewer(settings.screen.toStdString());
    if (!viewer.greeted()) {
        fmt::print(stderr, "the screen can't be looked at\n");
        return false;
    }
    std::this_thread::sleep_for(2s);
    const std::size_t before = viewer.received();
    fmt::print("{:<34}{:>10.2f}", "somebody looks", load(machine));
    fmt::print("   ({} bytes came)\n", viewer.received() - before);
    return true;
}

}  // namespace

int main(int count, char** arguments) {
    const QCoreApplication application(count, arguments);
    QCommandLineParser options;
    options.addHelpOption();
    options.addOptions({{"runs", "How often each; medians are reported.", "N", "3"}});
    options.process(application);
    const int runs = options.value("runs").toInt();
    const QTemporaryDir folder;
    const auto disk = makeScrollDisk(folder.path());
    if (runs < 1 || !disk || !QFile::exists(kRescue) ||
        QStandardPaths::findExecutable("qemu-system-x86_64").isEmpty()) {
        fmt::print(stderr,
                   "firmware_bench: needs --runs of at least 1, the guest images "
                   "(installer/guest-images.sh) and QEMU (installer/packages.sh test)\n");
        return 2;
    }
    GuestSettings scrolling = ours();
    scrolling.ideDisks = {*disk};
    scrolling.screen = folder.filePath("screen");
    fmt::print("{:<34}{:>10}{:>10}{:>8}\n", "seconds", "Vireo", "TCG", "ratio");
    if (!compareBoots(runs, folder.path()) || !compareScrolling(runs, scrolling))
        return 1;
    fmt::print("\n{:<34}{:>10}\n", "a screen that stands still", "LP/1000");
    return measureStandstill(scrolling) ? 0 : 1;
}
