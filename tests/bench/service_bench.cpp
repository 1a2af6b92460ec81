// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the service costs: a list of many machines, small requests, its memory, the time from a
// start to what the guest does first, and many tiny machines at once. Prints a table.
#include <fmt/core.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "hypervisor/file_descriptor.h"
#include "service/ipc/client/service_client.h"
#include "session_service.h"
#include "unix_sockets.h"
#include "worker_memory.h"

using namespace service;
using namespace std::chrono_literals;
using hypervisor::FileDescriptor;
using service::client::ServiceClient;
using tests::SessionService;

namespace {

constexpr int kListed = 1'000;
constexpr int kLists = 50;
constexpr int kRequests = 100'000;
// As many as a client has waiting at a time.
constexpr int kWaiting = 64;
constexpr int kStarts = 30;
constexpr int kTiny = 200;

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::time_point since) {
    return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

void row(const char* what, double value, const char* unit, const char* goal) {
    fmt::print("{:<58}{:>10.1f} {:<6}{}\n", what, value, unit, goal);
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values.empty() ? -1 : values[values.size() / 2];
}

MachineCreateParams machine(const std::string& name, const char* kernel) {
    MachineCreateParams params;
    params.settings.name = name;
    params.settings.backend = BackendChoice::Software;
    params.settings.memory.startupBytes = 32 << 20;
    params.settings.firmware.kernel = KernelBoot{kernel, {}, ""};
    return params;
}

/// Asks `count` times, `kWaiting` at a time; false if one failed.
template <class Method>
bool askMany(ServiceClient& client, int count,
             const std::function<typename Method::Params(int)>& params) {
    int asked = 0;
    int answered = 0;
    bool good = true;
    const auto deadline = Clock::now() + 10min;
    while (answered < count) {
        while (asked < count && asked - answered < kWaiting)
            client.protocol().call<Method>(params(asked++), [&](const auto& reply) {
                ++answered;
                if (!reply && good)
                    fmt::print(stderr, "{}\n", describe(reply.error()));
                good = good && reply.has_value();
            });
        if (!client.step(deadline))
            return false;
    }
    return good;
}

/// From before the request to the guest's first character at our end of its console: more than to
/// its first instruction. Negative if it did not come.
double startTime(ServiceClient& client) {
    const auto begun = Clock::now();
    if (!client.call<MachineStartMethod>({"talker"}))
        return -1;
    const auto console = client.call<ConsoleAttachMethod>({"talker", 1});
    if (!console)
        return -1;
    const FileDescriptor port = tests::connectTo(console->console.socket);
    char character = 0;
    if (!port || ::read(port.get(), &character, 1) != 1)
        return -1;
    return milliseconds(begun);
}

bool measureStarts(ServiceClient& client) {
    if (!client.call<MachineCreateMethod>(machine("talker", CONSOLE_GUEST)))
        return false;
    std::vector<double> times;
    for (int turn = 0; turn < kStarts; ++turn) {
        const double time = startTime(client);
        if (time < 0)
            return false;
        times.push_back(time);
        if (turn + 1 < kStarts && !client.call<MachineTurnOffMethod>({"talker"}))
            return false;
    }
    row("start request to the guest's first character, median", median(times), "ms",
        "under 50 to the first instruction");
    row("the same, slowest", *std::ranges::max_element(times), "ms", "");
    const auto details = client.call<MachineGetMethod>({"talker"});
    if (!details || !details->machine.workerProcess)
        return false;
    row("worker's own memory, 1 VP",
        static_cast<double>(tests::residentMemory(*details->machine.workerProcess).rest) / 1024,
        "MiB", "under 24");
    return client.call<MachineTurnOffMethod>({"talker"}).has_value();
}

bool measureLists(ServiceClient& client, const SessionService& daemon) {
    const auto begun = Clock::now();
    if (!askMany<MachineCreateMethod>(client, kListed, [](int number) {
            return machine("listed " + std::to_string(number), HALTED_GUEST);
        }))
        return false;
    row("creating 1,000 machines", milliseconds(begun) / 1000, "s", "");
    std::vector<double> times;
    for (int turn = 0; turn < kLists; ++turn) {
        const auto start = Clock::now();
        const auto reply = client.call<MachineListMethod>({});
        if (!reply || reply->machines.size() < kListed)
            return false;
        times.push_back(milliseconds(start));
    }
    row("1,000 machines listed, median, decoded", median(times), "ms", "under 20");
    row("service's memory with them",
        static_cast<double>(tests::residentMemory(daemon.process()).rest) / 1024, "MiB",
        "under 40");
    return true;
}

bool measureRequests(ServiceClient& client) {
    auto begun = Clock::now();
    if (!askMany<JobListMethod>(client, kRequests, [](int) { return NoParams{}; }))
        return false;
    row("small requests a second, 64 waiting", kRequests / milliseconds(begun) * 1000, "/s",
        "20,000");
    begun = Clock::now();
    for (int request = 0; request < kRequests / 10; ++request)
        if (!client.call<JobListMethod>({}))
            return false;
    row("the same, one after the other", kRequests / 10 / milliseconds(begun) * 1000, "/s", "");
    return true;
}

bool measureTinyMachines(ServiceClient& client, const SessionService& daemon) {
    if (!askMany<MachineCreateMethod>(client, kTiny, [](int number) {
            return machine("tiny " + std::to_string(number), HALTED_GUEST);
        }))
        return false;
    const auto begun = Clock::now();
    if (!askMany<MachineStartMethod>(client, kTiny, [](int number) {
            return MachineParams{"tiny " + std::to_string(number)};
        }))
        return false;
    const double took = milliseconds(begun);
    const auto list = client.call<MachineListMethod>({});
    if (!list)
        return false;
    const auto running =
        std::ranges::count(list->machines, MachineState::Running, &MachineSummary::state);
    row("machines of 32 MiB that run at once", static_cast<double>(running), "", "200");
    row("to start them all", took / 1000, "s", "");
    row("service's memory with all",
        static_cast<double>(tests::residentMemory(daemon.process()).rest) / 1024, "MiB", "");
    return running == kTiny;
}

}  // namespace

int main() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    SessionService daemon;
    if (!daemon.start()) {
        fmt::print(stderr, "{}\n", daemon.output());
        return 1;
    }
    auto connected = ServiceClient::connect(service::client::ServiceAddress::at(daemon.socket()));
    if (!connected) {
        fmt::print(stderr, "{}\n", connected.error().message);
        return 1;
    }
    const std::unique_ptr<ServiceClient> client = std::move(*connected);
    const bool good = measureStarts(*client) && measureLists(*client, daemon) &&
                      measureRequests(*client) && measureTinyMachines(*client, daemon);
    if (!good)
        fmt::print(stderr, "a request failed{}\n",
                   client->lost() ? ": " + client->lost()->message : "");
    return good ? 0 : 1;
}
