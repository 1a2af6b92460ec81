// SPDX-License-Identifier: GPL-3.0-or-later
#include "vireo_service.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "disk_requests.h"
#include "exchange_requests.h"
#include "guest_request_handlers.h"
#include "host_request_handlers.h"
#include "job_table.h"
#include "journal.h"
#include "machine_request_handlers.h"
#include "machines.h"
#include "rpc_server.h"
#include "service/vmms/database/database_thread.h"
#include "service/vmms/performance/metrics_server.h"
#include "service_request_handlers.h"
#include "service_settings.h"
#include "subscriptions_hub.h"
#include "switch_request_handlers.h"
#include "virtual_switches.h"

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

using namespace std::chrono_literals;

constexpr const char* kGroup = "vireo";
constexpr const char* kWorkerUser = "vireo-worker";
constexpr uid_t kNobody = 65'534;
constexpr auto kStopCheck = 100ms;

void print(std::string_view line) {
    fmt::print(stderr, "vireod: {}\n", line);
}

/// Members may manage machines; without such a group only the owner may.
std::optional<gid_t> managersGroup(ServiceMode mode) {
    if (mode == ServiceMode::Session)
        return std::nullopt;
    group record{};
    group* found = nullptr;
    std::vector<char> text(64 << 10);
    if (::getgrnam_r(kGroup, &record, text.data(), text.size(), &found) != 0 || found == nullptr) {
        print(fmt::format("there is no group '{}' on this host, so only root can connect", kGroup));
        return std::nullopt;
    }
    return found->gr_gid;
}

std::pair<uid_t, gid_t> workerIdentity() {
    if (::geteuid() != 0)
        return {0, 0};
    passwd record{};
    passwd* found = nullptr;
    std::vector<char> text(64 << 10);
    if (::getpwnam_r(kWorkerUser, &record, text.data(), text.size(), &found) != 0 ||
        found == nullptr || found->pw_uid == 0)
        return {kNobody, kNobody};
    return {found->pw_uid, found->pw_gid};
}

/// Several sessions' services have groups of their own, and the same ones after a restart.
std::string groupName(ServiceMode mode, const ServicePlaces& places) {
    if (mode == ServiceMode::System)
        return "vireo";
    std::uint64_t hash = 0xCBF2'9CE4'8422'2325;  // FNV-1a
    for (const char c : places.runtime)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01B3;
    return fmt::format("vireo-session-{:016x}", hash);
}

/// One that can't be turned off refuses by itself; who wants to know looks at its state.
void turnOffIfPossible(Machine& machine) {
    machine.turnOff([](const RpcResult<MachineStateReply>&) {});
}

/// One service at a time: two would fight over the machines.
Result<FileDescriptor> lockPlaces(const ServicePlaces& places) {
    FileDescriptor file(
        ::open(places.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file)
        return systemFailure(fmt::format("can't open '{}'", places.lock()), errno);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
        return failure(fmt::format("another vireod uses '{}'; stop it first, or use that one",
                                   places.runtime));
    return file;
}

class Service final : public VireoService {
  public:
    Service(ServiceOptions options, ServicePlaces places, FileDescriptor lock,
            std::optional<gid_t> group, ConsoleSockets consoles);

    [[nodiscard]] Result<void> load();
    [[nodiscard]] int run() override;

  private:
    void addRequests();
    void serve();
    void awaitSignals();
    /// Before a client's request ends the service.
    [[nodiscard]] Result<void> preventRestart();
    void stop();
    void stopMachines();
    void finishWhenAllStopped(std::chrono::steady_clock::time_point deadline);
    [[nodiscard]] bool someRun() const;
    /// After clients have got what waits for them; the second time at once.
    void finish(int status);
    void end();

    // In the order in which each needs those before.
    ServiceOptions options_;
    const ServicePlaces places_;
    const FileDescriptor lock_;
    const std::optional<gid_t> group_;
    boost::asio::io_context loop_{1};
    std::unique_ptr<DatabaseThread> database_;
    EventStore events_;
    Journal journal_;
    std::unique_ptr<PerformanceMonitor> performance_;
    std::unique_ptr<MetricsServer> metrics_;
    ConsoleSockets consoles_;
    WorkerRecords records_;
    ResourceGovernor governor_;
    MemoryGovernor memory_;
    MachineFileOpener files_;
    KeptServiceSettings kept_;
    VirtualSwitches switches_;
    MachineSurroundings surroundings_;
    Machines machines_;
    SubscriptionsHub hub_;
    JobTable jobs_;
    RequestRouter router_;
    std::unique_ptr<RpcServer> server_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer stopCheck_;
    /// Of the socket that systemd has handed over; empty: of none.
    std::string socketUnit_;
    bool stopping_ = false;
    bool finishing_ = false;
    /// Systemd stops the service too, for the same request.
    bool expectsSignal_ = false;
    bool turnedOff_ = false;
    int status_ = 0;
};

Service::Service(ServiceOptions options, ServicePlaces places, FileDescriptor lock,
                 std::optional<gid_t> group, ConsoleSockets consoles)
    : options_(std::move(options)),
      places_(std::move(places)),
      lock_(std::move(lock)),
      group_(group),
      database_(DatabaseThread::create(
          {places_.database()}, {EventStore::schema(), PerformanceMonitor::schema()},
          [this](const std::string& notice) {
              print(notice);
              boost::asio::post(loop_, [this, notice] {
                  journal_.record(EventSeverity::Warning, "Database", {}, {}, notice);
              });
          })),
      events_(loop_.get_executor(), *database_, {}),
      journal_(events_),
      performance_(PerformanceMonitor::create(loop_.get_executor(), *database_)),
      consoles_(std::move(consoles)),
      records_(places_.workers()),
      governor_(loop_.get_executor(), groupName(options_.mode, places_)),
      memory_(loop_.get_executor(), HostMemory(options_.machineMemory)),
      files_(loop_.get_executor()),
      kept_(places_, options_.mode),
      switches_(loop_.get_executor(), places_, options_.mode, journal_),
      surroundings_{loop_.get_executor(), records_, governor_, memory_, files_, consoles_,
                    journal_, *performance_, switches_},
      machines_(surroundings_, places_, options_.mode,
                [this](const std::string& id) { hub_.machineRemoved(id); }),
      hub_(machines_, *performance_),
      jobs_(loop_.get_executor(), [this](const Job& job) { hub_.jobChanged(job); }),
      signals_(loop_),
      stopCheck_(loop_) {
    std::tie(surroundings_.workerUser, surroundings_.workerGroup) = workerIdentity();
    surroundings_.onChanged = [this](const Machine& machine) { hub_.machineChanged(machine); };
    switches_.setCallbacks({[this](const VirtualSwitch& changed) { hub_.switchChanged(changed); },
                            [this](const std::string& id) { hub_.switchRemoved(id); },
                            [this](const std::string& name, const std::string& why) {
                                machines_.switchFailed(name, why);
                            },
                            [this](const std::string& name) { return machines_.usersOf(name); }});
    kept_.setListener([this] {
        machines_.setUsualFolder(kept_.machineFolder());
        journal_.record(EventSeverity::Information, "ServiceChanged", {}, {},
                        "the service's settings were changed");
        hub_.serviceChanged(kept_.settings());
    });
    journal_.setListener([this](const EventRecord& event) { hub_.eventRecorded(event); });
    addRequests();
}

void Service::addRequests() {
    addMachineRequests(router_, machines_);
    addHostRequests(router_, {options_.mode, places_, kept_, machines_, governor_, *performance_,
                              events_, jobs_, hub_});
    addDiskRequests(router_, jobs_);
    addExchangeRequests(router_, machines_, jobs_, kept_);
    addGuestRequests(router_, machines_, jobs_, loop_.get_executor());
    addSwitchRequests(router_, switches_, machines_);
    addServiceRequests(
        router_, kept_, machines_, jobs_,
        {options_.whenStopped != WhenStopped::StopMachines, [this] { return preventRestart(); },
         [this] { boost::asio::post(loop_, [this] { stop(); }); }});
}

Result<void> Service::load() {
    if (!governor_.note().empty())
        print(governor_.note());
    if (auto loaded = kept_.load(); !loaded) {
        print(loaded.error().message);
        journal_.record(EventSeverity::Warning, "ServiceSettingsUnreadable", {}, {},
                        loaded.error().message);
    }
    machines_.setUsualFolder(kept_.machineFolder());
    if (auto loaded = machines_.load(); !loaded)
        return loaded;
    switches_.load();
    return {};
}

int Service::run() {
    awaitSignals();
    machines_.adopt([this] { boost::asio::post(loop_, [this] { serve(); }); });
    loop_.run();
    return status_;
}

void Service::serve() {
    if (stopping_)
        return;
    // Also of machines whose folders can't be read now.
    const std::vector<std::string> active = records_.running();
    consoles_.removeAllBut(active);

    auto metrics = MetricsServer::create(
        loop_.get_executor(), *performance_,
        {places_.metricsSocket(), group_ ? mode_t{0660} : mode_t{0600}, group_});
    if (metrics)
        metrics_ = std::move(*metrics);
    else
        print(metrics.error().message);

    RpcServer::Options options;
    options.mode = options_.mode;
    options.path = places_.socket();
    options.group = group_;
    if (options_.inheritedSocket) {
        socketUnit_ = std::move(options_.inheritedSocket->unit);
        options.inherited = std::move(options_.inheritedSocket->descriptor);
    }
    options.onClosed = [this](Peer& peer) { hub_.forget(peer); };
    auto server = RpcServer::create(loop_.get_executor(), router_, std::move(options));
    if (!server) {
        print(server.error().message);
        return finish(1);
    }
    server_ = std::move(*server);
    journal_.record(EventSeverity::Information, "ServiceStarted", {}, {},
                    fmt::format("the service runs with {} machines, of which {} were running",
                                machines_.all().size(), active.size()));
    notifyServiceManager("READY=1");
    // Once for each start of the host: a service that is only started again starts nothing.
    const FileDescriptor mark(
        ::open(places_.startedMark().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (mark)
        machines_.startAutomatically();
}

void Service::awaitSignals() {
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    signals_.async_wait([this](const boost::system::error_code& error, int) {
        if (error)
            return;
        // A second one means at once.
        if (stopping_ && !std::exchange(expectsSignal_, false))
            return finish(0);
        awaitSignals();
        stop();
    });
}

Result<void> Service::preventRestart() {
    if (socketUnit_.empty())
        return {};
    expectsSignal_ = true;
    auto stopped = stopSocketUnit(options_.mode, socketUnit_);
    if (!stopped)
        expectsSignal_ = false;
    return stopped;
}

void Service::stop() {
    if (std::exchange(stopping_, true))
        return;
    notifyServiceManager("STOPPING=1");
    const bool stops =
        options_.whenStopped == WhenStopped::StopMachines ||
        (options_.whenStopped == WhenStopped::Automatic && isHostGoingDown(options_.mode));
    hub_.serviceStopping(!stops);
    journal_.record(EventSeverity::Information, "ServiceStopping", {}, {},
                    stops ? "the service is stopped, and its machines with it"
                          : "the service is stopped; machines that run go on");
    if (!stops)
        return finish(0);
    stopMachines();
    finishWhenAllStopped(std::chrono::steady_clock::now() + options_.shutDownPatience);
}

void Service::stopMachines() {
    for (const auto& machine : machines_.all()) {
        machine->hostGoesDown();
        const bool asks = machine->settings().automaticStop == AutomaticStopAction::ShutDown &&
                          machine->state() == MachineState::Running;
        if (asks)
            machine->shutDown([machine](const RpcResult<MachineStateReply>& reply) {
                if (!reply)
                    turnOffIfPossible(*machine);
            });
        else
            turnOffIfPossible(*machine);
    }
}

bool Service::someRun() const {
    for (const auto& machine : machines_.all())
        if (isActive(machine->state()))
            return true;
    return false;
}

void Service::finishWhenAllStopped(std::chrono::steady_clock::time_point deadline) {
    if (!someRun())
        return finish(0);
    if (!turnedOff_ && std::chrono::steady_clock::now() >= deadline) {
        turnedOff_ = true;
        for (const auto& machine : machines_.all())
            turnOffIfPossible(*machine);
    }
    stopCheck_.expires_after(kStopCheck);
    stopCheck_.async_wait([this, deadline](const boost::system::error_code& error) {
        if (!error)
            finishWhenAllStopped(deadline);
    });
}

void Service::finish(int status) {
    status_ = status;
    if (!server_ || std::exchange(finishing_, true))
        return end();
    server_->stop([this] { end(); });
}

void Service::end() {
    performance_->flush();
    database_->drain();
    loop_.stop();
}

}  // namespace

Result<std::unique_ptr<VireoService>> VireoService::create(ServiceOptions options) {
    auto places = ServicePlaces::find(options.mode);
    if (!places)
        return std::unexpected(places.error());
    if (options.mode == ServiceMode::System && ::geteuid() != 0)
        return failure("the system's service must be started as root; give --session for your own");
    const auto group = managersGroup(options.mode);
    if (auto made = places->make(group); !made)
        return std::unexpected(made.error());
    auto lock = lockPlaces(*places);
    if (!lock)
        return std::unexpected(lock.error());
    auto consoles = ConsoleSockets::create({places->consoles(), group});
    if (!consoles)
        return std::unexpected(consoles.error());
    auto service = std::make_unique<Service>(std::move(options), std::move(*places),
                                             std::move(*lock), group, std::move(*consoles));
    if (auto loaded = service->load(); !loaded)
        return std::unexpected(loaded.error());
    return service;
}

}  // namespace service
