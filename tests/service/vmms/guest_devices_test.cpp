// SPDX-License-Identifier: GPL-3.0-or-later
//
// Debian's kernel as a machine of the service, with its own drivers for Hyper-V's devices: what the
// integration components tell, the network, drives that are plugged while it runs, and its end.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QCryptographicHash>
#include <QFile>
#include <QtTest>
#include <algorithm>
#include <set>

#include "hypervisor/file_descriptor.h"
#include "service/ipc/base64.h"
#include "service/ipc/methods.h"
#include "session_service.h"

using namespace service;  // NOLINT: the interface under test
using namespace std::chrono_literals;
using hypervisor::FileDescriptor;
using tests::eventually;
using tests::RpcClient;
using tests::SessionService;
using tests::tinyMachine;

namespace {

constexpr const char* kKernel = VIREO_GUEST_IMAGES "/standard/vmlinuz";
constexpr const char* kDrivers = VIREO_GUEST_IMAGES "/drivers.cpio";
constexpr const char* kName = "guest";
/// On a host that does other things too.
constexpr auto kPatience = 180s;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// A port of this host that nobody uses now.
std::uint16_t freePort() {
    const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        return 0;
    return ntohs(address.sin_port);
}

}  // namespace

class GuestDevicesTest : public QObject {
    Q_OBJECT

    std::unique_ptr<SessionService> service_;
    std::optional<RpcClient> client_;
    std::optional<RpcClient> console_;
    std::uint16_t port_ = 0;

    [[nodiscard]] MachineDetails details() {
        const auto reply = client_->call<MachineGetMethod>({kName});
        if (!reply)
            qFatal("%s", describe(reply.error()).c_str());
        return reply->machine;
    }
    /// The rest of the next line of the console that begins with "@@`word`".
    [[nodiscard]] std::optional<std::string> heard(const std::string& word) {
        while (const auto line = console_->receiveLine()) {
            if (line->starts_with("@@" + word)) {
                std::string rest = line->substr(word.size() + 2);
                while (!rest.empty() && (rest.back() == '\r' || rest.front() == ' '))
                    rest = rest.back() == '\r' ? rest.substr(0, rest.size() - 1) : rest.substr(1);
                return rest;
            }
        }
        return std::nullopt;
    }
    [[nodiscard]] std::string item(const std::string& name) {
        const auto guest = details().guest;
        if (guest)
            for (const GuestItem& one : guest->items)
                if (one.name == name)
                    return one.value;
        return {};
    }
    /// A raw disk of 1 MiB that begins with `content`.
    [[nodiscard]] std::string disk(const std::string& name, const QByteArray& content) const {
        const std::string path = service_->folder() + "/" + name + ".img";
        QFile file(QString::fromStdString(path));
        if (!file.open(QIODevice::WriteOnly) || !file.resize(1 << 20) || file.write(content) < 0)
            return {};
        return path;
    }
    [[nodiscard]] RpcResult<MachineReply> setDrives(const std::vector<Drive>& drives) {
        MachineSetParams params;
        params.machine = kName;
        params.changes.emplace("drives", encodeValue(drives));
        return client_->call<MachineSetMethod>(params);
    }

  private slots:
    void initTestCase();
    void integrationComponentsTellOfTheGuest();
    void theNetworkGivesAnAddressAndForwardsPorts();
    void aPictureShowsTheScreen();
    void drivesArePluggedWhileItRuns();
    void devicesAndChannelsAreCounted();
    void whatCannotBePluggedIsSaid();
    void itsClockIsRightAfterAPause();
    void itIsAskedToShutDown();
};

void GuestDevicesTest::initTestCase() {
    for (const char* const file : {kKernel, kDrivers, VIREO_TEST_RAM_DISK})
        if (!QFile::exists(file))
            QSKIP(qPrintable(QString(file) +
                             " is missing: run installer/guest-images.sh and build again"));
    service_ = std::make_unique<SessionService>();
    QVERIFY2(service_->start(), service_->output().c_str());
    client_ = service_->client();
    port_ = freePort();
    MachineSettings settings = tinyMachine(kName, kKernel);
    settings.processor.count = 2;
    settings.memory.startupBytes = settings.memory.minimumBytes = 256U << 20U;
    settings.firmware.kernel->initialRamDisks = {VIREO_TEST_RAM_DISK, kDrivers};
    settings.firmware.kernel->commandLine = "console=ttyS0 quiet vireo.recipe=serviced";
    NetworkAdapter adapter;
    adapter.switchName = kDefaultSwitch;
    adapter.forwards = {"tcp:" + std::to_string(port_) + ":7"};
    settings.networkAdapters = {adapter};
    Drive first;
    first.controller = ControllerKind::Scsi;
    first.path = disk("first", "the first disk");
    settings.drives = {first};
    const auto made = client_->call<MachineCreateMethod>({settings, std::nullopt});
    QVERIFY2(made, made ? "" : describe(made.error()).c_str());
    const auto started = client_->call<MachineStartMethod>({kName});
    QVERIFY2(started, started ? "" : describe(started.error()).c_str());
    const auto console = client_->call<ConsoleAttachMethod>({kName, std::nullopt});
    QVERIFY(console);
    console_ = RpcClient::connect(console->console.socket);
    QVERIFY(console_);
}

void GuestDevicesTest::integrationComponentsTellOfTheGuest() {
    QVERIFY(
        eventually([&] { return details().summary.heartbeat == GuestHeartbeat::Ok; }, kPatience));
    QVERIFY(eventually([&] { return item("OSName").starts_with("Debian"); }, kPatience));
    QVERIFY(item("OSBuildNumber").find("amd64") != std::string::npos);
}

void GuestDevicesTest::theNetworkGivesAnAddressAndForwardsPorts() {
    const auto address = heard("address");
    QVERIFY(address);
    QCOMPARE(*address, std::string("10.0.2.15"));
    QVERIFY(heard("ready"));
    QVERIFY(eventually([&] { return item("NetworkAddressIPv4") == "10.0.2.15"; }, kPatience));

    QByteArray content;
    for (int i = 0; i < 40'000; ++i)
        content += QByteArray::number(i * 7919) + '\n';
    FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in peer = loopback(port_);
    QVERIFY(eventually([&] {
        socket = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&peer), sizeof(peer)) == 0;
    }));
    for (qsizetype sent = 0; sent < content.size();) {
        const ssize_t part = ::send(socket.get(), content.constData() + sent,
                                    static_cast<std::size_t>(content.size() - sent), MSG_NOSIGNAL);
        QVERIFY(part > 0);
        sent += part;
    }
    ::shutdown(socket.get(), SHUT_WR);
    QByteArray answer(1024, '\0');
    const timeval limit{60, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    const ssize_t received =
        ::recv(socket.get(), answer.data(), static_cast<std::size_t>(answer.size()), 0);
    QVERIFY(received > 0);
    QCOMPARE(answer.first(64),
             QCryptographicHash::hash(content, QCryptographicHash::Sha256).toHex());
}

void GuestDevicesTest::aPictureShowsTheScreen() {
    const auto sizeOf = [this](std::optional<std::uint32_t> side) -> std::pair<unsigned, unsigned> {
        const auto reply = client_->call<ScreenPictureMethod>({kName, side});
        const auto png = reply ? decodeBase64(reply->png) : std::nullopt;
        if (!png || png->size() < 24 || png->substr(1, 3) != "PNG")
            return {};
        // Behind the signature and the beginning of the first chunk.
        return {qFromBigEndian<quint32>(png->data() + 16),
                qFromBigEndian<quint32>(png->data() + 20)};
    };
    QVERIFY(eventually([&] { return sizeOf({}) == std::pair(1024U, 768U); }, kPatience));
    QCOMPARE(sizeOf(128), std::pair(128U, 96U));
    QCOMPARE(sizeOf(5'000), std::pair(1024U, 768U));
}

void GuestDevicesTest::drivesArePluggedWhileItRuns() {
    const std::vector<Drive> alone = details().settings.drives;
    const int turns = qEnvironmentVariableIsSet("VIREO_LONG_TESTS") ? 200 : 6;
    for (int turn = 0; turn < turns; ++turn) {
        const std::string content = "plugged " + std::to_string(turn) + " times";
        std::vector<Drive> both = alone;
        Drive second = alone.front();
        second.location = 5;
        second.path =
            disk("plugged" + std::to_string(turn % 2), QByteArray::fromStdString(content));
        both.push_back(second);
        const auto plugged = setDrives(both);
        QVERIFY2(plugged, plugged ? "" : describe(plugged.error()).c_str());
        const auto seen = heard("disk");
        QVERIFY(seen);
        QCOMPARE(*seen, content.substr(0, 16));
        const auto unplugged = setDrives(alone);
        QVERIFY2(unplugged, unplugged ? "" : describe(unplugged.error()).c_str());
        // A disk that came to its place before would be the same one to the guest.
        QVERIFY(heard("gone"));
        // Nobody holds it any more.
        QFile file(QString::fromStdString(second.path));
        QVERIFY(file.remove());
    }
    QCOMPARE(details().settings.drives, alone);
    QCOMPARE(details().summary.heartbeat, std::optional(GuestHeartbeat::Ok));
}

void GuestDevicesTest::devicesAndChannelsAreCounted() {
    constexpr const char* kStorage = "Hyper-V Virtual Storage Device";
    constexpr const char* kNetwork = "Hyper-V Virtual Network Adapter";
    constexpr const char* kBus = "Hyper-V Virtual Machine Bus";
    std::set<std::pair<std::string, std::string>> known;
    QVERIFY(eventually([&] {
        const auto stats = client_->call<MachineStatsMethod>({kName});
        if (!stats)
            return false;
        known.clear();
        for (const CounterValue& counter : stats->sample.counters)
            known.emplace(counter.set, counter.instance);
        // One of those that were plugged is not there any more.
        return known.contains({kStorage, "SCSI 0:0 first.img"}) &&
               !known.contains({kStorage, "SCSI 0:5 plugged0.img"}) &&
               !known.contains({kStorage, "SCSI 0:5 plugged1.img"});
    }));
    QVERIFY(known.contains({kNetwork, "Network Adapter"}));
    QVERIFY(known.contains({kBus, "Heartbeat"}));
    QVERIFY(known.contains({kBus, "SCSI Controller 0"}));
    // A beat each two seconds.
    QVERIFY(eventually([&] {
        const auto stats = client_->call<MachineStatsMethod>({kName});
        return stats && std::ranges::any_of(stats->sample.counters, [&](const auto& counter) {
                   return counter.set == kBus && counter.instance == "Heartbeat" &&
                          counter.name == "Packets Received/sec" && counter.value.value_or(0) > 0;
               });
    }));
}

void GuestDevicesTest::whatCannotBePluggedIsSaid() {
    const std::vector<Drive> alone = details().settings.drives;
    std::vector<Drive> both = alone;
    Drive second = alone.front();
    second.location = 5;
    second.path = service_->folder() + "/missing.vhdx";
    both.push_back(second);
    const auto missing = setDrives(both);
    QVERIFY(!missing);
    QCOMPARE(missing.error().data.field, std::string("drives[1].path"));
    // The machine has it already.
    both.back().path = alone.front().path;
    const auto taken = setDrives(both);
    QVERIFY(!taken);
    both.back().controller = ControllerKind::Ide;
    both.back().location = 0;
    QVERIFY(!setDrives(both));
    QCOMPARE(details().settings.drives, alone);
}

void GuestDevicesTest::itsClockIsRightAfterAPause() {
    const auto behind = [this]() -> std::optional<std::int64_t> {
        const auto told = heard("time");
        if (!told)
            return std::nullopt;
        return QDateTime::currentSecsSinceEpoch() - std::stoll(*told);
    };
    QVERIFY(client_->call<MachinePauseMethod>({kName}));
    QTest::qWait(5'000);
    QVERIFY(client_->call<MachineResumeMethod>({kName}));
    // What the guest said before the pause is old; what it says then is late until the time
    // component has corrected it.
    QVERIFY(eventually([&] { return behind().value_or(-100) >= -1 && behind().value_or(100) <= 1; },
                       kPatience));
}

void GuestDevicesTest::itIsAskedToShutDown() {
    const auto asked = client_->call<MachineShutDownMethod>({kName});
    QVERIFY2(asked, asked ? "" : describe(asked.error()).c_str());
    QVERIFY(eventually([&] { return details().summary.state == MachineState::Off; }, kPatience));
    const auto events = client_->call<EventsListMethod>({});
    QVERIFY(events);
    const bool byComponent = std::ranges::any_of(events->events, [](const auto& event) {
        return event.text.find("integration component") != std::string::npos;
    });
    QVERIFY(byComponent);
}

QTEST_GUILESS_MAIN(GuestDevicesTest)
#include "guest_devices_test.moc"
